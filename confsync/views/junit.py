"""A result as JUnit XML, which CI systems show as tests: one suite per section, one test case per address or field."""

# The documents are valid against the schema of Apache Ant's JUnit reports, which is the strictest in use. There is no
# XML library in here: every text is one printable line, so only five characters have to be escaped.

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from confsync.quoting import shown_address
from confsync.views.documents import DiagnosticPart, DiagnosticsDocument
from confsync.views.drift.document import DriftDocument, UncheckedCertificatePart
from confsync.views.drift.finding_lines import Finding, drift_findings, finding_title, section_of
from confsync.views.escaping import html, printable
from confsync.views.plan_document import LeftAloneDocument, PlannedDocument, UncheckedPart
from confsync.views.remarks import missing_line


class Case(Struct, frozen=True):
    """One test case. `verdict` is empty if it passed, or `failure`, `error` or `skipped`. All texts are printable."""

    name: str
    verdict: str = ""
    type: str = ""
    message: str = ""
    details: tuple[str, ...] = ()


class Suite(Struct, frozen=True):
    """The test cases of one section. `notes` are what is worth reading and no failure."""

    name: str
    cases: tuple[Case, ...]
    notes: tuple[str, ...] = ()


def drift_as_junit(document: DriftDocument, fail_on: Iterable[str]) -> str:
    """Render a drift: each finding that `fail_on` names is a failure; a value that was not checked is skipped."""
    named = frozenset(fail_on)
    suites: dict[str, list[Case]] = {section: [] for section in document.coverage}
    notes: dict[str, list[str]] = {}
    for finding in drift_findings(document):
        cases = suites.setdefault(finding.section, [])
        if finding.sort in named:
            cases.append(_failed(finding))
        else:
            cases.append(Case(finding_title(finding)))
            notes.setdefault(finding.section, []).extend(finding.lines)
    for unchecked in document.unchecked:
        suites.setdefault(section_of(unchecked.address), []).append(_skipped(unchecked))
    for certificate in document.unchecked_certificates:
        suites.setdefault(section_of(certificate.address), []).append(_skipped(certificate, " (expiry)"))
    found = [_suite(section, suites[section], notes.get(section, ())) for section in sorted(suites)]
    return _document((*_blocking_suites(document), *found), _properties(document), document.created_at)


def plan_as_junit(document: PlannedDocument) -> str:
    """Render a plan: changes pass; what blocks an apply fails."""
    suites: dict[str, list[Case]] = {}
    for change in document.changes:
        suites.setdefault(change.kind, []).append(Case(printable(f"{change.address}: {', '.join(change.actions)}")))
    for unchecked in document.unchecked:
        suites.setdefault(section_of(unchecked.address), []).append(_skipped(unchecked))
    found = [_suite(section, cases) for section, cases in sorted(suites.items())]
    return _document((*_blocking_suites(document), *found), _properties(document), document.created_at)


def diagnostics_as_junit(document: DiagnosticsDocument, subjects: Iterable[str] = ()) -> str:
    """Render diagnostics: each error is a failure, or an error if it stopped the run; without any, `subjects` pass."""
    errors = [each for each in document.diagnostics if each.severity == "error"]
    cases = [_diagnosed(each) for each in errors] or [Case(printable(each)) for each in subjects]
    notes = [_diagnostic_line(each) for each in document.diagnostics if each.severity != "error"]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    suite = _suite("diagnostics" if errors else "configuration", cases, notes)
    return _document((suite,), {"exit_code": str(document.exit_code)}, now)


def _failed(finding: Finding) -> Case:
    advice = (printable(finding.advice),) if finding.advice else ()
    return Case(finding_title(finding), "failure", finding.sort, finding.lines[0], (*finding.lines, *advice))


def _skipped(unchecked: UncheckedPart | UncheckedCertificatePart, aspect: str = "") -> Case:
    title = printable(f"{shown_address(unchecked.address)}#{unchecked.path}{aspect}")
    return Case(title, "skipped", "unchecked", printable(unchecked.reason))


