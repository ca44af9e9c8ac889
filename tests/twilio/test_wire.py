"""How a resource crosses the wire, and what comes back."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.codecs import AddressText, Boolean, Duration, Integer, JsonText, MailboxText, StringSet, Text, Value
from confsync.errors import MalformedResponse
from confsync.model import Field, Kind
from confsync.resources import KINDS
from confsync.resources.credential import Credential
from confsync.resources.role import Role
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.service_notifications import ServiceNotifications
from confsync.resources.service_webhooks import ServiceWebhooks
from confsync.secret import Secret
from confsync.twilio.wire import decode_fields, encode_fields

KIND = {kind.title: kind for kind in KINDS}
RL = "RL" + "1" * 32


def value(field: Field) -> st.SearchStrategy[Value]:
    """Any value of a field, in normal form."""
    if field.secret:
        return st.builds(Secret, st.text(min_size=1))
    texts = st.sampled_from(field.choices) if field.choices else st.text(min_size=1)
    shapes: dict[type, st.SearchStrategy[Value]] = {
        Boolean: st.booleans(),
        Integer: st.integers(-(10**17), 10**17),
        StringSet: st.frozensets(st.text(min_size=1), min_size=1),
        Text: texts.map(field.normalize),
        AddressText: texts.map(field.normalize),
        MailboxText: texts.map(field.normalize),
        Duration: st.integers(0, 10**6).map(lambda seconds: field.normalize(f"PT{seconds}S")),
        JsonText: st.dictionaries(st.text(), st.integers() | st.text(), min_size=1).map(field.normalize),
    }
    values = shapes[type(field.codec)]
    return st.one_of(values, st.none()) if field.clearable and field.cleared_as != "null" else values


@st.composite
def resources(draw: st.DrawFn) -> tuple[Kind, dict[str, Value]]:
    kind = draw(st.sampled_from(KINDS))
    chosen = draw(st.lists(st.sampled_from(kind.fields), unique=True))
    return kind, {field.name: draw(value(field)) for field in chosen}


def stored(kind: Kind, params: Mapping[str, list[str]]) -> dict[str, Any]:
    """A naive server: it keeps each parameter, and tells it where the type says that it is read."""
    body: dict[str, Any] = {}
    for field in kind.fields:
        if field.param not in params or field.write_only:
            continue
        here = body
        for step in field.read_path[:-1]:
            here = here.setdefault(step, {})
        sent = params[field.param]
        here[field.read_path[-1]] = sent if field.is_set else sent[0]
    return body


@given(resources())
def test_what_is_sent_reads_back_as_what_it_was(resource: tuple[Kind, dict[str, Value]]) -> None:
    kind, fields = resource
    params: dict[str, list[str]] = {}
    for name, text in encode_fields(kind, fields):
        params.setdefault(name, []).append(text.reveal() if isinstance(text, Secret) else text)
    reported = decode_fields(kind, stored(kind, params))
    assert {name: each for name, each in reported.items() if name in fields} == {
        name: each for name, each in fields.items() if not kind.by_name[name].write_only
    }
    assert reported.keys() == {field.name for field in kind.fields if not field.write_only}


ENCODED: list[tuple[Kind, dict[str, Value], list[tuple[str, str]]]] = [
    (
        Role.kind,
        {"permissions": frozenset({"b", "a"}), "friendly_name": "x", "type": "service"},
        [("FriendlyName", "x"), ("Type", "service"), ("Permission", "a"), ("Permission", "b")],
    ),
    (
        ServiceNotifications.kind,
        {"new_message.with_media.template": "t", "log_enabled": False, "new_message.sound": None},
        [("LogEnabled", "false"), ("NewMessage.Sound", ""), ("NewMessage.WithMedia.Template", "t")],
    ),
    (ServiceWebhooks.kind, {"filters": frozenset(), "method": "GET"}, [("Method", "GET"), ("Filters", "")]),
    (ServiceConfiguration.kind, {"default_conversation_role": RL}, [("DefaultConversationRoleSid", RL)]),
    (Role.kind, {}, []),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), ENCODED)
def test_fields_become_parameters_in_the_order_of_the_table(
    kind: Kind, fields: dict[str, Value], expected: list[tuple[str, str]]
) -> None:
    assert list(encode_fields(kind, fields)) == expected


def test_a_secret_stays_one_until_the_body_is_built() -> None:
    assert encode_fields(Credential.kind, {"private_key": Secret("canary")}) == (("PrivateKey", Secret("canary")),)


DECODED: list[tuple[Kind, dict[str, object], dict[str, Value]]] = [
    (Credential.kind, {"type": "apn", "sandbox": "True"}, {"sandbox": True, "type": "apn", "friendly_name": None}),
    (Credential.kind, {"sandbox": None}, {"sandbox": None}),
    (Credential.kind, {"sandbox": "False", "private_key": "x"}, {"sandbox": False}),
    (ServiceWebhooks.kind, {"method": None, "filters": None}, {"method": None, "filters": frozenset()}),
    (ServiceWebhooks.kind, {"method": "post", "filters": []}, {"method": "POST", "filters": frozenset()}),
    (ServiceWebhooks.kind, {"method": "PATCH"}, {"method": "PATCH"}),
    (ServiceNotifications.kind, {"new_message": None}, {"new_message.with_media.template": None}),
    (ServiceNotifications.kind, {"new_message": {"with_media": None}}, {"new_message.with_media.template": None}),
    (ServiceNotifications.kind, {"new_message": {"template": ""}}, {"new_message.template": None}),
    (ServiceConfiguration.kind, {"default_conversation_role_sid": RL}, {"default_conversation_role": RL}),
    (Role.kind, {"permissions": ["b", "a", "b"], "news": 1}, {"permissions": frozenset("ab")}),
]


@pytest.mark.parametrize(("kind", "body", "expected"), DECODED)
def test_a_response_becomes_normalized_fields(kind: Kind, body: dict[str, object], expected: dict[str, Value]) -> None:
    reported = decode_fields(kind, body)
    assert {name: reported[name] for name in expected} == expected
    assert not any(field.secret for field in kind.fields if field.name in reported)


MALFORMED: list[tuple[str, dict[str, object]]] = [
    ("service notifications", {"new_message": []}),
    ("service notifications", {"new_message": {"with_media": "yes"}}),
    ("service notifications", {"log_enabled": "perhaps"}),
    ("role", {"permissions": {"a": 1}}),
    ("role", {"friendly_name": 5}),
    ("credential", {"sandbox": "yes"}),
    ("service configuration", {"default_chat_service_role_sid": ["RL"]}),
]


@pytest.mark.parametrize(("title", "body"), MALFORMED)
def test_an_impossible_value_is_malformed_and_is_not_quoted(title: str, body: dict[str, object]) -> None:
    with pytest.raises(MalformedResponse, match=rf"^Twilio returned a {title} whose [a-z_.]+ is \w") as wrong:
        decode_fields(KIND[title], {**body, "secret": "canary"})
    assert "canary" not in str(wrong.value)
