"""A drift says who changed what in Twilio, if Twilio tells, and nothing otherwise."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from confsync.account.results import DriftReport
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import RunStopped
from confsync.live.attribution import MOST_ASKED, find_changes
from confsync.names import Sid
from confsync.plan.attribution import AttributionQuestion, ChangedBy, ChangeVerb
from confsync.twilio.origin import Origin, monitor_of_origin
from confsync.views.documents import document_as_json
from confsync.views.drift.document import DriftDocument, drift_document
from confsync.views.drift.html import drift_page
from confsync.views.drift.markdown import drift_as_markdown
from confsync.views.drift.record import recorded_findings
from confsync.views.drift.text import drift_as_text
from tests.cli.conftest import Confsync, confsync, folder
from tests.harness import Harness, InterceptingTransport

__all__ = ["confsync", "folder"]

USER = "US" + "a" * 32
MADE = datetime(2026, 1, 2, tzinfo=UTC)
DESK = """
    version: 1
    services:
      desk:
        lifecycle: {exclusive: [roles]}
        configuration: {reachability_enabled: true}
        roles:
          agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
          clerk: {type: conversation, permissions: [sendMessage]}
    """
STRANGER = {"FriendlyName": "stranger", "Type": "conversation", "Permission": "sendMessage"}


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """A desk that was applied a minute ago."""
    applied(harness)
    return harness


def applied(harness: Harness) -> None:
    """Apply the desk, and let a minute pass."""
    harness.apply(DESK)
    harness.emulator.clock.advance(timedelta(minutes=1))


def change(harness: Harness, role: str = "agent", permission: str = "editOwnMessage") -> None:
    path = harness.path(f"/Services/desk/Roles/{role}")
    assert harness.client.post(path, {"Permission": permission}).status == 200


def drift(harness: Harness, text: str | None = None) -> DriftReport:
    account = harness.account(harness.config(text))
    harness.emulator.log.clear()
    return account.drift()


def document(report: DriftReport) -> DriftDocument:
    return drift_document(report.drift, 0, created_at=MADE)


def texts(report: DriftReport) -> Iterator[str]:
    shown = document(report)
    yield drift_as_text(shown)
    yield drift_as_markdown(shown).replace("`", "")
    yield drift_page(shown)


def questions(harness: Harness) -> list[str]:
    return [each.path for each in harness.emulator.log if each.path == "/v1/Events"]


def test_a_change_in_the_console_names_its_user(desk: Harness) -> None:
    with desk.emulator.monitor.console(USER):
        change(desk)
    report = drift(desk)
    (part,) = document(report).differences
    assert part.changed_by is not None
    assert (part.changed_by.actor, part.changed_by.actor_type, part.changed_by.source) == (USER, "user", "web")
    date, _, time = part.changed_by.at.partition("T")
    for text in texts(report):
        assert f"last changed by {USER} in the Console on {date} {time[:5]} UTC" in text.replace("\\-", "-")
        assert "127.0.0.1" not in text.replace("http://127.0.0.1", "")
    assert "source_ip_address" not in document_as_json(document(report))


def test_a_change_through_the_api_names_the_account_or_the_key(desk: Harness) -> None:
    change(desk)
    assert f"last changed by {ACCOUNT_SID} through the API" in next(texts(drift(desk)))


def test_a_conflict_a_deletion_and_an_addition_name_who_did_it(desk: Harness) -> None:
    with desk.emulator.monitor.console(USER):
        change(desk)
        assert desk.client.delete(desk.path("/Services/desk/Roles/clerk")).status == 204
        desk.client.made(desk.path("/Services/desk/Roles"), STRANGER)
    report = drift(desk, DESK.replace("leaveConversation", "deleteOwnMessage"))
    found = report.drift
    assert sorted((each.verb, each.actor) for each in found.changed_by.values()) == [
        ("created", USER),
        ("deleted", USER),
        ("updated", USER),
    ]
    text = next(texts(report))
    for words in ("last changed by", "deleted by", "created by"):
        assert f"{words} {USER} in the Console" in text
    assert len(questions(desk)) == 3


def test_a_finding_stays_the_same_when_twilio_forgets_who_made_it(desk: Harness) -> None:
    change(desk)
    desk.client.made(desk.path("/Services/desk/Roles"), STRANGER)
    found = document(drift(desk))
    forgotten = document(desk.account().drift(attribution=False))
    assert found.differences != forgotten.differences
    assert list(recorded_findings(found)) == list(recorded_findings(forgotten))


def test_only_what_somebody_changed_in_twilio_is_asked_about(desk: Harness) -> None:
    drift(desk)
    assert questions(desk) == []
    drift(desk, DESK.replace("leaveConversation", "deleteOwnMessage"))  # merged, and not applied
    assert questions(desk) == []
    path = desk.path("/Services/desk/Configuration")
    assert desk.client.post(path, {"ReachabilityEnabled": "false"}).status == 200
    assert drift(desk, DESK).counts["live"] == 1
    assert questions(desk) == []  # a singleton has no SID


def test_a_drift_without_a_difference_sends_what_a_plan_sends(desk: Harness) -> None:
    text = DESK.replace("exclusive", "prune")
    desk.client.made(desk.path("/Services/desk/Roles"), STRANGER)  # not managed, as it was yesterday
    planned = desk.plan(text).reads
    sent = [str(each) for each in desk.emulator.log]
    report = drift(desk, text)
    assert sorted(str(each) for each in desk.emulator.log) == sorted(sent)
    assert report.drift.plan.reads == planned
    assert desk.writes == []


def test_the_questions_count_as_requests(desk: Harness) -> None:
    planned = desk.plan(DESK).reads
    change(desk)
    assert drift(desk).drift.plan.reads == planned + 1


def test_the_questions_are_traced_like_any_other_request(desk: Harness) -> None:
    change(desk)
    traced: list[str] = []
    settings = replace(desk.settings(), trace=lambda attempt: traced.append(attempt.url))
    desk.account(settings=settings).drift()
    assert sum("/v1/Events?" in url for url in traced) == 1


def test_confsyncs_own_write_is_not_taken_for_somebody_elses(harness: Harness) -> None:
    harness.stop_clock()
    harness.apply(DESK)
    change(harness)  # in the same second as the apply
    report = drift(harness)
    assert (report.counts["live"], report.drift.changed_by) == (1, {})


def test_the_number_of_questions_is_limited(harness: Harness) -> None:
    roles = "".join(f"\n          r{each}: {{type: conversation, permissions: [sendMessage]}}" for each in range(25))
    harness.apply(DESK.replace("roles:", f"roles:{roles}", 1))
    harness.emulator.clock.advance(timedelta(minutes=1))
    for number in range(25):
        change(harness, f"r{number}")
    report = drift(harness)
    assert (report.counts["live"], len(questions(harness)), len(report.drift.changed_by)) == (25, MOST_ASKED, 20)


class Answering(InterceptingTransport):
    """Answers for Monitor."""

    def __init__(self, harness: Harness, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__(harness.emulator)
        self.answer = answer
        self.asked = 0

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/Events":
            return None
        self.asked += 1
        return self.answer(request)


def status(code: int, body: object = None) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(code, json=body if body is not None else {"code": code}, request=request)


def raising(error: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("canary", request=request)

    return answer


def page(events: object, onward: object = None) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with events; `SID` stands for the resource that was asked about."""

    def answer(request: httpx.Request) -> httpx.Response:
        text = json.dumps({"events": events, "meta": {"next_page_url": onward}})
        return status(200, json.loads(text.replace('"SID"', json.dumps(request.url.params["ResourceSid"]))))(request)

    return answer


