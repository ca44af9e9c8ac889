"""Every resource type agrees with Twilio's own description of the API."""

from collections.abc import Iterator

import pytest

from confsync.codecs import Boolean, Duration, Integer, JsonText, StringSet, Text
from confsync.model import Field, Kind
from confsync.names import collection_url
from confsync.resources import KINDS
from tests.openapi.exemptions import is_exempt
from tests.openapi.extract import Json
from tests.openapi.facts import form_schema, read_facts, resolve_schema, response_schema

EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)

CHANGEABLE_AFTER_ALL = {
    ("credential", "type"): (
        "Twilio accepts Type in an update, but another push service cannot use the old secrets, which would stay: "
        "confsync creates a new credential"
    ),
    ("participant", "messaging_binding.proxy_address"): "Twilio refuses a changed proxy address (50441)",
}
"""Fields that confsync treats as immutable although Twilio accepts them in an update, with the reason."""

NOT_REQUIRED_BY_TWILIO = {
    ("credential", "friendly_name"): "optional in Twilio, but confsync identifies a credential by it",
    ("conversation", "unique_name"): "optional in Twilio, but confsync identifies a conversation by it",
}
"""Fields that confsync requires or fills in although Twilio does not require them."""

NOT_CONFIGURATION = {
    "DateCreated": "for imports of old conversations",
    "DateUpdated": "for imports of old conversations",
    "LastReadMessageIndex": "records what a person has read",
    "LastReadTimestamp": "records what a person has read",
}
"""Parameters that hold run-time data rather than configuration."""

READ_ONLY_STATES = {
    ("conversation", "state"): {"initializing"},
}
"""Values that Twilio returns but does not accept."""

RETURNED_AS_DATES = {("conversation", "timers.inactive"), ("conversation", "timers.closed")}
"""Durations that Twilio returns as the dates at which they expire."""


def path_of(kind: Kind) -> str:
    """Return the path of a resource type in the description."""
    if kind.parent is None or kind.parent.group:
        return collection_url(kind)
    return collection_url(kind, f"{path_of(kind.parent)}/{{{VARIABLES[kind.parent.section]}}}")


VARIABLES = {"services": "ChatServiceSid", "conversations": "ConversationSid", "users": "UserSid"}
"""The path variables that hold the SID of a parent, by section."""


def operations(kind: Kind) -> Json:
    """Return the facts of each operation on a resource type, by confsync's names for them."""
    home = path_of(kind)
    one = home if kind.singleton else f"{home}/{{{VARIABLES[kind.linked_kind.section] if kind.linked_kind else 'Sid'}}}"
    names = {"read": f"GET {one}", "update": f"POST {one}"}
    if not kind.singleton and not kind.linked_kind:
        names |= {"list": f"GET {home}", "create": f"POST {home}", "delete": f"DELETE {one}"}
    described = read_facts()["operations"]
    return {name: described[operation] for name, operation in names.items() if operation in described}


def form(kind: Kind, verb: str) -> Json:
    """Return the schema of an operation's form."""
    return form_schema(operations(kind)[verb])


def answer(kind: Kind) -> Json:
    """Return the schema of one resource in a response."""
    schema = response_schema(operations(kind)["read"], 200)
    assert schema is not None
    return resolve_schema(schema)


def written_by(kind: Kind) -> Iterator[str]:
    """Return the operations that send a resource type's fields."""
    if not kind.created_by_twilio:
        yield "create"
    if any(not field.immutable for field in kind.fields):
        yield "update"


@EACH
def test_a_resource_type_has_a_path_and_its_operations(kind: Kind) -> None:
    offered = operations(kind)
    assert set(written_by(kind)) <= offered.keys()
    if not kind.created_by_twilio:
        assert operations(kind)["list"]["parameters"]


