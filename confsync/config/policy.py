"""The policy of an environment: what it adopts and forgets, how much may be deleted, where its ledger and lock are.

The top of a configuration sets the policy for every environment, and an environment overrides it: `adopt` and
`allow_delete` address by address, `guardrails` key by key; `forget` and `unmanaged.ignore` add to it. Every environment
is checked.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Annotated

from msgspec import Meta, Struct, field

from confsync.config.codes import Code
from confsync.config.desired import Desired
from confsync.config.glob import Glob
from confsync.config.shared_state import WrittenStore, long_form, store_errors
from confsync.config.tree import Mapping, Node, Pair, Sequence, error_at, plain_value, written_value
from confsync.config.written import Written, read_written, written_errors
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.errors import UsageError
from confsync.model import Kind
from confsync.names import Address, Sid, is_sid
from confsync.quoting import in_quotes
from confsync.resources import KINDS, kind_of

Limit = Annotated[int, Meta(ge=0)]


class Guardrails(Written, frozen=True):
    """Limits of one apply."""

    max_deletes: Annotated[
        Limit | None,
        Meta(description="How many resources of a kind under one parent prune or destroy may delete.", examples=[3]),
    ] = None
    max_updates: Annotated[Limit | None, Meta(description="How many resources may be updated.", examples=[20])] = None

    def under(self, over: "Guardrails") -> "Guardrails":
        """Replace these limits by those that another level sets."""
        return Guardrails(
            max_deletes=self.max_deletes if over.max_deletes is None else over.max_deletes,
            max_updates=self.max_updates if over.max_updates is None else over.max_updates,
        )


class Unmanaged(Written, frozen=True):
    """How confsync treats live resources that nobody declares."""

    ignore: Annotated[
        frozenset[str],
        Meta(
            description="Globs over addresses: no list or count of unmanaged resources includes what they match.",
            examples=[["services/*/roles/flex *"]],
        ),
    ] = frozenset()


class Policy(Written, frozen=True):
    """What an environment adopts, forgets and allows."""

    adopt: Annotated[
        dict[str, str],
        Meta(
            description="The SID of the live resource to adopt, by address.",
            examples=[{"services/support": "IS00000000000000000000000000000000"}],
        ),
    ] = field(default_factory=dict)
    forget: Annotated[
        frozenset[str],
        Meta(
            description="Addresses that confsync no longer manages. Nothing is deleted.",
            examples=[["services/support/roles/agent"]],
        ),
    ] = frozenset()
    guardrails: Annotated[Guardrails, Meta(description="Limits of one apply.")] = Guardrails()
    allow_delete: Annotated[
        dict[str, str],
        Meta(
            description="Services and credentials that may be deleted, by address and SID. "
            "An entry has no effect once that SID is gone.",
            examples=[{"services/support": "IS00000000000000000000000000000000"}],
        ),
    ] = field(default_factory=dict)
    unmanaged: Annotated[
        Unmanaged,
        Meta(description="How to treat live resources that nobody declares."),
    ] = Unmanaged()
    require_ledger: Annotated[bool | None, Meta(description="Refuse to plan if the ledger is missing.")] = None
    lock: Annotated[
        WrittenStore | None, Meta(description="Where the lock is: `file` by default; `git` locks out other machines.")
    ] = None
    ledger: Annotated[
        WrittenStore | None, Meta(description="Where the ledger is: `file` by default; `git` keeps it on a ref.")
    ] = None

    def under(self, over: "Policy") -> "Policy":
        """Apply an environment's policy over this one."""
        return Policy(
            adopt={**self.adopt, **over.adopt},
            forget=self.forget | over.forget,
            guardrails=self.guardrails.under(over.guardrails),
            allow_delete={**self.allow_delete, **over.allow_delete},
            unmanaged=Unmanaged(ignore=self.unmanaged.ignore | over.unmanaged.ignore),
            require_ledger=self.require_ledger if over.require_ledger is None else over.require_ledger,
            lock=over.lock or self.lock,
            ledger=over.ledger or self.ledger,
        )


WORDS = Policy.keys()
"""The keys of a policy, at the top and in an environment."""


