"""A plan as text, for a terminal."""

import re
from collections.abc import Callable, Iterable, Iterator

from confsync.quoting import shown_address
from confsync.views import wording
from confsync.views.consequence import RiskLine, closing_lines, risk_lines
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_document import (
    ChangePart,
    DifferencePart,
    GuardrailPart,
    JsonDifferencePart,
    MissingSecretPart,
    PlannedDocument,
)
from confsync.views.remarks import Remark, missing_line, remarks_of, unmanaged_count
from confsync.views.severity import Severity, destroys_first, most_severe_first
from confsync.views.summary import plan_summary

FEW = 8
"""In a plan of up to this many changes, a reviewer still sees the first line when reading the last."""

WIDTH = 100


def plan_as_text(document: PlannedDocument, palette: Palette = PLAIN, *, brief: bool = False) -> str:
    """Render a plan: target, changes, what is left alone, one summary line, guardrails, risks, losses.

    Losses come first and are repeated last. A brief plan has one line for each change, most severe first.
    """
    return "\n".join(_lines(document, palette, brief=brief)) + "\n"


def _lines(document: PlannedDocument, palette: Palette, *, brief: bool) -> Iterator[str]:
    if as_of := wording.as_of_text(document):
        yield palette.changed(as_of)
    yield palette.loud(f"Plan for {wording.target_text(document.target, document.ledger)}")
    if blocked := wording.blocked_text(document):
        yield f"{palette.failure('Blocked')} {blocked}"
    yield f"Configuration: {wording.configuration_text(document.configuration)}"
    yield from (f"{name}: {text}" for name, text in wording.intent_lines(document))
    yield ""
    yield from _brief_changes(document, palette) if brief else _changes(document, palette)
    for remark in remarks_of(document):
        yield from remark_lines(remark, palette)
    if unmanaged := unmanaged_count(document):
        yield from (unmanaged, "")
    yield palette.total(plan_summary(document))
    for missing in document.missing_secrets:
        yield from ("", *_missing_secret(missing, palette))
    for guardrail in document.guardrails:
        yield from ("", *guardrail_lines(guardrail, palette))
    yield from _block(_risk(each, palette) for each in risk_lines(document.changes))
    many = len(document.changes) > FEW
    losses = closing_lines(document.changes, every=many)
    yield from _block(_coloured(level, text, palette) for level, text in losses)


def _block(lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    yield from ("", *shown) if shown else ()


def _risk(risk: RiskLine, palette: Palette) -> str:
    title = _coloured(risk.level, f"Risk ({risk.level}):", palette)
    return f"{title} {palette.start(risk.text, risk.addresses)}"


def _coloured(level: str, text: str, palette: Palette) -> str:
    colours = {"high": palette.failure, "medium": palette.changed}
    return colours.get(level, palette.calm)(text)


def _changes(document: PlannedDocument, palette: Palette) -> Iterator[str]:
    for change in destroys_first(document.changes):
        yield from _change(change, palette)
        yield ""


def _brief_changes(document: PlannedDocument, palette: Palette) -> Iterator[str]:
    for change in most_severe_first(document.changes):
        fields = ", ".join(wording.sent_paths(change)) if change.before is not None else ""
        yield f"{_heading(change, palette)}{f': {fields}' if fields else ''}"
    if document.changes:
        yield ""


def _change(change: ChangePart, palette: Palette) -> Iterator[str]:
    yield _heading(change, palette)
    yield from (f"      {line}" for line in _fields(change, palette))
    if change.also_deleted:
        yield f"      also deleted: {wording.also_deleted_text(change)}"
    if change.reason:
        yield palette.faint(f"      why: {printable(change.reason)} ({wording.place_text(change.source)})")


def _heading(change: ChangePart, palette: Palette) -> str:
    title = palette.start(printable(wording.change_title(change)), printable(shown_address(change.address)))
    return f"{_colour(change, palette)(f'{wording.symbols(change.actions):>3}')} {title}"


def _colour(change: ChangePart, palette: Palette) -> Callable[[str], str]:
    colours = {Severity.LOSS: palette.failure, Severity.CREATE: palette.good, Severity.UPDATE: palette.changed}
    return colours.get(Severity.of(change), palette.calm)


def _fields(change: ChangePart, palette: Palette) -> Iterator[str]:
    """Describe each field that would be sent, and none that stays as it is."""
    for difference in change.differences:
        yield f"{difference.path}: {_difference(change, difference, palette)}"
    for sent in change.also_sent:
        yield f"{sent.path}: {wording.sent_text(sent)}"


def _difference(change: ChangePart, difference: DifferencePart, palette: Palette) -> str:
    before, after = wording.side_texts(change, difference)
    if difference.path in change.sensitive:
        return after
    if difference.added or difference.removed:
        added = [palette.good(f"+ {wording.word(each)}") for each in difference.added]
        removed = [palette.failure(f"- {wording.word(each)}") for each in difference.removed]
        return ", ".join(added + removed)
    if difference.parts:
        return ", ".join(_part(part, palette) for part in difference.parts)
    return _wrapped(after) if change.before is None else f"{before} -> {after}"


def _part(part: JsonDifferencePart, palette: Palette) -> str:
    path = printable(part.path)
    if part.before is None:
        return palette.good(f"+ {path}: {printable(part.after or '')}")
    if part.after is None:
        return palette.failure(f"- {path}: {printable(part.before)}")
    return f"{path}: {printable(part.before)} -> {printable(part.after)}"


def _wrapped(text: str) -> str:
    """Break a long list into several lines, between its items and never within one."""
    if len(text) <= WIDTH or not text.startswith("["):
        return text
    lines = [""]
    for item in _ITEM.findall(text):
        if lines[-1] and len(lines[-1]) + len(item) > WIDTH:
            lines.append("")
        lines[-1] += item
    return "\n          ".join(each.rstrip() for each in lines)


_ITEM = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+,? ?')


def remark_lines(remark: Remark, palette: Palette) -> Iterator[str]:
    """Render a heading and its lines."""
    yield f"{remark.title} ({remark.number:,}):"
    for line in remark.lines:
        text = line.marked_text
        text = palette.start(text, printable(shown_address(line.address))) if line.advice else text
        yield f"  {palette.calm(remark.symbol)} {text}"
        yield from (f"      {each}" for each in line.advice)
    if remark.more:
        yield f"    and {remark.more}"
    yield ""


def _missing_secret(missing: MissingSecretPart, palette: Palette) -> Iterator[str]:
    yield f"{palette.failure('Blocked')} (secret): {missing_line(missing)}"
    yield f"  To allow it: {printable(missing.hint)}"


def guardrail_lines(guardrail: GuardrailPart, palette: Palette) -> Iterator[str]:
    """Say what a guardrail blocks, and what allows it."""
    yield f"{palette.failure('Blocked')} ({guardrail.rule}): {printable(guardrail.text)}"
    yield f"  {printable(wording.permission_text(guardrail))}"
