"""How a notification is sent, and what happens if it does not arrive."""

import asyncio
import hashlib
import hmac
import json
import time

import pytest

from confsync.errors import UsageError
from confsync.notifications import delivery
from confsync.notifications.channels import Channel, channels_of, problem_of_url
from confsync.notifications.delivery import ATTEMPTS, NotDelivered, deliver
from confsync.secret import Secret
from tests.notifications.documents import found, notification
from tests.receiver import receiver

PATH = "/hooks/token-9f3c-canary"
KEY = "key-of-the-webhook"
DOCUMENT = notification(new=(found("services/desk/roles/agent"),), now=1)


def send(url: str, name: str = "webhook", key: str = "") -> list[float]:
    """Send the notification; return the pauses between the attempts."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    asyncio.run(deliver(Channel(name, Secret(url), Secret(key) if key else None), DOCUMENT, sleep))
    return pauses


def test_a_webhook_receives_the_document_with_a_signature() -> None:
    with receiver() as server:
        assert send(f"{server.url}{PATH}", key=KEY) == []
    (request,) = server.requests
    assert request.path == PATH
    assert json.loads(request.body)["id"] == DOCUMENT.id
    assert request.headers["content-type"] == "application/json"
    moment = request.headers["confsync-timestamp"]
    assert abs(int(moment) - time.time()) < 60
    digest = hmac.new(KEY.encode(), moment.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["confsync-signature"] == f"sha256={digest}"


def test_without_a_key_nothing_is_signed() -> None:
    with receiver() as server:
        send(server.url)
    assert not {"confsync-timestamp", "confsync-signature"} & server.requests[0].headers.keys()


@pytest.mark.parametrize("status", [429, 500, 503, 0])
def test_a_failure_that_may_pass_is_followed_by_another_attempt(status: int) -> None:
    with receiver(status, status) as server:
        pauses = send(server.url)
    assert pauses == [0.5, 1.0]
    assert len({each.body for each in server.requests}) == 1
    assert len(server.requests) == 3


def test_a_receiver_may_ask_for_a_longer_pause() -> None:
    with receiver(429, Retry_After="3") as server:
        assert send(server.url) == [3.0]


@pytest.mark.parametrize(
    ("statuses", "reason", "attempts"),
    [
        ((404,), "the receiver answered with status 404", 1),
        ((400,), "the receiver answered with status 400", 1),
        ((302,), "the receiver answered with a redirect (302), which confsync does not follow", 1),
        ((307,), "the receiver answered with a redirect (307), which confsync does not follow", 1),
        ((503,) * ATTEMPTS, "the receiver answered with status 503", ATTEMPTS),
        ((0,) * ATTEMPTS, "the connection failed (RemoteProtocolError)", ATTEMPTS),
    ],
)
def test_a_notification_that_does_not_arrive_says_why_without_the_url(
    statuses: tuple[int, ...], reason: str, attempts: int
) -> None:
    with receiver() as elsewhere, receiver(*statuses, Location=f"{elsewhere.url}/elsewhere") as server:
        with pytest.raises(NotDelivered) as caught:
            send(f"{server.url}{PATH}")
        assert (str(caught.value), len(server.requests)) == (reason, attempts)
        assert "canary" not in repr(caught.value)
        assert elsewhere.requests == []


def test_all_attempts_together_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.05)
    with receiver(503, Retry_After="3600") as server, pytest.raises(NotDelivered, match="no answer within"):
        asyncio.run(deliver(Channel("webhook", Secret(server.url)), DOCUMENT))


def test_a_proxy_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        send(server.url)
        assert (len(server.requests), proxy.requests) == (1, [])


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://hooks.example.com/services/T/B/x", ""),
        ("http://127.0.0.1:8080/x", ""),
        ("http://localhost/x", ""),
        ("http://[::1]:9/x", ""),
        ("http://hooks.example.com/x", "is not an https URL"),
        ("http://127.0.0.1.example.com/x", "is not an https URL"),
        ("http://localhost.example.com/x", "is not an https URL"),
        ("ftp://hooks.example.com/x", "is not an https URL"),
        ("hooks.example.com/x", "is not an https URL"),
        ("https:///x", "is not an https URL"),
        ("https://user:word@hooks.example.com/", "contains a user name or a password"),
        ("https://hooks.example.com/a b", "is not a URL"),
        ("https://hooks.example.com/\r\nHost: x", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://hooks.example.com:99999/", "is not a URL"),
    ],
)
def test_only_https_and_this_machine_are_accepted(url: str, problem: str) -> None:
    assert problem_of_url(url).startswith(problem)
    assert bool(problem_of_url(url)) is bool(problem)


def test_a_host_name_that_cannot_exist_is_a_notification_that_does_not_arrive() -> None:
    with pytest.raises(NotDelivered, match=r"^its URL is not valid$"):
        send("https://xn--/canary")


def test_a_url_is_never_part_of_an_error_or_of_a_channel() -> None:
    environ = {"CONFSYNC_WEBHOOK_URL": "http://canary.example.com", "CONFSYNC_SLACK_URL": "https://example.com/canary"}
    with pytest.raises(UsageError, match="CONFSYNC_WEBHOOK_URL is not an https URL") as caught:
        channels_of(["webhook"], environ)
    assert "canary" not in f"{caught.value.happened}{caught.value.hint}"
    assert "canary" not in repr(channels_of(["slack"], environ))


def test_a_channel_without_a_url_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(UsageError, match="--notify slack needs a URL, and CONFSYNC_SLACK_URL is not set"):
        channels_of(["slack"], {})
