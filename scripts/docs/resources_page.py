"""Every resource type, as the page of the documentation that is made from the declarations."""

from collections.abc import Iterable, Iterator, Sequence

from confsync.annotations import KnownValues
from confsync.model import Kind
from confsync.names import collection_url
from scripts.docs.field_facts import field_details, field_table
from scripts.docs.samples import address_of, sample_as_yaml, sample_of

TITLE = "Resources"
INTRODUCTION = """\
Every type that can be declared, and every field of each. This page is made from the same tables that read the
configuration, compare it and send it; `scripts/docs` writes it anew.

## How to read this page

Each type has an example, what holds for the type as a whole, a short table of its fields, and then each field in
detail: the form parameter that it is sent as, where Twilio's answers have it if that differs, its rules, its limits and
examples.

* A **key** is how a live thing is recognised where the ledger does not know it.
* What is **immutable** cannot be changed once the thing exists.
* Only what is **clearable** may be `null`. **Initially** is what Twilio has where nobody ever said anything; a field
  that you leave away is left as it is.
* What is **write-only** is never told back in the same form, so that confsync compares with what it sent before.
* A **secret** is write-only and never shown. It takes one reference and nothing else.
* Where Twilio documents a list of words, another word is a warning and passes: Twilio's own lists are incomplete."""

PERSONAL = """\
{titles} hold personal data.
These types are for the few that belong to a set-up, such as the supervisors of a desk and the lounge where they talk,
and not for those that come and go. So they are opt-in:

* confsync reads users and conversations one by one, and only those that the configuration names; what is in a
  conversation is read only where that is declared as well.
* `export` will leave all of them out unless it is asked for them: a Git repository keeps whatever was ever in it, and
  is hardly the place for people's names and numbers.
* Twilio counts a user whose record is changed as active in that month, and charges for active users. Nothing is sent
  where nothing differs."""


def resources_page(kinds: Sequence[Kind]) -> str:
    """Give the whole page."""
    parts = [f"# {TITLE}", INTRODUCTION, "## All types", "\n".join(_contents(kinds)), *_personal(kinds)]
    parts.extend(part for kind in kinds for part in _section(kind))
    parts.extend(_vocabulary(kinds))
    return "\n\n".join(parts) + "\n"


def _contents(kinds: Iterable[Kind]) -> Iterator[str]:
    yield "| type | address | at Twilio |"
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
    yield PERSONAL.format(titles=_and(titles).capitalize())


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {kind.title.capitalize()}"
    yield _told(kind)
    yield f"```yaml\n{sample_as_yaml(kind, sample_of(kind))}\n```"
    yield "\n".join(f"* {fact}" for fact in _facts(kind))
    yield "\n".join(field_table(kind))
    yield "\n".join(field_details(kind))


def _told(kind: Kind) -> str:
    """Give the class's own words; the address of Twilio's page stands at their end."""
    words = " ".join((kind.model.__doc__ or "").split())
    text, _, page = words.rpartition(" ")
    return f"{text} ([Twilio's page]({page}))" if page.startswith("https://") else words


def _facts(kind: Kind) -> Iterator[str]:
    """Say what holds for the type as a whole."""
    yield f"**Address:** `{'/'.join(address_of(kind))}`. **At Twilio:** `{_url(kind)}`{_sid(kind)}."
    yield f"**Its YAML key** {_yaml_key(kind)}."
    if not kind.created_by_twilio:
        yield f"**Recognised**, where the ledger does not know it, by {_keys(kind)}."
    yield f"**Read** {_reading(kind)}."
    if change := _immutable_change(kind):
        yield f"**A changed immutable field** {change}."
    if kind.recreate_impact:
        yield f"**Where it vanished** it is not made again unasked, since {kind.recreate_impact}."
    yield from _special(kind)


def _sid(kind: Kind) -> str:
    return f", SID `{kind.sid_prefix}…`" if kind.sid_prefix else ""


def _yaml_key(kind: Kind) -> str:
    if kind.singleton:
        return f"is `{kind.section}`: it exists once{f' in its {kind.parent.title}' if kind.parent else ''}"
    if kind.other:
        return f"is that of the {kind.other.title}, and its value is the `{kind.written_as}`: `NAME: value`"
    return (
        f"is the default of `{kind.name_field.name}`" if kind.name_field else "is a label of yours, unknown to Twilio"
    )


def _keys(kind: Kind) -> str:
    ways = kind.keys or (tuple(field.name for field in kind.key_fields),)
    told = ", or by ".join(_and([f"`{name}`" for name in way]) for way in ways)
    return f"{told}; exactly one of these ways must be written" if len(ways) > 1 else told


def _reading(kind: Kind) -> str:
    if kind.created_by_twilio:
        return f"where it is declared; Twilio makes {'it' if kind.singleton else 'and removes it'}, confsync never does"
    if kind.read_by_name:
        return f"one by one, by its {kind.key_fields[0].name.replace('_', ' ')}, and never as a list"
    return f"as a list of its {kind.parent.title}'s" if kind.parent and not kind.parent.group else "as a list"


def _immutable_change(kind: Kind) -> str:
    if kind.created_by_twilio or not kind.immutables:
        return ""
    if kind.irreplaceable:
        return "is refused"
    if kind.replaced:
        return "deletes the thing and makes it anew, shown as `-/+`, where confsync made it; else it is refused"
    return "makes a second one; what refers to the old one is pointed to it, and the old one stays, no longer managed"


def _special(kind: Kind) -> Iterator[str]:
    if kind.at_most:
        yield f"**At most {kind.at_most}** in one {kind.parent.title if kind.parent else 'account'}."
    for name, values in kind.terminal:
        yield f"**Never changed again** once its `{name}` is {_and([f'`{value}`' for value in values])}."
    for block in kind.atomic:
        yield f"**Sent as a whole:** where anything in `{'.'.join(block)}` differs, all that is written of it goes out."
    if kind.built_in:
        names = ", ".join(f"`{key[0]}` ({key[1]})" for key in sorted(kind.built_in, key=str))
        yield f"**Built in**, and adopted where they are named: {names}."
    if kind.personal:
        yield "**Personal data**, see [above](#personal-data)."


def _vocabulary(kinds: Iterable[Kind]) -> Iterator[str]:
    """List the words that Twilio documents, each list once."""
    known = {
        doubt.noun: doubt
        for kind in kinds
        for field in kind.fields
        for doubt in field.lints
        if isinstance(doubt, KnownValues)
    }
    yield "## Words that Twilio documents"
    for noun, doubt in known.items():
        everywhere = frozenset.intersection(*doubt.words_by.values()) if doubt.words_by else doubt.words
        yield f"**Every {noun}:** {_words(everywhere)}."
        for owner, words in doubt.words_by.items():
            yield f"**Only where {doubt.by} is `{owner}`:** {_words(words - everywhere)}."


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
