"""The HTML page of any document."""

from confsync.views.apply_html import apply_page
from confsync.views.documents import Document
from confsync.views.list_html import list_page
from confsync.views.listing import ListDocument
from confsync.views.plan_document import PlannedDocument
from confsync.views.plan_html import plan_page
from confsync.views.report_document import ApplyDocument
from confsync.views.run_html import run_page


def document_as_html(document: Document) -> str:
    """Render the page of a document."""
    match document:
        case PlannedDocument():
            return plan_page(document)
        case ApplyDocument():
            return apply_page(document)
        case ListDocument():
            return list_page(document)
    return run_page(document)