def _blocking_suites(document: LeftAloneDocument) -> Iterator[Suite]:
    """Yield the suites of guardrails and of secrets without a value, each if there is any, and that of errors."""
    errors = [each for each in document.diagnostics if each.severity == "error"]
    warnings = [_diagnostic_line(each) for each in document.diagnostics if each.severity != "error"]
    if errors or warnings:
        yield _suite("diagnostics", [_diagnosed(each) for each in errors], warnings)
    if document.guardrails:
        yield _suite("guardrails", [_guarded(each.rule, each.text, each.override) for each in document.guardrails])
    if document.missing_secrets:
        yield _suite(
            "secrets",
            [
                Case(printable(each.address), "failure", "missing", missing_line(each), (printable(each.hint),))
                for each in document.missing_secrets
            ],
        )


def _guarded(rule: str, text: str, override: str | None) -> Case:
    advice = (printable(f"To allow it: {override}"),) if override else ()
    return Case(printable(rule), "failure", "guardrail", printable(text), (printable(text), *advice))


def _diagnosed(diagnostic: DiagnosticPart) -> Case:
    """Call a mistake in the configuration a failure, and what stopped the run an error."""
    verdict = "error" if diagnostic.code.startswith("CS9") else "failure"
    line = _diagnostic_line(diagnostic)
    details = (line, printable(diagnostic.detail)) if diagnostic.detail else (line,)
    return Case(line, verdict, diagnostic.code, printable(diagnostic.summary), details)


def _diagnostic_line(diagnostic: DiagnosticPart) -> str:
    place = f"{printable(diagnostic.range.place)}: " if diagnostic.range else ""
    return f"{place}{printable(f'{diagnostic.summary} [{diagnostic.code}]')}"


def _suite(name: str, cases: Iterable[Case], notes: Iterable[str] = ()) -> Suite:
    """Make a suite; without any case, it has one that passed, because CI systems reject an empty report."""
    return Suite(printable(name), tuple(cases) or (Case(printable(name)),), tuple(notes))


def _properties(document: LeftAloneDocument) -> Mapping[str, str]:
    return {
        "account": document.target.account_sid,
        "environment": document.target.environment or "",
        "exit_code": str(document.exit_code),
        "complete": str(document.complete).lower(),
    }


# XML


def _document(suites: Iterable[Suite], properties: Mapping[str, str], created_at: str) -> str:
    moment = created_at[: len("2026-01-02T03:04:05")]
    found = tuple(suites) or (_suite("configuration", ()),)
    lines = (line for number, each in enumerate(found) for line in _suite_lines(each, number, properties, moment))
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *lines, "</testsuites>", ""))


def _suite_lines(suite: Suite, number: int, properties: Mapping[str, str], moment: str) -> Iterator[str]:
    verdicts = Counter(each.verdict for each in suite.cases)
    attributes = {
        "name": suite.name,
        "package": "confsync",
        "id": str(number),
        "timestamp": moment,
        "hostname": "localhost",
        "tests": str(verdicts.total()),
        "failures": str(verdicts["failure"]),
        "errors": str(verdicts["error"]),
        "skipped": str(verdicts["skipped"]),
        "time": "0",
    }
    yield f"  {_opened('testsuite', attributes)}"
    yield "    <properties>"
    yield from (f"      {_opened('property', {'name': name, 'value': text}, '/')}" for name, text in properties.items())
    yield "    </properties>"
    for case in suite.cases:
        yield from _case_lines(case, suite.name)
    yield f"    <system-out>{_lines_of(suite.notes)}</system-out>"
    yield "    <system-err></system-err>"
    yield "  </testsuite>"


def _case_lines(case: Case, suite: str) -> Iterator[str]:
    attributes = {"name": case.name, "classname": f"confsync.{suite}", "time": "0"}
    if not case.verdict:
        yield f"    {_opened('testcase', attributes, '/')}"
        return
    yield f"    {_opened('testcase', attributes)}"
    verdict = _opened(case.verdict, {"type": case.type, "message": case.message})
    yield f"      {verdict}{_lines_of(case.details)}</{case.verdict}>"
    yield "    </testcase>"


def _opened(name: str, attributes: Mapping[str, str], end: str = "") -> str:
    written = "".join(f' {key}="{html(text)}"' for key, text in attributes.items())
    return f"<{name}{written}{end}>"


def _lines_of(lines: Iterable[str]) -> str:
    return "\n".join(map(html, lines))
