"""The checked-in schemas are up to date, and the one for editors matches the language."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

from confsync.model import Kind
from confsync.resources import KINDS
from confsync.views.documents import Document
from confsync.views.schema.configuration import config_schema
from confsync.views.schema.document_types import DOCUMENT_TYPES, SCHEMAS, document_type
from confsync.views.schema.published import document_schema, schema_files
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations

ROOT = Path(__file__).parents[2]
SCHEMA = config_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
FILES = schema_files()


@pytest.mark.parametrize("name", FILES)
def test_a_checked_in_schema_is_not_stale(name: str) -> None:
    path = ROOT / "schemas" / name
    assert path.read_text("utf-8") == FILES[name], "stale: run `python -m confsync schema --write schemas`"


def test_every_document_is_listed_under_its_kind() -> None:
    """A type of document that is not in the table would have no schema."""
    listed = {name: document_type(name) for name in DOCUMENT_TYPES}
    assert {
        each.__struct_defaults__[0]: each for each in _leaves(Document) if each.__module__.startswith("confsync")
    } == listed


def _leaves(document: type[Document]) -> Iterator[type[Document]]:
    below = document.__subclasses__()
    for each in below:
        yield from _leaves(each)
    if not below:
        yield document


def test_nothing_else_is_checked_in_as_a_schema() -> None:
    assert {each.name for each in (ROOT / "schemas").iterdir()} == set(FILES)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(document_schema(name))


def test_each_schema_has_an_id_that_names_its_version_and_no_host() -> None:
    assert {name: document_schema(name)["$id"] for name in SCHEMAS} == {
        name: f"urn:confsync:schema:{name}:1" for name in SCHEMAS
    }


WITH_FIELDS = [kind for kind in KINDS if not kind.value_field]


@pytest.mark.parametrize("kind", WITH_FIELDS, ids=repr)
def test_the_editor_schema_describes_every_field(kind: Kind) -> None:
    known = SCHEMA["$defs"][kind.title.replace(" ", "_")]
    for field in kind.fields:
        here = known
        for step in field.path:
            here = here["properties"][step]
        assert here["description"] == field.description != ""


def keys_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key that a schema describes, at any depth."""
    for name, each in schema.get("properties", {}).items():
        yield f"{path}/{name}", each
        yield from keys_of(each, f"{path}/{name}")
    for way in schema.get("anyOf", ()):
        yield from keys_of(way, path)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what a schema refers to."""
    if "$ref" not in schema:
        return schema
    found: Any = SCHEMA
    for step in schema["$ref"].split("/")[1:]:
        found = found[step]
    return {**resolved(found), **schema}


KEYS = dict(each for name, part in (("", SCHEMA), *SCHEMA["$defs"].items()) for each in keys_of(part, name))


def is_explained(key: str) -> bool:
    """Whether an editor has a description of a key, and shows what can be written."""
    found = resolved(KEYS[key])
    ways = [found, *found.get("anyOf", ())]
    suggests = any({"enum", "const", "properties"} & way.keys() or way.get("type") == "boolean" for way in ways)
    described = "$ref" in str((found.get("additionalProperties"), found.get("anyOf")))  # the keys of a resource
    free = key.endswith(("/add", "/remove", "/notification_levels"))
    return bool(found["description"] and (suggests or described or found.get("examples") or free))


def test_an_editor_explains_each_key_and_shows_what_can_be_written() -> None:
    assert [key for key in KEYS if not is_explained(key)] == []


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("/lock", "file"),
        ("/ledger/remote", "origin"),
        ("lifecycle/absent", False),
        ("environment/credentials", "TWILIO"),
        ("account_webhooks/method", "POST"),
        ("phone_address/auto_creation/enabled", False),
        ("service_configuration/default_conversation_role", "channel user"),
        ("conversation/state", "active"),
        ("participant/role", None),  # the service's default, which is no value
        ("lifecycle/prune", None),
    ],
)
def test_a_default_that_is_a_value_is_in_the_schema(key: str, default: object) -> None:
    assert resolved(KEYS[key]).get("default") == default


@given(configurations())
@campaign(sample=20, at_length=500)
def test_the_schema_accepts_what_confsync_reads(made: GeneratedConfiguration) -> None:
    VALIDATOR.validate(made.tree)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_schema_accepts_every_example(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text("utf-8")))


ROLE = "services: {a: {roles: {b: %s}}}"
CONVERSATION = "services: {a: {conversations: {c: %s}}}"
ADDRESS = "account: {addresses: {'+15551230000': %s}}"
WEBHOOK = "{target: webhook, configuration: {url: 'https://a', filters: [onMessageAdded]}}"
ACCEPTED = [
    "version: 1",
    "services: {}",
    ROLE % "{type: '${{ var.type }}', permissions: [sendMessage, somethingNew]}",
    ROLE % "{type: service, lifecycle: {lookup: true}}",
    "services: {a: {configuration: {reachability_enabled: '${{ var.on }}'}}}",
    "services: {a: {webhooks: {method: post, post_webhook_url: null, pre_webhook_url: '${{ var.url }}'}}}",
    "credentials: {a: {type: fcm, secret: '${{ env.X }}'}}",
    "{variables: {a: 1, b: {sensitive: true}}, environments: {p: {account_sid: AC1, variables: {a: 2}}}}",
    "account: {configuration: {default_service: a, default_inactive_timer: p1dt2h, default_closed_timer: null}}",
    "account: {configuration: {default_closed_timer: '${{ var.timer }}'}}",
    "account: {webhooks: {target: flex, filters: []}, addresses: {}}",
    ADDRESS % "{type: WhatsApp, address_country: us, auto_creation: {webhook_method: Post, studio_retry_count: 3}}",
    ADDRESS % "{type: sms, auto_creation: {studio_flow_sid: 'FW${{ var.flow }}', conversation_service: null}}",
    ROLE % "{type: service, permissions: {add: [joinConversation], remove: [somethingOld]}}",
    ROLE % "{type: service, permissions: {add: [], remove: [joinConversation]}}",
    CONVERSATION % "{attributes: {any: [thing, 1, null]}, timers: {inactive: PT1M}, bindings: {email: {name: D}}}",
    CONVERSATION % "{attributes: null, state: closed}",
    CONVERSATION % "{participants: {w: {messaging_binding: {address: '+15550001', proxy_address: '+15550002'}}}}",
    CONVERSATION % "{webhooks: {w: {target: studio, configuration: {flow_sid: FW00000000000000000000000000000000}}}}",
    "services: {a: {users: {u: {role: b, notification_levels: {c: muted, d: default}}}}}",
    "services: {a: {users: {u: {notification_levels: {c: '${{ var.level }}'}}}}}",
    ROLE % "{type: service, permissions: '${{ var.permissions }}'}",
    CONVERSATION % "{attributes: '${{ var.data }}'}",
    "services: {a: {configuration: {default_conversation_role: 'role ${{ var.n }}'}}}",
    "services: {a: {lifecycle: {prune: [roles], ignore: [friendly_name], secret_version: 202611}}}",
    "environments: {p: {account_sid: AC1, region: xx1, edge: elsewhere}}",
    "services: {defaults: {roles: {defaults: {type: service}, r: {}}}, a: {roles: {r: {permissions: [joinChannel]}}}}",
    "services: {a: {roles: {defaults: {type: service}, r: {permissions: [joinChannel]}}}}",
    "services: {for_each: {x: {items: [a], key: 'k-${{ each.key }}', resource: {roles: '${{ each.value }}'}}}, b: {}}",
    "services: {for_each: {x: {items: {a: 1}, resource: '${{ each.value }}'}}}",
    "services: {for_each: {x: {items: '${{ var.y }}', resource: {}}}}",
    CONVERSATION
    % f"{{webhooks: {{defaults: {{target: webhook}}, {', '.join(f'{name}: {{}}' for name in 'abcdef')}}}}}",
]
REFUSED = [
    "version: 2",
    "unknown: 1",
    ROLE % "{type: convo, permissions: [sendMessage]}",
    ROLE % "{type: service}",
    ROLE % "{type: service, permissions: [], permisions: []}",
    "services: {defaults: []}",
    "services: {defaults: {unknown: 1}}",
    "services: {a: {roles: {defaults: {type: service}, r: {type: convo}}}}",
    "services: {a: {users: {u: {notification_levels: {defaults: muted}}}}}",
    "services: {for_each: {items: [a], resource: {}}}",
    "services: {a: {roles: {for_each: {x: {items: [b], resource: {}}}, r: {type: service}}}}",
    "services: {for_each: {x: {items: [1], resource: {}}}}",
    "services: {for_each: {x: {items: [a], resource: {unknown: 1}}}}",
    "services: {a: {configuration: {reachability_enabled: 'yes'}}}",
    "services: {a: {configuration: {default_conversation_role: null}}}",
    "services: {a: {webhooks: {post_webhook_url: ftp://x}}}",
    "credentials: {a: {type: fcm, secret: literal}}",
    "variables: {b: {sensitive: false}}",
    "account: {default_service: a}",
    "account: {lifecycle: {protect: true}}",
    "account: {configuration: {default_service: null}}",
    "account: {configuration: {default_closed_timer: 10 minutes}}",
    "account: {configuration: {default_closed_timer: PT}}",
    "account: {webhooks: {target: studio}}",
    ADDRESS % "{auto_creation: {enabled: true}}",
    ADDRESS % "{type: pigeon}",
    ADDRESS % "{type: 1}",
    ADDRESS % "{type: sms, address_country: USA}",
    ADDRESS % "{type: sms, auto_creation: {studio_retry_count: 4}}",
    ADDRESS % "{type: sms, auto_creation: {studio_flow_sid: FW1}}",
    ROLE % "{type: service, permissions: {}}",
    ROLE % "{type: service, permissions: {plus: [joinConversation]}}",
    CONVERSATION % "{unique_name: CH00000000000000000000000000000000}",
    CONVERSATION % "{attributes: '{}'}",
    CONVERSATION % "{attributes: [a]}",
    CONVERSATION % "{timers: {inactive: 90}}",
    CONVERSATION % "{webhooks: {w: {configuration: {url: 'https://a'}}}}",
    CONVERSATION % "{webhooks: {w: {target: trigger, configuration: {triggers: []}}}}",
    CONVERSATION % f"{{webhooks: {{{', '.join(f'{name}: {WEBHOOK}' for name in 'abcdef')}}}}}",
    CONVERSATION % "{webhooks: {w: {target: webhook, configuration: {url: 'http://localhost:80'}}}}",
    CONVERSATION % "{webhooks: {w: {target: webhook, configuration: {url: 'ftp://x'}}}}",
    "services: {a: {lifecycle: {prune: [friends]}}}",
    "services: {a: {lifecycle: {ignore: [name]}}}",
    "services: {a: {lifecycle: {protect: '${{ var.on }}'}}}",
    "services: {a: {users: {u: {attributes: 1}}}}",
    "services: {a: {users: {u: {notification_levels: {c: loud}}}}}",
    "services: {a: {users: {u: {notification_levels: {c: {}}}}}}",
    "services: {a: {users: {u: {notification_levels: {c: {notification_level: muted}}}}}}",
    "services: {a: {users: {u: {notification_levels: muted}}}}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_schema_accepts(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_schema_has_no_unknown_field() -> None:
    names = {step for kind in KINDS for field in kind.fields for step in field.path}
    sections = {kind.section for kind in KINDS}
    for kind in WITH_FIELDS:
        known: dict[str, Any] = SCHEMA["$defs"][re.sub(" ", "_", kind.title)]["properties"]
        assert known.keys() <= names | sections | {"lifecycle", "api_extra"}
