"""The field table: what a class declares, and the normal form in which both sides are compared."""

import subprocess
import sys
from typing import Annotated, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from confsync.annotations import Clearable, Immutable, Key, OnlyIf, Param, SecretText, Trait, Upper, describe
from confsync.codecs import Boolean, Codec, Duration, Integer, JsonText, StringSet, Text, Value
from confsync.model import Field, Kind, Ref
from confsync.resources import KINDS, children_of
from confsync.resources.base import Block, Resource, Singleton
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.secret import Secret

FIELDS = [pytest.param(field, id=f"{kind.title}#{field.name}") for kind in KINDS for field in kind.fields]
TEXT = next(field for field in Service.kind.fields if field.name == "friendly_name")


class Timers(Block):
    """A block in a block."""

    at_most: int | None


class Rules(Block):
    """A block."""

    timers: Timers | None
    word: Clearable[str] | None


class Garden(Resource, parent=Service, path="Green/GardenPlots", sid_prefix="GP", page_size=7):
    """A type with every sort of field."""

    name: Key[Immutable[str]]
    size: Key[Literal["big", "small"]]
    owner: Annotated[str, Ref(Role, type="service")] | None
    flowers: Annotated[frozenset[str] | None, Param("Flower")] = None
    method: Upper[Literal["GET"]] | None
    rules: Rules | None
    gate: Annotated[SecretText | None, OnlyIf(size="big")] = describe("Opens it.")


class Weather(Singleton, parent=Service, path="Weather"):
    """A type that exists once in its parent."""

    sunny: bool | None


def as_row(field: Field) -> str:
    """Show a field in one line."""
    traits = ",".join(sorted(field.traits))
    return f"{field.name} {field.param} {'.'.join(field.read_path)} {type(field.codec).__name__} {traits}".rstrip()


def test_a_class_becomes_a_field_table() -> None:
    assert [as_row(field) for field in Garden.kind.fields] == [
        "name Name name Text immutable,key",
        "size Size size Text key",
        "owner OwnerSid owner_sid Text",
        "flowers Flower flowers StringSet",
        "method Method method Text",
        "rules.timers.at_most Rules.Timers.AtMost rules.timers.at_most Integer",
        "rules.word Rules.Word rules.word Text clearable",
        "gate Gate gate Text secret,write-only",
    ]
    kind = Garden.kind
    assert (kind.section, kind.title, kind.list_key, kind.page_size, kind.singleton) == (
        "garden_plots",
        "garden",
        "garden_plots",
        7,
        False,
    )
    assert [field.name for field in kind.key_fields] == ["name", "size"]
    assert kind.name_field is kind.by_name["name"]
    assert kind.by_name["size"].choices == ("big", "small")
    assert kind.by_name["gate"].only_if == (("size", ("big",)),)
    assert kind.by_name["gate"].description == "Opens it."
    assert [field.name for field in kind.fields if field.required] == ["name", "size"]
    ref = kind.by_name["owner"].ref
    assert ref
    assert (ref.kind, ref.where) == (Role.kind, (("type", "service"),))
    assert Weather.kind.singleton
    assert Weather.kind.name_field is None
    assert Weather.kind.natural_keys({"sunny": True}) == ((),)


def test_facts_that_follow_from_the_fields() -> None:
    kinds = {kind.title: kind for kind in KINDS}

    assert {title: kind.key_options for title, kind in kinds.items() if kind.key_options} == {
        "participant": (("identity",), ("messaging_binding.address", "messaging_binding.proxy_address"))
    }
    assert {title: kind.terminal for title, kind in kinds.items() if kind.terminal} == {
        "conversation": (("state", ("closed",)),)
    }
    assert {title: kind.atomic_blocks for title, kind in kinds.items() if kind.atomic_blocks} == {
        "phone address": (("auto_creation",),),
        "conversation webhook": (("configuration",),),
    }
    assert {(title, kind.linked_kind, kind.value_field) for title, kind in kinds.items() if kind.linked_kind} == {
        ("notification level", kinds["conversation"], "notification_level")
    }
    assert [field.name for field in kinds["role"].references_to(Service.kind)] == []
    assert [field.name for field in kinds["user"].references_to(Role.kind)] == ["role"]


def test_importing_the_types_imports_no_pydantic() -> None:
    code = "import sys, confsync.resources; sys.exit('pydantic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_type_that_is_not_listed_is_not_among_the_kinds() -> None:
    assert Garden.kind not in KINDS
    assert Garden.kind not in children_of(Service.kind)


def test_a_field_of_an_unsupported_type_is_rejected_when_the_fields_are_read() -> None:
    class Bad(Singleton, parent=Service, path="Bad"):
        """A type with a field of an unsupported type."""

        anything: dict[str, str]

    with pytest.raises(TypeError, match="no annotation says how to compare and send"):
        _ = Bad.kind.fields


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_every_kind_is_described_and_consistent(kind: Kind) -> None:
    assert kind.description
    assert all(field.description for field in kind.fields)
    assert len({field.param for field in kind.fields}) == len(kind.fields)
    assert len(kind.by_name) == len(kind.fields)
    assert kind.created_by_twilio or (kind.sid_prefix and kind.page_size and (kind.key_is_label or kind.name_field))
    assert all(len(key) == len(kind.key_fields) for key in kind.built_in)
    assert not any(field.secret and not field.write_only for field in kind.fields)
    assert not any(Trait.CLEARABLE in field.traits and field.required for field in kind.fields)
    names = kind.by_name.keys()
    conditions = (
        condition for field in kind.fields for condition in (field.only_if, field.required_if, field.send_with)
    )
    assert all(name in names for condition in conditions for name, _ in condition)