class Scope(Struct, frozen=True):
    """What is declared, and for which environments: `only` has the resources that are limited to some of them.

    `differing` environments declare other resources for other reasons, so nothing is known about theirs.
    """

    resources: Map[Address, Desired]
    only: Map[Address, tuple[frozenset[str], Pair]] = field(default_factory=dict)
    differing: frozenset[str] = frozenset()

    def declares(self, address: Address) -> bool:
        """Whether an address is declared for any environment; what is below a resource left out here is not known."""
        return address in self.resources or any(address.within(each) for each in self._left_out)

    def blocks(self, address: Address, environment: str | None) -> Iterator[Pair]:
        """Yield where an address is written, if it exists in that environment; without one, in any."""
        if environment is not None and not self.means(address, environment):
            return
        if address in self.resources:
            yield self.resources[address].written
        elif address in self.only and self.only[address][0]:
            yield self.only[address][1]

    def means(self, address: Address, environment: str) -> bool:
        """Whether none of its parents is limited to other environments."""
        return all(environment in names for each, (names, _) in self.only.items() if address.within(each))

    @property
    def _left_out(self) -> Iterator[Address]:
        return (each for each in self.only if each not in self.resources)


def policy_of(tree: Mapping, environment: Node | None) -> Policy:
    """Return the policy of an environment as far as it is valid; `policy_errors` reports what is wrong with it."""
    own = _read(environment) if isinstance(environment, Mapping) else Policy()
    return _read(tree).under(own)


def sids_by_address(said: Map[str, str]) -> dict[Address, Sid]:
    """Convert texts to SIDs by address."""
    return {Address.parse(text): Sid(sid) for text, sid in said.items()}


def policy_errors(tree: Mapping, top: Pair, scope: Scope) -> Iterator[Diagnostic]:
    """Report the errors in the policy at the top, and in that of every environment."""
    yield from _type_errors(top, "configuration")
    common = _entries(tree, "adopt")
    yield from _Section(scope, None, tree).errors(common)
    environments = tree.get("environments")
    for name, entry in environments.items.items() if isinstance(environments, Mapping) else ():
        if isinstance(entry.node, Mapping):
            yield from _type_errors(entry, "environment")
            yield from _Section(scope, name, entry.node).errors({**common, **_entries(entry.node, "adopt")})


def _read(node: Mapping) -> Policy:
    """Read each key by itself, so that an error in one does not affect the others."""
    found = Policy()
    for word in WORDS:
        entry = node.items.get(word)
        own = read_written(Policy, {word: _value(word, entry.node)}) if entry else None
        found = found.under(own) if own else found
    return found


def _type_errors(written: Pair, title: str) -> Iterator[Diagnostic]:
    items = written.node.items if isinstance(written.node, Mapping) else {}
    said = {word: _value(word, items[word].node) for word in WORDS if word in items and not items[word].node.empty}
    if read_written(Policy, said) is None:
        yield from written_errors(Policy, said, title, written, _known_keys)


def _value(word: str, node: Node) -> object:
    return long_form(word, written_value(node))


def _known_keys(above: tuple[str, ...]) -> tuple[str, ...]:
    if not above:
        return Policy.keys()
    return _KEYS_BELOW.get(above[0], WrittenStore.keys())


_KEYS_BELOW = {"guardrails": Guardrails.keys(), "unmanaged": Unmanaged.keys()}


def _entries(node: Mapping, word: str) -> dict[str, Pair]:
    section = node.get(word)
    return dict(section.items) if isinstance(section, Mapping) else {}


