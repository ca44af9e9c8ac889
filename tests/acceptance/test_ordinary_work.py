"""What is ordinary is not blocked: it passes without any flag, does what it says and no more, and is done then."""

from collections import Counter

import httpx
import pytest

from tests.acceptance.conftest import CommandLine, Git, committed
from tests.acceptance.ordinary_work import DAYS, Day, desk
from tests.campaigns import every_pair
from tests.harness import Harness, InterceptingTransport


def sent(harness: Harness) -> Counter[str]:
    """Count what was written, by method and the last word of the path."""
    return Counter(" ".join(_words(each)) for each in harness.writes)


def _words(reported: str) -> tuple[str, str]:
    method, path, *_ = reported.split(" ")
    return method, [step for step in path.split("/") if step[:1].isupper()][-1]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_an_ordinary_day_passes_without_any_flag(harness: Harness, command_line: CommandLine, day: Day) -> None:
    harness.environ["KEY"] = "old"
    harness.environ["CONFSYNC_FINGERPRINT_KEY"] = "k" * 32
    harness.write(day.before)
    assert command_line("apply", "--auto-approve").code == 0
    day.first(harness)
    harness.write(day.after)
    day.happens(harness)
    harness.emulator.log.clear()
    said = command_line("apply", "--auto-approve")
    assert said.code == 0, said.out + said.err
    assert sent(harness) == Counter(day.sent), harness.writes

    said = command_line("plan", "--json", "--detailed-exitcode")
    assert said.code == 0, said.out
    assert tuple(each["address"] for each in said.document["orphaned"]) == day.left


BEFORE = desk("agent", "clerk", "lead", default="agent", lifecycle="{prune: [roles]}")
AFTER = desk("operator", "clerk", "boss", default="operator", lifecycle="{prune: [roles]}")
"""Two roles made, the default pointed at one of them, and two that were there deleted: the share is lifted."""

OVERRIDE = "--max-deletes=2"


def test_a_squash_merge_between_plan_and_apply_changes_nothing(
    harness: Harness, command_line: CommandLine, git: Git
) -> None:
    committed(git, harness, desk("agent"))
    assert command_line("apply", "--auto-approve").code == 0
    git("checkout", "--quiet", "-b", "topic")
    committed(git, harness, desk("agent", "clark"))
    committed(git, harness, desk("agent", "clerk"))
    assert command_line("plan", "--out", "plan.json").code == 0
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--squash", "topic")
    git("commit", "--quiet", "--message=squashed")
    git("branch", "--quiet", "-D", "topic")
    assert command_line("apply", "plan.json").code == 0
    assert command_line("plan", "--detailed-exitcode").code == 0
    committed(git, harness, desk("agent", "clerk", "lead"))
    assert command_line("apply", "--auto-approve").code == 0


def test_a_merge_that_others_made_meanwhile_is_no_rollback(
    harness: Harness, command_line: CommandLine, git: Git
) -> None:
    committed(git, harness, desk("agent"))
    git("checkout", "--quiet", "-b", "topic")
    committed(git, harness, desk("agent", "clerk"))
    assert command_line("apply", "--auto-approve").code == 0
    git("checkout", "--quiet", "main")
    harness.write("Meanwhile.", "README")
    committed(git, harness, desk("agent"))
    git("merge", "--quiet", "topic")
    assert command_line("apply", "--auto-approve").code == 0


def test_a_commit_that_takes_another_back_is_no_rollback(harness: Harness, command_line: CommandLine, git: Git) -> None:
    committed(git, harness, desk("agent", "clerk", lifecycle="{prune: [roles]}"))
    committed(git, harness, desk("agent", "clerk", "lead", lifecycle="{prune: [roles]}"))
    assert command_line("apply", "--auto-approve").code == 0
    git("revert", "--quiet", "--no-edit", "HEAD")
    assert command_line("apply", "--auto-approve").code == 0
    assert sent(harness)["DELETE Roles"] == 1


class Dying(InterceptingTransport):
    """A line that is dead after some writes."""

    writes_left = 0

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        self.writes_left -= request.method != "GET"
        if self.writes_left < 0:
            raise httpx.ConnectError("the line is dead", request=request)
        return None


WAYS = (("apply", "plan.json"), ("apply", "--approved", "plan.json"), ("apply", "--auto-approve", OVERRIDE))


@pytest.mark.parametrize(("arguments", "writes"), list(every_pair(WAYS, range(1, 5))))
def test_a_retry_after_exit_5_goes_on_where_the_first_one_stopped(
    harness: Harness,
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    writes: int,
) -> None:
    monkeypatch.setattr("confsync.twilio.clock.SystemClock.sleep", staticmethod(_at_once))
    harness.apply(BEFORE)
    harness.write(AFTER)
    assert command_line("plan", "--out", "plan.json", OVERRIDE).code == 0

    harness.emulator.log.clear()
    line = harness.transport = Dying(harness.emulator)
    line.writes_left = writes
    said = command_line(*arguments)
    assert said.code == 5, said.err
    harness.transport = None
    said = command_line(*arguments)
    assert said.code == 0, said.err
    assert sent(harness) == {"POST Roles": 2, "POST Configuration": 1, "DELETE Roles": 2}
    assert command_line("plan", "--detailed-exitcode").code == 0


async def _at_once(_: float) -> None:
    """Wait for nothing."""
