"""Live resources, files that were written, a ledger, a rehearsal, a repair, a pull or a diff, as an HTML page."""

from collections.abc import Iterable, Iterator

from confsync.quoting import shown_address
from confsync.views.documents import Document
from confsync.views.escaping import printable
from confsync.views.html.diagnostics import diagnostic_markup
from confsync.views.html.page import Markup, element, facts, header, joined, left_alone, page
from confsync.views.lists.adoption import AdoptionDocument, adopted_words, adoption_summary, ambiguous_lines
from confsync.views.lists.environment_diff import DiffDocument, diff_groups, diff_summary
from confsync.views.lists.explanation import ExplainDocument, explain_lines, field_facts
from confsync.views.lists.export import ExportDocument, export_file_line, export_notes, export_summary
from confsync.views.lists.formatted import FormatDocument, format_summary
from confsync.views.lists.ledger import (
    LedgerDocument,
    entry_row,
    interrupted_text,
    last_applied,
    ledger_as_text,
    ledger_summary,
)
from confsync.views.lists.listing import ListDocument, ListedPart, list_summary, shown_state
from confsync.views.lists.pull import PullDocument, pull_lines, pull_summary
from confsync.views.lists.rehearsal import RehearsalDocument, failure_lines, fault_sentences, rehearsal_summary
from confsync.views.lists.repair import RepairDocument, duplicate_texts, repair_summary
from confsync.views.lists.sids import SidsDocument, sids_summary
from confsync.views.lists.starter import InitDocument, init_file_line, init_notes, init_steps, init_summary
from confsync.views.lists.terraform_import import ImportDocument, import_notes, import_summary
from confsync.views.remarks import Remark, RemarkLine
from confsync.views.wording import target_text


def list_page(document: ListDocument) -> str:
    """Render the page of live resources."""
    return _page(document, "List", list_summary(document), (), map(_listed_line, document.resources))


def export_page(document: ExportDocument) -> str:
    """Render the page of an export: the files, and what was left out."""
    about = [("account", document.account_sid), ("environment", document.environment)]
    about += [("folder", document.folder)] if document.folder else []
    said = _said(export_notes(document), document.configuration)
    lines = (RemarkLine(each.path, export_file_line(each)) for each in document.files)
    return _page(document, "Export", export_summary(document), about, lines, *said, heading="Files")


def import_page(document: ImportDocument) -> str:
    """Render the page of an import: the files, and what was left out."""
    about = [("account", document.account_sid), ("environment", document.environment)]
    about += [("folder", document.folder)] if document.folder else []
    said = _said(import_notes(document), document.configuration)
    lines = (RemarkLine(each.path, export_file_line(each)) for each in document.files)
    return _page(document, "Import", import_summary(document), about, lines, *said, heading="Files")


def init_page(document: InitDocument) -> str:
    """Render the page of a starter folder: its files, and what to do next."""
    about = [("folder", document.folder), ("environment", document.environment)]
    about += [("account", document.account_sid)] if document.account_sid else []
    said = [element("p", each) for each in (*init_notes(document), *init_steps(document))]
    lines = (RemarkLine(each.path, init_file_line(each)) for each in document.files)
    return _page(document, "Init", init_summary(document), about, lines, *said, heading="Files")


def sids_page(document: SidsDocument) -> str:
    """Render the page of the SIDs of declared resources."""
    lines = (_line(each.address, (each.sid,)) for each in document.resources)
    return _page(document, "Output", sids_summary(document), (), lines)


def adoption_page(document: AdoptionDocument) -> str:
    """Render the page of what is adopted, and of what somebody has to choose first."""
    said = (element("p", each) for each in ambiguous_lines(document))
    lines = (_line(each.address, adopted_words(each)) for each in document.adopted)
    about = [("account", target_text(document.target))]
    return _page(document, "Adopt", adoption_summary(document), about, lines, *said)


