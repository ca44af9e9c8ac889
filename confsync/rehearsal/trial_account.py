"""A copy of an account on an emulator, on which a saved plan is applied again and again from the same state."""

import asyncio
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from confsync.account.account import Account
from confsync.account.connection import Connection, Settings, emulator_connection
from confsync.account.results import Plan
from confsync.apply.calls import change_url
from confsync.apply.report import Report, Status
from confsync.config.config import Config
from confsync.config.tree import MissingSecret
from confsync.emulator.emulator import AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import ConfsyncError
from confsync.exit_codes import ExitCode, code_of_error
from confsync.names import Address, Sid
from confsync.plan.change import Change, SecretState
from confsync.plan.rehearsal import RehearsedFault, RehearsedRun, RehearsedWrite
from confsync.planfile.file import SavedPlan
from confsync.planning.make import LivePlan
from confsync.rehearsal.comparison import Resources, compare_accounts, resources_in
from confsync.rehearsal.faulty_emulator import CommittedWrite, FaultyEmulator, RepeatableSids
from confsync.rehearsal.simulated_clock import SimulatedClock
from confsync.secret import Secret
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import write_ledger
from confsync.state.ledger_name import ledger_name
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments

PLACEHOLDER = Secret("a placeholder for a secret that is not available here")

Files = Mapping[str, bytes]


class AccountCopy(Struct, frozen=True):
    """What the account returned, and the ledger as it was read; None if there is none.

    `others` has those of the other environments of the account.
    """

    account_sid: str
    responses: tuple[tuple[str, Mapping[str, Any]], ...]
    ledger: Ledger | None
    others: OtherEnvironments = NO_OTHERS


class TrialAccount:
    """Runs a saved plan on a copy of an account. Its ledger and its journal are in a folder of their own."""

    def __init__(self, config: Config, settings: Settings, saved: SavedPlan, copy: AccountCopy, folder: Path) -> None:
        self._config = config
        self._settings = settings
        self._folder = folder
        self._clock = SimulatedClock()
        sids = RepeatableSids()
        self._emulator = Emulator(account_sid=copy.account_sid, now=self._clock.now, new_hex=sids)
        self._faulty = FaultyEmulator(self._emulator, sids, self._keep_files)
        self._connection = emulator_connection(
            copy.account_sid, AUTH_TOKEN, folder / ledger_name(config.environment.name), EmulatorTransport(self._faulty)
        )
        self._saved = _retargeted(saved, self._connection)
        self._emulator.copy(copy.responses)
        if copy.ledger:
            self._write_ledger(config.environment.name, copy.ledger)
        for each in copy.others.ledgers:
            self._write_ledger(each.environment, each.ledger)
        self._first_state, self._first_files = self._emulator.dump(), _read_files(folder)
        self._files: Files = {}
        self._expected: Resources = {}
        self._plan: Plan | None = None

    def close(self) -> None:
        """Close the emulator."""
        self._emulator.close()

    def _write_ledger(self, environment: str | None, ledger: Ledger) -> None:
        write_ledger(self._folder / ledger_name(environment), replace(ledger, host=self._connection.origin.host))

    async def run_without_faults(self) -> tuple[RehearsedRun, Mapping[CommittedWrite, RehearsedWrite]]:
        """Apply the plan, and return the run with the writes that took effect."""
        self._plan = await self._make_plan()
        report = await self._attempt(self._plan)
        self._expected = resources_in(self._emulator.contents())
        writes = _named_writes(self._plan.live, report.applied, self._faulty.committed)
        return RehearsedRun(
            fault=RehearsedFault.NONE, code=report.code, message=report.message, waited=self._clock.waited
        ), writes

    async def run(self, fault: RehearsedFault, at: CommittedWrite, write: RehearsedWrite) -> RehearsedRun:
        """Apply the plan with one fault; if that does not end with 0, run the same command again."""
        self._start_again(fault, at)
        first = last = await self._attempt(self._plan)
        if not self._faulty.struck:
            raise RuntimeError(f"the rehearsal did not send {write.method} for {write.address} again")
        again = first.code is not ExitCode.DONE
        if again:
            self._revive()
            last = await self._attempt(None)
        difference = compare_accounts(self._expected, resources_in(self._emulator.contents()))
        return RehearsedRun(
            fault=fault,
            write=write,
            code=first.code,
            rerun_code=last.code if again else None,
            message=last.message or first.message,
            waited=self._clock.waited,
            duplicates=difference.added,
            missing=difference.missing,
            different=difference.different,
        )

    def _start_again(self, fault: RehearsedFault, at: CommittedWrite) -> None:
        self._emulator.load(self._first_state)
        _write_files(self._folder, self._first_files)
        self._faulty.inject(fault, at.key)
        self._clock.restart()

    def _keep_files(self) -> None:
        self._files = _read_files(self._folder)

    def _revive(self) -> None:
        """Undo what a dead client still did: it closed its files."""
        if self._faulty.killed:
            _write_files(self._folder, self._files)
            self._faulty.revive()

    async def _make_plan(self) -> Plan:
        plan = await self._account().resume_plan(self._saved)
        return replace(plan, live=_with_placeholders(plan.live))

    async def _attempt(self, plan: Plan | None) -> "_Attempt":
        """Apply the plan; without one, as a new command that makes it first."""
        try:
            # a task of its own, because a run that is killed leaves the task that it ran in half cancelled
            report = await asyncio.create_task(self._apply(plan))
        except BaseException as error:
            stops = isinstance(error, KeyboardInterrupt | SystemExit | asyncio.CancelledError)
            if stops or not (self._faulty.killed or isinstance(error, Exception)):
                raise
            return _Attempt() if self._faulty.killed else _Attempt(code_of_error(error), _what_happened(error))
        return _Attempt(report.exit_code, _first_error(report), report)

    async def _apply(self, plan: Plan | None) -> Report:
        return (await self._account().apply(plan or await self._make_plan())).applied

    def _account(self) -> Account:
        return Account(self._config, replace(self._connection, clock=self._clock), self._settings)


