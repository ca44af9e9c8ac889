"""The ledger and its journal as they lie on this machine: what both of them know, and how they are written to.

A journal stands on the ledger of its serial. One that an apply left behind is folded into that ledger: in memory by
whatever only reads, on disk before the next apply writes anything. One that stands on another ledger is not folded: it
was taken in already, or what it tells happened before or beside what the ledger tells, and to put its entries over
newer ones would tell wrong what we own. That costs little, since what it knows is found again by name; and it is set
aside rather than removed, so that a person can look.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import count
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic
from confsync.errors import CorruptLedger, LocalFileError, Refused, Stale
from confsync.state import journal as journals
from confsync.state import ledger as ledgers
from confsync.state.journal import Journal, JournalContent
from confsync.state.ledger import Entry, Ledger
from confsync.state.replay import replay_events

STATE_DIRECTORY = ".confsync"
_LEDGER = "confsync.ledger"


class JournalState(Enum):
    """How a journal that was left behind stands to the ledger: there is none, or it is to be folded, or it is not."""

    NONE = auto()
    OPEN = auto()
    INCLUDED = auto()
    UNRELATED = auto()


class LedgerState(Struct, frozen=True):
    """What ledger and journal know together. Without `present`, there is neither."""

    ledger: Ledger
    present: bool
    state: JournalState
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def in_order(self) -> tuple[Entry, ...]:
        """The entries by address, at each the current one first."""
        return tuple(sorted(self.ledger.entries, key=lambda each: (each.address, not each.current, each.sid or "")))


def journal_path(ledger: Path) -> Path:
    """Say where the journal of a ledger lies: in `.confsync/`, or beside a ledger that lies out of the way already."""
    if not ledger.name.startswith(_LEDGER):
        return ledger.with_name(ledger.name.removesuffix(".json").removesuffix(".ledger") + ".journal.jsonl")
    environment = ledger.name.removeprefix(_LEDGER).removesuffix(".json")
    folder = ledger.parent if STATE_DIRECTORY in ledger.parent.parts else ledger.parent / STATE_DIRECTORY
    return folder / f"journal{environment}.jsonl"


def read_state(path: Path, *, account_sid: str, host: str, required: bool = False) -> LedgerState:
    """Read a ledger, and fold into it what an apply left behind; nothing is written.

    Raises LocalFileError where one of them cannot be read or understood, or where there is none and one is required,
    and Refused where one belongs to another account or host.
    """
    written = ledgers.read_ledger(path, account_sid=account_sid, host=host)
    left = journals.read_journal(journal_path(path), account_sid=account_sid, host=host)
    ledger = written or Ledger(account_sid, host)
    standing = _standing(left, ledger)
    if left and standing is JournalState.OPEN:
        ledger = replay_events(ledger, left.events)
    present = written is not None or standing is JournalState.OPEN
    if required and not present:
        raise LocalFileError(
            f"There is no ledger {path}, and this environment requires one.",
            hint="Restore it from version control, or run `confsync ledger rebuild`: it adopts what exists.",
        )
    doubt = _doubt(path, left, ledger) if left and standing is JournalState.UNRELATED else ()
    return LedgerState(ledger, present, standing, doubt)


def open_for_apply(path: Path, planned: Ledger) -> "StateStore":
    """Open ledger and journal for an apply, once what was left behind stands in the ledger on disk.

    Raises Stale where they tell something else than what was planned with, LocalFileError as `read` does.
    """
    known = read_state(path, account_sid=planned.account_sid, host=planned.host)
    if known.ledger != planned:
        raise Stale(
            f"The ledger {path} changed since the plan was made.",
            hint="Let the other apply come to its end, then run `confsync plan`.",
        )
    ledger = planned
    if known.state is JournalState.OPEN:
        ledger = planned.after(planned.serial)
        ledgers.write_ledger(path, ledger)
    if known.state is JournalState.UNRELATED:
        set_aside(journal_path(path), "aside")
    else:
        Journal(journal_path(path), ledger).remove()
    return StateStore(path, ledger)


class StateStore:
    """A ledger with its journal, while an apply writes to them."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.ledger = ledger
        self.journal = Journal(journal_path(path), ledger)
        self._path = path

    def close(self, after: Ledger) -> None:
        """Write the ledger where it is news, with the next serial; then the journal has told all it knew.

        What only names a newer commit, or forgets an expired plan, is no news. Raises LocalFileError.
        """
        try:
            if _news(after, self.ledger):
                spent = _unexpired(after.spent_plans)
                ledgers.write_ledger(self._path, replace(after, spent_plans=spent).after(self.ledger.serial))
        except LocalFileError:
            self.journal.close()
            raise
        self.journal.remove()