def event(at: datetime, **fields: Any) -> Mapping[str, Any]:  # noqa: ANN401 — JSON
    return {
        "resource_sid": "SID",
        "event_type": "role.updated",
        "event_date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor_sid": USER,
        "actor_type": "user",
        "source": "web",
        "source_ip_address": "203.0.113.7",
        **fields,
    }


IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)
SILENT: Mapping[str, Callable[[httpx.Request], httpx.Response]] = {
    "forbidden": status(403),
    "unauthorised": status(401),
    "not found": status(404),
    "broken": status(500),
    "too many": status(429),
    "redirected": status(302),
    "no object": status(200, []),
    "no events": status(200, {"meta": {}}),
    "events of another shape": page({"a": 1}),
    "items of another shape": page([1, "x", None, []]),
    "nothing": page([]),
    "not JSON": lambda request: httpx.Response(200, content=b"<html>", request=request),
    "timed out": raising(httpx.ReadTimeout),
    "unreachable": raising(httpx.ConnectError),
    "closed": raising(httpx.RemoteProtocolError),
    "another resource": page([event(IN_AN_HOUR, resource_sid="RL" + "0" * 32)]),
    "another verb": page([event(IN_AN_HOUR, event_type="role.created")]),
    "no type": page([event(IN_AN_HOUR, event_type=None)]),
    "no date": page([event(IN_AN_HOUR, event_date=None)]),
    "no such date": page([event(IN_AN_HOUR, event_date="yesterday")]),
    "a date out of range": page([event(IN_AN_HOUR, event_date="9999-12-31T23:59:59-23:59")]),
    "before the last apply": page([event(IN_AN_HOUR - timedelta(hours=30))]),
    "one of several pages in another order": page(
        [event(IN_AN_HOUR), event(IN_AN_HOUR + timedelta(hours=1))], "https://x/y"
    ),
}


