"""What is ordinary is not blocked: it passes without any flag, does what it says and no more, and is done then."""

from collections import Counter

import pytest

from tests.acceptance.conftest import Typed
from tests.acceptance.days import DAYS, Day
from tests.workshop import Workshop


def sent(workshop: Workshop) -> Counter[str]:
    """Count what was written, by method and the last word of the path."""
    return Counter(" ".join(_words(each)) for each in workshop.writes)


def _words(told: str) -> tuple[str, str]:
    method, path, *_ = told.split(" ")
    return method, [step for step in path.split("/") if step[:1].isupper()][-1]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_an_ordinary_day_passes_without_any_flag(workshop: Workshop, typed: Typed, day: Day) -> None:
    workshop.environ["KEY"] = "old"
    workshop.environ["CONFSYNC_FINGERPRINT_KEY"] = "k" * 32
    workshop.write(day.before)
    assert typed("apply", "--auto-approve").code == 0
    day.first(workshop)
    workshop.write(day.after)
    day.happens(workshop)
    workshop.emulator.log.clear()
    said = typed("apply", "--auto-approve")
    assert said.code == 0, said.out + said.err
    assert sent(workshop) == Counter(day.sent), workshop.writes

    said = typed("plan", "--json", "--detailed-exitcode")
    assert said.code == 0, said.out
    assert tuple(each["address"] for each in said.document["orphaned"]) == day.left
