"""One run of `drift`, and what changed between two runs."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from confsync.plan.drift_words import SIDES, UNDECLARED

Identity = tuple[str, str, str, str]


class DriftFinding(Struct, frozen=True, kw_only=True):
    """One finding of a drift: `sort` is its word in `--fail-on`, and `section` that of its resource.

    `digest` is of what the JSON document shows about it, where sensitive values are masked. `shown` is that in words.
    """

    sort: str
    section: str
    address: str
    path: str | None = None
    sid: str | None = None
    digest: str
    shown: str = ""

    @property
    def identity(self) -> Identity:
        """What identifies the finding until it is repaired: it stays the same if the other side changes, too."""
        group = "difference" if self.sort in SIDES else "undeclared" if self.sort in UNDECLARED else self.sort
        return group, self.address, self.path or "", self.sid or ""


class DriftTarget(Struct, frozen=True, kw_only=True):
    """Whose runs are compared with each other: those of one environment of one account at one host."""

    account_sid: str
    environment: str | None
    region: str | None
    host: str


class DriftRun(Struct, frozen=True, kw_only=True):
    """One run: when it had read everything, in UTC, how many seconds it took, and how many requests it sent.

    `complete` says whether it covered the whole configuration. `counts` has the number of findings by sort. `managed`
    and `live` count the declared and the live resources of the sections that were listed.
    """

    at: datetime
    seconds: float
    requests: int
    complete: bool
    target: DriftTarget
    version: str
    commit: str | None
    managed: int
    live: int
    counts: Mapping[str, int]


class DetailedRun(DriftRun, frozen=True, kw_only=True):
    """A run with its findings. `unchecked` has the address and the path of each value that was not compared."""

    findings: tuple[DriftFinding, ...]
    unchecked: frozenset[tuple[str, str]] = frozenset()

    @property
    def by_identity(self) -> Mapping[Identity, DriftFinding]:
        """The findings by what identifies them."""
        return {each.identity: each for each in self.findings}


class StateChange(Struct, frozen=True, kw_only=True):
    """What a run found that the previous complete run, at `since`, did not find, and the reverse.

    An edited finding is in both runs, but its values or the side that changed are different.
    """

    since: datetime | None
    new: tuple[DriftFinding, ...] = ()
    edited: tuple[DriftFinding, ...] = ()
    repaired: tuple[DriftFinding, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.new or self.edited or self.repaired)


def compare_runs(previous: DetailedRun | None, current: DetailedRun) -> StateChange:
    """Compare a run with the previous complete run of the same target. Without one, every finding is new.

    A partial run repairs nothing: it did not look everywhere. Neither does a run that could not check a value.
    """
    if previous is None:
        return StateChange(since=None, new=current.findings)
    before, now = previous.by_identity, current.by_identity
    both = [(before[identity], found) for identity, found in now.items() if identity in before]
    gone = (found for identity, found in before.items() if identity not in now) if current.complete else ()
    return StateChange(
        since=previous.at,
        new=tuple(found for identity, found in now.items() if identity not in before),
        edited=tuple(new for old, new in both if (old.sort, old.digest) != (new.sort, new.digest)),
        repaired=tuple(each for each in gone if not is_unchecked(each, current)),
    )


def is_unchecked(finding: DriftFinding, run: DetailedRun) -> bool:
    """Whether a run could not look at the value that a finding is about."""
    return finding.path is not None and (finding.address, finding.path) in run.unchecked
