"""The symbols, headings and sentences that every format of a plan shares."""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from confsync import quoting
from confsync.names import Address
from confsync.plan.guardrails import OVERRIDES, Override, OverrideValue, introduction_of
from confsync.quoting import shown_address
from confsync.secret import MASK
from confsync.twilio.origin import is_twilio
from confsync.views.configuration_text import files_text
from confsync.views.documents import Plain, SourcePart, TargetPart
from confsync.views.escaping import printable
from confsync.views.plan_document import (
    ChangePart,
    ComparedDocument,
    ConfigurationPart,
    DifferencePart,
    GitPart,
    GuardrailPart,
    LedgerPart,
    LeftAloneDocument,
    OrphanedPart,
    SelectionPart,
    SentPart,
    ValueType,
)

SYMBOLS: Mapping[str, str] = {
    "delete": "-",
    "replace": "-/+",
    "create": "+",
    "recreate": "+",
    "update": "~",
    "move": ">",
    "adopt": "<",
}
"""The symbol of each action, most severe first. An action that has none is shown as a dot."""

DESTROY = "delete everything that confsync created, and create nothing"

ORPHANED = "No longer managed, left alone"
FORGOTTEN = "To be forgotten, left as they are in Twilio"
UNMANAGED = "Not managed, left alone"
PROBABLE_DUPLICATES = "Probable duplicates"
UNCHECKED = "Not checked"
UNRECORDED = "Not in the snapshot, so not checked"
MISMATCHES = "Stored differently by Twilio"

MOST_NAMES = 10
_SHORT_COMMIT = 12


def blocked_text(document: LeftAloneDocument) -> str:
    """Say that a plan cannot be applied, and why; empty if it can."""
    number = len(document.guardrails)
    if number:
        listed = "listed below with what to do about it" if number == 1 else "listed below with what to do about each"
        return f"by {counted(number, 'guardrail')}, {listed}."
    if missing := len(document.missing_secrets):
        return f"because {counted(missing, 'secret')} without a value may have to be sent, listed below."
    # that of a plan against a snapshot is no fault: `as_of_text` says it
    return "" if document.applyable or document.as_of else "because something that an apply needs is missing here."


def as_of_text(document: LeftAloneDocument) -> str:
    """Say when the snapshot was taken that was planned against; empty for a plan of the live state."""
    if document.as_of is None:
        return ""
    return f"As of {minute_text(document.as_of)}, when the snapshot was taken. This plan cannot be applied."


def is_partial(document: ComparedDocument) -> bool:
    """Whether options selected a part of the configuration. A plan against a snapshot is incomplete anyway."""
    if isinstance(document, LeftAloneDocument) and document.as_of:
        return document.selection != SelectionPart()
    return not document.complete


def minute_text(time: str) -> str:
    """Write a time in UTC to the minute, for a sentence."""
    return printable(f"{time[:16].replace('T', ' ')} UTC")


def permission_text(guardrail: GuardrailPart) -> str:
    """Say what to type to allow what a guardrail blocks, or what to write instead."""
    if not guardrail.override:
        return "Nothing allows it."
    return f"{introduction_of(guardrail.rule)}: {guardrail.override}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the singular or the plural."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def target_text(target: TargetPart, ledger: LedgerPart | None = None) -> str:
    """Name account, environment and ledger, and the host if it is not Twilio's."""
    host = " (EMULATOR)" if target.emulator else "" if is_twilio(target.base_url) else f" at {target.base_url}"
    region = f", region {target.region}" if target.region else ""
    environment = f"environment {target.environment}" if target.environment else "no environment (account not checked)"
    serial = f", ledger {'none' if ledger.serial is None else f'serial {ledger.serial}'}" if ledger else ""
    return printable(f"account {target.account_sid}{host}{region}, {environment}{serial}")


def configuration_text(configuration: ConfigurationPart) -> str:
    """Name the files that were read, and their commit."""
    files = files_text(configuration.files)
    return f"{files}, {commit_text(configuration.git)}" if configuration.git else files


def commit_text(git: GitPart) -> str:
    """Name a commit, and say if the working tree had uncommitted changes."""
    return printable(f"commit {git.commit[:_SHORT_COMMIT]}{' and uncommitted changes' if git.dirty else ''}")


