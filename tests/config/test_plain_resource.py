"""A resource that is read in one pass is read exactly as any other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from confsync.config.declaration import BuildContext, read_resource
from confsync.config.plain_resource import read_plain
from confsync.config.references.secret_sources import SecretContext
from confsync.config.tree import Mapping, Pair
from confsync.config.variables.values import Variables
from confsync.config.yaml import parse_yaml
from confsync.model import Kind
from confsync.names import Address
from confsync.resources import KINDS
from tests.config.reading import file
from tests.config.test_quick_check import resources

CONTEXT = BuildContext(Variables({}, {}), SecretContext({}, Path()))
PLAIN = [kind for kind in KINDS if not (kind.form == "link" or kind.key_options or kind.secrets)]
ROLE = next(kind for kind in KINDS if kind.title == "role")
WEBHOOKS = next(kind for kind in KINDS if kind.title == "service webhooks")


def steps(kind: Kind) -> Iterator[str]:
    if kind.parent:
        yield from steps(kind.parent)
    yield kind.section
    if not (kind.singleton or kind.group):
        yield "desk"


def pair(kind: Kind, values: dict[str, Any]) -> tuple[Address, Pair] | None:
    """Parse a resource; None if YAML itself refuses it."""
    tree, mistakes = parse_yaml(file(json.dumps({"desk": values}).encode()))
    written = tree.items.get("desk") if isinstance(tree, Mapping) and not mistakes else None
    return (Address(steps(kind)), written) if written else None


@given(resources())
@settings(max_examples=150)
def test_a_plain_resource_is_read_as_any_other(resource: tuple[Kind, dict[str, Any]]) -> None:
    kind, values = resource
    parsed = pair(kind, values)
    plain = read_plain(kind, *parsed) if parsed else None
    if parsed and plain:
        desired, diagnostics = read_resource(kind, *parsed, CONTEXT)
        assert diagnostics == []
        assert list(plain.fields.items()) == list(desired.fields.items())
        assert plain.nodes == desired.nodes
        assert (plain.lifecycle, plain.written, plain.unmarked) == (desired.lifecycle, desired.written, frozenset())


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.title)
def test_a_resource_with_its_required_fields_is_plain(kind: Kind) -> None:
    values: dict[str, Any] = {"lifecycle": {"protect": True}}
    for field in kind.fields:
        if field.required and field is not kind.name_field:
            values[field.name] = field.examples[0]
    parsed = pair(kind, values)
    assert parsed
    plain = read_plain(kind, *parsed)
    assert (plain is not None) is not any(each.only_if or each.required_if or each.constraints for each in kind.fields)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"type": "service"},
        {"type": "service", "permissions": []},
        {"type": "service", "permissions": None},
        {"type": "service", "permissions": "joinConversation"},
        {"type": "service", "permissions": ["fly"]},
        {"type": "service", "permissions": ["${{ var.x }}"]},
        {"type": "service", "permissions": {"add": ["joinConversation"]}},
        {"type": "nothing", "permissions": ["joinConversation"]},
        {"type": "service", "permissions": ["joinConversation"], "typo": 1},
        {"type": "service", "permissions": ["joinConversation"], "api_extra": {"A": "b"}},
        {"type": "service", "permissions": ["joinConversation"], "lifecycle": {"absent": True}},
        {"type": "service", "permissions": ["joinConversation"], "lifecycle": {"lookup": True}},
        {"type": "service", "permissions": ["joinConversation"], "lifecycle": {"previously": ["roles/a"]}},
        {"type": "service", "permissions": ["joinConversation"], "lifecycle": {"protect": 1}},
    ],
)
def test_whatever_needs_an_explanation_is_not_plain(values: dict[str, Any]) -> None:
    parsed = pair(ROLE, values)
    assert parsed
    assert read_plain(ROLE, *parsed) is None


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("https://hooks.example.com/twilio", True),
        ("https://user:word@hooks.example.com/twilio", False),
        ("https://hooks.example.com/twilio?token=abc", False),
        ("https://hooks.example.com/ü", False),
    ],
)
def test_a_url_that_may_contain_a_password_is_not_plain(url: str, is_plain: bool) -> None:  # noqa: FBT001 — a table
    parsed = pair(WEBHOOKS, {"post_webhook_url": url})
    assert parsed
    assert (read_plain(WEBHOOKS, *parsed) is not None) is is_plain
