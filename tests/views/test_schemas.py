"""The schemas that are checked in are those that the code makes, and the one for editors knows the language."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from confsync.model import Kind
from confsync.resources import KINDS
from confsync.views.config_schema import config_schema
from confsync.views.schemas import DOCUMENTS, files, schema_of
from tests.configurations import Made, configurations

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(config_schema())


@pytest.mark.parametrize("name", files())
def test_a_schema_that_is_checked_in_is_not_stale(name: str) -> None:
    path = ROOT / "schemas" / name
    assert path.read_text("utf-8") == files()[name], "stale: run `python -m confsync schema --write schemas`"


def test_nothing_else_is_checked_in_as_a_schema() -> None:
    assert {each.name for each in (ROOT / "schemas").iterdir()} == set(files())


@pytest.mark.parametrize("name", ["config", *DOCUMENTS])
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_schema_for_editors_knows_every_field_and_says_what_it_is(kind: Kind) -> None:
    known = config_schema()["$defs"][kind.title.replace(" ", "_")]
    for field in kind.fields:
        here = known
        for step in field.path:
            here = here["properties"][step]
        assert here["description"] == field.description != ""


@given(configurations())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_tool_reads_the_schema_accepts(made: Made) -> None:
    VALIDATOR.validate(made.tree)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_schema_accepts_every_example(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text("utf-8")))


ROLE = "services: {a: {roles: {b: %s}}}"
ACCEPTED = [
    "version: 1",
    "services: {}",
    ROLE % "{type: '${{ var.type }}', permissions: [sendMessage, somethingNew]}",
    ROLE % "{type: service, lifecycle: {lookup: true}}",
    "services: {a: {configuration: {reachability_enabled: '${{ var.on }}'}}}",
    "services: {a: {webhooks: {method: post, post_webhook_url: null, pre_webhook_url: '${{ var.url }}'}}}",
    "credentials: {a: {type: fcm, secret: '${{ env.X }}'}}",
    "{variables: {a: 1, b: {sensitive: true}}, environments: {p: {account_sid: AC1, variables: {a: 2}}}}",
]
REFUSED = [
    "version: 2",
    "unknown: 1",
    ROLE % "{type: convo, permissions: [sendMessage]}",
    ROLE % "{type: service}",
    ROLE % "{type: service, permissions: [], permisions: []}",
    "services: {defaults: {}}",
    "services: {a: {configuration: {reachability_enabled: 'yes'}}}",
    "services: {a: {configuration: {default_conversation_role: null}}}",
    "services: {a: {webhooks: {post_webhook_url: ftp://x}}}",
    "credentials: {a: {type: fcm, secret: literal}}",
    "variables: {b: {sensitive: false}}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_schema_accepts(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_schema_names_no_field_that_is_not_there() -> None:
    names = {step for kind in KINDS for field in kind.fields for step in field.path}
    sections = {kind.section for kind in KINDS}
    for kind in KINDS:
        known: dict[str, Any] = config_schema()["$defs"][re.sub(" ", "_", kind.title)]["properties"]
        assert known.keys() <= names | sections | {"lifecycle"}
