"""What is ordinary is not blocked: it passes without any flag, does what it says and no more, and is done then."""

from collections import Counter

import httpx
import pytest

from tests.acceptance.conftest import Git, Typed, committed
from tests.acceptance.ordinary_work import DAYS, Day, desk
from tests.harness import Between, Workshop


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


BEFORE = desk("agent", "clerk", "lead", default="agent", lifecycle="{prune: [roles]}")
AFTER = desk("operator", "clerk", "boss", default="operator", lifecycle="{prune: [roles]}")
"""Two roles made, the default pointed at one of them, and two that were there deleted: the share is lifted."""

LIFTED = "--max-deletes=2"


def test_a_squash_merge_between_plan_and_apply_changes_nothing(workshop: Workshop, typed: Typed, git: Git) -> None:
    committed(git, workshop, desk("agent"))
    assert typed("apply", "--auto-approve").code == 0
    git("checkout", "--quiet", "-b", "topic")
    committed(git, workshop, desk("agent", "clark"))
    committed(git, workshop, desk("agent", "clerk"))
    assert typed("plan", "--out", "plan.json").code == 0
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--squash", "topic")
    git("commit", "--quiet", "--message=squashed")
    git("branch", "--quiet", "-D", "topic")
    assert typed("apply", "plan.json").code == 0
    assert typed("plan", "--detailed-exitcode").code == 0
    committed(git, workshop, desk("agent", "clerk", "lead"))
    assert typed("apply", "--auto-approve").code == 0


def test_a_merge_that_others_made_meanwhile_is_no_rollback(workshop: Workshop, typed: Typed, git: Git) -> None:
    committed(git, workshop, desk("agent"))
    git("checkout", "--quiet", "-b", "topic")
    committed(git, workshop, desk("agent", "clerk"))
    assert typed("apply", "--auto-approve").code == 0
    git("checkout", "--quiet", "main")
    workshop.write("Meanwhile.", "README")
    committed(git, workshop, desk("agent"))
    git("merge", "--quiet", "topic")
    assert typed("apply", "--auto-approve").code == 0


def test_a_commit_that_takes_another_back_is_no_rollback(workshop: Workshop, typed: Typed, git: Git) -> None:
    committed(git, workshop, desk("agent", "clerk", lifecycle="{prune: [roles]}"))
    committed(git, workshop, desk("agent", "clerk", "lead", lifecycle="{prune: [roles]}"))
    assert typed("apply", "--auto-approve").code == 0
    git("revert", "--quiet", "--no-edit", "HEAD")
    assert typed("apply", "--auto-approve").code == 0
    assert sent(workshop)["DELETE Roles"] == 1


class Dying(Between):
    """A line that is dead after some writes."""

    writes_left = 0

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        self.writes_left -= request.method != "GET"
        if self.writes_left < 0:
            raise httpx.ConnectError("the line is dead", request=request)
        return None


@pytest.mark.parametrize(
    "arguments", [("apply", "plan.json"), ("apply", "--approved", "plan.json"), ("apply", "--auto-approve", LIFTED)]
)
@pytest.mark.parametrize("writes", range(1, 5))
def test_a_retry_after_exit_5_goes_on_where_the_first_one_stopped(
    workshop: Workshop, typed: Typed, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], writes: int
) -> None:
    monkeypatch.setattr("confsync.twilio.clock.SystemClock.sleep", staticmethod(_at_once))
    workshop.apply(BEFORE)
    workshop.write(AFTER)
    assert typed("plan", "--out", "plan.json", LIFTED).code == 0

    workshop.emulator.log.clear()
    line = workshop.transport = Dying(workshop.emulator)
    line.writes_left = writes
    said = typed(*arguments)
    assert said.code == 5, said.err
    workshop.transport = None
    said = typed(*arguments)
    assert said.code == 0, said.err
    assert sent(workshop) == {"POST Roles": 2, "POST Configuration": 1, "DELETE Roles": 2}
    assert typed("plan", "--detailed-exitcode").code == 0


async def _at_once(_: float) -> None:
    """Wait for nothing."""
