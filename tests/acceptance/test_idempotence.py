"""A second apply of the same configuration changes nothing, whatever the configuration is.

A test run samples 6 configurations; `--hypothesis-profile long` tries 500.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from confsync.apply.report import Status
from confsync.emulator.emulator import Emulator
from confsync.emulator.log import LoggedRequest
from confsync.errors import Refused
from confsync.plan.change import Action, Change
from confsync.plan.plan import Plan
from confsync.resources import KINDS
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness, harness_of, ledger_differences, plan_lines

GENERATED = campaign(sample=6, at_length=500)


@GENERATED
@given(configurations())
def test_applied_twice_the_second_time_sends_nothing(made: GeneratedConfiguration) -> None:
    with harness_of(made) as harness:
        first = harness.apply()
        assert {each.status for each in first.outcomes} <= {Status.DONE}, first.errors
        second = harness.apply()
        assert harness.writes == [], plan_lines(second.plan)

        harness.ledger_path.unlink(missing_ok=True)
        third = harness.apply()
        write_only = {name for change in third.plan.changes for name in change.write_only}
        assert all(set(change.send) <= write_only for change in third.plan.changes), plan_lines(third.plan)
        assert len(harness.writes) == sum(
            bool(change.write_only) and not change.terminal for change in third.plan.changes
        )

        ledger = harness.ledger
        harness.apply()
        assert harness.writes == []
        assert ledger_differences(ledger, harness.ledger) == []


@GENERATED
@given(configurations(), configurations())
def test_one_configuration_after_another_converges_or_is_refused_before_anything_is_sent(
    first: GeneratedConfiguration, second: GeneratedConfiguration
) -> None:
    with harness_of(first) as harness:
        harness.apply()
        harness.environ |= second.environ
        harness.write(second.text)
        try:
            report = harness.apply()
        except Refused:
            assert harness.writes == []
            return
        assert {each.status for each in report.outcomes} <= {Status.DONE}, report.errors
        check_only_what_differs_was_sent(harness, report.plan)
        replaced = report.done(Action.REPLACE)
        assert len([each for each in harness.writes if each.startswith("DELETE")]) == replaced
        harness.apply()
        assert harness.writes == []
        ledger = harness.ledger
        harness.apply()
        assert ledger_differences(ledger, harness.ledger) == []


def check_only_what_differs_was_sent(harness: Harness, plan: Plan) -> None:
    """Each update carries what the plan says that differs, and there are no others.

    But one: what comes with its parent is looked at first, and a conversation is closed once it is made.
    """
    sent = Counter(_names(each.parameters) for each in harness.emulator.log.writes() if _is_update(each))
    updates = [each for each in plan.changes if Action.UPDATE in each.actions]
    planned = Counter(_params(each) for each in updates if not each.built_in)
    on_arrival = {_params(each) for each in updates if each.built_in} | {("State",)}
    assert not planned - sent
    assert set(sent - planned) <= on_arrival


def _is_update(logged: LoggedRequest) -> bool:
    return logged.method == "POST" and logged.status == HTTPStatus.OK


def _params(change: Change) -> tuple[str, ...]:
    return _names(change.kind.by_name[name].param for name in change.send)


def _names(parameters: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(parameters))


def test_the_generated_configurations_have_every_field_of_every_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.configurations.WRITES_SECTION", st.just(value=True))  # so that few examples are enough
    monkeypatch.setattr("tests.configurations.FEWEST_MEMBERS", 1)
    monkeypatch.setattr("tests.configurations.WRITES_FIELD", st.sampled_from([True, True, True, False]))
    seen: set[str] = set()
    every = {f"{kind.title}#{field.name}" for kind in KINDS for field in kind.fields}

    @settings(GENERATED, max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    @given(configurations())
    def look(made: GeneratedConfiguration) -> None:
        harness = Harness(tmp_path, emulator, dict(made.environ))
        for desired in harness.config(made.text).resources.values():
            seen.update(f"{desired.kind.title}#{name}" for name in desired.fields)
        if seen == every:
            raise EverythingSeen

    with Emulator() as emulator, suppress(EverythingSeen):
        look()
    assert seen == every


class EverythingSeen(Exception):
    """There is nothing more to look for."""
