"""A resource that is found valid without pydantic is valid to pydantic as well."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.quick_check import is_certainly_valid
from confsync.model import Field, Kind
from confsync.resources import KINDS

ODD = ["", " ", "a", "A", "ß", "\ud800", "PT1M", "P1D", "PT1S", "get", "POST", "US" + 32 * "0", "..", "x" * 300, "us"]
URLS = ["https://example.com", "http://", "ftp://example.com", "https://a b"]
SIDS = ["MG" + 32 * "0", "FW" + 32 * "f", "MG0"]
TEXTS = st.sampled_from([*ODD, *URLS, *SIDS]) | st.text(max_size=5)
VALUES = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-1, 5),
    st.floats(allow_nan=True),
    st.lists(TEXTS | st.none(), max_size=3),
    st.dictionaries(st.sampled_from(["add", "remove", "typo"]), st.lists(TEXTS | st.none(), max_size=2), max_size=3),
    st.dictionaries(TEXTS, st.none() | st.floats() | st.lists(TEXTS, max_size=2), max_size=3),
)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    choices = st.sampled_from(field.choices) if field.choices else st.nothing()
    return st.one_of(st.sampled_from(field.examples), choices, VALUES)


@st.composite
def resources(draw: st.DrawFn) -> tuple[Kind, dict[str, Any]]:
    """A kind, and values for some of its fields, most of which have the right type."""
    kind = draw(st.sampled_from(KINDS))
    values: dict[str, Any] = draw(st.dictionaries(st.sampled_from(["typo", "lifecycle"]), VALUES, max_size=1))
    for field in kind.fields:
        if field.required or draw(st.booleans()):
            here = values
            for step in field.path[:-1]:
                here = here.setdefault(step, {})
            if isinstance(here, dict):
                here[field.path[-1]] = draw(
                    st.sampled_from(field.examples) if draw(st.booleans()) else values_of(field)
                )
    return kind, values


@given(resources())
def test_what_is_certainly_valid_is_valid_to_pydantic(resource: tuple[Kind, dict[str, Any]]) -> None:
    kind, values = resource
    if is_certainly_valid(kind, values):
        kind.model.model_validate(values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_the_first_example_of_each_field_is_certainly_valid(kind: Kind) -> None:
    values: dict[str, Any] = {}
    for field in kind.fields:
        here = values
        for step in field.path[:-1]:
            here = here.setdefault(step, {})
        if not field.secret:
            here[field.path[-1]] = field.examples[0]
    assert is_certainly_valid(kind, values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_a_resource_without_a_required_field_or_with_an_unknown_one_is_not_certainly_valid(kind: Kind) -> None:
    assert not is_certainly_valid(kind, {"typo": 1})
    assert is_certainly_valid(kind, {}) is not any(field.required for field in kind.fields)


@pytest.mark.parametrize(
    ("edit", "valid"),
    [
        ({"add": ["a"]}, True),
        ({"add": ["a"], "remove": ["b"]}, True),
        ({"add": ["a"], "remove": ["a"]}, False),
        ({"add": [], "remove": []}, False),
        ({"add": [""]}, False),
        ({"add": ["a"], "typo": []}, False),
        ({"add": "a"}, False),
        ({}, False),
    ],
)
def test_a_change_to_a_set(edit: dict[str, Any], valid: bool) -> None:  # noqa: FBT001 — a row of a table
    role = next(kind for kind in KINDS if kind.title == "role")
    assert is_certainly_valid(role, {"friendly_name": "a", "type": "service", "permissions": edit}) is valid
