"""Runs two applies at once in two clones that share a lock on a Git ref, and compares them with a single apply."""

# If the ledger is on a ref too, the apply that waited reads what the other one created, and sends nothing. If each
# clone has a ledger of its own, it finds the resources by name: it adopts what its ledger lacks, and sends once the
# secrets of which its ledger has no fingerprint.

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from shutil import copy, copytree, rmtree

from msgspec.structs import replace

from confsync.config.shared_state import LEDGER_REF, RemoteRef
from confsync.emulator.emulator import Emulator
from confsync.exit_codes import ExitCode
from confsync.state import git_lock
from confsync.state.git_remote import git_ref
from confsync.state.ledger import Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_merge import merge_ledgers
from tests.campaigns.account_state import AccountState, differences, entries_of, ledger_differences
from tests.campaigns.configurations import SECRETS, SMALL
from tests.campaigns.machine import Machine
from tests.campaigns.options import Options
from tests.campaigns.races import APPLY, PART, Race, run_both
from tests.campaigns.report import Progress
from tests.clones import Remote, git

CLAIM = (
    "one of the two applies makes every change; "
    "the other apply exits with code 10, "
    "or runs afterwards and sends only the secrets for which its ledger has no fingerprint"
)
ARENAS = {"one ledger per clone": "lock: git\n", "one shared ledger": "lock: git\nledger: git\n"}
"""What the configuration says about the lock and the ledger."""

STARTS = ("empty account", "partly configured account")
LONGEST_HEAD_START = 0.8
SECONDS_BETWEEN_ATTEMPTS = 0.05
APPLIED = re.compile(r"^Applied: (\d+) created, (\d+) updated, (\d+) replaced, (\d+) deleted", re.MULTILINE)


@dataclass(frozen=True)
class Site:
    """A remote and the file of an account, of which every race gets copies."""

    remote: Remote
    database: Path

    def copy(self, to: Path) -> "Site":
        """Copy both."""
        to.mkdir()
        copytree(self.remote.path, to / "remote.git")
        copy(self.database, to / "account.db")
        return Site(Remote(to / "remote.git"), to / "account.db")

    def clone(self, name: str) -> "Clone":
        """Clone the repository for another machine."""
        return Clone(self.remote.clone(name), self.database, SECRETS)


class Clone(Machine):
    """A machine whose folder is a clone."""

    @property
    def ledger(self) -> Ledger | None:
        """The ledger as this clone reads it, from its ref if it is on one."""
        if "ledger: git" not in (self.folder / "confsync.yaml").read_text("utf-8"):
            return super().ledger
        ref = git_ref(self.folder, RemoteRef("origin", LEDGER_REF), "ledger")
        return LedgerBranch(ref, self.ledger_path).read_any()

    def files(self) -> set[str]:
        """Name every file outside of `.git`."""
        return {each for each in super().files() if not each.startswith(".git/")}

    @property
    def writes(self) -> list[int]:
        """How many resources the applies created, updated, replaced and deleted."""
        counts = [[int(number) for number in each] for each in APPLIED.findall(self.said)]
        return [sum(each) for each in zip(*counts, strict=True)] or [0] * 4


class Expectation:
    """What a single apply leaves, and what another apply leaves that comes after it in another clone."""

    def __init__(self, before: Site, workspace: Path) -> None:
        self.before = before
        site = before.copy(workspace)
        clone = site.clone("only")
        self.ledger_before = clone.ledger
        assert clone.run(*APPLY) == 0, clone.said
        assert clone.ledger
        self.ledger = clone.ledger
        self.account = AccountState(site.database)
        self.refs = set(site.remote.refs())
        self.files = clone.files()
        self.writes = clone.writes

    def of_site(self, site: Site) -> Iterator[str]:
        """Yield how the account and the refs differ."""
        yield from differences(self.account, AccountState(site.database))
        if left := self.refs ^ set(site.remote.refs()):
            yield f"refs that one apply does not leave, or the reverse: {', '.join(sorted(left))}"

    def of_first(self, clone: Clone) -> Iterator[str]:
        """Yield how the clone differs that applied everything."""
        if clone.writes != self.writes:
            yield f"the first apply wrote {clone.writes} instead of {self.writes}"
        yield from self._of_clone(clone, self.ledger)

    def of_second(self, clone: Clone) -> Iterator[str]:
        """Yield how the clone differs that came after it."""
        shared = LEDGER_REF in self.refs
        secrets = 0 if shared or self.ledger_before else 1
        if clone.writes != [0, secrets, 0, 0]:
            yield f"the second apply wrote {clone.writes} instead of {secrets} secrets"
        yield from self._of_clone(clone, self.ledger if shared else self._adopting())

    def of_locked_out(self, clone: Clone) -> Iterator[str]:
        """Yield what an apply did although it was locked out."""
        if "Another apply holds the lock" not in clone.said:
            yield "nothing says who holds the lock"
        if changed := git(clone.folder, "status", "--porcelain"):
            yield f"the apply that was locked out changed {changed}"
        if left := clone.files() - self.files:
            yield f"the apply that was locked out left {', '.join(sorted(left))}"

    def of_merge(self, first: Clone, second: Clone) -> Iterator[str]:
        """Yield how the ledger differs that Git gets when both clones commit theirs and one merges them."""
        assert first.ledger
        assert second.ledger
        merged = merge_ledgers(self.ledger_before, second.ledger, first.ledger)
        if _origins(merged) != _origins(first.ledger):
            yield f"the merged ledger does not own what the first apply created: {_origins(merged)}"

    def _adopting(self) -> Ledger:
        """Return the ledger of a clone that adopts what its own ledger lacks."""
        owned = self.ledger_before.owner if self.ledger_before else {}
        entries = (each if each.sid in owned else replace(each, origin="adopted") for each in self.ledger.entries)
        return replace(self.ledger, entries=tuple(entries))

    def _of_clone(self, clone: Clone, ledger: Ledger) -> Iterator[str]:
        name, found = clone.folder.name, clone.ledger
        if found is None:
            yield f"{name} has no ledger"
            return
        if found.serial != ledger.serial:
            yield f"the ledger of {name} has serial {found.serial} instead of {ledger.serial}"
        entries = entries_of(found, AccountState(clone.database))
        yield from (f"{name}: {each}" for each in ledger_differences(entries_of(ledger, self.account), entries))
        if left := self.files ^ clone.files():
            yield f"{name}: files that one apply does not leave, or the reverse: {', '.join(sorted(left))}"


