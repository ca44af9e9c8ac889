"""What a drift found that the previous run in its history did not: marks on lines, and what was repaired."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from confsync.quoting import shown_address
from confsync.views.drift.document import DriftDocument, FindingPart
from confsync.views.drift.groups import DriftGroup, certificate_remarks, drift_groups
from confsync.views.escaping import printable
from confsync.views.remarks import MOST_SHOWN, Remark, RemarkLine, remarks_of

SORTS: Mapping[str, str] = {
    "live": "changed in Twilio",
    "configuration": "changed in the configuration",
    "both": "changed on both sides",
    "unknown": "never applied",
    "deleted": "deleted in Twilio",
    "added": "added in Twilio",
    "duplicates": "probable duplicate",
    "unmanaged": "not managed",
    "orphaned": "no longer managed",
    "expiring": "certificate expires soon",
}
"""Each sort of finding in words."""

NEW = "new"
EDITED = "edited"


def marked_groups(document: DriftDocument) -> Iterator[DriftGroup]:
    """Yield the groups of findings, and mark what is new or edited since the last run."""
    news = _News(document)
    yield from (replace(each, lines=tuple(map(news.marked, each.lines))) for each in drift_groups(document))


def marked_remarks(document: DriftDocument, most: int | None = MOST_SHOWN) -> Iterator[Remark]:
    """Yield what is left alone or was not checked, with the same marks, and then what was repaired."""
    news = _News(document)
    for each in remarks_of(document, most):
        yield replace(each, lines=tuple(map(news.marked, each.lines)))
    yield from certificate_remarks(document)
    repaired = document.repaired_since_last_run or []
    lines = tuple(RemarkLine(each.address, finding_text(each)) for each in repaired[:most])
    hidden = len(repaired) - len(lines)
    if lines:
        yield Remark("Repaired since the last run", lines, hidden, f"{hidden:,} more" if hidden else "", symbol=" ")


def news_text(document: DriftDocument) -> str:
    """Count what is different from the last run; empty if there is none to compare with."""
    if document.last_run_at is None:
        return ""
    found = {
        NEW: document.new_since_last_run,
        EDITED: document.edited_since_last_run,
        "repaired": document.repaired_since_last_run,
    }
    counts = [f"{len(parts):,} {word}" for word, parts in found.items() if parts]
    return f"Since the run of {minute_text(document.last_run_at)}: {', '.join(counts) or 'nothing new'}."


def minute_text(timestamp: str) -> str:
    """Write a time of a document for people: `2026-11-28 03:00 UTC`."""
    return f"{timestamp[:10]} {timestamp[11:16]} UTC"


def finding_text(finding: FindingPart) -> str:
    """Name a finding, and say of which sort it is."""
    path = f"#{finding.path}" if finding.path else ""
    return printable(f"{shown_address(finding.address)}{path}: {SORTS.get(finding.finding, finding.finding)}")


Line = TypeVar("Line", bound=RemarkLine)


class _News:
    """Finds out whether a line is about something new."""

    def __init__(self, document: DriftDocument) -> None:
        self._by_address: dict[str, list[tuple[str, FindingPart]]] = {}
        for mark, parts in ((NEW, document.new_since_last_run), (EDITED, document.edited_since_last_run)):
            for each in parts or ():
                self._by_address.setdefault(each.address, []).append((mark, each))

    def marked(self, line: Line) -> Line:
        """Mark a line."""
        found = self._by_address.get(line.address, ())
        mark = next((mark for mark, finding in found if _is_about(line, finding)), "")
        return replace(line, mark=mark) if mark else line


def _is_about(line: RemarkLine, finding: FindingPart) -> bool:
    """Whether a line is about a finding at its address: the text goes on with the field, or contains the SID."""
    rest = line.text.removeprefix(printable(shown_address(line.address)))
    if finding.path:
        return rest.startswith((f"#{finding.path}:", f"#{finding.path}."))
    return not rest.startswith("#") and (rest.startswith(": ") or finding.sid is None or finding.sid in rest)
