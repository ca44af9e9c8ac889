"""The page that describes every resource type, generated from the declarations."""

from collections.abc import Iterable, Iterator, Sequence

from confsync.lints import KnownValues
from confsync.model import Kind
from confsync.names import collection_url
from scripts.docs.field_facts import field_details, field_table
from scripts.docs.samples import address_of, sample_as_yaml, sample_of

TITLE = "Resources"
INTRODUCTION = """\
This page describes every resource type and every field. `scripts/docs` generates it from the declarations that confsync
itself uses.

## How to read this page

For each type, this page has an example, facts about the type, and a table of the fields. In an example, `NAME` stands
for a YAML key that you choose. Below the table are the details of each field:

* the form parameter that sets the field in Twilio's API;
* the property in Twilio's responses, if its name differs from that of the field;
* rules and limits;
* the [risks](risks.md) of a change;
* examples.

These terms have the same meaning throughout the page:

* confsync uses the **key fields** to find a resource in Twilio if the resource is not in the
  [ledger](glossary.md#ledger), which is the record of what confsync owns.
* An **immutable** field cannot be changed after the resource is created.
* Only a **clearable** field accepts `null`.
* **Default** is the value that Twilio uses if nobody has ever set the field. `none` means that the field is then
  unset or empty. `not documented` means that the default is not known. An empty cell means that there is no default:
  the field is a key field, is a secret, or is required in at least some cases. confsync never sets a default: if you
  omit a field, confsync does not change it.
* Twilio does not return the value of a **write-only** field as it was sent. confsync therefore compares the declared
  value with the value that it last sent.
* A **secret** is a write-only field whose value confsync never shows. The value must be a single reference such as
  `${{ env.NAME }}`, with no other text.

[Guardrails](glossary.md#guardrail) and [built-in roles](glossary.md#built-in-role) are explained in the glossary.
Twilio does not document all permissions and events. If you declare one that it does not document, confsync prints a
warning but sends the value."""

PERSONAL = """\
{titles} hold personal data.
Declare a resource of one of these types only if it is part of your setup, such as a supervisor of a contact centre or
a permanent staff conversation. confsync treats these types in a special way:

* To compare users and conversations with the configuration, confsync reads only the declared ones, one by one. It reads
  the participants and webhooks of a conversation only if you declare some of them.
* Twilio charges for active users, and counts every user who is updated in a month as active. confsync therefore
  updates a user only if the user differs from the configuration."""


def resources_page(kinds: Sequence[Kind]) -> str:
    """Build the page."""
    parts = [f"# {TITLE}", INTRODUCTION, "## All types", "\n".join(_contents(kinds)), *_personal(kinds)]
    parts.extend(part for kind in kinds for part in _section(kind))
    parts.extend(_vocabulary(kinds))
    return "\n\n".join(parts) + "\n"


def _contents(kinds: Iterable[Kind]) -> Iterator[str]:
    yield "| type | address | Twilio's API |"
    yield "|---|---|---|"
    for kind in kinds:
        yield f"| [{kind.title}](#{kind.title.replace(' ', '-')}) | `{'/'.join(address_of(kind))}` | `{_url(kind)}` |"


def _url(kind: Kind) -> str:
    if kind.parent is None or kind.parent.group:
        return collection_url(kind)
    return collection_url(kind, f"{_url(kind.parent)}/{{Sid}}")


def _personal(kinds: Iterable[Kind]) -> Iterator[str]:
    titles = [f"{kind.title}s" for kind in kinds if kind.personal]
    yield "## Personal data"
    yield PERSONAL.format(titles=_join(titles).capitalize())


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {kind.title.capitalize()}"
    yield _description(kind)
    yield f"```yaml\n{sample_as_yaml(kind, sample_of(kind))}\n```"
    yield "\n".join(f"* {fact}" for fact in _facts(kind))
    yield "\n".join(field_table(kind))
    yield "\n".join(field_details(kind))


def _description(kind: Kind) -> str:
    """Take the docstring of the class, and turn the URL at its end into a link."""
    words = " ".join(kind.description.split())
    text, _, page = words.rpartition(" ")
    return f"{text} ([Twilio's documentation]({page}))" if page.startswith("https://") else words


