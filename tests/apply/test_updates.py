"""An update that Twilio rejects or does not answer: it never overwrites what somebody else wrote in the meantime."""

import httpx
import pytest

from confsync.apply.report import Report, Status
from confsync.exit_codes import ExitCode
from tests.harness import Harness, InterceptingTransport, json_response
from tests.twilio.still_clock import StillClock

BEFORE = """
version: 1
services: {desk: {webhooks: {method: POST, post_webhook_url: "https://example.com/before"}}}
"""
AFTER = BEFORE.replace("before", "after")
HOOKS = "/Services/desk/Configuration/Webhooks"
REJECTIONS = {"429": (429, 20429), "conflict": (409, 50391)}


class Interfering(InterceptingTransport):
    """Responds with a status to the first updates of the webhooks, each of which happens or not."""

    def __init__(self, harness: Harness, *steps: tuple[int, int], happens: bool = False, meanwhile: str = "") -> None:
        super().__init__(harness.emulator)
        self.harness, self.steps, self.happens, self.meanwhile = harness, list(steps), happens, meanwhile

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if self.happens or not self.steps or request.method != "POST":
            return None
        return self.failed(request)

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return self.failed(request) if self.happens and self.steps and request.method == "POST" else response

    def failed(self, request: httpx.Request) -> httpx.Response:
        if self.meanwhile:
            self.harness.client.post(self.harness.path(HOOKS), {"PostWebhookUrl": self.meanwhile})
        status, code = self.steps.pop(0)
        return json_response(request, status, {"code": code, "message": "no", "status": status})


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """An account on which the configuration was applied, and in which no test waits."""
    harness.clock = StillClock()
    assert harness.apply(BEFORE).exit_code is ExitCode.DONE
    return harness


def url(harness: Harness) -> str:
    return str(harness.live(HOOKS)["post_webhook_url"])


def updates(harness: Harness) -> int:
    return sum("Webhooks" in each for each in harness.writes)


def status(report: Report) -> Status:
    (outcome,) = report.outcomes
    return outcome.status


@pytest.mark.parametrize("rejected", REJECTIONS)
def test_a_rejected_update_is_sent_again_if_nobody_changed_the_resource(desk: Harness, rejected: str) -> None:
    desk.transport = Interfering(desk, REJECTIONS[rejected])
    assert desk.apply(AFTER).exit_code is ExitCode.DONE
    assert url(desk) == "https://example.com/after"


@pytest.mark.parametrize("rejected", REJECTIONS)
def test_a_rejected_update_does_not_overwrite_what_somebody_wrote_during_the_pause(
    desk: Harness, rejected: str
) -> None:
    desk.transport = Interfering(desk, REJECTIONS[rejected], meanwhile="https://example.com/theirs")
    report = desk.apply(AFTER)
    assert (status(report), report.exit_code) == (Status.FAILED, ExitCode.STALE)
    assert url(desk) == "https://example.com/theirs"


def test_an_update_that_may_have_happened_does_not_overwrite_what_somebody_wrote(desk: Harness) -> None:
    desk.transport = Interfering(desk, (503, 0), meanwhile="https://example.com/theirs")
    report = desk.apply(AFTER)
    assert (status(report), report.exit_code) == (Status.UNKNOWN, ExitCode.UNKNOWN)
    assert url(desk) == "https://example.com/theirs"


def test_an_update_that_had_no_effect_is_sent_once_more(desk: Harness) -> None:
    desk.transport = Interfering(desk, (503, 0))
    assert desk.apply(AFTER).exit_code is ExitCode.DONE
    assert (updates(desk), url(desk)) == (1, "https://example.com/after")


def test_an_update_of_which_only_the_second_response_is_lost_is_done(desk: Harness) -> None:
    class Second(Interfering):
        async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
            return self.failed(request) if len(self.steps) == 1 and request.method == "POST" else response

        async def before(self, request: httpx.Request) -> httpx.Response | None:
            return self.failed(request) if len(self.steps) == 2 and request.method == "POST" else None

    desk.transport = Second(desk, (503, 0), (503, 0))
    assert desk.apply(AFTER).exit_code is ExitCode.DONE
    assert (updates(desk), url(desk)) == (1, "https://example.com/after")


def test_an_update_without_a_usable_response_twice_and_without_effect_is_unknown(desk: Harness) -> None:
    desk.transport = Interfering(desk, (503, 0), (503, 0))
    report = desk.apply(AFTER)
    assert (status(report), report.exit_code) == (Status.UNKNOWN, ExitCode.UNKNOWN)
    assert (updates(desk), url(desk)) == (0, "https://example.com/before")