class _Section(Struct, frozen=True):
    """The policy in one place: in an environment, or at the top for all of them."""

    scope: Scope
    environment: str | None
    node: Mapping

    def errors(self, adopted: Map[str, Pair]) -> Iterator[Diagnostic]:
        """Report what cannot work; `adopted` is everything that is adopted where this policy applies."""
        own = _entries(self.node, "adopt")
        is_known = self.environment not in self.scope.differing
        for text, entry in own.items():
            yield from self._sid_errors(text, entry) or (self._adoption_errors(text, entry) if is_known else ())
        yield from _adopted_twice(own, adopted)
        for text, entry in _entries(self.node, "allow_delete").items():
            yield from self._sid_errors(text, entry) or _needless_permission(text, entry)
        forget = self.node.get("forget")
        for item in forget.items if isinstance(forget, Sequence) else ():
            yield from self._forget_errors(item)
        yield from _glob_errors(self.node)
        yield from store_errors(self.node)

    def _sid_errors(self, text: str, entry: Pair) -> list[Diagnostic]:
        """Report what is wrong with an address and its SID."""
        kind = kind_of(Address.parse(text))
        if kind is None:
            return [_no_address(text, entry)]
        if kind.created_by_twilio:
            summary = f"{kind.a_title} has no SID: there is nothing to bind {in_quotes(text)} to"
            return [error_at(entry, Code.BAD_TERMS, summary, "remove it")]
        if (
            not entry.node.empty
            and isinstance(sid := plain_value(entry.node), str)
            and not is_sid(sid, kind.sid_prefix)
        ):
            hint = f"it is {kind.sid_prefix} followed by 32 hexadecimal digits"
            return [error_at(entry.node, Code.BAD_TERMS, f"this is not the SID of {kind.a_title}", hint)]
        return []

    def _adoption_errors(self, text: str, entry: Pair) -> Iterator[Diagnostic]:
        address = Address.parse(text)
        if not self.scope.declares(address):
            hint = did_you_mean(text, map(str, self.scope.resources)) or "declare it, or remove this line"
            yield error_at(entry, Code.BAD_TERMS, f"`adopt` names {in_quotes(text)}, which is not declared", hint)
        elif self.environment and not self.scope.means(address, self.environment):
            summary = f"`adopt` names {in_quotes(text)}, which does not exist in environment '{self.environment}'"
            yield error_at(entry, Code.BAD_TERMS, summary, "remove this line, or correct its `lifecycle.only`")

    def _forget_errors(self, item: Node) -> Iterator[Diagnostic]:
        text = plain_value(item)
        if not isinstance(text, str):
            return
        if kind_of(Address.parse(text)) is None:
            yield _no_address(text, item)
        is_known = self.environment not in self.scope.differing
        for block in self.scope.blocks(Address.parse(text), self.environment) if is_known else ():
            summary = f"`forget` names {in_quotes(text)}, which is still declared"
            yield error_at(item, Code.BAD_TERMS, summary, f"remove its block first: {block.position}")


def _glob_errors(node: Mapping) -> Iterator[Diagnostic]:
    """Report the globs under `unmanaged.ignore` that are none."""
    unmanaged = node.get("unmanaged")
    ignore = unmanaged.get("ignore") if isinstance(unmanaged, Mapping) else None
    for item in ignore.items if isinstance(ignore, Sequence) else ():
        text = plain_value(item)
        try:
            Glob.parse(text if isinstance(text, str) else "*")
        except UsageError as error:
            yield error_at(item, Code.BAD_TERMS, str(error).removesuffix("."), error.hint)


def _no_address(text: str, place: Node | Pair) -> Diagnostic:
    examples = ", ".join(
        f"`{kind.section}/NAME`" for kind in KINDS if kind.parent is None and not kind.created_by_twilio
    )
    return error_at(
        place,
        Code.BAD_TERMS,
        f"{in_quotes(text)} is not the address of a resource",
        f"an address begins with {examples}",
    )


def _adopted_twice(own: Map[str, Pair], adopted: Map[str, Pair]) -> Iterator[Diagnostic]:
    first: dict[object, str] = {}
    for text, entry in adopted.items():
        sid = plain_value(entry.node)
        other = first.setdefault(sid, text)
        if other != text and isinstance(sid, str) and (text in own or other in own):
            place = entry if text in own else own[other]
            yield error_at(
                place.node,
                Code.BAD_TERMS,
                f"{sid} is adopted as {in_quotes(other)} and as {in_quotes(text)}",
                "keep one",
            )


def _needless_permission(text: str, entry: Pair) -> Iterator[Diagnostic]:
    kind = kind_of(Address.parse(text))
    if kind is not None and not kind.recreate_impact:
        needing = " and ".join(_plural(each) for each in KINDS if each.recreate_impact)
        summary = f"{kind.a_title} needs no permission to be deleted"
        yield error_at(entry, Code.BAD_TERMS, summary, f"remove it: only {needing} do")


def _plural(kind: Kind) -> str:
    return f"{kind.title}s"
