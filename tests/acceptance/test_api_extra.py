"""Parameters that confsync does not know: they are sent, and compared as far as Twilio returns them."""

import json
from urllib.parse import parse_qsl

import httpx
import pytest

from confsync.extra_parameters import PREFIX, is_parameter, read_extras
from confsync.resources import KINDS
from tests.harness import Harness, InterceptingTransport, change_lines, json_response, outcome_lines, plan_lines

NOTIFICATIONS = "services/support/notifications"


def desk(extra: str, more: str = "") -> str:
    return f"""version: 1
variables: {{sound: loud, token: {{sensitive: true}}}}
services:
  support:
    notifications: {{new_message: {{enabled: true}}, api_extra: {extra}}}
{more}"""


class Future(InterceptingTransport):
    """Twilio with a new parameter, NewMessage.Foo, which it returns with the notifications."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.sent: list[tuple[str, str]] = []
        self.foo: str | bool | None = None

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        for name, text in parse_qsl(request.content.decode(), keep_blank_values=True):
            if name in ("NewMessage.Foo", "Secretive"):
                self.sent.append((name, text))
            if name == "NewMessage.Foo":
                self.foo = {"true": True, "": None}.get(text, text)
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/Notifications"):
            return response
        body = json.loads(await response.aread())
        body["new_message"]["foo"] = self.foo
        return json_response(request, response.status_code, body)


UPDATE = "POST /v1/Services/{ChatServiceSid}/Configuration/Notifications"
CREATE = "POST /v1/Services/{ChatServiceSid}/Roles"


@pytest.fixture
def future(harness: Harness) -> Future:
    transport = Future(harness)
    harness.transport = transport
    return transport


@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " NewMessage.Foo")
def test_a_parameter_is_sent_and_compared_with_what_twilio_returns(harness: Harness, future: Future) -> None:
    harness.apply(desk('{NewMessage.Foo: "true"}'))
    assert (future.sent, future.foo) == ([("NewMessage.Foo", "true")], True)
    assert plan_lines(harness.plan()) == []
    future.foo = "different"
    assert change_lines(harness.plan()) == [f"update {NOTIFICATIONS} api_extra.NewMessage.Foo:different->true"]
    harness.apply()
    assert future.sent[1:] == [("NewMessage.Foo", "true")]
    assert plan_lines(harness.plan()) == []


@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " Secretive")
def test_a_parameter_that_twilio_does_not_return_is_sent_once(harness: Harness, future: Future) -> None:
    harness.apply(desk("{Secretive: one}"))
    assert future.sent == [("Secretive", "one")]
    assert plan_lines(harness.plan()) == []
    harness.apply(desk("{Secretive: two}"))
    assert future.sent == [("Secretive", "one"), ("Secretive", "two")]
    assert plan_lines(harness.plan()) == []


@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " NewMessage.Foo")
@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " Secretive")
def test_an_update_of_another_field_does_not_send_an_unchanged_parameter(harness: Harness, future: Future) -> None:
    both = desk('{NewMessage.Foo: "true", Secretive: one}')
    harness.apply(both)
    sent = list(future.sent)
    assert outcome_lines(harness.apply(both.replace("enabled: true", "enabled: false"))) == [f"done {NOTIFICATIONS}"]
    assert future.sent == sent == [("NewMessage.Foo", "true"), ("Secretive", "one")]


@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " NewMessage.Foo")
def test_an_ignored_parameter_is_not_compared(harness: Harness, future: Future) -> None:
    harness.apply(desk('{NewMessage.Foo: "true"}'))
    future.foo = "different"
    ignored = desk('{NewMessage.Foo: "true"}, lifecycle: {ignore: [api_extra.NewMessage.Foo]}')
    assert plan_lines(harness.plan(ignored)) == []


@pytest.mark.openapi_violation("unknown parameter: " + CREATE + " Secretive")
def test_a_create_sends_it_too(harness: Harness, future: Future) -> None:
    role = "    roles: {agent: {type: conversation, permissions: [sendMessage], api_extra: {Secretive: x}}}\n"
    harness.apply(desk("{}", role))
    assert future.sent == [("Secretive", "x")]
    assert plan_lines(harness.plan()) == []


def test_what_is_not_declared_is_no_difference_and_may_change_meanwhile(harness: Harness, future: Future) -> None:
    harness.apply(desk("{}"))

    def change(_: object) -> None:
        future.foo = "changed meanwhile"

    text = desk("{}").replace("enabled: true", "enabled: false")
    assert [each.path for change in harness.plan(text).changes for each in change.differences] == [
        "new_message.enabled"
    ]
    assert outcome_lines(harness.apply(text, meanwhile=change)) == [f"done {NOTIFICATIONS}"]


@pytest.mark.openapi_violation("unknown parameter: " + UPDATE + " NewMessage.Foo")
def test_a_variable_can_be_used(harness: Harness, future: Future) -> None:
    harness.apply(desk("{NewMessage.Foo: '${{ var.sound }}'}"))
    assert future.foo == "loud"


def test_each_parameter_is_warned_about(harness: Harness) -> None:
    (warning,) = harness.config(desk("{NewMessage.Foo: x}")).warnings
    assert (warning.code, str(warning.range.start if warning.range else "")) == ("CS2027", "confsync.yaml:5:63")
    assert (
        warning.summary == "confsync does not know the parameter 'NewMessage.Foo': it sends the text as it is written"
    )


def test_a_declared_parameter_is_part_of_the_digest(harness: Harness) -> None:
    assert harness.config(desk("{Foo: x}")).digest != harness.config(desk("{Foo: y}")).digest


def test_every_known_parameter_has_the_form_of_an_unknown_one() -> None:
    assert [each.param for kind in KINDS for each in kind.fields if not is_parameter(each.param)] == []


def test_a_response_has_only_what_is_unknown() -> None:
    kind = next(each for each in KINDS if each.section == "notifications")
    body = {
        "account_sid": "AC",
        "url": "x",
        "links": {"x": "y"},
        "log_enabled": True,
        "new_message": {"enabled": True, "foo_bar": 1, "deep": {"er": None}},
        "list": [1],
    }
    assert dict(read_extras(kind, body)) == {f"{PREFIX}NewMessage.FooBar": "1", f"{PREFIX}NewMessage.Deep.Er": None}
