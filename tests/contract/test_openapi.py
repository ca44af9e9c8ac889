"""Every resource type, held against Twilio's own description of the API."""

from collections.abc import Iterator

import pytest

from confsync.model import Field, Kind
from confsync.names import collection_url
from confsync.resources import KINDS
from confsync.shapes import Duration, Flag, JsonText, Number, Set, Text
from tests.openapi import file
from tests.openapi.exemptions import is_exempt
from tests.openapi.file import Json, form_of, resolved

pytestmark = file.needed

EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)

CHANGEABLE_AFTER_ALL = {
    ("credential", "type"): (
        "an update may carry Type, but a key of one push service is of no use to another, and the secrets of the "
        "old type would stay: a new credential is made"
    ),
}
"""Fields that we call immutable although Twilio would take them in an update, each with the reason."""

NOT_REQUIRED_BY_TWILIO = {
    ("credential", "friendly_name"): "optional at Twilio, but it is how a credential is found again",
    ("conversation", "unique_name"): "optional at Twilio, but without it a conversation could not be found again",
}
"""Fields that we ask for, or fill in, and Twilio would do without."""

NOT_CONFIGURATION = {
    "DateCreated": "for imports of old conversations",
    "DateUpdated": "for imports of old conversations",
    "LastReadMessageIndex": "says what a person has read",
    "LastReadTimestamp": "says what a person has read",
}
"""Parameters that are about the run of things, and that nobody declares."""

UNSAID_STATES = {
    ("conversation", "state"): {"initializing"},
}
"""Words that Twilio tells and nobody can ask for."""

TOLD_AS_DATES = {("conversation", "timers.inactive"), ("conversation", "timers.closed")}
"""Durations that Twilio tells back as the dates at which they will be over."""


@pytest.fixture(scope="module")
def spec() -> Json:
    return file.spec()


def path_of(kind: Kind) -> str:
    """Write a kind's path as the file does."""
    if kind.parent is None or kind.parent.group:
        return collection_url(kind)
    return collection_url(kind, f"{path_of(kind.parent)}/{{{VARIABLES[kind.parent.section]}}}")


VARIABLES = {"services": "ChatServiceSid", "conversations": "ConversationSid", "users": "UserSid"}
"""What the file calls the SID of what something stands in."""


def operations(spec: Json, kind: Kind) -> Json:
    """Give the descriptions of what can be done, by our words for it."""
    home = spec["paths"][path_of(kind)]
    if kind.singleton:
        return {"read": home["get"], "update": home["post"]}
    one = spec["paths"][f"{path_of(kind)}/{{{VARIABLES[kind.other.section] if kind.other else 'Sid'}}}"]
    if kind.other:
        return {"read": one["get"], "update": one["post"]}
    found = {"list": home["get"], "create": home["post"], "read": one["get"], "delete": one["delete"]}
    return {**found, **({"update": one["post"]} if "post" in one else {})}


def form(spec: Json, kind: Kind, verb: str) -> Json:
    """Give the schema of an operation's form."""
    return form_of(operations(spec, kind)[verb])


def answer(spec: Json, kind: Kind) -> Json:
    """Give the schema of one thing, as it is read."""
    content = operations(spec, kind)["read"]["responses"]["200"]["content"]["application/json"]
    return resolved(content["schema"])


def written_by(kind: Kind) -> Iterator[str]:
    """Say which operations carry a kind's fields."""
    if not kind.made_by_twilio:
        yield "create"
    if any(not field.immutable for field in kind.fields):
        yield "update"


@EACH
def test_a_kind_has_a_path_and_its_operations(spec: Json, kind: Kind) -> None:
    offered = operations(spec, kind)
    assert set(written_by(kind)) <= offered.keys()
    if not kind.made_by_twilio:
        assert operations(spec, kind)["list"]["parameters"]


@EACH
def test_every_parameter_that_twilio_takes_is_a_field_and_the_reverse(spec: Json, kind: Kind) -> None:
    if not kind.made_by_twilio:
        ours = {field.param for field in kind.fields}
        assert ours == set(form(spec, kind, "create")["properties"]) - set(NOT_CONFIGURATION)
    if "update" in operations(spec, kind):
        changeable = {field.param for field in kind.fields if not field.immutable}
        excepted = {field.param for field in kind.fields if (kind.title, field.name) in CHANGEABLE_AFTER_ALL}
        assert changeable | excepted == set(form(spec, kind, "update")["properties"]) - set(NOT_CONFIGURATION)
    else:
        assert all(field.immutable for field in kind.fields)


