"""How one value reads, to people and to programs; a sensitive one, or a URL with a token in it, never does."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from confsync.apply.precondition import sensitive_fields
from confsync.codecs import Edit, JsonText
from confsync.config.desired import DesiredValue, MissingSecret
from confsync.names import Address
from confsync.plan.change import Change, SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.redaction import mask_urls
from confsync.secret import MASK, Secret
from confsync.views.escaping import printable, utf8_safe

Plain: TypeAlias = str | bool | int | list[str] | dict[str, list[str]] | None

MISSING = "(sensitive, not available here)"
MOST_NAMES = 10

_WORD = re.compile(r"[A-Za-z0-9_.-]+( [A-Za-z0-9_.-]+)*")

_STATES = {
    SecretState.UNCHANGED: "(sensitive, unchanged)",
    SecretState.CHANGED: "(sensitive, changed)",
    SecretState.UNKNOWN: "(sensitive, sent once more: what was sent before is not known)",
    SecretState.NOT_CHECKED: "(sensitive, not checked: its reference is not available here)",
}


_PLAIN_STATES: Mapping[SecretState | None, str] = {
    SecretState.CHANGED: "changed; Twilio never tells it back",
    SecretState.UNKNOWN: "sent once more: Twilio never tells it back, and what was sent before is not known",
}


def told(value: LiveValue | DesiredValue) -> str:
    """Give a value as one line of a plan."""
    match value:
        case Secret() | MissingSecret() | Address():
            return printable(str(plain(value)))
        case frozenset():
            return f"[{', '.join(map(word, sorted(value)))}]"
        case Edit():
            return ", ".join((*(f"+ {word(each)}" for each in sorted(value.add)), *_removed(value)))
        case str():
            shown = mask_urls(value)
            return MASK if shown == MASK else quoted(shown)
    return json.dumps(value)


def side_text(difference: Difference, value: LiveValue | DesiredValue) -> str:
    """Give one side of a difference; a mapping that Twilio keeps as text stands there without more quotation marks."""
    is_json = isinstance(difference.field.codec, JsonText) and isinstance(value, str)
    return json_text(str(value)) if is_json else told(value)


def plain(value: LiveValue | DesiredValue) -> Plain:
    """Give a value as JSON holds it: a set as a sorted list, a reference as its address."""
    match value:
        case Secret() | MissingSecret():
            return MASK if isinstance(value, Secret) else MISSING
        case Address():
            return utf8_safe(str(value))
        case frozenset():
            return [utf8_safe(each) for each in sorted(value)]
        case Edit():
            return {name: [utf8_safe(each) for each in sorted(said)] for name, said in _edits(value)}
        case str():
            return utf8_safe(mask_urls(value))
    return value


def _removed(edit: Edit) -> Iterator[str]:
    return (f"- {word(each)}" for each in sorted(edit.remove))


def _edits(edit: Edit) -> Iterator[tuple[str, frozenset[str]]]:
    return ((name, said) for name, said in (("add", edit.add), ("remove", edit.remove)) if said)


def json_text(text: str) -> str:
    """Give JSON as it is, unless a token may be in it."""
    return printable(mask_urls(text))


def quoted(text: str) -> str:
    """Give a text between quotation marks, so that one sees where it ends."""
    return printable(json.dumps(text, ensure_ascii=False))


def first_few(names: Sequence[str]) -> str:
    """Name some things, and say how many more there are: a service may hold thousands."""
    rest = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{rest}"


def word(text: str) -> str:
    """Give an item of a list, with quotation marks only where it needs them."""
    return text if _WORD.fullmatch(text) else quoted(text)


def write_only_text(change: Change, name: str) -> str:
    """Tell a value that is sent although nothing shows that it differs."""
    value = change.send[name]
    if isinstance(value, Secret | MissingSecret):
        return secret_text(change, name)
    return f"{told(value)} ({_PLAIN_STATES.get(change.write_only.get(name), 'kept as it is')})"


def live_name(change: Change) -> str | None:
    """Give the name that the live thing has, where it exists and has one that may be seen."""
    if change.match is None:
        return None
    field = change.kind.name_field
    hidden = field is not None and field.name in sensitive_fields(change)
    return MASK if hidden else change.match.found.name


def secret_text(change: Change, name: str) -> str:
    """Say what is known of a sensitive value that a change would leave behind."""
    if isinstance(change.desired.fields.get(name), MissingSecret) and name in change.send:
        return MISSING
    if name in change.write_only:
        return _STATES[change.write_only[name]]
    differs = change.match is not None and any(each.path == name for each in change.differences)
    return _STATES[SecretState.CHANGED] if differs else MASK