def set_aside(path: Path, why: str) -> Path:
    """Give a file another name beside its own, and say which. Raises LocalFileError."""
    names = (path.with_name(f"{path.name}.{why}{f'-{number}' if number > 1 else ''}") for number in count(1))
    free = next(each for each in names if not each.exists())
    try:
        path.rename(free)
    except OSError as trouble:
        raise LocalFileError(
            f"{path} cannot be renamed: {trouble.strerror}.", hint="Move it away by hand, and run it again."
        ) from trouble
    return free


class SalvagedState(Struct, frozen=True):
    """What can still be known of what we own, and which files cannot be understood."""

    ledger: Ledger
    spoilt: tuple[Path, ...]

    def set_aside(self) -> tuple[Path, ...]:
        """Keep what cannot be understood under other names, and say under which. Raises LocalFileError."""
        return tuple(set_aside(path, "corrupt") for path in self.spoilt)


def salvage_state(path: Path, *, account_sid: str, host: str) -> SalvagedState:
    """Read what can be read where a ledger is lost, or where it or its journal cannot be understood.

    Raises Refused where both are sound, LocalFileError where one may not be read or is from a newer version.
    """
    spoilt, journal = [], journal_path(path)
    ledger, left = None, None
    try:
        ledger = ledgers.read_ledger(path, account_sid=account_sid, host=host)
    except CorruptLedger:
        spoilt.append(path)
    try:
        left = journals.read_journal(journal, account_sid=account_sid, host=host)
    except CorruptLedger:
        spoilt.append(journal)
    known = ledger or Ledger(account_sid, host)
    if not spoilt and (ledger or _standing(left, known) is JournalState.OPEN):
        raise Refused(
            f"The ledger {path} is sound, and is not rebuilt.", hint="Run `confsync ledger show` to look at it."
        )
    if left:
        spoilt.append(journal)
    return SalvagedState(known, tuple(spoilt))


def _standing(left: JournalContent | None, ledger: Ledger) -> JournalState:
    if left is None:
        return JournalState.NONE
    if not _news(replay_events(ledger, left.events), ledger):
        return JournalState.INCLUDED
    return JournalState.OPEN if left.serial == ledger.serial else JournalState.UNRELATED


def _news(after: Ledger, before: Ledger) -> bool:
    return _content(after) != _content(before)


def _content(ledger: Ledger) -> Ledger:
    """Give what makes a ledger worth writing, in an order of its own."""
    entries = tuple(sorted(ledger.entries, key=lambda each: (each.address, each.current, each.sid or "")))
    return replace(ledger, serial=0, commit=None, entries=entries, spent_plans=_unexpired(ledger.spent_plans))


def _unexpired(plans: Mapping[str, str]) -> dict[str, str]:
    now = datetime.now(UTC)
    return {each: expiry for each, expiry in plans.items() if not _is_past(expiry, now)}


def _is_past(expiry: str, now: datetime) -> bool:
    """Whether a time is over; a text that is none never is, so that what is spent stays spent."""
    try:
        time = datetime.fromisoformat(expiry)
    except ValueError:
        return False
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) <= now


def _doubt(path: Path, left: JournalContent, ledger: Ledger) -> tuple[Diagnostic, ...]:
    stands = f"ledger serial {ledger.serial}" if ledger.serial else "no ledger"
    summary = f"the journal {journal_path(path)} stands on ledger serial {left.serial}, and there is {stands}"
    hint = "it is not taken in, and the next apply sets it aside: what it knows is found again by name"
    return (Diagnostic("warning", Code.STRANGE_JOURNAL, summary, hint),)