VALUES = st.one_of(
    st.none(),
    st.text(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["True", "true", "False", "post", "ß", "ŉ", "7", "-1", ""]),
    st.lists(st.text(max_size=3), max_size=3),
    st.frozensets(st.text(max_size=3), max_size=3),
    st.builds(Secret, st.text()),
)


def normalized(field: Field, value: object) -> Value:
    try:
        return field.normalize(value)
    except ValueError:
        assume(condition=False)
        raise


@given(st.sampled_from([field for kind in (*KINDS, Garden.kind) for field in kind.fields]), VALUES)
def test_normalizing_twice_changes_nothing(field: Field, value: object) -> None:
    once = normalized(field, value)
    assert field.normalize(once) == once
    assert type(field.normalize(once)) is type(once)


SAME_MEANING = [
    (Text(), ["", None], None),
    (Boolean(), [True, "true", "True"], True),
    (Boolean(), [False, "false", "False"], False),
    (Boolean(), [None, ""], None),
    (StringSet(), [["b", "a", "b"], ("a", "b"), frozenset("ab")], frozenset("ab")),
    (StringSet(), [None, [], ()], frozenset()),
    (Integer(), [7, "7", "07"], 7),
    (Integer(), [None, ""], None),
    (Duration(), ["PT60M", "PT1H", "pt3600s", "P0DT1H"], "PT1H"),
    (Duration(), ["P1D", "PT24H"], "PT24H"),
    (Duration(), ["PT0S", "P0D"], "PT0S"),
    (Duration(), ["PT1M30S", "PT90S"], "PT1M30S"),
    (JsonText(), ['{"b": 1, "a": [1.0, null]}', {"a": [1, None], "b": 1.0}], '{"a":[1,null],"b":1}'),
    (JsonText(), ["{}", {}, "", None], None),
    (JsonText(), ['{"a": NaN', '"{\\"a\\": NaN"'], '"{\\"a\\": NaN"'),
    (JsonText(), ["[" * 100_000], f'"{"[" * 100_000}"'),
    (JsonText(), ['{"a": NaN}'], '"{\\"a\\": NaN}"'),
    (JsonText(), ['{"ä":"\\u00e4"}', {"ä": "ä"}], '{"ä":"ä"}'),
]


def field_of(codec: Codec) -> Field:
    path = ("x",)
    return Field(
        path=path,
        name="x",
        param="X",
        read_path=path,
        alternate_path=(),
        codec=codec,
        required=False,
        traits=frozenset(),
        cleared_as=codec.cleared_as,
    )


@pytest.mark.parametrize(("codec", "written", "expected"), SAME_MEANING)
def test_values_with_the_same_meaning_have_the_same_normal_form(
    codec: Codec, written: list[object], expected: Value
) -> None:
    assert {field_of(codec).normalize(each) for each in written} == {expected}
    assert {type(field_of(codec).normalize(each)) for each in written} == {type(expected)}


WRONG_TYPE = [
    (Text(), [1, True, [], {}, 1.5]),
    (Boolean(), ["yes", 1, 0, "TRUE", []]),
    (StringSet(), ["ab", {"a": 1}, [1], [None], [["a"]], ""]),
    (Integer(), [True, "1.5", 1.5, "٣", "1e3", []]),
    (Duration(), [" ", "PT", "P", "10", "PT1.5S", "P1M", "P1Y", "P1W", "-PT1M", "PT1M\n", 10, True, []]),
    (JsonText(), [{"a": float("inf")}, {"a": {1}}, {"a": float("nan")}]),
]


@pytest.mark.parametrize(("codec", "written"), WRONG_TYPE)
def test_a_value_of_another_type_is_rejected(codec: Codec, written: list[object]) -> None:
    for each in written:
        with pytest.raises(ValueError, match=r"^(not|neither)"):
            field_of(codec).normalize(each)


def test_case_does_not_matter_if_the_class_says_so() -> None:
    method = Garden.kind.by_name["method"]
    assert method.normalize("get") == method.normalize("GET") == "GET"
    assert (
        Garden.kind.model.model_validate({"name": "a", "size": "big", "method": "get"}).model_dump()["method"] == "GET"
    )


def test_an_undocumented_value_is_a_warning_if_the_class_knows_the_documented_ones() -> None:
    permissions = Role.kind.by_name["permissions"]
    assert list(permissions.lint(frozenset({"sendMessage"}), {"type": "conversation"})) == []
    (found,) = permissions.lint(frozenset({"sendMessage"}), {"type": "service"})
    assert found.text == "'sendMessage' is not a permission that Twilio documents for type 'service'"
    (found,) = Role.kind.by_name["type"].lint("galaxy", {})
    assert found.text == "'galaxy' is none of conversation, service"


def test_a_model_rejects_an_unknown_field() -> None:
    with pytest.raises(ValidationError):
        Garden.kind.model.model_validate({"name": "a", "size": "big", "weeds": True})