def intent_lines(document: LeftAloneDocument) -> Iterator[tuple[str, str]]:
    """Describe what was asked of the plan, with a title for each; nothing for an ordinary plan."""
    if document.destroy:
        yield "Destroy", DESTROY
    selection = document.selection
    chosen = (("--target", selection.targets), ("--exclude", selection.excludes), ("--kind", selection.kinds))
    if options := [f"{name} {shlex.quote(each)}" for name, values in chosen for each in values]:
        yield "Partial", printable(" ".join(options))
    overrides = (_options(each, getattr(document.overrides, each.name)) for each in OVERRIDES)
    if options := [option for each in overrides for option in each]:
        yield "Overrides", printable(" ".join(options))


def _options(override: Override, value: Any) -> Iterator[str]:  # noqa: ANN401 — each kind of override has its own type
    match override.value:
        case OverrideValue.ADDRESSES:
            yield from (f"{override.flag} {shlex.quote(each)}" for each in value)
        case OverrideValue.NUMBER:
            yield from () if value is None else (f"{override.flag} {value}",)
        case OverrideValue.SWITCH:
            yield from (override.flag,) if value else ()


def symbols(actions: Iterable[str]) -> str:
    """Return the symbols of actions."""
    return "".join(SYMBOLS.get(action, "•") for action in actions)


def change_title(change: ChangePart) -> str:
    """Name a resource; one that is deleted also by its SID and its live name."""
    if "delete" not in change.actions or change.sid is None:
        return shown_address(change.address)
    return f"{shown_address(change.address)} ({_identity(change.sid, change.name, change.address)})"


def place_text(source: SourcePart) -> str:
    """Name the file and line that ask for something."""
    return printable(f"{source.file}:{source.line}")


def sent_paths(change: ChangePart) -> list[str]:
    """Name each field that would be sent."""
    return [each.path for each in change.differences] + [each.path for each in change.also_sent]


def also_deleted_text(change: ChangePart) -> str:
    """Name the owned resources that are deleted with it."""
    return printable(first_few(list(map(shown_address, change.also_deleted))))


def orphan_line(orphan: OrphanedPart) -> str:
    """Name a resource that is no longer declared, and why it is left alone."""
    return printable(
        f"{shown_address(orphan.address)} ({_identity(orphan.sid, orphan.name, orphan.address)}): {orphan.reason}"
    )


def value_text(value: Plain, value_type: ValueType, *, sensitive: bool = False) -> str:
    """Write a value in one line of a plan."""
    match value:
        case list():
            return f"[{', '.join(map(word, value))}]"
        case dict():
            added, removed = (map(word, value.get(each, [])) for each in ("add", "remove"))
            return ", ".join((*(f"+ {each}" for each in added), *(f"- {each}" for each in removed)))
        case str():
            as_it_is = sensitive or value_type != "value" or value == MASK
            return printable(value) if as_it_is else quoted(value)
    return json.dumps(value)


def side_texts(change: ChangePart, difference: DifferencePart) -> tuple[str, str]:
    """Write both sides of a difference."""
    sensitive = difference.path in change.sensitive
    before, after = (
        value_text(each, difference.value_type, sensitive=sensitive) for each in (difference.before, difference.after)
    )
    return before, after


def sent_text(sent: SentPart) -> str:
    """Write a value that is sent although nothing shows that it differs; a sensitive one has no note."""
    value = value_text(sent.value, sent.value_type, sensitive=not sent.note)
    return f"{value} ({sent.note})" if sent.note else value


def quoted(text: str) -> str:
    """Quote a text, so that its end is visible."""
    return printable(quoting.quoted(text))


def word(text: str) -> str:
    """Write an item of a list, quoted only if needed."""
    return printable(quoting.list_item(text))


def enumerated(items: Sequence[str]) -> str:
    """Join items as in a sentence."""
    *rest, last = items or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def first_few(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """List the first names, and count the rest."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{rest}"


def has_other_name(name: str | None, address: str) -> bool:
    """Whether a resource has a live name that its address does not show."""
    return name is not None and name != _decoded(address.rpartition("/")[2])


def _identity(sid: str, name: str | None, address: str) -> str:
    return f"{sid}, named {quoted(name or '')}" if has_other_name(name, address) else sid


def _decoded(key: str) -> str:
    return Address.parse(key).key
