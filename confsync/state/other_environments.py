"""What the other environments of an account own, as far as their ledgers say. A run for this one leaves it alone."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from confsync.errors import CorruptLedger
from confsync.model import Kind
from confsync.names import Address, Sid, linked_address, parent_of
from confsync.quoting import in_quotes
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import LedgerOfOtherAccount
from confsync.state.store import read_state

SingletonKey = tuple[Sid | None, Kind, Sid | None]
"""What identifies a resource without a SID: what contains it, its kind, and for a link the resource on its other side.
"""


class Owner(Struct, frozen=True):
    """The environment that owns a resource, and the address that it has there."""

    environment: str
    address: Address

    def __str__(self) -> str:
        return f"environment {in_quotes(self.environment)}, as {self.address}"


class OtherLedger(Struct, frozen=True):
    """The ledger of a different environment of the account."""

    environment: str
    ledger: Ledger


class OtherEnvironments(Struct, frozen=True, dict=True):
    """The ledgers of all other environments of the account."""

    ledgers: tuple[OtherLedger, ...] = ()

    @cached_property
    def owner(self) -> Mapping[Sid, Owner]:
        """The owner of each SID, if it is a different environment."""
        return {entry.sid: owner for owner, entry, _ in self._entries() if entry.sid}

    @cached_property
    def singletons(self) -> Mapping[SingletonKey, Owner]:
        """The owner of each resource without a SID."""
        return dict(self._singletons())

    @cached_property
    def contents(self) -> Mapping[Sid, Owner]:
        """For each resource that contains something owned by a different environment, one of those owners."""
        return {sid: owner for owner, entry, _ in self._entries() for sid in entry.inside}

    def _entries(self) -> Iterator[tuple[Owner, Entry, Ledger]]:
        for each in self.ledgers:
            for entry in each.ledger.entries:
                yield Owner(each.environment, entry.address), entry, each.ledger

    def _singletons(self) -> Iterator[tuple[SingletonKey, Owner]]:
        for owner, entry, ledger in self._entries():
            kind = kind_of(entry.address)
            if entry.sid is None and kind is not None:
                other = ledger.current.get(linked_address(kind, entry.address)) if kind.linked_kind else None
                yield (_container(entry, kind, ledger), kind, other.sid if other else None), owner


NO_OTHERS = OtherEnvironments()


def _container(entry: Entry, kind: Kind, ledger: Ledger) -> Sid | None:
    """Return the SID of what contains a resource; an entry of a rebuilt ledger does not know it."""
    if entry.inside:
        return entry.inside[-1]
    above = ledger.current.get(parent_of(kind, entry.address))
    return above.sid if above else None


class OtherLedgerPlace(Struct, frozen=True):
    """Where the ledger of a different environment of the account is, and for which host."""

    environment: str
    path: Path
    host: str
    branch: LedgerBranch | None = None


def read_other_environments(places: Iterable[OtherLedgerPlace], *, account_sid: str) -> OtherEnvironments:
    """Read the ledgers of the other environments, with the journals that applies left behind here, in memory only.

    Raises what `read_state` raises, except for a ledger of a different account: it owns nothing in this one.
    """
    return OtherEnvironments(tuple(_read(places, account_sid)))


def _read(places: Iterable[OtherLedgerPlace], account_sid: str) -> Iterator[OtherLedger]:
    for each in places:
        try:
            known = read_state(each.path, account_sid=account_sid, host=each.host, branch=each.branch)
        except LedgerOfOtherAccount:
            continue
        except CorruptLedger as error:
            rebuild = f"`confsync ledger rebuild -e {each.environment}`"
            hint = f"Restore it from version control, or run {rebuild}, which adopts what exists."
            raise CorruptLedger(error.happened, hint=hint) from error
        yield OtherLedger(each.environment, known.ledger)
