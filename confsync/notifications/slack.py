"""A notification as a message for Slack's incoming webhooks, which Mattermost and Rocket.Chat accept as well."""

# Slack shows the blocks, and the text only in the notification of a device. The others show the text alone, so it has
# everything.

from collections.abc import Iterable, Iterator
from typing import Any

from confsync.quoting import shown_address
from confsync.views.escaping import code_spans, printable
from confsync.views.notification import NotificationDocument, NotifiedFindingPart

LONGEST_HEADER = 150
LONGEST_SECTION = 3000
LONGEST_TEXT = 4000
MOST_LINES = 20
"""How many findings of each list a message names."""

_TITLES = {
    "drift": "Drift",
    "in_sync": "In sync again",
    "failing": "Drift checks fail",
    "recovered": "Drift runs again",
}


def slack_message(document: NotificationDocument) -> dict[str, Any]:
    """Render the message: a title, what is new, changed and repaired, and where to read more."""
    sections = [_sentence(document.text), *_lists(document)]
    if document.failure and document.failure.hint:
        sections.append(_sentence(document.failure.hint))
    if document.links.run:
        sections.append(f"<{_link(document.links.run)}|Open the run>")
    environment = f": {document.target.environment}" if document.target.environment else ""
    title = _cut(printable(f"{_TITLES[document.event]}{environment}"), LONGEST_HEADER)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": each}} for each in sections]
    header = {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    return {"text": _cut_markup("\n".join(sections), LONGEST_TEXT), "blocks": [header, *blocks]}


def escaped(text: str) -> str:
    """Escape what these chats take for markup, and keep names from mentioning people or channels."""
    return "".join(f"{each}\u200b" if each in _MARKUP else each for each in _entities(text))


_MARKUP = frozenset("@*_~`#[]!|")
"""A character of width zero after each ends whatever it might begin."""


def code(text: str) -> str:
    """Quote a text as code, in which nothing is markup, so that it can be copied as it is."""
    return f"`{_entities(text.replace('`', chr(0x2019)))}`"


def sentence(text: str) -> str:
    """Escape a sentence, whose commands are in backticks."""
    return "".join(code(each) if is_code else escaped(each) for each, is_code in code_spans(text) if each)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sentence(text: str) -> str:
    return sentence(_cut(printable(text), _LONGEST_SENTENCE))


_LONGEST_SENTENCE = LONGEST_SECTION // len("&amp;")


def _lists(document: NotificationDocument) -> Iterator[str]:
    for title, findings, number in (
        ("New", document.new, document.summary.new),
        ("Changed", document.edited, document.summary.edited),
        ("Repaired", document.repaired, document.summary.repaired),
    ):
        if number:
            yield _list(title, findings, number)


def _list(title: str, findings: Iterable[NotifiedFindingPart], number: int) -> str:
    """Write a list that fits into a section; the last line counts what it leaves out."""
    lines = [f"*{title} ({number:,})*"]
    room = LONGEST_SECTION - len(lines[0]) - _LONGEST_REST
    for each in tuple(findings)[:MOST_LINES]:
        line = f"• {_finding_text(each)}"
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    left = number - len(lines) + 1
    return "\n".join((*lines, *([f"• and {left:,} more"] if left else [])))


_LONGEST_REST = len("• and 1,000,000,000 more\n")


def _finding_text(finding: NotifiedFindingPart) -> str:
    path = f"#{finding.path}" if finding.path else ""
    name = code(_cut(printable(f"{shown_address(finding.address)}{path}"), _LONGEST_PART))
    shown = f": {code(_cut(printable(finding.shown), _LONGEST_PART))}" if finding.shown else ""
    return f"{name}{shown} ({escaped(finding.finding)})"


_LONGEST_PART = 250


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _cut_markup(text: str, length: int) -> str:
    """Shorten a text with markup at the end of a line, or never within an entity."""
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    end = max(kept.rfind("\n"), 0) or (kept.rfind("&") if kept.rfind("&") > kept.rfind(";") else len(kept))
    return f"{kept[:end]}…"


def _link(url: str) -> str:
    return url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C").replace("&", "&amp;")
