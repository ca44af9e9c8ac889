"""The values that Twilio documents for the fields of a resource type, such as permissions and events."""

from collections.abc import Iterable, Iterator

from confsync.lints import KnownValues
from confsync.model import Field, Kind


def known_values(kind: Kind) -> Iterator[str]:
    """Write a section for each list of values."""
    for lint in {lint.noun: lint for field in kind.fields for lint in _lints(field)}.values():
        yield f"## Documented {lint.noun}s"
        yield f"confsync accepts {lint.noun}s that are not in this list, but warns about them."
        yield "\n".join(_lists(lint))


def linked_noun(field: Field) -> str:
    """Name what the values of a field are, with a link to their list; empty if there is no list."""
    return next((f"[{each.noun}s](#documented-{each.noun.replace(' ', '-')}s)" for each in _lints(field)), "")


def _lints(field: Field) -> Iterator[KnownValues]:
    return (lint for lint in field.lints if isinstance(lint, KnownValues))


def _lists(lint: KnownValues) -> Iterator[str]:
    if not lint.values_by:
        yield f"{_words(lint.values)}."
        return
    everywhere = frozenset.intersection(*lint.values_by.values())
    yield f"* For every `{lint.by}`: {_words(everywhere)}."
    for owner, words in lint.values_by.items():
        yield f"* Only for `{lint.by}: {owner}`: {_words(words - everywhere)}."


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))