def ledger_page(document: LedgerDocument) -> str:
    """Render the page of a ledger, with how it was made if it was rebuilt or adopted."""
    about = [("account", f"{document.account_sid} at {document.host}")]
    about += [("last applied", last_applied(document)), ("journal", document.journal)]
    made = ledger_as_text(document).splitlines() if document.rebuilt or document.adopted else ()
    lines = [_line(each.address, entry_row(each)[1:]) for each in document.entries]
    lines += [_line(each.address, (interrupted_text(each),)) for each in document.interrupted_replacements]
    return _page(document, "Ledger", ledger_summary(document), about, lines, *(element("p", each) for each in made))


def rehearsal_page(document: RehearsalDocument) -> str:
    """Render the page of a rehearsal: the faults, and the runs that failed."""
    about = [("account", document.account_sid), ("took", f"{document.seconds} s"), ("plan", document.plan_id)]
    said = (element("p", each) for each in failure_lines(document))
    lines = (RemarkLine(each.fault, printable(sentence)) for each, sentence in fault_sentences(document))
    return _page(document, "Rehearsal", rehearsal_summary(document), about, lines, *said, heading="Faults")


def repair_page(document: RepairDocument) -> str:
    """Render the page of a repair: each pair, and what becomes of it."""
    lines = (
        RemarkLine(each.address, pair, (outcome,))
        for each in document.duplicates
        for pair, outcome in [duplicate_texts(each)]
    )
    return _page(document, "Repair", repair_summary(document), [("account", target_text(document.target))], lines)


def diff_page(document: DiffDocument) -> str:
    """Render the page of the differences between two environments."""
    lines = (
        RemarkLine(line.address, f"{shown_address(line.address)}{line.rest}", (title,))
        for title, group in diff_groups(document)
        for line in group
    )
    about = [("environments", f"{document.first} and {document.second}")]
    return _page(document, "Diff", diff_summary(document), about, lines, heading="Differences")


def pull_page(document: PullDocument) -> str:
    """Render the page of a pull: each field, and what was not pulled."""
    lines = (RemarkLine(address, printable(text), (title,)) for address, text, title in pull_lines(document))
    about = [("environment", document.environment or "none")]
    return _page(document, "Pull", pull_summary(document), about, lines, heading="Fields")


def format_page(document: FormatDocument) -> str:
    """Render the page of the files that were formatted."""
    lines = (RemarkLine("", printable(each.path)) for each in document.files if each.differs)
    return _page(document, "Format", format_summary(document), (), lines, heading="Files")


def explain_page(document: ExplainDocument) -> str:
    """Render the page that says where the values of a resource come from."""
    head, *_ = explain_lines(document)
    lines = (
        RemarkLine(
            each.path,
            f"{printable(each.path)}: {text}" if title == "written" else f"{printable(each.path)}, {title}: {text}",
        )
        for each in document.fields
        for title, text in field_facts(document, each)
    )
    return _page(document, "Explain", head, (), lines, heading="Fields")


def _said(notes: Iterable[str], configuration: str | None) -> list[Markup]:
    said = [element("p", each) for each in notes]
    if configuration is not None:
        said.append(element("pre", "\n".join(map(printable, configuration.splitlines()))))
    return said


def _page(
    document: Document,
    title: str,
    sentence: str,
    about: Iterable[tuple[str, str]],
    lines: Iterable[RemarkLine],
    *said: Markup,
    heading: str = "Resources",
) -> str:
    known = [*about, ("exit code", str(document.exit_code)), ("made", f"by confsync {document.confsync_version}")]
    head = header(title, (), [joined([sentence])], *said, facts((name, joined([text])) for name, text in known))
    return page(f"{title}: {sentence}", head, _body(document, heading, lines))


def _body(document: Document, heading: str, lines: Iterable[RemarkLine]) -> Iterator[Markup]:
    yield from map(diagnostic_markup, document.diagnostics)
    yield left_alone(Remark(heading, tuple(lines)), folded=False)


def _listed_line(resource: ListedPart) -> RemarkLine:
    words = (resource.sid, resource.type, resource.name, shown_state(resource))
    return _line(resource.address, filter(None, words))


def _line(address: str, words: Iterable[str]) -> RemarkLine:
    return RemarkLine(address, printable(" ".join((shown_address(address), *words))))
