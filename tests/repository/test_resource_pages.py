"""Each resource type has a page that describes every field with its facts and with valid examples."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from confsync.account.configuration import load
from confsync.model import Field, Kind
from confsync.resources import KINDS
from scripts.docs.field_facts import page_of
from scripts.docs.resource_pages import resource_pages, special_field_table
from scripts.docs.samples import NAME, sample_as_yaml, sample_of
from tests.repository.paths import DOCS

PAGES = resource_pages()
SECRETS = dict.fromkeys(("APN_CERTIFICATE", "APN_PRIVATE_KEY", "GCM_API_KEY", "FCM_SECRET"), "secret")

CONTEXT = f"""
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
"""The resources that the examples refer to."""


def fields() -> Iterator[tuple[Kind, Field]]:
    return ((kind, field) for kind in KINDS for field in kind.fields)


def examples() -> Iterator[object]:
    """Every example of every field."""
    for kind, field in fields():
        for number, value in enumerate(field.examples):
            yield pytest.param(kind, field, value, id=f"{kind.title} {field.name} {number}")


def page(title: str) -> str:
    """Find the page of a type by its title."""
    (kind,) = (kind for kind in KINDS if kind.title == title.lower())
    return PAGES[page_of(kind)]


def section(text: str, heading: str) -> str:
    """Find the part of a page below a heading."""
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def validated(text: str, folder: Path) -> list[str]:
    """Validate an example together with the resources that it refers to, and return the warnings."""
    for name, part in (("context", CONTEXT), ("example", text)):
        (folder / f"{name}.yaml").write_text(part, "utf-8")
    layers = (folder / "context.yaml", folder / "example.yaml")
    config = load(*layers, directory=folder, environ=SECRETS)
    return [each.summary for each in config.warnings]


@pytest.mark.parametrize(
    ("kind", "field"), [pytest.param(*each, id=f"{each[0].title} {each[1].name}") for each in fields()]
)
def test_every_field_has_a_description_an_example_and_a_default(kind: Kind, field: Field) -> None:
    needs_no_default = field.required or field.required_if or field.in_natural_key or field.secret

    assert field.description
    assert field.examples
    assert needs_no_default or field.clearable or field.server_default, (
        f"{kind.title} {field.name}: annotate it with `ServerDefault`"
    )


@pytest.mark.parametrize(("kind", "field", "value"), list(examples()))
def test_every_example_is_valid_at_its_place(kind: Kind, field: Field, value: object, tmp_path: Path) -> None:
    chosen = sample_of(kind, {field.name: value})
    text = sample_as_yaml(kind, {**chosen, **({"conversation": NAME} if kind.linked_kind else {})})

    assert validated(text, tmp_path) == []
    assert chosen[field.name] == value
    assert kind.value_field or yaml.safe_load(text)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_page_has_an_example_and_a_link_for_every_type(kind: Kind, tmp_path: Path) -> None:
    text = PAGES[page_of(kind)]

    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert validated(example, tmp_path) == []
    assert re.search(
        r"\* \[Twilio's documentation\]\(https://www\.twilio\.com/docs/conversations-classic/api/[\w-]+\)\n", text
    )


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_page_lists_every_field_once_in_the_table_and_once_in_detail(kind: Kind) -> None:
    text = PAGES[page_of(kind)]
    for field in kind.fields:
        assert text.count(f"\n| [`{field.name}`](#") == 1
        assert text.count(f"\n### `{field.name}`\n") == 1
        assert f"`{field.param}`" in section(text, f"### `{field.name}`") or kind.linked_kind


FACTS = [
    ("Role", "friendly_name", "Key field, immutable."),
    ("Role", "friendly_name", "1 to 256 characters."),
    ("Role", "friendly_name", "confsync warns if the value has more than 64 characters."),
    ("Role", "permissions", "Sent as `Permission`."),
    ("Role", "permissions", "Order does not matter."),
    (
        "Account configuration",
        "default_service",
        "Sent as `DefaultChatServiceSid`, read as `default_chat_service_sid`.",
    ),
    ("Account configuration", "default_closed_timer", "Clearable."),
    ("Account configuration", "default_closed_timer", "At least `PT10M`."),
    ("Phone address", "address_country", "Case-insensitive."),
    ("Phone address", "address_country", "The value consists of two letters."),
    ("Phone address", "auto_creation.studio_retry_count", "Between 0 and 3."),
    ("Credential", "secret", "Write-only, secret."),
    ("Credential", "secret", "Allowed only if `type` is `fcm`."),
    ("Conversation", "attributes", "At most 16,384 bytes when encoded as JSON."),
    ("Conversation", "bindings.email.address", "Case-insensitive."),
    (
        "Conversation",
        "timers.closed",
        "If you do not declare `state`, confsync sends `state: active` when it creates the conversation.",
    ),
    (
        "Conversation",
        "state",
        (
            "If the `state` of a new conversation is `closed`, confsync creates the conversation first, and then sets "
            "this value."
        ),
    ),
    (
        "Conversation",
        "bindings.email.address",
        "Sent as `Bindings.Email.Address`, read as `bindings.email.projected_address`.",
    ),
    ("Conversation webhook", "configuration.triggers", "Required if `target` is `trigger`, and not allowed otherwise."),
    (
        "Conversation webhook",
        "configuration.triggers",
        (
            "Sent as `Configuration.Triggers`, read as `configuration.triggers` or, if that is missing, "
            "`configuration.filters`."
        ),
    ),
    ("Notification level", "conversation", "Example: `lounge: muted`"),
    ("Notification level", "notification_level", "Example: `lounge: muted`"),
    ("User", "attributes", "confsync warns if the value has more than 4,096 characters when encoded as JSON."),
]


