"""The page of all resource types tells every fact of every field, and its examples are true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from confsync.account.configuration import load
from confsync.model import Field, Kind
from confsync.resources import KINDS
from scripts.docs.resources_page import resources_page
from scripts.docs.samples import NAME, sample_as_yaml, sample_of

ROOT = Path(__file__).parents[2]
PAGE = resources_page(KINDS)
SECRETS = dict.fromkeys(("APN_CERTIFICATE", "APN_PRIVATE_KEY", "GCM_API_KEY", "FCM_SECRET"), "secret")

AROUND = f"""
version: 1
services:
  support: {{}}
  {NAME}:
    roles:
      agent: {{friendly_name: another, type: conversation, permissions: [sendMessage]}}
      host: {{type: conversation, permissions: [addParticipant]}}
      supervisor: {{type: service, permissions: [createConversation]}}
    conversations:
      lounge: {{unique_name: another, participants: {{bob: {{identity: bob}}}}}}
      {NAME}: {{participants: {{bob: {{identity: bob}}}}}}
    users: {{{NAME}: {{identity: bob}}}}
"""
"""What the examples of the fields talk of."""


def fields() -> Iterator[tuple[Kind, Field]]:
    return ((kind, field) for kind in KINDS for field in kind.fields)


def examples() -> Iterator[object]:
    """Every example of every field."""
    for kind, field in fields():
        for number, value in enumerate(field.examples):
            yield pytest.param(kind, field, value, id=f"{kind.title} {field.name} {number}")


def section(kind: Kind) -> str:
    """What the page says of one type."""
    return PAGE.partition(f"\n## {kind.title.capitalize()}\n")[2].partition("\n## ")[0]


def validated(text: str, folder: Path) -> list[str]:
    """Read an example where what it talks of stands around it, and give the warnings."""
    for name, part in (("around", AROUND), ("example", text)):
        (folder / f"{name}.yaml").write_text(part, "utf-8")
    layers = (folder / "around.yaml", folder / "example.yaml")
    config = load(*layers, directory=folder, environ=SECRETS)
    return [each.summary for each in config.warnings]


@pytest.mark.parametrize(
    ("kind", "field"), [pytest.param(*each, id=f"{each[0].title} {each[1].name}") for each in fields()]
)
def test_every_field_has_a_description_and_an_example_and_says_what_twilio_has_initially(
    kind: Kind, field: Field
) -> None:
    always_said = field.required or field.required_if or field.in_natural_key or field.secret

    assert field.description
    assert field.examples
    assert always_said or field.clearable or field.server_default, f"{kind.title} {field.name}: mark `Initially`"


@pytest.mark.parametrize(("kind", "field", "value"), list(examples()))
def test_every_example_is_valid_where_it_belongs(kind: Kind, field: Field, value: object, tmp_path: Path) -> None:
    chosen = sample_of(kind, {field.name: value})
    text = sample_as_yaml(kind, {**chosen, **({"conversation": NAME} if kind.other else {})})

    assert validated(text, tmp_path) == []
    assert chosen[field.name] == value
    assert kind.written_as or yaml.safe_load(text)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_page_tells_every_type_with_an_example_and_twilios_page(kind: Kind, tmp_path: Path) -> None:
    told = section(kind)

    (example,) = re.findall(r"```yaml\n(.*?)```", told, re.DOTALL)
    assert validated(example, tmp_path) == []
    assert re.search(r"\(\[Twilio's page\]\(https://www\.twilio\.com/docs/conversations-classic/api/[\w-]+\)\)", told)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_page_tells_every_field_once_in_short_and_once_in_detail(kind: Kind) -> None:
    told = section(kind)
    for field in kind.fields:
        assert told.count(f"\n| `{field.name}`") == 1
        assert told.count(f"\n* **`{field.name}`**: ") == 1
        assert f"`{field.param}`" in told or kind.other


FACTS = [
    (
        "Role",
        "`friendly_name`",
        "key; immutable; not empty; at most 256 characters; more than 64 characters are a warning",
    ),
    ("Role", "`permissions`", "sent as `Permission`; order means nothing; not empty"),
    (
        "Account configuration",
        "`default_service`",
        "sent as `DefaultChatServiceSid`, read as `default_chat_service_sid`",
    ),
    ("Account configuration", "`default_closed_timer`", "clearable; at least `PT10M`"),
    ("Phone address", "`address_country`", "upper and lower case mean the same; has two letters"),
    ("Phone address", "`auto_creation.studio_retry_count`", "at least 0; at most 3"),
    ("Credential", "`secret`", "write-only; secret; only where `type` is `fcm`"),
    ("Conversation", "`attributes`", "at most 16,384 bytes of JSON"),
    ("Conversation", "`timers.closed`", "write-only; at least `PT10M`; on create sent together with `state: active`"),
    ("Conversation", "`state`", "`closed` is sent right after a create"),
    ("Conversation", "`bindings.email.address`", "read as `bindings.email.projected_address`"),
    ("Conversation webhook", "`configuration.triggers`", "read as `configuration.triggers` or `configuration.filters`"),
    ("Conversation webhook", "`configuration.flow_sid`", "needed where `target` is `studio`, and nowhere else"),
    ("User", "`attributes`", "more than 4,096 characters are a warning"),
]


@pytest.mark.parametrize(("title", "field", "fact"), FACTS)
def test_the_page_tells_the_facts_of_a_field(title: str, field: str, fact: str) -> None:
    told = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    (line,) = re.findall(rf"^\* \*\*{re.escape(field)}\*\*: (.*)$", told, re.MULTILINE)

    assert fact in line


TYPES = [
    ("Service", "**A changed immutable field** is refused."),
    ("Role", "**Built in**, and adopted where they are named: `channel admin` (conversation)"),
    ("Participant", "**Its YAML key** is a label of yours"),
    ("Participant", "`identity`, or by `messaging_binding.address` and `messaging_binding.proxy_address`"),
    ("Phone address", "shown as `-/+`"),
    ("Phone address", "**Sent as a whole:** where anything in `auto_creation` differs"),
    ("Conversation webhook", "**At most 5** in one conversation."),
    ("Conversation", "**Never changed again** once its `state` is `closed`."),
    ("User", "**Read** one by one, by its identity, and never as a list."),
    ("User", "**Personal data**"),
    ("Notification level", "its value is the `notification_level`: `NAME: value`"),
    ("Service webhooks", "it exists once in its service"),
]


@pytest.mark.parametrize(("title", "fact"), TYPES)
def test_the_page_tells_the_facts_of_a_type(title: str, fact: str) -> None:
    assert fact in PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_says_why_personal_data_is_opt_in() -> None:
    told = PAGE.partition("\n## Personal data\n")[2].partition("\n## ")[0]

    for kind in KINDS:
        assert (f"{kind.title}s" in told.lower()) is kind.personal, kind
    assert "`export`" in told
    assert "charges for active users" in told