@EACH
def test_every_parameter_is_a_field_and_every_field_a_parameter(kind: Kind) -> None:
    if not kind.created_by_twilio:
        ours = {field.param for field in kind.fields}
        assert ours == set(form(kind, "create")["properties"]) - set(NOT_CONFIGURATION)
    if "update" in operations(kind):
        changeable = {field.param for field in kind.fields if not field.immutable}
        excepted = {field.param for field in kind.fields if (kind.title, field.name) in CHANGEABLE_AFTER_ALL}
        assert changeable | excepted == set(form(kind, "update")["properties"]) - set(NOT_CONFIGURATION)
    else:
        assert all(field.immutable for field in kind.fields)


@EACH
def test_confsync_requires_or_fills_in_what_twilio_requires(kind: Kind) -> None:
    for verb in written_by(kind):
        required = set(form(kind, verb).get("required", ()))
        ours = {
            field.param
            for field in kind.fields
            if field.required and (kind.title, field.name) not in NOT_REQUIRED_BY_TWILIO
        }
        sent = {field.param for field in kind.fields if verb == "create" or not field.immutable}
        assert required == ours & sent if verb == "create" else required <= ours & sent


@EACH
def test_a_field_has_the_type_and_values_of_its_parameter(kind: Kind) -> None:
    codecs = {"boolean": (Boolean,), "array": (StringSet,), "string": (Text, Duration, JsonText), "integer": (Integer,)}
    for verb in written_by(kind):
        properties = form(kind, verb)["properties"]
        for field in kind.fields:
            if field.param not in properties:
                continue
            theirs = resolve_schema(properties[field.param])
            assert isinstance(field.codec, codecs[theirs["type"]]), field.name
            if not is_exempt("undocumented values", f"POST {path_of(kind)} {field.param}"):
                read_only = READ_ONLY_STATES.get((kind.title, field.name), set())
                assert set(theirs.get("enum", ())) - read_only == set(field.choices), field.name
            if field.ref:
                assert theirs["pattern"].startswith(f"^{field.ref.kind.sid_prefix}"), field.name


@EACH
def test_a_field_is_read_where_twilio_returns_it(kind: Kind) -> None:
    properties = answer(kind)["properties"]
    for field in kind.fields:
        if field.write_only:
            is_returned = field.read_path[0] in properties and (kind.title, field.name) not in RETURNED_AS_DATES
            assert not is_returned, f"{field.name} is readable"
        else:
            assert field.read_path[0] in properties, field.name
            check_depth(resolve_schema(properties[field.read_path[0]]), field)


def check_depth(theirs: Json, field: Field) -> None:
    """Check that a nested value is an object and a set is an array."""
    if len(field.read_path) > 1:
        assert theirs.get("type", "object") == "object", field.name
    elif field.is_set:
        assert theirs["type"] == "array", field.name


@EACH
def test_a_list_has_the_declared_key_and_page_size(kind: Kind) -> None:
    if kind.created_by_twilio:
        return
    described = operations(kind)["list"]
    schema = response_schema(described, 200)
    assert schema is not None
    assert set(resolve_schema(schema)["properties"]) == {"meta", kind.list_key}
    assert described["parameters"]["PageSize"]["maximum"] == kind.page_size
    sid = resolve_schema(answer(kind)["properties"]["sid"])
    assert sid["pattern"].startswith(f"^{kind.sid_prefix}")


def test_the_exceptions_are_still_needed() -> None:
    by_title = {kind.title: kind for kind in KINDS}
    for title, name in CHANGEABLE_AFTER_ALL:
        kind = by_title[title]
        assert kind.by_name[name].immutable
        assert kind.by_name[name].param in form(kind, "update")["properties"]
    for title, name in NOT_REQUIRED_BY_TWILIO:
        kind = by_title[title]
        assert kind.by_name[name].param not in form(kind, "create").get("required", ())
    taken = {name for kind in KINDS for verb in written_by(kind) for name in form(kind, verb)["properties"]}
    assert set(NOT_CONFIGURATION) <= taken
    for (title, name), read_only in READ_ONLY_STATES.items():
        theirs = resolve_schema(form(by_title[title], "update")["properties"][by_title[title].by_name[name].param])
        assert read_only <= set(theirs["enum"])
    for title, name in RETURNED_AS_DATES:
        field = by_title[title].by_name[name]
        assert field.write_only
        assert field.read_path[0] in answer(by_title[title])["properties"]