@pytest.fixture(scope="module")
def changed_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A desk that was changed after the last apply; a test only reads it."""
    with Emulator() as emulator:
        harness = Harness(tmp_path_factory.mktemp("desk"), emulator)
        applied(harness)
        change(harness)
        change(harness, "clerk")
        yield harness


@pytest.fixture(scope="module")
def silent(changed_desk: Harness) -> list[str]:
    """What a drift says that asks nobody."""
    return list(texts(changed_desk.account().drift(attribution=False)))


@pytest.mark.parametrize("case", SILENT)
def test_without_an_answer_nothing_is_said(
    case: str, changed_desk: Harness, silent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = Answering(changed_desk, SILENT[case])
    monkeypatch.setattr(changed_desk, "transport", transport)
    report = drift(changed_desk)
    assert report.drift.changed_by == {}
    assert 1 <= transport.asked <= 2  # none after the first that failed, and none again
    varies = re.compile(r"\d+ read|\d+:\d+:\d+Z")
    for text, expected in zip(texts(report), silent, strict=True):
        assert varies.sub("", text) == varies.sub("", expected)


def test_the_newest_event_counts_whatever_the_order(desk: Harness) -> None:
    change(desk)
    times = [IN_AN_HOUR + timedelta(minutes=each) for each in (0, 2, 1)]
    desk.transport = Answering(desk, page([event(each) for each in times]))
    (found,) = drift(desk).drift.changed_by.values()
    assert found.at == times[1].replace(microsecond=0)


def test_a_hostile_event_shows_nothing_but_its_date(desk: Harness) -> None:
    change(desk)
    hostile = event(IN_AN_HOUR, actor_sid="::error::\x1b[31m<b>", actor_type={"a": 1}, source="Web\n")
    desk.transport = Answering(desk, page([hostile]))
    report = drift(desk)
    (part,) = document(report).differences
    assert part.changed_by is not None
    assert (part.changed_by.actor, part.changed_by.actor_type, part.changed_by.source) == (None, None, None)
    assert f"last changed on {IN_AN_HOUR:%Y-%m-%d %H:%M} UTC" in next(texts(report))


def test_the_question_names_the_resource_and_a_start(desk: Harness) -> None:
    change(desk)
    seen: list[httpx.QueryParams] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params)
        return page([])(request)

    desk.transport = Answering(desk, answer)
    drift(desk)
    (params,) = seen
    assert params["ResourceSid"].startswith("RL")
    assert datetime.now(UTC) - timedelta(days=30, minutes=1) <= datetime.fromisoformat(params["StartDate"])


class Slow:
    """A source that never answers, or that is stopped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def last_change(self, question: AttributionQuestion) -> ChangedBy | None:
        if question.sid.endswith("1"):
            return ChangedBy(question.verb, USER, "user", "web", question.since)
        if self.error:
            raise self.error
        await asyncio.sleep(60)
        return None


QUESTIONS = [AttributionQuestion(Sid(f"RL{each}"), ChangeVerb.UPDATED, IN_AN_HOUR) for each in (1, 2, 11)]


def test_a_slow_source_costs_no_more_than_the_patience() -> None:
    assert list(asyncio.run(find_changes(Slow(), QUESTIONS, patience=0.01))) == ["RL1"]


def test_a_stopped_run_is_not_taken_for_a_missing_answer() -> None:
    with pytest.raises(RunStopped):
        asyncio.run(find_changes(Slow(RunStopped()), QUESTIONS))


@pytest.mark.parametrize(
    ("origin", "monitor"),
    [
        ("https://conversations.twilio.com", "https://monitor.twilio.com"),
        ("https://conversations.dublin.ie1.twilio.com", "https://monitor.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("https://proxy.example.com", "https://proxy.example.com"),
        ("https://conversations.twilio.com.example.com", "https://conversations.twilio.com.example.com"),
    ],
)
def test_monitor_is_on_a_host_of_twilios_or_where_the_requests_go_anyway(origin: str, monitor: str) -> None:
    assert monitor_of_origin(Origin(origin)) == Origin(monitor)


def test_an_option_turns_it_off(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {desk: {}}\n", "utf-8")
    assert confsync("drift", "--emulator", "--no-attribution").code == 2
