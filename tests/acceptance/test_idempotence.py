"""A second apply of the same configuration changes nothing, whatever the configuration is.

Half as many examples as the profile has: 50 by default, 500 with `--hypothesis-profile long`.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from confsync.apply.report import Status
from confsync.emulator.emulator import Emulator
from confsync.emulator.log import LoggedRequest
from confsync.errors import Refused
from confsync.plan.change import Action, Change
from confsync.plan.plan import Plan
from confsync.resources import KINDS
from tests.configurations import Made, configurations
from tests.harness import Workshop, told

GENERATED = settings(max_examples=settings().max_examples // 2, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def set_up(made: Made) -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        workshop = Workshop(Path(folder), emulator, dict(made.environ))
        workshop.write(made.text)
        yield workshop


@GENERATED
@given(configurations())
def test_applied_twice_the_second_time_sends_nothing(made: Made) -> None:
    with set_up(made) as workshop:
        first = workshop.apply()
        assert {each.status for each in first.outcomes} <= {Status.DONE}, first.errors
        second = workshop.apply()
        assert workshop.writes == [], told(second.plan)

        workshop.ledger_path.unlink(missing_ok=True)
        third = workshop.apply()
        untold = {name for change in third.plan.changes for name in change.write_only}
        assert all(set(change.send) <= untold for change in third.plan.changes), told(third.plan)
        assert len(workshop.writes) == sum(
            bool(change.write_only) and not change.terminal for change in third.plan.changes
        )

        ledger = workshop.ledger
        workshop.apply()
        assert workshop.writes == []
        assert workshop.ledger == ledger


@GENERATED
@given(configurations(), configurations())
def test_one_configuration_after_another_converges_or_is_refused_before_anything_is_sent(
    first: Made, second: Made
) -> None:
    with set_up(first) as workshop:
        workshop.apply()
        workshop.environ |= second.environ
        workshop.write(second.text)
        try:
            report = workshop.apply()
        except Refused:
            assert workshop.writes == []
            return
        assert {each.status for each in report.outcomes} <= {Status.DONE}, report.errors
        check_only_what_differs_was_sent(workshop, report.plan)
        replaced = report.done(Action.REPLACE)
        assert len([each for each in workshop.writes if each.startswith("DELETE")]) == replaced
        workshop.apply()
        assert workshop.writes == []
        ledger = workshop.ledger
        workshop.apply()
        assert workshop.ledger == ledger


def check_only_what_differs_was_sent(workshop: Workshop, plan: Plan) -> None:
    """Each update carries what the plan says that differs, and there are no others.

    But one: what comes with its parent is looked at first, and a conversation is closed once it is made.
    """
    sent = Counter(_names(each.parameters) for each in workshop.emulator.log.writes() if _is_update(each))
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


def test_the_generated_configurations_have_every_field_of_every_kind(tmp_path: Path) -> None:
    seen: set[str] = set()
    every = {f"{kind.title}#{field.name}" for kind in KINDS for field in kind.fields}

    @settings(GENERATED, max_examples=1_500, derandomize=True, database=None, phases=[Phase.generate])
    @given(configurations())
    def look(made: Made) -> None:
        workshop = Workshop(tmp_path, emulator, dict(made.environ))
        for desired in workshop.config(made.text).resources.values():
            seen.update(f"{desired.kind.title}#{name}" for name in desired.fields)
        if seen == every:
            raise EverythingSeen

    with Emulator() as emulator, suppress(EverythingSeen):
        look()
    assert seen == every


class EverythingSeen(Exception):
    """There is nothing more to look for."""
