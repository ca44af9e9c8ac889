"""What would be done, and why. The plan that is shown is the plan that is applied."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Self

from msgspec import Struct, field

from confsync.config.tree import MissingSecret
from confsync.diagnostics import Diagnostic, Position
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent
from confsync.plan.match import LiveResource
from confsync.quoting import command_text, target_options


class Target(Struct, frozen=True, kw_only=True):
    """The account that a plan is for. `ledger` is the ledger's serial (None without one), `lineage` identifies it."""

    account_sid: str
    environment: str | None
    region: str | None = None
    base_url: str
    emulator: bool
    ledger: int | None
    lineage: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The options that select it on the command line."""
        return target_options(self.environment, emulator=self.emulator)

    def command(self, command: str, *words: str) -> str:
        """Write a command that runs on the same account."""
        return command_text(command, *words, options=self.options)


class Revision(Struct, frozen=True, kw_only=True):
    """The configuration that was planned, with the number of its resources.

    `commit` is Git's; `dirty` means that the work tree had changes.
    """

    digest: str
    files: tuple[str, ...]
    commit: str | None = None
    dirty: bool = False
    resources: int | None = None


class Guardrail(Struct, frozen=True):
    """One reason why a plan cannot be applied.

    `override` is what a person types to allow it; it is empty where nothing does. `source` is the line that asks for
    what is blocked, if there is one.
    """

    rule: GuardrailRule
    addresses: tuple[Address, ...]
    text: str
    override: str = ""
    source: Position | None = None

    @property
    def stale(self) -> bool:
        """Whether the plan is older than what is live (exit 7), rather than refused (exit 8)."""
        return self.rule is GuardrailRule.ROLLBACK


def remedies_of(guardrails: Iterable[Guardrail]) -> str:
    """Say in one line what to do about guardrails: first what allows something, then what to write instead."""
    by_introduction: dict[str, list[str]] = {}
    for each in guardrails:
        by_introduction.setdefault(each.rule.introduction, []).append(each.override or "no override exists")
    return " ".join(
        f"{words}: {'; '.join(dict.fromkeys(by_introduction[words]))}."
        for words in sorted(by_introduction, reverse=True)
    )


class UnmanagedResource(Struct, frozen=True, gc=False):
    """A live resource that no configured resource matches. Its address is built from its live name."""

    address: Address
    found: LiveResource

    @classmethod
    def of(cls, collection: Address, found: LiveResource) -> Self:
        """Build the address from the live name, or from the SID of a resource without a name."""
        return cls(collection / str(found.name or found.sid), found)


class ProbableDuplicate(Struct, frozen=True, kw_only=True):
    """Two live resources that one create probably made: confsync owns `sid`, and nobody declares `duplicate_sid`.

    Both are in `collection`. Their creation times are as Twilio returned them.
    """

    address: Address
    type: str
    sid: Sid
    created: str
    duplicate_sid: Sid
    duplicate_created: str
    collection: Address


class UnmanagedCount(Struct, frozen=True):
    """How many live resources at the top of a section are neither declared nor owned, nor ignored.

    `by_twilio` of them were created by Twilio itself. It is incomplete where counting stopped at the cap, or where
    Twilio did not let confsync read the list.
    """

    section: str
    number: int
    complete: bool = True
    by_twilio: int = 0


class OrphanedResource(Struct, frozen=True):
    """A resource that confsync owns and that the configuration no longer declares. confsync leaves it as it is.

    `name` is the live name, or the address's key if confsync did not read it. `advice` says what a person may write.
    """

    address: Address
    sid: Sid
    name: str
    reason: str
    advice: str = ""


class UnrecordedPlace(Struct, frozen=True):
    """A collection or a singleton that a snapshot does not know, with the number of resources declared there."""

    address: Address
    section: str
    resources: int
    reason: str


class Plan(Struct, frozen=True, kw_only=True, dict=True):
    """What happens to every resource, in an order that can be executed, and what is left alone.

    `unmanaged_counts` counts the unmanaged resources at the top, also in sections that the configuration does not
    write. It is empty for a plan of a part.

    A plan against a snapshot says in `as_of` when that was taken, and in `unrecorded` what it does not know.
    """

    target: Target
    revision: Revision
    intent: Intent = field(default_factory=Intent)
    changes: tuple[Change, ...]
    unmanaged: tuple[UnmanagedResource, ...]
    unmanaged_counts: tuple[UnmanagedCount, ...] = ()
    probable_duplicates: tuple[ProbableDuplicate, ...] = ()
    orphaned: tuple[OrphanedResource, ...]
    forgotten: tuple[OrphanedResource, ...] = ()
    guardrails: tuple[Guardrail, ...]
    warnings: tuple[Diagnostic, ...]
    reads: int
    as_of: datetime | None = None
    unrecorded: tuple[UnrecordedPlace, ...] = ()

    # asyncio takes the repr of every result, and listing a large plan would cost seconds.
    def __repr__(self) -> str:
        return f"<plan of {len(self.changes)} changes>"

    @cached_property
    def summary(self) -> Counter[Action]:
        """How many changes there are of each action."""
        return Counter(action for change in self.changes for action in change.actions)

    @cached_property
    def writes(self) -> int:
        """How many writes an apply would send."""
        return sum(change.writes for change in self.changes)

    @property
    def empty(self) -> bool:
        """Whether an apply would send no write."""
        return self.writes == 0

    @property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that an apply would send and that cannot be resolved here."""
        return tuple(missing for change in self.changes for missing in change.missing_secrets)

    @property
    def applyable(self) -> bool:
        """Whether an apply may start: no guardrail blocks it, every secret is available, and it was read live."""
        return self.as_of is None and not self.guardrails and not self.missing_secrets

    @property
    def differs(self) -> bool:
        """Whether an apply would move a managed resource or write to Twilio."""
        return not self.empty or Action.MOVE in self.summary

    @property
    def complete(self) -> bool:
        """Whether the plan covers the whole configuration, and was made from all of the live state."""
        return not self.intent.selection and self.as_of is None