class _Attempt(Struct, frozen=True):
    """How a command ended. A killed one has neither a code nor a message."""

    code: ExitCode | None = None
    message: str = ""
    applied: Report | None = None


def _retargeted(saved: SavedPlan, connection: Connection) -> SavedPlan:
    """Make a plan for an account into one for its copy."""
    target = replace(saved.plan.target, base_url=connection.origin.base_url, emulator=True)
    return replace(saved, plan=replace(saved.plan, target=target))


def _with_placeholders(plan: LivePlan) -> LivePlan:
    """Give each secret that is not available here a value, so that the plan can be applied."""
    changes = tuple(_with_placeholder(each) if each.missing_secrets else each for each in plan.changes)
    return replace(plan, changes=changes)


def _with_placeholder(change: Change) -> Change:
    send = {name: PLACEHOLDER if isinstance(value, MissingSecret) else value for name, value in change.send.items()}
    known = {
        name: SecretState.NOT_CHECKED if state is SecretState.NOT_COMPARABLE else state
        for name, state in change.write_only.items()
    }
    return replace(change, send=send, write_only=known, undeclared_secrets=())


def _named_writes(
    plan: LivePlan, report: Report | None, committed: Iterable[CommittedWrite]
) -> dict[CommittedWrite, RehearsedWrite]:
    """Find the address that each write is for."""
    outcomes = report.outcomes if report else ()
    made = {each.change.address: each.sid for each in outcomes if each.sid and not each.change.deletes}
    sids: dict[Address, Sid] = {**plan.snapshot.known_sids, **made}
    paths = dict(_paths(plan, sids))
    found = {}
    for each in committed:
        path = each.key.path
        address = paths.get(f"{path}/{each.sid}") or paths.get(path) or path
        found[each] = RehearsedWrite(address, each.key.method)
    return found


def _paths(plan: LivePlan, sids: Mapping[Address, Sid]) -> Iterable[tuple[str, str]]:
    for change in plan.changes:
        try:
            yield change_url(change, sids), str(change.address)
        except KeyError:  # it was not created
            continue


def _first_error(report: Report) -> str:
    failed = (each for each in report.outcomes if each.status is not Status.DONE)
    messages = (each.error.happened if each.error else each.reason for each in failed)
    return next(filter(None, messages), "")


def _what_happened(error: BaseException) -> str:
    return error.happened if isinstance(error, ConfsyncError) else f"a bug in confsync ({type(error).__name__})"


def _read_files(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _write_files(folder: Path, files: Files) -> None:
    """Make a folder hold these files and no others."""
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
