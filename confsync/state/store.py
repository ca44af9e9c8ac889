"""The ledger and its journal on disk: what they contain together, and how an apply writes to them.

A journal continues the ledger with its serial. A journal that an apply left behind is replayed: in memory for a command
that only reads, on disk before the next apply writes anything. A journal that continues another ledger is not replayed.
Either the ledger includes it already, or its events are older than the ledger's entries, and replaying them would make
confsync wrong about what it owns. That costs little, because confsync finds those resources again by name. The next
apply renames such a journal instead of deleting it, so that a person can look at it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from itertools import count
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic
from confsync.errors import CorruptLedger, GitRemoteError, LocalFileError, Refused, Stale, fix_for
from confsync.state.journal import Journal, JournalContent, read_journal
from confsync.state.ledger import Entry, Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import read_any_ledger, read_ledger, write_ledger
from confsync.state.replay import BeginReplace, RecordedValues, Spend, replay_events
from confsync.state.state_files import journal_path, unpushed_path
from confsync.state.unpushed import merge_journal, read_branch, save_to_branch


class JournalState(Enum):
    """How a journal that an apply left behind relates to the ledger."""

    NONE = auto()
    OPEN = auto()
    INCLUDED = auto()
    UNRELATED = auto()


class LedgerState(Struct, frozen=True):
    """What the ledger and the journal contain together. `present` is false if neither exists.

    An apply of a saved plan that was killed after it had spent the plan, but before it ended, did not spend it.
    `pushed` is the ledger on its branch, if it has one. `recorded` has the values of pending replaces that the journal
    contains.
    """

    ledger: Ledger
    present: bool
    state: JournalState
    warnings: tuple[Diagnostic, ...] = ()
    has_unfinished_plan: bool = False
    pushed: Ledger | None = None
    recorded: RecordedValues = {}

    @property
    def in_order(self) -> tuple[Entry, ...]:
        """The entries sorted by address, with the current one first at each address."""
        return tuple(sorted(self.ledger.entries, key=lambda each: (each.address, not each.current, each.sid or "")))


def read_state(
    path: Path, *, account_sid: str, host: str, required: bool = False, branch: LedgerBranch | None = None
) -> LedgerState:
    """Read a ledger, from its branch if it has one, and replay the journal that an apply left behind, in memory only.

    Raises LocalFileError if one of them cannot be read or parsed, or if a required ledger does not exist, and Refused
    if one belongs to another account or host.
    """
    shared = read_branch(branch, account_sid=account_sid, host=host) if branch else None
    written = shared.ledger if shared else read_ledger(path, account_sid=account_sid, host=host)
    journal = read_journal(journal_path(path), account_sid=account_sid, host=host)
    ledger = written or Ledger(account_sid, host)
    state = _journal_state(journal, ledger)
    if journal and state is JournalState.OPEN:
        ledger = replay_events(ledger, journal.events)
    if journal and branch and state is JournalState.UNRELATED and (merged := merge_journal(branch, ledger, journal)):
        ledger, state = merged, JournalState.OPEN
    unfinished = _unfinished_plans(journal, state)
    if not unfinished.isdisjoint(ledger.spent_plans):
        ledger = replace(ledger, spent_plans=_without(ledger.spent_plans, unfinished))
    present = written is not None or state is JournalState.OPEN
    if required and not present:
        raise LocalFileError(
            f"There is no ledger {branch or path}, and this environment requires one.",
            hint="Restore it from version control. If the environment was renamed, run `confsync ledger adopt FILE` "
            "with the old ledger. If it is lost, run `confsync ledger rebuild`, which adopts what exists.",
        )
    warnings = _unrelated_warning(path, journal, ledger) if journal and state is JournalState.UNRELATED else ()
    return LedgerState(
        ledger,
        present,
        state,
        warnings,
        has_unfinished_plan=bool(unfinished),
        pushed=shared.pushed if shared else None,
        recorded=_recorded_values(journal, ledger),
    )


def open_for_apply(path: Path, planned: Ledger, branch: LedgerBranch | None = None) -> "StateStore":
    """Open the ledger and the journal for an apply, after writing a replayed journal to the ledger.

    Raises Stale if they changed since the plan was made, and LocalFileError as `read_state` does.
    """
    known = read_state(path, account_sid=planned.account_sid, host=planned.host, branch=branch)
    if known.ledger != planned:
        raise Stale(
            f"The ledger {branch or path} changed since the plan was made.",
            hint="Run `confsync plan`: it reads the ledger and the live state again.",
        )
    ledger = planned
    if branch and known.present and ledger != known.pushed:
        ledger = planned.after(planned.serial)
        branch.push(ledger, known.pushed)
    elif not branch and (known.state is JournalState.OPEN or known.has_unfinished_plan):
        ledger = planned.after(planned.serial)
        write_ledger(path, ledger)
    return StateStore(path, ledger, branch, journal=_continued_journal(path, ledger, known), recorded=known.recorded)


def push_state(path: Path, branch: LedgerBranch, *, account_sid: str, host: str) -> LedgerState:
    """Push what the branch of a ledger lacks: the journal, a ledger that was not pushed, or the file in the work tree.

    Return what the ledger was before. Raises what `read_state` raises.
    """
    known = read_state(path, account_sid=account_sid, host=host, branch=branch)
    ledger = known.ledger
    if known.present and ledger != known.pushed:
        branch.push(ledger.after(ledger.serial), known.pushed)
    _continued_journal(path, ledger, known)
    return known


def _continued_journal(path: Path, ledger: Ledger, known: LedgerState) -> Journal:
    """Remove what the ledger contains now, and return the journal that continues it. Raises LocalFileError."""
    unpushed_path(path).unlink(missing_ok=True)
    if known.state is JournalState.UNRELATED:
        set_aside(journal_path(path), "aside")
    journal = Journal(journal_path(path), ledger)
    keep_recorded_values(journal, ledger, known.recorded)
    return journal


def keep_recorded_values(journal: Journal, ledger: Ledger, recorded: RecordedValues) -> None:
    """Leave in a journal only what no ledger contains: the values of pending replaces. Otherwise, remove the file.

    Raises LocalFileError if the file cannot be replaced; then it stays as it is.
    """
    events = [BeginReplace(each, recorded[each.sid]) for each in ledger.pending_replaces if recorded.get(each.sid)]
    if not events:
        journal.remove()
        return
    try:
        journal.restart(ledger, events)
    except OSError as error:
        raise LocalFileError(
            f"The journal {journal.path} cannot be written: {error.strerror}.",
            hint=f"{fix_for(error, str(journal.path))}, then run the command again.",
        ) from error


class StateStore:
    """A ledger and its journal, while an apply writes to them. `recorded` has the values of pending replaces."""

    def __init__(
        self,
        path: Path,
        ledger: Ledger,
        branch: LedgerBranch | None = None,
        *,
        journal: Journal | None = None,
        recorded: RecordedValues | None = None,
    ) -> None:
        self.ledger = ledger
        self.journal = journal or Journal(journal_path(path), ledger)
        self.recorded = dict(recorded or {})
        self._path = path
        self._branch = branch

    def close(self, after: Ledger) -> None:
        """Write the ledger with the next serial if its content changed, then delete the journal.

        The recorded values of pending replaces stay in a journal that continues that ledger. A newer commit alone, or
        an expired plan, is not a change. Raises LocalFileError, also if somebody replaced the ledger in the meantime.
        """
        ledger = self.ledger
        try:
            if _differs(after, ledger):
                ledger = replace(after, spent_plans=_unexpired(after.spent_plans)).after(ledger.serial)
                self._write(ledger)
        except GitRemoteError:
            # the ledger that was not pushed has all of it
            keep_recorded_values(self.journal, ledger, self.recorded)
            raise
        except LocalFileError:
            self.journal.close()
            raise
        keep_recorded_values(self.journal, ledger, self.recorded)

    def _write(self, ledger: Ledger) -> None:
        if self._branch:
            save_to_branch(self._branch, ledger, self.ledger)
        else:
            self._check_serial()
            write_ledger(self._path, ledger)

    def _check_serial(self) -> None:
        """Refuse to overwrite a ledger that is not the one that this apply continues."""
        # the lock keeps out other applies on this machine, but not `git pull`, nor another machine
        try:
            found = read_any_ledger(self._path)
        except LocalFileError as error:
            raise self._replaced(error.happened) from error
        if found and (found.serial, found.lineage) != (self.ledger.serial, self.ledger.lineage):
            raise self._replaced(
                f"The ledger {self._path} was replaced during the apply: "
                f"it has serial {found.serial} instead of {self.ledger.serial}."
            )

    def _replaced(self, happened: str) -> LocalFileError:
        return LocalFileError(
            happened,
            changed="What was applied stays applied. "
            f"The journal {self.journal.path} records it, but the ledger does not.",
            hint="Restore the ledger as it was before the apply, then run `confsync apply` again.",
        )


def set_aside(path: Path, suffix: str) -> Path:
    """Rename a file in its directory, and return the new path. Raises LocalFileError."""
    names = (path.with_name(f"{path.name}.{suffix}{f'-{number}' if number > 1 else ''}") for number in count(1))
    free = next(each for each in names if not each.exists())
    try:
        path.rename(free)
    except OSError as error:
        raise LocalFileError(
            f"{path} cannot be renamed: {error.strerror}.", hint=f"{fix_for(error, str(path))}, then run it again."
        ) from error
    return free


class SalvagedState(Struct, frozen=True):
    """What can still be read of what confsync owns, and the files that are corrupt or superseded."""

    ledger: Ledger
    corrupt: tuple[Path, ...]
    branch: LedgerBranch | None = None
    recorded: RecordedValues = {}

    @property
    def state(self) -> LedgerState:
        """The state that a plan is made with: as if there were no ledger."""
        return LedgerState(self.ledger, present=False, state=JournalState.NONE, recorded=self.recorded)

    def set_aside(self) -> tuple[Path, ...]:
        """Rename the corrupt files, and return their new paths. Raises LocalFileError."""
        return tuple(set_aside(path, "corrupt") for path in self.corrupt)


def salvage_state(path: Path, *, account_sid: str, host: str, branch: LedgerBranch | None = None) -> SalvagedState:
    """Read what can be read if the ledger is missing, or if it or its journal is corrupt.

    Raises Refused if both are sound, and LocalFileError if one cannot be opened or is from a newer version.
    """
    corrupt, journal_file, sound = [], journal_path(path), True
    ledger, journal = None, None
    try:
        read = branch.read if branch else partial(read_ledger, path)
        ledger = read(account_sid=account_sid, host=host)
    except CorruptLedger:
        sound = False
        corrupt += [] if branch else [path]  # the history of a branch keeps it
    try:
        journal = read_journal(journal_file, account_sid=account_sid, host=host)
    except CorruptLedger:
        corrupt.append(journal_file)
    known = ledger or Ledger(account_sid, host)
    if sound and not corrupt and (ledger or _journal_state(journal, known) is JournalState.OPEN):
        raise Refused(
            f"The ledger {branch or path} is valid, so it is not rebuilt.",
            hint="Run `confsync ledger show` to look at it.",
        )
    if journal:
        corrupt.append(journal_file)
        # its entries may be older than those of the ledger that is lost, but what was deleted stays deleted
        known = replace(known, pending_replaces=replay_events(known, journal.events).pending_replaces)
    return SalvagedState(known, tuple(corrupt), branch, _recorded_values(journal, known))


def _journal_state(journal: JournalContent | None, ledger: Ledger) -> JournalState:
    if journal is None:
        return JournalState.NONE
    if not _differs(replay_events(ledger, journal.events), ledger):
        return JournalState.INCLUDED
    return JournalState.OPEN if journal.serial == ledger.serial else JournalState.UNRELATED


def _recorded_values(journal: JournalContent | None, ledger: Ledger) -> RecordedValues:
    """Return the values of pending replaces. Each SID exists once, so even an unrelated journal has the right ones."""
    pending = {each.sid for each in ledger.pending_replaces}
    begun = (each for each in (journal.events if journal else ()) if isinstance(each, BeginReplace))
    return {each.pending.sid: each.values for each in begun if each.pending.sid in pending}


def _unfinished_plans(journal: JournalContent | None, state: JournalState) -> frozenset[str]:
    """Return the saved plans whose apply wrote the ledger and did not live to delete the journal."""
    if journal is None or state is JournalState.UNRELATED:
        return frozenset()
    return frozenset(each.plan_id for each in journal.events if isinstance(each, Spend))


def _without(plans: Mapping[str, str], unfinished: frozenset[str]) -> dict[str, str]:
    return {each: expiry for each, expiry in plans.items() if each not in unfinished}


def _differs(after: Ledger, before: Ledger) -> bool:
    return _content(after) != _content(before)


def _content(ledger: Ledger) -> Ledger:
    """Return the part of a ledger that makes it worth writing, in a fixed order."""
    entries = tuple(sorted(ledger.entries, key=lambda each: (each.address, each.current, each.sid or "")))
    return replace(ledger, serial=0, commit=None, entries=entries, spent_plans=_unexpired(ledger.spent_plans))


def _unexpired(plans: Mapping[str, str]) -> dict[str, str]:
    now = datetime.now(UTC)
    return {each: expiry for each, expiry in plans.items() if not _is_past(expiry, now)}


def _is_past(expiry: str, now: datetime) -> bool:
    """Whether a time has passed; a text that is not a time never has, so that the plan stays spent."""
    try:
        time = datetime.fromisoformat(expiry)
    except ValueError:
        return False
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) <= now


def _unrelated_warning(path: Path, journal: JournalContent, ledger: Ledger) -> tuple[Diagnostic, ...]:
    existing = f"the ledger has serial {ledger.serial}" if ledger.serial else "there is no ledger"
    summary = f"the journal {journal_path(path)} continues ledger serial {journal.serial}, but {existing}"
    hint = "confsync ignores the journal and finds its resources again by name; the next apply renames the file"
    return (Diagnostic("warning", Code.STRANGE_JOURNAL, summary, hint),)
