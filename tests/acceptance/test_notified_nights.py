"""A nightly drift sends one notification for each change of state, and none on idle nights."""

import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from confsync.errors import ErrorResponse, NotAuthorised
from tests.acceptance.conftest import CommandLine
from tests.cli.run_result import RunResult
from tests.harness import Harness
from tests.receiver import Receiver, receiver

CONFIGURATION = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
"""


@pytest.fixture
def server(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Run a receiver that both channels send to."""
    with receiver() as found:
        harness.environ |= {
            "CONFSYNC_WEBHOOK_URL": f"{found.url}/webhook-canary",
            "CONFSYNC_SLACK_URL": f"{found.url}/slack-canary",
            "CONFSYNC_WEBHOOK_KEY": "key-canary",
            "CONFSYNC_RUN_URL": "https://ci.example.com/42",
        }
        monkeypatch.setattr("confsync.notifications.delivery.PAUSE_SECONDS", 0.0)
        yield found


@pytest.fixture
def night(harness: Harness, command_line: CommandLine, server: Receiver) -> Callable[..., RunResult]:
    """Run the job of one night; nothing it prints or writes has a secret."""
    assert server.url

    def run(*arguments: str) -> RunResult:
        said = command_line("drift", "--history", "drift.sqlite", "--notify", "webhook", *arguments)
        assert "canary" not in said.out + said.err
        assert b"canary" not in (harness.folder / "drift.sqlite").read_bytes()
        return said

    harness.apply(CONFIGURATION)
    return run


def sent(server: Receiver) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Return the event, and what is new, changed and repaired, of each notification since the last call."""
    documents = [json.loads(each.body) for each in server.requests if each.path == "/webhook-canary"]
    server.requests.clear()
    return [
        (each["event"], *([name_of(part) for part in each[key]] for key in ("new", "edited", "repaired")))
        for each in documents
    ]


def name_of(part: dict[str, Any]) -> str:
    return f"{part['finding']} {part['address'].rpartition('/')[2]}"


def change(harness: Harness, role: str, *permissions: str) -> None:
    path = harness.path(f"/Services/desk/Roles/{role}")
    assert harness.client.post(path, {"Permission": permissions}).status == 200


def test_each_change_of_state_is_notified_once(
    harness: Harness, night: Callable[..., RunResult], server: Receiver
) -> None:
    assert (night().code, sent(server)) == (0, [])
    change(harness, "agent", "sendMessage", "leaveConversation")
    assert (night().code, sent(server)) == (2, [("drift", ["live agent"], [], [])])
    assert (night().code, sent(server)) == (2, [])
    assert (night().code, sent(server)) == (2, [])
    change(harness, "clerk", "leaveConversation")
    assert (night().code, sent(server)) == (2, [("drift", ["live clerk"], [], [])])
    change(harness, "agent", "sendMessage", "editOwnMessage")
    assert (night().code, sent(server)) == (2, [("drift", [], ["live agent"], [])])
    change(harness, "agent", "sendMessage")
    assert (night().code, sent(server)) == (2, [("drift", [], [], ["live agent"])])
    change(harness, "clerk", "sendMessage")
    assert (night().code, sent(server)) == (0, [("in_sync", [], [], ["live clerk"])])
    assert (night().code, sent(server)) == (0, [])


def test_what_could_not_be_delivered_is_sent_by_the_next_run(
    harness: Harness, night: Callable[..., RunResult], server: Receiver
) -> None:
    change(harness, "agent", "leaveConversation")
    server.statuses = [404]
    said = night("--json")
    assert said.code == 2
    (warning,) = [each for each in said.document["diagnostics"] if each["code"] == "CS4011"]
    assert "webhook was not delivered: the receiver answered with status 404" in warning["summary"]
    sent(server)
    change(harness, "clerk", "leaveConversation")
    server.statuses = [503] * 4
    assert night().code == 2
    sent(server)
    assert night().code == 2
    assert sent(server) == [("drift", ["live agent", "live clerk"], [], [])]
    assert (night().code, sent(server)) == (2, [])


def test_each_channel_is_notified_by_itself(
    harness: Harness, night: Callable[..., RunResult], server: Receiver
) -> None:
    change(harness, "agent", "leaveConversation")
    server.statuses = [200, 404]
    assert "CS4011" in night("--notify", "webhook,slack").err
    server.requests.clear()
    assert night("--notify", "webhook,slack").code == 2
    (request,) = server.requests
    assert request.path == "/slack-canary"
    assert "Drift without an environment: 1 new; 1 finding now." in json.loads(request.body)["text"]


def test_a_run_that_fails_is_notified_once_and_so_is_the_next_that_does_not(
    night: Callable[..., RunResult], server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise NotAuthorised(ErrorResponse("GET", "/v1/Configuration", 401), hint="Check the credentials.")

    assert (night().code, sent(server)) == (0, [])
    with monkeypatch.context() as here:
        here.setattr("confsync.twilio.api.Api.account", refuse)
        assert night().code == 9
        (request,) = server.requests
        document = json.loads(request.body)
        assert (document["event"], document["exit_code"]) == ("failing", 9)
        assert document["failure"]["hint"] == "Check the credentials."
        assert document["links"]["run"] == "https://ci.example.com/42"
        server.requests.clear()
        assert (night().code, sent(server)) == (9, [])
    assert (night().code, sent(server)) == (0, [("recovered", [], [], [])])
    assert (night().code, sent(server)) == (0, [])


def test_only_what_fail_on_names_is_sent(harness: Harness, night: Callable[..., RunResult], server: Receiver) -> None:
    form = {"FriendlyName": "stranger", "Type": "conversation", "Permission": "sendMessage"}
    harness.client.made(harness.path("/Services/desk/Roles"), form)
    assert (night().code, sent(server)) == (0, [])
    assert night("--fail-on", "live,unmanaged").code == 2
    assert sent(server) == [("drift", ["unmanaged stranger"], [], [])]


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ("--notify webhook", "--notify needs --history"),
        ("--history a --notify mail", "'mail' is none of webhook, slack."),
        ("--history a --notify webhook --target services/desk", "--notify needs a run that covers everything"),
    ],
)
def test_what_cannot_be_sent_is_a_usage_error(
    arguments: str, refused: str, command_line: CommandLine, harness: Harness, server: Receiver
) -> None:
    harness.apply(CONFIGURATION)
    said = command_line("drift", *arguments.split())
    assert (said.code, server.requests) == (3, [])
    assert refused in said.three_lines[0]


def test_the_receiver_in_the_documentation_accepts_what_is_sent(
    harness: Harness, night: Callable[..., RunResult], server: Receiver
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text("utf-8")
    (example,) = [each for each in page.split("```python\n")[1:] if "compare_digest" in each]
    script = harness.folder / "verify.py"
    script.write_text(example.partition("```")[0], "utf-8")
    verify = runpy.run_path(str(script))["is_from_confsync"]
    change(harness, "agent", "leaveConversation")
    night()
    (request,) = server.requests
    assert verify(request.headers, request.body, "key-canary")
    assert not verify(request.headers, request.body + b" ", "key-canary")
    assert not verify(request.headers, request.body, "another key")
    assert not verify({**request.headers, "confsync-timestamp": "1"}, request.body, "key-canary")
    assert not verify({}, request.body, "key-canary")
