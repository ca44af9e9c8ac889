"""Finds ledgers that an environment left behind when it was renamed or removed, and adopts one of them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from confsync.errors import LocalFileError, Refused
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail
from confsync.quoting import command_text, target_options
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import read_any_ledger, write_ledger
from confsync.state.replay import RecordedValues
from confsync.state.state_files import journal_path
from confsync.state.store import keep_recorded_values, read_state, set_aside


class LedgerUse(Struct, frozen=True):
    """Which ledger a run uses, for which environment, and the file names of all ledgers that environments use.

    `branch` is where the ledger is, if it is not a file.
    """

    path: Path
    environment: str | None
    names: frozenset[str]
    branch: LedgerBranch | None = None
    emulator: bool = False

    def is_used(self, file: Path) -> bool:
        """Whether an environment uses a ledger: this one, or another one that the configuration declares."""
        return file.name in self.names and file.resolve().parent == self.path.resolve().parent


class AdoptedLedger(Struct, frozen=True):
    """An adopted ledger, the file that it was read from, and the new paths of the files that it replaces.

    `recorded` has the values of pending replaces.
    """

    ledger: Ledger
    file: Path
    aside: tuple[Path, ...]
    recorded: RecordedValues = {}


def unused_ledger_guardrails(use: LedgerUse, ledger: Ledger, *, present: bool) -> tuple[Guardrail, ...]:
    """Block a plan while a ledger of the same account and host belongs to no environment.

    The run would not know what that ledger owns and protects.
    """
    return tuple(
        Guardrail(
            GuardrailRule.LEDGER,
            (),
            f"{name} {whose}, and no declared environment uses it",
            _override(use, file, name, present=present),
        )
        for file, name, read in _other_ledgers(use)
        if not use.is_used(file) and (whose := _why_unused(read, ledger))
    )


def adopt_ledger(use: LedgerUse, file: Path, *, account_sid: str, host: str) -> AdoptedLedger:
    """Write the ledger of an environment from another file and its journal, and set both aside.

    Raises Refused if there is a ledger already, if the file belongs to a declared environment or to another account or
    host, and LocalFileError if one of the files cannot be read or written.
    """
    if read_state(use.path, account_sid=account_sid, host=host, branch=use.branch).present:
        raise Refused(
            f"The ledger {use.branch or use.path} already exists, so it is not replaced.",
            hint="Run `confsync ledger show` to look at it.",
        )
    if use.is_used(file):
        raise Refused(
            f"{file} is the ledger of another environment that the configuration declares.",
            hint="Select that environment with -e.",
        )
    old = LedgerBranch(use.branch.ref, file) if use.branch and not file.exists() else None
    adopted = read_state(file, account_sid=account_sid, host=host, branch=old)
    if not (file.exists() or adopted.pushed):
        raise LocalFileError(f"There is no ledger {old or file}.", hint="Name the file of the ledger to adopt.")
    # a journal that stayed behind could match the serial of the new ledger by chance
    aside = tuple(_journals_set_aside(use.path))
    ledger = adopted.ledger.after(adopted.ledger.serial)
    if use.branch:
        use.branch.push(ledger, None, moved=old)
    else:
        write_ledger(use.path, ledger)
    keep_recorded_values(Journal(journal_path(use.path), ledger), ledger, adopted.recorded)
    kept = () if old else (set_aside(file, "adopted"),)
    return AdoptedLedger(ledger, file, (*aside, *_journals_set_aside(file), *kept), adopted.recorded)


def _other_ledgers(use: LedgerUse) -> Iterator[tuple[Path, str, Callable[[], Ledger | None]]]:
    """Yield the path and the name of every other ledger in the folder and on the branch, and what reads it."""
    for file in sorted(use.path.parent.glob("confsync.ledger*.json")):
        if file != use.path:
            yield file, str(file), partial(read_any_ledger, file)
    for other in use.branch.others() if use.branch else ():
        yield other.path, str(other), other.read_any


def _why_unused(read: Callable[[], Ledger | None], ledger: Ledger) -> str:
    """Say why a ledger matters to this run; empty if it is another account's or host's."""
    try:
        other = read()
    except LocalFileError as error:
        return f"may be a ledger of this account ({error.happened.rstrip('.')})"
    if other is None or (other.account_sid, other.host) != (ledger.account_sid, ledger.host):
        return ""
    return "is a ledger of this account"


def _override(use: LedgerUse, file: Path, name: str, *, present: bool) -> str:
    if present:
        return f"remove {name}, if nothing that it owns or protects matters any more"
    adopt = command_text("ledger adopt", str(file), options=target_options(use.environment, emulator=use.emulator))
    return f"{adopt}, or remove that file"


def _journals_set_aside(ledger: Path) -> Iterator[Path]:
    journal = journal_path(ledger)
    if journal.exists():
        yield set_aside(journal, "aside")