def run_git_races(options: Options, progress: Progress) -> None:
    """Run the campaign."""
    expected: dict[tuple[str, str], Expectation] = {}
    progress.expect(1 if options.case else options.points)
    for number in [int(options.case)] if options.case else range(1, options.points + 1):
        race = random_git_race(options.seed, number)
        kind = race.arena, race.start
        if kind not in expected:
            home = options.workspace / f"expectation-{len(expected)}"
            expected[kind] = Expectation(site_before(race, home), home / "applied")
        outcome, problems = race_in_clones(race, expected[kind], options.workspace / "race")
        progress.add(f"{number} ({race})", f"{race}: {outcome}", problems, options.command_for(str(number)))
        if not options.case:
            rmtree(options.workspace / "race")


def random_git_race(seed: int, number: int) -> Race:
    """Choose a race."""
    random = Random(f"{seed} {number}")  # noqa: S311 — reproducible
    return Race(
        arena=random.choice(tuple(ARENAS)),
        start=random.choice(STARTS),
        waits=random.choice((True, False)),
        head_start=random.choice((0.0, random.uniform(0, LONGEST_HEAD_START))),
        seed=random.randrange(2**32),
    )


def race_in_clones(race: Race, expected: Expectation, workspace: Path) -> tuple[str, list[str]]:
    """Let two applies race in two clones; after that, let one that was locked out apply again."""
    site = expected.before.copy(workspace)
    clones = site.clone("one"), site.clone("other")
    codes = run_both(race, *clones, prepare=_ask_often)
    problems = list(expected.of_site(site))
    allowed = [[0, 0]] if race.waits else [[0, 0], [0, int(ExitCode.LOCKED)]]
    if sorted(codes) not in allowed:
        problems.append(f"the exit codes are {sorted(codes)}: {clones[0].said[-1500:]} {clones[1].said[-1500:]}")
    for clone, code in zip(clones, codes, strict=True):
        if code == ExitCode.LOCKED:
            problems += expected.of_locked_out(clone)
            problems += [] if clone.run(*APPLY) == 0 else [f"it cannot apply afterwards: {clone.said[-1500:]}"]
    second, first = sorted(clones, key=lambda each: each.writes)
    problems += [*expected.of_first(first), *expected.of_second(second), *expected.of_site(site)]
    problems = problems or list(expected.of_merge(first, second))
    return f"exit {min(codes)} and {max(codes)}", problems


def site_before(race: Race, home: Path) -> Site:
    """Make a remote with a configuration, and an account with nothing in it or with a part of the configuration."""
    home.mkdir()
    configuration = f"{SMALL.read_text('utf-8')}{ARENAS[race.arena]}"
    remote = Remote.create(home / "remote.git", {"confsync.yaml": configuration, ".gitignore": ".confsync/\n"})
    site = Site(remote, home / "account.db")
    with Emulator(db=site.database):
        pass
    clone = site.clone("before")
    clone.plan_in_this_process()
    if race.start == "partly configured account":
        assert clone.run(*APPLY, *PART) == 0, clone.said
        git(clone.folder, "add", "--all")
        git(clone.folder, "commit", "--quiet", "--allow-empty", "--message", "Apply a part")
        git(clone.folder, "push", "--quiet")
    return site


def _origins(ledger: Ledger) -> set[tuple[str, str, str]]:
    return {(str(each.address), str(each.sid), each.origin) for each in ledger.entries}


def _ask_often() -> None:
    git_lock.PAUSE = SECONDS_BETWEEN_ATTEMPTS
