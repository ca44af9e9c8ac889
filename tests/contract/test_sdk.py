"""confsync sends the same requests as Twilio's own SDK for the same operations."""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client as Sdk  # type: ignore[import-untyped]

from confsync.codecs import AddressText, Boolean, Duration, Integer, JsonText, MailboxText, StringSet, Text, Value
from confsync.model import Kind
from confsync.names import collection_url
from confsync.resources import KINDS
from confsync.secret import Secret
from confsync.twilio.wire import encode_fields
from tests.harness import Harness, InterceptingTransport

Sent = tuple[str, str, tuple[tuple[str, str], ...]]
"""A request: its method, its path and its form, sorted."""

SID = "0" * 32


class Recorder(HttpClient):  # type: ignore[misc]  # the SDK comes without types
    """Records the SDK's requests without sending them."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("recorder"), is_async=False)
        self.sent: list[Sent] = []

    def request(self, method: str, url: str, data: dict[str, Any] | None = None, **_: object) -> Response:
        form = httpx.QueryParams(data or {})
        self.sent.append((method, httpx.URL(url).path, tuple(sorted(form.multi_items()))))
        return Response(200 if method == "GET" else 201, f'{{"sid": "{"XX" + SID}"}}')


SDK_STEPS = {"Configuration/Addresses": ["address_configurations"]}
"""Paths whose segments differ from the SDK's attributes."""


def sdk_operation(v1: Any, kind: Kind, verb: str) -> Callable[..., object]:  # noqa: ANN401 — the SDK comes without types
    """Return the SDK's method for an operation, by the segments of its path."""
    here = v1
    for above in reversed(list(containers(kind))):
        here = getattr(here, above.path.lower())(above.sid_prefix + SID)
    *steps, last = SDK_STEPS.get(kind.path) or [step.lower() for step in kind.path.split("/")]
    for step in steps:
        here = getattr(here, step)
    here = getattr(here, {("users", "conversations"): "user_conversations"}.get((here_of(kind), last), last))
    if kind.singleton:
        here = here()
    elif verb == "update":
        here = here(member(kind))
    method: Callable[..., object] = getattr(here, verb)
    return method


def containers(kind: Kind) -> Iterator[Kind]:
    """Return the parents of a resource type that have a URL, innermost first."""
    above = kind.parent
    while above is not None and not above.group:
        yield above
        above = above.parent


def here_of(kind: Kind) -> str:
    return kind.parent.section if kind.parent else ""


def member(kind: Kind) -> str:
    """Return the SID that identifies a member. A link is identified by the resource it leads to."""
    return (kind.linked_kind or kind).sid_prefix + SID


def path_of(kind: Kind, verb: str) -> str:
    above = "/v1" + "".join(f"/{each.path}/{member(each)}" for each in reversed(list(containers(kind))))
    own = f"/{member(kind)}" if verb == "update" and not kind.singleton else ""
    return collection_url(kind, above) + own


def snake(param: str) -> str:
    """Return the SDK's argument name for a parameter."""
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in param.replace(".", ""))
    return words.lstrip("_")


VALUES: dict[type, tuple[Value, Any]] = {
    Boolean: (True, True),
    Integer: (7, 7),
    Duration: ("PT1H", "PT1H"),
    JsonText: ('{"a":1}', '{"a":1}'),
    StringSet: (frozenset({"onMessageAdd", "onMessageAdded"}), ["onMessageAdd", "onMessageAdded"]),
    AddressText: ("whatsapp:+15551230000", "whatsapp:+15551230000"),
    MailboxText: ("help@example.com", "help@example.com"),
    Text: ("A text: ä & ${MESSAGE} +", "A text: ä & ${MESSAGE} +"),
}
"""For each codec a value of confsync's, and the same value for the SDK."""

WRITES = [
    pytest.param(kind, verb, id=f"{verb} {kind.title}")
    for kind in KINDS
    for verb in ("create", "update")
    if not (verb == "create" and kind.created_by_twilio)
    if not (verb == "update" and all(field.immutable for field in kind.fields))
]


@pytest.mark.parametrize(("kind", "verb"), WRITES)
def test_the_same_operation_is_sent_with_the_same_form(kind: Kind, verb: str) -> None:
    fields = [field for field in kind.fields if verb == "create" or not field.immutable]
    ours = {
        field.name: Secret("A text: ä & ${MESSAGE} +") if field.secret else VALUES[type(field.codec)][0]
        for field in fields
    }
    recorder = Recorder()
    v1 = Sdk("AC" + SID, "token", http_client=recorder).conversations.v1
    sdk_operation(v1, kind, verb)(**{snake(field.param): VALUES[type(field.codec)][1] for field in fields})
    shown = tuple(sorted((name, str(_revealed(value))) for name, value in encode_fields(kind, ours)))
    assert recorder.sent == [("POST", path_of(kind, verb), shown)]


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


class WriteRecorder(InterceptingTransport):
    """Records the forms of all writes."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.sent: list[Sent] = []

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            body = (await request.aread()).decode()
            form = tuple(sorted(parse_qsl(body, keep_blank_values=True)))
            self.sent.append((request.method, request.url.path, form))
        return None


def test_an_apply_sends_the_requests_that_the_sdk_would_send(harness: Harness) -> None:
    writes = WriteRecorder(harness)
    harness.transport = writes
    harness.environ = {"KEY": "k&y=+ä"}
    harness.apply("""
        version: 1
        credentials: {ios: {type: apn, certificate: "${{ env.KEY }}", private_key: "${{ env.KEY }}", sandbox: true}}
        services:
          desk:
            configuration: {default_conversation_role: agent, reachability_enabled: true}
            notifications: {new_message: {template: "${MESSAGE} & +", with_media: {enabled: false}}}
            webhooks: {post_webhook_url: "https://example.com/?a=1&b=ä", method: post, filters: []}
            roles: {agent: {type: conversation, permissions: [sendMessage, leaveConversation]}}
        """)
    service = harness.path("/Services/desk").rpartition("/")[2]
    agent = harness.path("/Services/desk/Roles/agent").rpartition("/")[2]
    recorder = Recorder()
    v1 = Sdk("AC" + SID, "token", http_client=recorder).conversations.v1
    v1.credentials.create(type="apn", friendly_name="ios", certificate="k&y=+ä", private_key="k&y=+ä", sandbox=True)
    v1.services.create(friendly_name="desk")
    desk = v1.services(service)
    desk.roles.create(friendly_name="agent", type="conversation", permission=["sendMessage", "leaveConversation"])
    desk.configuration().update(default_conversation_role_sid=agent, reachability_enabled=True)
    desk.configuration.notifications().update(
        new_message_template="${MESSAGE} & +", new_message_with_media_enabled=False
    )
    desk.configuration.webhooks().update(post_webhook_url="https://example.com/?a=1&b=ä", method="POST", filters=[""])
    assert sorted(writes.sent) == sorted(recorder.sent)