@EACH
def test_what_twilio_requires_we_require_or_fill_in(spec: Json, kind: Kind) -> None:
    for verb in written_by(kind):
        required = set(form(spec, kind, verb).get("required", ()))
        ours = {
            field.param
            for field in kind.fields
            if field.required and (kind.title, field.name) not in NOT_REQUIRED_BY_TWILIO
        }
        sent = {field.param for field in kind.fields if verb == "create" or not field.immutable}
        assert required == ours & sent if verb == "create" else required <= ours & sent


@EACH
def test_a_field_has_the_words_and_the_shape_that_twilio_gives_it(spec: Json, kind: Kind) -> None:
    shapes = {"boolean": (Flag,), "array": (Set,), "string": (Text, Duration, JsonText), "integer": (Number,)}
    for verb in written_by(kind):
        properties = form(spec, kind, verb)["properties"]
        for field in kind.fields:
            if field.param not in properties:
                continue
            theirs = resolved(properties[field.param])
            assert isinstance(field.shape, shapes[theirs["type"]]), field.name
            if not is_exempt("unsaid words", f"POST {path_of(kind)} {field.param}"):
                unsaid = UNSAID_STATES.get((kind.title, field.name), set())
                assert set(theirs.get("enum", ())) - unsaid == set(field.choices), field.name
            if field.ref:
                assert theirs["pattern"].startswith(f"^{field.ref.target.kind.sid_prefix}"), field.name


@EACH
def test_a_field_is_read_where_twilio_tells_it(spec: Json, kind: Kind) -> None:
    properties = answer(spec, kind)["properties"]
    for field in kind.fields:
        if field.write_only:
            told = field.reads[0] in properties and (kind.title, field.name) not in TOLD_AS_DATES
            assert not told, f"{field.name} can be read after all"
        else:
            assert field.reads[0] in properties, field.name
            check_depth(resolved(properties[field.reads[0]]), field)


def check_depth(theirs: Json, field: Field) -> None:
    """The file says of a nested value that it is an object, at least, and of a set that it is a list."""
    if len(field.reads) > 1:
        assert theirs.get("type", "object") == "object", field.name
    elif field.is_set:
        assert theirs["type"] == "array", field.name


@EACH
def test_a_list_has_our_key_and_our_page_is_the_largest(spec: Json, kind: Kind) -> None:
    if kind.made_by_twilio:
        return
    described = operations(spec, kind)["list"]
    content = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(resolved(content)["properties"]) == {"meta", kind.list_key}
    (size,) = (each["schema"] for each in described["parameters"] if each["name"] == "PageSize")
    assert size["maximum"] == kind.page_size
    sid = resolved(answer(spec, kind)["properties"]["sid"])
    assert sid["pattern"].startswith(f"^{kind.sid_prefix}")


def test_the_exceptions_are_still_needed(spec: Json) -> None:
    by_title = {kind.title: kind for kind in KINDS}
    for title, name in CHANGEABLE_AFTER_ALL:
        kind = by_title[title]
        assert kind.by_name[name].immutable
        assert kind.by_name[name].param in form(spec, kind, "update")["properties"]
    for title, name in NOT_REQUIRED_BY_TWILIO:
        kind = by_title[title]
        assert kind.by_name[name].param not in form(spec, kind, "create").get("required", ())
    taken = {name for kind in KINDS for verb in written_by(kind) for name in form(spec, kind, verb)["properties"]}
    assert set(NOT_CONFIGURATION) <= taken
    for (title, name), unsaid in UNSAID_STATES.items():
        theirs = resolved(form(spec, by_title[title], "update")["properties"][by_title[title].by_name[name].param])
        assert unsaid <= set(theirs["enum"])
    for title, name in TOLD_AS_DATES:
        field = by_title[title].by_name[name]
        assert field.write_only
        assert field.reads[0] in answer(spec, by_title[title])["properties"]
