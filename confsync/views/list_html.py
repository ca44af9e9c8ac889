"""Live resources as an HTML page."""

from confsync.views.escaping import printable
from confsync.views.listing import ListDocument, ListedPart, list_summary
from confsync.views.page_html import facts, header, joined, left_alone, page
from confsync.views.remarks import Remark, RemarkLine


def list_page(document: ListDocument) -> str:
    """Render the page."""
    summary = list_summary(document)
    made = joined([f"by confsync {document.confsync_version}"])
    lines = Remark("Resources", tuple(map(_line, document.resources)))
    body = [left_alone(lines, folded=False)]
    return page(f"List: {summary}", header("List", (), [joined([summary])], facts([("made", made)])), body)


def _line(resource: ListedPart) -> RemarkLine:
    words = (resource.sid, resource.type, resource.name, resource.state)
    return RemarkLine(resource.address, printable(" ".join(each for each in (resource.address, *words) if each)))