def _facts(kind: Kind) -> Iterator[str]:
    """List the facts about the type as a whole."""
    yield f"**Address:** `{'/'.join(address_of(kind))}`. **Twilio's API:** `{_url(kind)}`{_sid(kind)}."
    yield f"**YAML key:** {_yaml_key(kind)}."
    if not kind.created_by_twilio:
        yield f"**Found by** its SID if the ledger contains it, otherwise by {_natural_keys(kind)}."
    yield f"**Read** {_reading(kind)}."
    if change := _immutable_change(kind):
        yield f"**Changing an immutable field** {change}."
    if kind.recreate_impact:
        impact = kind.recreate_impact
        yield f"**If someone else deletes it,** confsync needs `--allow-recreate` to create it again, because {impact}."
    yield from _special(kind)


def _sid(kind: Kind) -> str:
    return f", SID `{kind.sid_prefix}…`" if kind.sid_prefix else ""


def _yaml_key(kind: Kind) -> str:
    if kind.singleton:
        return (
            f"`{kind.section}`. This resource exists exactly once{f' per {kind.parent.title}' if kind.parent else ''}"
        )
    if kind.linked_kind:
        return f"the key of the {kind.linked_kind.title}. Its value is the `{kind.value_field}`, as in `NAME: muted`"
    if not kind.name_field:
        return "a label that exists only in the configuration"
    return f"used as `{kind.name_field.name}` if you omit that field"


def _natural_keys(kind: Kind) -> str:
    keys = kind.key_options or (tuple(field.name for field in kind.key_fields),)
    alternatives = ", or by ".join(_join([f"`{name}`" for name in key]) for key in keys)
    return f"{alternatives}. Declare only one of these alternatives" if len(keys) > 1 else alternatives


def _reading(kind: Kind) -> str:
    if kind.singleton:
        return "only if declared. Twilio creates this resource; confsync never creates or deletes it"
    if kind.created_by_twilio:
        return "only if declared. Twilio creates and deletes this resource; confsync only updates it"
    if kind.read_by_name:
        name = kind.key_fields[0].name.replace("_", " ")
        return f"one by one, by {name}. A plan never lists all {kind.section} of a service"
    parent = f" of the {kind.parent.title}" if kind.parent and not kind.parent.group else ""
    return f"by listing all {kind.section}{parent}"


def _immutable_change(kind: Kind) -> str:
    if kind.created_by_twilio or not kind.immutables:
        return ""
    if kind.on_immutable_change == "refuse":
        return "is not possible: a guardrail blocks the plan"
    if kind.on_immutable_change == "replace":
        return (
            "replaces the resource (`-/+`): confsync deletes it and creates a new one. If the old resource is "
            "protected, or if confsync did not create it, a guardrail blocks the plan"
        )
    return (
        "creates a second resource. confsync then changes the references to the old resource, so that they refer to "
        "the new one. The old resource remains, but confsync no longer manages it"
    )


def _special(kind: Kind) -> Iterator[str]:
    if kind.max_per_parent:
        yield f"**Limit:** at most {kind.max_per_parent} per {kind.parent.title if kind.parent else 'account'}."
    for name, values in kind.terminal:
        final = _join([f"`{value}`" for value in values])
        yield f"**Final:** once the `{name}` is {final}, Twilio accepts no more changes."
    for block in kind.atomic_blocks:
        name = ".".join(block)
        yield f"**Sent together:** if any field of `{name}` differs, confsync sends all declared fields of that block."
    if kind.built_in:
        names = ", ".join(f"`{key[0]}` ({key[1]})" for key in sorted(kind.built_in, key=str))
        yield f"**Built in:** {names}. confsync adopts a built-in {kind.title} if you declare it."
    if kind.personal:
        yield "**Personal data:** see [above](#personal-data)."


def _vocabulary(kinds: Iterable[Kind]) -> Iterator[str]:
    """List the values that Twilio documents, each list once."""
    known = {
        lint.noun: lint
        for kind in kinds
        for field in kind.fields
        for lint in field.lints
        if isinstance(lint, KnownValues)
    }
    yield "## Values that Twilio documents"
    for noun, lint in known.items():
        everywhere = frozenset.intersection(*lint.values_by.values()) if lint.values_by else lint.values
        scope = f" for every {lint.by}" if lint.values_by else ""
        yield f"**{noun.capitalize()}s{scope}:** {_words(everywhere)}."
        for owner, words in lint.values_by.items():
            yield f"**{noun.capitalize()}s only for {lint.by} `{owner}`:** {_words(words - everywhere)}."


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _join(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
