"""Kills an apply at every request boundary and at every write of ledger and journal, and runs it again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random
from shutil import copy, rmtree
from signal import SIGKILL

from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.exit_codes import ExitCode
from confsync.names import Address
from confsync.state.ledger import Ledger
from confsync.state.state_files import journal_path
from tests.campaigns.account_state import AccountState, differences, entries_of, ledger_differences, sorted_names
from tests.campaigns.configurations import FIRST, SECOND, SECRETS
from tests.campaigns.kill_switch import COMMIT, KillSwitch
from tests.campaigns.machine import BUG, Machine
from tests.campaigns.options import Options
from tests.campaigns.report import Progress
from tests.campaigns.transports import Transport
from tests.emulator.client import Client

APPLY = ("apply", "--auto-approve", "--max-deletes", "20")
APPLY_FILE = ("apply", "plan.json")
CLAIM = (
    "after one rerun, no resource is missing or exists twice; "
    "the ledger, unless it was lost, has the same entries as after an undisturbed run; "
    "the rerun exits with code 0, or with code 7 if the saved plan had already been applied completely"
)


NOT_REACHED = "not reached"


@dataclass
class Scenario:
    """A command that is killed, the state before it, and the state after an undisturbed run."""

    name: str
    before: Machine
    command: tuple[str, ...]
    loses_state: bool = False
    points: Sequence[str] = ()
    account: AccountState = field(init=False)
    entries: Counter[str] = field(init=False)
    files: set[str] = field(init=False)
    adopted: set[Address] = field(init=False)

    def run_undisturbed(self, workspace: Path, seed: int) -> None:
        """Find the points, and the state afterwards."""
        machine = self.before.copy(workspace)
        self.points = kill_at(0, self, machine, seed)[1]
        self.account = AccountState(machine.database)
        ledger = machine.ledger or Ledger(ACCOUNT_SID, "")
        self.entries = entries_of(ledger, self.account)
        self.adopted = {each.address for each in ledger.entries if each.origin == "adopted"}
        self.files = machine.files()
        rmtree(workspace)

    def points_with(self, text: str) -> int:
        """Count the points with a text in their name."""
        return sum(text in each for each in self.points)


def run_kill_points(options: Options, progress: Progress) -> None:
    """Run the campaign."""
    scenarios = list(prepare_scenarios(options))
    cases = list(chosen_cases(scenarios, options))
    progress.facts["points at which a kill is possible"] = sum(len(each.points) for each in scenarios)
    progress.expect(len(cases))
    for scenario, number in cases:
        workspace = options.workspace / "case"
        workspace.mkdir()
        case = f"{scenario.name}:{number}"
        point, problems = run_case(scenario, number, workspace, options)
        progress.facts["points that were not reached"] += point.startswith(NOT_REACHED)
        progress.add(f"{case} ({point})", scenario.name, problems, options.command_for(case))
        if problems and options.case:
            return
        rmtree(workspace)


def prepare_scenarios(options: Options) -> Iterator[Scenario]:
    """Run each scenario undisturbed, or only those that the options name."""
    for each in _scenarios(options):
        if options.includes(each.name):
            each.run_undisturbed(_made(options.workspace / "undisturbed"), options.seed)
            yield each


def _scenarios(options: Options) -> Iterator[Scenario]:
    """Prepare the account before the first and the second version of the configuration, and a saved plan of each."""
    workspace = options.workspace
    first = empty_machine(workspace / "first", options.transport)
    first.plan_in_this_process()
    second = first.copy(_made(workspace / "second"))
    assert second.run(*APPLY) == 0, second.output.read_text("utf-8")
    with Emulator(db=second.database) as emulator:
        _set_undeclared_values(Client(emulator))
    copy(SECOND, second.folder / "confsync.yaml")
    for name, machine in (("first", first), ("second", second)):
        saved = machine.copy(_made(workspace / f"{name}-saved"))
        made = saved.run("plan", "--max-deletes", "20", "--out", "plan.json")
        assert made == 0, saved.output.read_text("utf-8")
        yield Scenario(f"{name}-apply", machine, APPLY)
        yield Scenario(f"{name}-apply-file", saved, APPLY_FILE)
    yield Scenario("first-apply-state-lost", first, APPLY, loses_state=True)


def empty_machine(workspace: Path, transport: Transport) -> Machine:
    """Make a folder with the first version of the configuration, and an account with a few resources made by hand."""
    folder = _made(workspace) / "work"
    folder.mkdir()
    copy(FIRST, folder / "confsync.yaml")
    machine = Machine(folder, workspace / "account.db", SECRETS, transport)
    with Emulator(db=machine.database) as emulator:
        _make_by_hand(Client(emulator))
    return machine


def _make_by_hand(client: Client) -> None:
    sales = f"/Services/{client.made('/Services', {'FriendlyName': 'sales'})}"
    client.made(f"{sales}/Roles", {"FriendlyName": "seller", "Type": "conversation", "Permission": ["sendMessage"]})
    client.made(f"{sales}/Users", {"Identity": "dave"})
    client.made("/Credentials", {"FriendlyName": "old-android", "Type": "gcm", "ApiKey": "theirs"})
    client.made("/Configuration/Addresses", {"Type": "email", "Address": "desk@example.com"})


def _set_undeclared_values(client: Client) -> None:
    """Set values that no version of the configuration declares, in a participant that the second one replaces."""
    services = client.get("/Services", "PageSize=50").body["services"]
    desk = next(f"/Services/{each['sid']}" for each in services if each["friendly_name"] == "desk")
    roles = client.get(f"{desk}/Roles", "PageSize=50").body["roles"]
    role = next(str(each["sid"]) for each in roles if each["friendly_name"] == "channel admin")
    participants = f"{desk}/Conversations/lounge/Participants"
    members = client.get(participants, "PageSize=50").body["participants"]
    pager = next(each["sid"] for each in members if each["messaging_binding"])
    changed = client.post(f"{participants}/{pager}", {"Attributes": '{"seat": "door"}', "RoleSid": role})
    assert changed.status == HTTPStatus.OK, changed.body


def chosen_cases(scenarios: Sequence[Scenario], options: Options) -> Iterator[tuple[Scenario, int]]:
    """Yield every point of every scenario, a sample of them, or those that the options name.

    The number of points differs a little from run to run and between transports, and the sample with it.
    """
    cases = [(each, number) for each in scenarios for number in range(1, each.points_with(options.text) + 1)]
    if options.case:
        yield from (each for each in cases if f"{each[0].name}:{each[1]}" == options.case)
    elif options.points and options.points < len(cases):
        yield from sorted(cases, key=lambda case: _rank(options.seed, *case))[: options.points]
    else:
        yield from cases


def _rank(seed: int, scenario: Scenario, number: int) -> float:
    return Random(f"{seed} {scenario.name} {number}").random()  # noqa: S311 — reproducible


def kill_at(number: int, scenario: Scenario, machine: Machine, seed: int, text: str = "") -> tuple[int, list[str]]:
    """Run the command until a point with a text in its name; return how it ended, and the points that it passed."""
    log = machine.folder.with_suffix(".points")
    switch = KillSwitch(number, log, machine.folder, seed, text)
    code = machine.run(*scenario.command, wrap=switch.wrap, prepare=switch.install)
    return code, log.read_text("utf-8").splitlines()


def run_case(scenario: Scenario, number: int, workspace: Path, options: Options) -> tuple[str, list[str]]:
    """Kill the command at a point, run it again, and compare with an undisturbed run; return the point and problems."""
    machine = scenario.before.copy(workspace)
    code, passed = kill_at(number, scenario, machine, options.seed, options.text)
    point = passed[-1] if code == -SIGKILL else f"{NOT_REACHED}, exit {code}"
    if code not in {-SIGKILL, 0}:
        return point, [f"the killed run ended with {code}"]
    if code == 0 and passed[-1].startswith(COMMIT):
        return point, [f"the emulator did not kill the run {passed[-1]}"]
    alive = AccountState(machine.database)
    if scenario.loses_state:
        machine.lose_state()
    expected = _expected_code(machine)
    code = machine.run(*scenario.command)
    wrong = [] if code == expected else [f"the rerun ended with {code}: {_last_lines(machine, code)}"]
    # a plan that is spent is not applied again, so the next apply deletes what the first one left, and writes the rest
    if expected and not wrong and (code := machine.run(*APPLY)):
        wrong = [f"the next apply ended with {code}: {_last_lines(machine, code)}"]
    after = AccountState(machine.database)
    return point, [*wrong, *_problems(scenario, machine, after), *_lost_or_wrong(scenario, machine, alive, after)]


def _expected_code(machine: Machine) -> int:
    """Return the exit code of a rerun. Once an apply of a saved plan has deleted its journal, the plan is spent."""
    return int(ExitCode.STALE) if _is_spent(machine) and not journal_path(machine.ledger_path).exists() else 0


def _is_spent(machine: Machine) -> bool:
    return machine.ledger is not None and bool(machine.ledger.spent_plans)


def _last_lines(machine: Machine, code: int) -> str:
    return " ".join(machine.said.splitlines()[-3 if code != BUG else -12 :])


def _problems(scenario: Scenario, machine: Machine, after: AccountState) -> Iterator[str]:
    yield from differences(scenario.account, after)
    for each in after.duplicates():
        yield f"exists twice: {', '.join(sorted_names(after, each))}"
    if left := machine.files() ^ scenario.files:
        yield f"files that an undisturbed run does not leave, or the reverse: {', '.join(sorted(left))}"
    if machine.ledger and machine.ledger.pending:
        yield "the ledger has a pending create"


def _lost_or_wrong(scenario: Scenario, machine: Machine, alive: AccountState, after: AccountState) -> Iterator[str]:
    ledger = machine.ledger
    if ledger is None:
        yield "there is no ledger"
        return
    if not scenario.loses_state:
        yield from ledger_differences(scenario.entries, entries_of(ledger, after))
        return
    yield from (f"deleted: {each}" for each in sorted_names(alive, alive.sids - after.sids))
    for entry in ledger.entries:
        adopted = entry.sid is None or entry.sid in alive.sids or entry.address in scenario.adopted
        if (entry.origin == "adopted") is not adopted:
            yield f"{entry.address} counts as {entry.origin}"


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
