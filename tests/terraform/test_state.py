"""What is not a state, or not one that confsync can import, is an error that says where."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.config import LoadOptions
from confsync.config.load import load_files
from confsync.config.tree import File
from confsync.errors import UsageError
from confsync.plan.imported import ImportedState
from confsync.terraform import state
from confsync.terraform.importing import import_state
from confsync.terraform.state import parse_state
from confsync.terraform.types import TYPES
from tests.campaigns import campaign
from tests.terraform.importing import ACCOUNT, imported, resource, sid
from tests.terraform.states import CONVERSATIONS, FORMATS, Entry

NAME = "terraform.tfstate"


def stated(**top: object) -> bytes:
    return json.dumps({"version": 4, **top}).encode()


def stored_instance(**instance: object) -> bytes:
    return stated(resources=[{"mode": "managed", "type": "a", "name": "b", "instances": [instance]}])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not JSON (line 1, column 1)"),
        (b'{"version": 4,\n "resources": [}', "it is not JSON (line 2, column 16)"),
        (b"\xff\xfeab\x00", "it is not text"),
        (b"[]", "it is not an object"),
        (b'{"version": 4, "version": 4}', "it contains a key twice"),
        (b'{"version": ' + b"[" * 100_000, "it is nested too deeply"),
        (b"{}", "it has neither `version` nor `format_version`"),
        (b'{"version": 3, "modules": []}', "its `version` is not 4, the format since Terraform 0.12"),
        (b'{"format_version": "1.2", "planned_values": {}}', "it is a plan, not a state"),
        (stated(resources={}), "it is not JSON"),
        (stated(resources={"a": 1}), "resources is not a list"),
        (stated(resources=[1]), "resources[0] is not an object"),
        (
            stated(resources=[{"type": "a", "name": "b", "instances": [{}, 2]}]),
            "resources[0].instances[1] is not an obje",
        ),
        (stored_instance(attributes=[1]), "resources[0].instances[0].attributes is not an object"),
        (stored_instance(index_key=[]), "resources[0].instances[0].index_key is neither a text nor a whole number"),
        (stated(resources=[{"type": 1, "instances": [{}]}]), "resources[0].type is not a text"),
        (b'{"format_version": "1.0", "values": 1}', "values is not an object"),
        (
            b'{"format_version": "1.0", "values": {"root_module": {"child_modules": [{"resources": [7]}]}}}',
            "values.root_module.child_modules[0].resources[0] is not an object",
        ),
    ],
)
def test_what_is_not_a_state_is_an_error_that_says_where(content: bytes, message: str) -> None:
    if content == stated(resources={}):
        assert parse_state(content, NAME) == ()
        return
    with pytest.raises(UsageError) as wrong:
        parse_state(content, NAME)
    assert wrong.value.happened.startswith(f"{NAME}: {message}")
    assert "terraform show -json" in wrong.value.hint


def test_a_state_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "LARGEST", 2**20)
    with pytest.raises(UsageError, match=r"terraform\.tfstate is larger than 1 MiB"):
        parse_state(b" " * (2**20 + 1), NAME)


def test_modules_that_contain_each_other_without_end_are_an_error() -> None:
    module: dict[str, Any] = {}
    for _ in range(state.DEEPEST + 2):
        module = {"child_modules": [module]}
    with pytest.raises(UsageError, match="is nested too deeply"):
        parse_state(json.dumps({"format_version": "1.0", "values": {"root_module": module}}).encode(), NAME)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_state_may_have_been_redirected_by_any_shell(encoding: str) -> None:
    content = '{"version": 4, "resources": [{"type": "a", "name": "bé", "instances": [{}]}]}'.encode(encoding)
    assert [each.name for each in parse_state(content, NAME)] == ["bé"]


@pytest.mark.parametrize("format_", FORMATS)
def test_an_address_is_what_terraform_calls_it(format_: str) -> None:
    entries = (
        Entry("a", "b", {}),
        Entry("a", "c", {}, index=0),
        Entry("a", "d", {}, index='e"f', module='module.x["y"].module.z'),
        Entry("a", "g", {}, mode="data"),
    )
    assert sorted(each.address for each in parse_state(FORMATS[format_](entries), NAME)) == [
        "a.b",
        "a.c[0]",
        "data.a.g",
        'module.x["y"].module.z.a.d["e\\"f"]',
    ]


def test_sensitive_marks_within_blocks_are_found_in_both_formats() -> None:
    path = [
        {"type": "get_attr", "value": "new_message"},
        {"type": "index", "value": {"value": 0, "type": "number"}},
        {"type": "get_attr", "value": "template"},
    ]
    (stored,) = parse_state(stored_instance(sensitive_attributes=[path]), NAME)
    marks = {"new_message": [{"template": True, "sound": False}], "filters": [False]}
    values = {"root_module": {"resources": [{"type": "a", "name": "b", "sensitive_values": marks}]}}
    (shown,) = parse_state(json.dumps({"format_version": "1.0", "values": values}).encode(), NAME)
    assert stored.sensitive == shown.sensitive == {("new_message", "template")}


def test_a_state_without_any_resource_of_conversations_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"has no resource that confsync can manage\. It has 1 of other types"):
        imported(Entry("aws_sns_topic", "x", {}))
    with pytest.raises(UsageError, match="It is empty"):
        import_state(b'{"format_version": "1.0"}', NAME)


AT_RANDOM = campaign(sample=25, at_length=1_000)

SIDS = st.sampled_from([sid(prefix) for prefix in ("IS", "RL", "US", "CH", "WH", "MB", "IG", "CR", "FW", "MG")])
TEXTS = st.one_of(
    st.text(max_size=12),
    SIDS,
    st.sampled_from(
        [
            "conversation",
            "service",
            "sms",
            "+15551230000",
            "https://u:p@x.example/",
            "{",
            "[" * 900 + "]" * 900,
            '{"a":' * 900 + "1" + "}" * 900,
            '{"a": 1e999}',
            "${{ var.x }}",
            "\ud800",
        ]
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = sorted(
    {"_".join(field.path) + ("_sid" if field.ref else "") for each in TYPES.values() for field in each.kind.fields}
    | {name for each in TYPES.values() for name in (*each.renamed, each.parent)}
    | {"id", "sid", "timeouts"}
)


@st.composite
def resources(draw: st.DrawFn) -> Mapping[str, object]:
    """Draw a resource with some known attributes of any value."""
    names = draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=8))
    instance = {
        "attributes": {name: draw(VALUES) for name in names} | {"id": draw(SIDS)} | draw(_PARENTS),
        "index_key": draw(st.none() | st.integers() | TEXTS),
        "sensitive_attributes": [[{"type": "get_attr", "value": name}] for name in names if draw(st.booleans())],
    }
    type_ = draw(st.sampled_from(sorted(TYPES)) | TEXTS)
    mode = draw(st.sampled_from(["managed", "managed", "data"]))
    return {"mode": mode, "type": type_, "name": draw(TEXTS), "module": draw(TEXTS), "instances": [instance]}


_PARENTS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"service_sid": sid("IS"), "chat_service_sid": sid("IS"), "conversation_sid": sid("CH")}]
)
DESK: Mapping[str, object] = {
    "type": f"{CONVERSATIONS}service",
    "name": "desk",
    "instances": [{"attributes": {"sid": sid("IS"), "friendly_name": "Desk"}}],
}
LOUNGE: Mapping[str, object] = {
    "type": f"{CONVERSATIONS}conversation",
    "name": "lounge",
    "instances": [{"attributes": {"sid": sid("CH"), "service_sid": sid("IS"), "unique_name": "lounge"}}],
}


def assert_valid(found: ImportedState) -> None:
    """The files and the document are valid configurations with the same resources."""
    environ = {f"CONFSYNC_VAR_{name}": value.reveal() for name, value in found.secrets.items()}
    options = LoadOptions(environ=environ)
    whole = load_files((File("confsync.yaml", found.document.encode()),), options)
    files = (File(str(each.path), each.text.encode()) for each in found.files if not each.private)
    assert set(load_files(tuple(files), options).resources) == set(whole.resources) == set(found.addresses)


@AT_RANDOM
@given(st.lists(resources(), max_size=6))
def test_any_state_becomes_a_valid_configuration_or_an_error(drawn: list[Mapping[str, object]]) -> None:
    content = json.dumps({"version": 4, "resources": [DESK, LOUNGE, *drawn]}).encode()
    assert_valid(import_state(content, NAME, account_sid=ACCOUNT))


WORDS = (
    *("version", "format_version", "values", "root_module", "child_modules", "resources", "instances", "attributes"),
    *("type", "name", "mode", "address", "index", "index_key", "module", "provider"),
    *("sensitive_values", "sensitive_attributes"),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=15,
)


@AT_RANDOM
@given(JSON_VALUES.map(lambda value: {"version": 4, **value} if isinstance(value, dict) else value) | JSON_VALUES)
def test_any_json_is_a_state_or_an_error(value: object) -> None:
    found = import_or_error(json.dumps(value).encode())
    assert found is None or found.addresses


def import_or_error(content: bytes) -> ImportedState | None:
    """Import a state, and check what became of it. None if there was an error, which says what to do."""
    try:
        found = import_state(content, NAME)
    except UsageError as wrong:
        if not (wrong.happened.startswith(NAME) and wrong.hint):
            raise
        return None
    assert_valid(found)
    return found


@AT_RANDOM
@given(st.binary(max_size=60))
def test_any_bytes_are_a_state_or_an_error(content: bytes) -> None:
    with pytest.raises(UsageError):
        import_state(content, NAME, account_sid=ACCOUNT)


def test_the_repr_of_a_resource_shows_no_value() -> None:
    found = imported(resource("service", "desk", sid=sid("IS"), friendly_name="canary"))
    assert "canary" not in repr(found)
