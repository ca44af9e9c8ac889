"""What a run reports on stderr as JSON, and its HTTP trace."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from confsync.cli.signals import interrupt_message
from confsync.emulator.transport import EmulatorTransport
from confsync.twilio.limits import PARALLELISM
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.cli.run_result import RunResult

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
LEVELS = {"debug", "info", "warning", "error"}


def events(said: RunResult | str) -> list[dict[str, Any]]:
    """Parse every line of stderr, each of which has to be an event."""
    found = [json.loads(line) for line in (said if isinstance(said, str) else said.err).splitlines()]
    for each in found:
        assert MOMENT.fullmatch(each["time"])
        assert each["level"] in LEVELS
        assert isinstance(each["event"], str)
        assert isinstance(each["message"], str)
    return found


def only(said: RunResult, event: str) -> list[dict[str, Any]]:
    return [each for each in events(said) if each["event"] == event]


RUNS = (
    "plan --emulator -vv",
    "apply --emulator --auto-approve -v",
    "drift --emulator --json",
    "plan --emulator -e nope",
    "validate",
    "plan",
    "pla",
    "plan --nope",
    "apply --emulator",
    "doctor --emulator",
    "list --emulator --format junit",
    "version",
)


@pytest.mark.parametrize("arguments", RUNS)
def test_every_line_is_an_event_and_a_run_ends_with_its_exit_code(arguments: str, confsync: Confsync) -> None:
    plain = confsync(*arguments.split())
    said = confsync("--log-format", "json", *arguments.split())
    assert said.code == plain.code or arguments.startswith("apply")
    ended = only(said, "exit")
    assert [each["exit_code"] for each in ended] == ([] if arguments == "version" else [said.code])
    for each in ended:
        failed = said.code >= 3
        assert each["level"] == ("error" if failed else "info")
        assert ("state" in each, "next" in each) == (failed, failed)


def test_a_failure_is_one_event_with_its_three_lines(confsync: Confsync) -> None:
    plain = confsync("plan", "-e", "nope").three_lines
    (ended,) = only(confsync("plan", "-e", "nope", "--log-format", "json"), "exit")
    assert [f"Error: {ended['message']}", f"State: {ended['state']}", f"Next:  {ended['next']}"] == plain


def test_an_outcome_names_its_address_and_its_sid(confsync: Confsync) -> None:
    said = confsync("apply", "--emulator", "--auto-approve", "--log-format", "json")
    done = {each["address"]: each for each in only(said, "outcome")}
    assert set(done) == {"services/support", "services/support/roles/agent", "services/support/configuration"}
    created = done["services/support"]
    assert (created["action"], created["status"]) == ("create", "done")
    assert re.fullmatch(r"IS[0-9a-f]{32}", created["sid"])


def test_a_mistake_names_its_place(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("permissions", "permisions"), "utf-8")
    said = confsync("validate", "--log-format", "json")
    (mistake,) = only(said, "diagnostic")
    assert (mistake["code"], mistake["level"], mistake["file"]) == ("CS2003", "error", "confsync.yaml")
    assert mistake["line"] == 6
    assert "permissions" in mistake["detail"]


def test_nobody_is_asked(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confsync.cli.invocation.is_terminal", lambda _: True)
    said = confsync("apply", "--emulator", "--log-format", "json")
    (ended,) = only(said, "exit")
    assert (said.code, "there is nobody to ask" in ended["message"]) == (8, True)


@pytest.mark.parametrize("arguments", ["--log-format json plan", "plan --log-format=json"])
def test_a_run_that_stops_at_once_ends_with_an_event(arguments: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert interrupt_message(arguments.split(), terminated=True) == 143
    (ended,) = events(capfd.readouterr().err)
    assert (ended["event"], ended["exit_code"], ended["level"]) == ("exit", 143, "error")


def test_a_typed_format_of_the_log_wins(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFSYNC_LOG_FORMAT", "json")
    assert only(confsync("plan", "-e", "nope"), "exit")
    assert confsync("plan", "-e", "nope", "--log-format", "text").three_lines


def test_a_live_name_is_data_in_the_log(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("agent:", '"##[error]\\n::x":'), "utf-8")
    said = confsync("validate", "--log-format", "json")
    assert said.code == 3
    assert "##[" not in said.err
    assert events(said)


# The trace

LINE = re.compile(
    r"(GET|POST) http://127\.0\.0\.1/v1/\S+( \((?P<form>[^)]+)\))? -> \d{3}, \d+ bytes, request RQ[0-9a-f]{32}, "
    r"\d+\.\d ms, attempt 1"
)


def test_every_request_is_reported_with_the_names_of_its_fields(confsync: Confsync) -> None:
    said = confsync("apply", "--emulator", "--auto-approve", "-vv")
    lines = [line for line in said.err.splitlines() if line.startswith(("GET ", "POST "))]
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    assert "FriendlyName, Permission, Type; 88 bytes" in [each["form"] for each in found if each]
    assert not [line for line in confsync("plan", "--emulator", "-v").err.splitlines() if line.startswith("GET ")]


def test_the_trace_in_the_log_has_the_numbers_apart(confsync: Confsync) -> None:
    requests = only(confsync("plan", "--emulator", "-vv", "--log-format", "json"), "http_request")
    assert [each["url"] for each in requests][:2] == [
        "http://127.0.0.1/v1/Configuration",
        "http://127.0.0.1/v1/Services?PageSize=100",
    ]
    for each in requests:
        assert (each["level"], each["status"], each["attempt"], each["sent_bytes"]) == ("debug", 200, 1, 0)
        assert each["received_bytes"] > 0
        assert each["duration_ms"] >= 0


@pytest.mark.parametrize(("given", "lines"), [("true", 1), ("1", 1), ("0", 0), ("no", 0), ("2", 1)])
def test_the_variable_of_verbose_is_a_word_or_a_number(
    given: str, lines: int, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFSYNC_VERBOSE", given)
    assert confsync("validate").err.count("Configuration: confsync.yaml") == lines


def test_a_plan_counts_its_requests_and_how_many_ran_at_once(confsync: Confsync) -> None:
    (counted,) = only(confsync("plan", "--emulator", "-v", "--log-format", "json"), "requests")
    assert 1 <= counted["peak"] <= counted["reads"]
    reads, peak, writes = (counted[name] for name in ("reads", "peak", "writes"))
    assert counted["message"] == f"Reads sent: {reads}, at most {peak} at once. Writes planned: {writes}."


def test_a_plan_says_that_twilio_rejected_requests(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, rejections = EmulatorTransport.handle_async_request, [httpx.Response(429, json={"code": 20429})]

    async def reject_first(transport: EmulatorTransport, request: httpx.Request) -> httpx.Response:
        return rejections.pop() if rejections else await answer(transport, request)

    monkeypatch.setattr(EmulatorTransport, "handle_async_request", reject_first)
    _, rejected = only(confsync("plan", "--emulator", "-v", "--log-format", "json"), "requests")
    assert rejected["rejected"] == 1
    assert rejected["limit"] < PARALLELISM
    assert "rejected 1 of them (429)" in rejected["message"]