@pytest.mark.parametrize(("title", "field", "fact"), FACTS)
def test_the_page_states_the_facts_of_a_field(title: str, field: str, fact: str) -> None:
    assert f"* {fact}" in section(page(title), f"### `{field}`").splitlines()


RISKS = [
    (
        "Role",
        "permissions",
        "`permission-granted`](../risks.md#all-risks) (medium if the role gains a permission whose name contains ",
    ),
    ("Service webhooks", "post_webhook_url", "(high if the host changes; medium if there was no URL before)."),
    ("Service webhooks", "filters", "an event that Twilio reports before it happens, such as `onMessageAdd`)."),
    ("Conversation", "state", "  * [`closed`](../risks.md#all-risks) (high if changed to `closed`)."),
    ("Conversation", "friendly_name", "(low if set or changed)."),
    ("User", "friendly_name", "(low if set, changed or cleared)."),
]


@pytest.mark.parametrize(("title", "field", "condition"), RISKS)
def test_the_page_states_the_condition_of_each_risk(title: str, field: str, condition: str) -> None:
    assert condition in section(page(title), f"### `{field}`")


def test_the_table_says_that_the_sender_of_emails_is_an_email_address() -> None:
    (row,) = (line for line in page("Conversation").splitlines() if line.startswith("| [`bindings.email.address`]"))

    assert row.split(" | ")[2] == "email address"


TYPES = [
    ("Service", "**Changing an immutable field** is not possible: a guardrail blocks the plan."),
    ("Role", "**Built-in roles:** `channel admin` (type `conversation`)"),
    ("Participant", "**YAML key:** a label that exists only in the configuration."),
    (
        "Participant",
        "by `identity`, or by the combination of `messaging_binding.address` and `messaging_binding.proxy_address`",
    ),
    ("Phone address", "replaces the resource (`-/+`)"),
    ("Phone address", "**Sent together:** to update any field in `auto_creation`, confsync sends"),
    ("Conversation webhook", "**Limit:** at most 5 webhooks per conversation."),
    ("Conversation", "**Final state:** once the `state` is `closed`"),
    ("User", "**Reading:** during a plan, confsync fetches the users that you declare and those in the ledger, "),
    ("User", "**Personal data:**"),
    ("Notification level", "The value of the key is the `notification_level`."),
    ("Service webhooks", "Each service has exactly one such resource"),
]


@pytest.mark.parametrize(("title", "fact"), TYPES)
def test_the_page_states_the_facts_of_a_type(title: str, fact: str) -> None:
    assert fact in page(title).partition("\n## ")[0]


@pytest.mark.parametrize(
    ("title", "heading", "values"),
    [
        ("Service webhooks", "service webhook events", "`onConversationAdd`, `onConversationAdded`, "),
        ("Phone address", "conversation webhook events", "`onConversationRemoved`, `onConversationStateUpdated`, "),
        ("Conversation webhook", "conversation webhook events", "`onConversationRemoved`, `onConversationStateUp"),
        ("Role", "permissions", "\n* Only for `type: service`: `createConversation`, `joinConversation`."),
    ],
)
def test_the_page_lists_the_values_that_twilio_documents(title: str, heading: str, values: str) -> None:
    text = page(title)

    assert values in section(text, f"## Documented {heading}")
    assert f"list of [{heading}](#documented-{heading.replace(' ', '-')})" in text


def test_the_table_of_special_fields_lists_every_field_that_can_be_cleared_or_is_secret() -> None:
    lines = special_field_table().splitlines()
    columns = lines[0].split(" | ")
    for kind, field in fields():
        cells = next((line.split(" | ") for line in lines if f"[{kind.title}]" in line), [""] * len(columns))
        assert (f"`{field.name}`" in cells[columns.index("clearable")]) is field.clearable
        assert (f"`{field.name}`" in cells[-1]) is field.secret


def test_the_index_explains_why_personal_data_is_opt_in() -> None:
    text = section((DOCS / "resources.md").read_text("utf-8"), "## Personal data")

    for kind in KINDS:
        assert (f"{kind.title}s" in text.lower()) is kind.personal, kind
    assert "active user" in text
