"""A history says what is new, what was edited and what was repaired since the previous complete run."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.history.history import History, TargetHistory
from confsync.history.run import DetailedRun, DriftFinding, DriftRun, DriftTarget, StateChange
from tests.campaigns import campaign
from tests.forked_python import start_python
from tests.history.runs import FIRST_NIGHT, PROD, STAGING, finding, night

AGENT, CHIEF, CLERK = map(finding, ("agent", "chief", "clerk"))


@pytest.fixture
def history(tmp_path: Path) -> History:
    made = History(tmp_path / "history.db")
    made.prepare()
    return made


def contents(history: History, target: DriftTarget = PROD) -> TargetHistory:
    return next(each for each in history.contents() if each.target == target)


def names(findings: Iterable[DriftFinding]) -> list[str]:
    return sorted(each.address.rpartition("/")[2] for each in findings)


def summary(change: StateChange | None) -> tuple[list[str], list[str], list[str]] | None:
    return None if change is None else (names(change.new), names(change.edited), names(change.repaired))


def test_the_first_run_has_no_previous_one(history: History) -> None:
    assert history.append(night(0, [AGENT])) is None
    assert history.previous(STAGING) is None


def test_what_appears_is_new_and_what_is_gone_is_repaired(history: History) -> None:
    history.append(night(0, [AGENT, CHIEF]))
    change = history.append(night(1, [CHIEF, CLERK]))
    assert change
    assert (summary(change), change.since, change.changed) == ((["clerk"], [], ["agent"]), FIRST_NIGHT, True)


def test_an_idle_night_changes_nothing(history: History) -> None:
    history.append(night(0, [AGENT]))
    change = history.append(night(1, [AGENT]))
    assert change
    assert (summary(change), change.changed) == (([], [], []), False)


@pytest.mark.parametrize("other", [finding("agent", "2"), finding("agent", sort="both")], ids=["value", "side"])
def test_another_value_or_side_is_an_edit_and_no_repair(other: DriftFinding, history: History) -> None:
    history.append(night(0, [AGENT]))
    assert summary(history.append(night(1, [other]))) == ([], ["agent"], [])
    previous = history.previous(PROD)
    assert previous
    assert previous.findings == (other,)
    (span,) = contents(history).spans
    assert (span.opened, span.closed) == (FIRST_NIGHT, None)


def test_what_a_partial_run_did_not_look_at_is_not_repaired(history: History) -> None:
    history.append(night(0, [AGENT, CHIEF]))
    assert summary(history.append(night(1, [AGENT, CLERK], complete=False))) == (["clerk"], [], [])
    assert summary(history.append(night(2, [AGENT, CLERK]))) == (["clerk"], [], ["chief"])


def test_a_value_that_could_not_be_checked_is_not_repaired(history: History) -> None:
    secret = finding("agent", path="secret", sort="configuration")
    history.append(night(0, [secret]))
    assert summary(history.append(night(1, unchecked=[(secret.address, "secret")]))) == ([], [], [])
    assert summary(history.append(night(2, [secret]))) == ([], [], [])
    assert summary(history.append(night(3))) == ([], [], ["agent"])


def test_environments_and_accounts_have_runs_of_their_own(history: History) -> None:
    history.append(night(0, [AGENT]))
    assert history.append(night(0, [CHIEF], target=STAGING)) is None
    assert summary(history.append(night(1, [AGENT]))) == ([], [], [])
    assert [(each.target, len(each.runs)) for each in history.contents()] == [(PROD, 2), (STAGING, 1)]
    assert [each.target for each in history.contents("staging")] == [STAGING]


def test_a_run_is_stored_as_it_was_made(history: History) -> None:
    run = night(0, [AGENT, finding("stranger", sort="unmanaged")])
    history.append(run)
    assert history.previous(PROD) == run
    assert contents(history).runs == (DriftRun(**{name: getattr(run, name) for name in DriftRun.__struct_fields__}),)


def test_the_words_of_a_finding_are_forgotten_with_its_repair(history: History) -> None:
    history.append(night(0, [AGENT]))
    history.append(night(1))
    assert [each.finding.shown for each in contents(history).spans] == [""]
    assert b"value 1" not in history.path.read_bytes()


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from("abcd"),
        st.sampled_from("12"),
        sort=st.sampled_from(("live", "both", "unmanaged", "deleted")),
    ),
    unique_by=lambda each: each.identity,
)
NIGHTS = st.lists(st.tuples(FINDINGS, st.booleans(), st.sampled_from((PROD, STAGING))), max_size=12)


@campaign(5, 500)
@given(NIGHTS)
def test_every_change_is_a_difference_of_sets(nights: list[tuple[list[DriftFinding], bool, DriftTarget]]) -> None:
    """The test keeps the last complete run of each target itself."""
    last: dict[DriftTarget, DetailedRun] = {}
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder, "history.db"))
        history.prepare()
        for number, (findings, complete, target) in enumerate(nights):
            run = night(number, findings, complete=complete, target=target)
            change = history.append(run)
            assert parts(change) == parts(expected(last.get(target), run))
            if complete:
                last[target] = run
            stored = history.previous(target)
            assert (stored and stored.by_identity) == (last[target].by_identity if target in last else None)
            assert len(contents(history, target).runs) == sum(each == target for _, _, each in nights[: number + 1])


def parts(change: StateChange | None) -> list[set[DriftFinding]] | None:
    """Show a change without an order."""
    return None if change is None else [set(change.new), set(change.edited), set(change.repaired)]


def expected(before: DetailedRun | None, run: DetailedRun) -> StateChange | None:
    """Compare two runs by the sets of what they found."""
    if before is None:
        return None
    old, new = before.by_identity, run.by_identity
    return StateChange(
        since=before.at,
        new=tuple(new[each] for each in new if each in new.keys() - old.keys()),
        edited=tuple(new[each] for each in new if each in old and new[each] != old[each]),
        repaired=tuple(old[each] for each in old if each in old.keys() - new.keys() and run.complete),
    )


APPEND = """
from pathlib import Path
from confsync.history.history import History, TargetHistory
from tests.history.runs import finding, night
import sys
history, name = History(Path("history.db")), sys.argv[1]
for number in range(10):
    history.append(night(number, [finding(f"{name}{number}"), finding("always")]))
"""


def test_two_processes_lose_no_run(history: History) -> None:
    both = [start_python(["-c", APPEND, name], history.path.parent) for name in "ab"]
    assert [(each.communicate(timeout=60), each.returncode)[1] for each in both] == [0, 0]
    assert len(contents(history).runs) == 20
    spans = contents(history).spans
    assert len([each for each in spans if each.closed is None]) == 2
    assert names(each.finding for each in spans) == sorted(
        ["always", *(f"{name}{n}" for name in "ab" for n in range(10))]
    )


KILLED = """
import os
from confsync.history import history
from tests.history.runs import finding, night
history._store_findings = lambda *_: os._exit(9)
history.History("history.db").append(night(1, [finding("chief")]))
"""


def test_a_process_that_is_killed_while_it_appends_loses_nothing(history: History) -> None:
    history.append(night(0, [AGENT]))
    with start_python(["-c", KILLED], history.path.parent) as killed:
        killed.communicate(timeout=60)
    assert killed.returncode == 9
    assert len(contents(history).runs) == 1
    assert summary(history.append(night(2, [AGENT]))) == ([], [], [])
