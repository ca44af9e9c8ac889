"""Runs two applies at once, in one folder or in two, and compares what they did with what one apply does."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from shutil import copy, rmtree

import httpx

from confsync.emulator.emulator import Emulator
from confsync.exit_codes import ExitCode
from tests.campaigns.account_state import AccountState, differences, entries_of, ledger_differences
from tests.campaigns.configurations import SECRETS, SMALL
from tests.campaigns.machine import BUG, Machine, do_nothing, exit_code_of
from tests.campaigns.options import Options
from tests.campaigns.report import Progress
from tests.campaigns.transports import Transport, WrappingTransport

CLAIM = (
    "in one folder, one apply makes every change, and the other runs afterwards or exits with code 10; "
    "in two folders, which share no lock, confsync reports every duplicate"
)
APPLY = ("apply", "--auto-approve")
WAITING = ("--lock-timeout", "1m")
PART = ("--target", "services/desk/roles/agent", "--target", "credentials")
"""What narrows an apply to a part of the configuration."""

LONGEST_LATENCY = 0.002
LONGEST_HEAD_START = 0.15


@dataclass(frozen=True)
class Race:
    """Where two applies race, from which state, and how the second one differs from the first."""

    arena: str
    start: str
    waits: bool
    head_start: float
    seed: int

    def __str__(self) -> str:
        return f"{self.arena}, {self.start}{', with --lock-timeout' if self.waits else ''}"


class _SlowTransport(WrappingTransport):
    """Takes a moment for each request, so that the two runs overlap."""

    def __init__(self, inner: httpx.AsyncBaseTransport, random: Random) -> None:
        super().__init__(inner)
        self._random = random

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._random.uniform(0, LONGEST_LATENCY))
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(self._random.uniform(0, LONGEST_LATENCY))
        return response


class Expectation:
    """The account, the ledger and the files after a single apply."""

    def __init__(self, before: Machine, workspace: Path) -> None:
        self.before = before
        machine = before.copy(_made(workspace))
        assert machine.run(*APPLY) == 0, machine.said
        assert machine.ledger
        self.account = AccountState(machine.database)
        self.entries = entries_of(machine.ledger, self.account)
        self.files = machine.files()

    def problems(self, machine: Machine) -> Iterator[str]:
        """Yield how an account, a ledger and a folder differ."""
        account = AccountState(machine.database)
        yield from differences(self.account, account)
        yield from ledger_differences(
            self.entries, entries_of(machine.ledger, account) if machine.ledger else Counter()
        )
        if left := self.files ^ machine.files():
            yield f"files that one apply does not leave, or the reverse: {', '.join(sorted(left))}"


def run_races(options: Options, progress: Progress) -> None:
    """Run the campaign."""
    expected = {
        "empty account": Expectation(
            _unused_account(options.workspace / "fresh", options.transport), options.workspace / "fresh-applied"
        ),
        "partly configured account": Expectation(
            _partly_applied(options.workspace / "known", options.transport), options.workspace / "known-applied"
        ),
    }
    progress.expect(1 if options.case else options.points)
    for number in [int(options.case)] if options.case else range(1, options.points + 1):
        race = random_race(options.seed, number)
        workspace = _made(options.workspace / "race")
        outcome, problems = ARENAS[race.arena](race, expected[race.start], workspace)
        progress.add(f"{number} ({race})", f"{race}: {outcome}", problems, options.command_for(str(number)))
        if not options.case:
            rmtree(workspace)


def random_race(seed: int, number: int) -> Race:
    """Choose a race; two of three are in one folder."""
    random = Random(f"{seed} {number}")  # noqa: S311 — reproducible
    return Race(
        arena=random.choice(("one folder", "one folder", "two folders")),
        start=random.choice(("empty account", "partly configured account")),
        waits=random.choice((True, False)),
        head_start=random.choice((0.0, random.uniform(0, LONGEST_HEAD_START))),
        seed=random.randrange(2**32),
    )


def race_in_one_folder(race: Race, expected: Expectation, workspace: Path) -> tuple[str, list[str]]:
    """Let two applies race in one folder: one does everything, and the other waits or exits with 10."""
    machine = expected.before.copy(workspace)
    codes = sorted(run_both(race, machine, machine))
    problems = list(expected.problems(machine))
    allowed = [[0, 0]] if race.waits else [[0, 0], [0, int(ExitCode.LOCKED)]]
    if codes not in allowed:
        problems.append(f"the exit codes are {codes}: {machine.said[-1500:]}")
    if ExitCode.LOCKED in codes and "Another apply holds the lock" not in machine.said:
        problems.append("nothing says who holds the lock")
    return _described(codes), problems


def race_in_two_folders(race: Race, expected: Expectation, workspace: Path) -> tuple[str, list[str]]:
    """Let two applies race in two folders: one of the runs (exit 6) or of the next plans names each duplicate."""
    first = expected.before.copy(workspace)
    second = expected.before.clone(workspace / "other", first.database)
    codes = sorted(run_both(race, first, second))
    account = AccountState(first.database)
    problems = [f"lost: {name}" for name, _ in expected.account.rows - account.rows if BUG in codes or codes == [0, 0]]
    if {1, BUG}.intersection(codes):
        problems.append(f"the exit codes are {codes}: {first.said[-1500:]} {second.said[-1500:]}")
    duplicates = list(account.duplicates())
    if duplicates:
        reports = [(_others(each, account), f"{each.said} {_next_plan(each)}") for each in (first, second)]
        problems += _unreported(duplicates, account, reports)
    return f"{_described(codes)}, {'duplicates' if duplicates else 'no duplicates'}", problems


ARENAS = {"one folder": race_in_one_folder, "two folders": race_in_two_folders}
"""Where a race takes place."""


def run_both(
    race: Race, first: Machine, second: Machine, *, prepare: Callable[[], object] = do_nothing
) -> tuple[int, int]:
    """Run an apply on each of two machines at once, and return the exit codes.

    `prepare` is called in both processes before they begin.
    """
    random = Random(race.seed)  # noqa: S311 — reproducible
    pids = [
        machine.start(
            *APPLY,
            *(WAITING if race.waits else ()),
            wrap=partial(_SlowTransport, random=Random(random.randrange(2**32))),  # noqa: S311 — same
            prepare=partial(_prepare, prepare, head_start),
        )
        for machine, head_start in ((first, 0.0), (second, race.head_start))
    ]
    return exit_code_of(pids[0]), exit_code_of(pids[1])


def _prepare(prepare: Callable[[], object], seconds: float) -> None:
    prepare()
    time.sleep(seconds)


def _others(machine: Machine, account: AccountState) -> frozenset[str]:
    """Return the SIDs that the ledger of a folder does not own."""
    entries = machine.ledger.entries if machine.ledger else ()
    return account.sids - {str(each.sid) for each in entries}


def _next_plan(machine: Machine) -> str:
    """Return what the next plan reports, apart from the list of what is not managed."""
    before = len(machine.said)
    code = machine.run("plan", "--json")
    said = machine.said[before:]
    if code:
        return said
    document = json.loads(said[said.index('{"kind') if '{"kind' in said else said.index("{") : said.rindex("}") + 1])
    document.pop("unmanaged", None)
    return json.dumps(document)


def _unreported(
    duplicates: list[tuple[str, ...]], account: AccountState, reports: list[tuple[frozenset[str], str]]
) -> Iterator[str]:
    for sids in duplicates:
        if not any(sid in others and sid in said for others, said in reports for sid in sids):
            yield f"nobody reports the duplicates {account.name_of(sids[0])}: {', '.join(sids)}"


def _described(codes: list[int]) -> str:
    return f"exit {codes[0]} and {codes[1]}"


def _unused_account(workspace: Path, transport: Transport) -> Machine:
    """Make a folder with a configuration, and an account with nothing in it."""
    machine = Machine(_made(workspace / "work"), workspace / "account.db", SECRETS, transport)
    copy(SMALL, machine.folder / "confsync.yaml")
    with Emulator(db=machine.database):
        pass
    machine.plan_in_this_process()
    return machine


def _partly_applied(workspace: Path, transport: Transport) -> Machine:
    """Make a folder and an account to which a part of the configuration has been applied."""
    machine = _unused_account(workspace, transport)
    code = machine.run(*APPLY, *PART)
    assert code == 0, machine.said
    machine.output.unlink()
    return machine


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
