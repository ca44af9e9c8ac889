"""The findings of a drift as printable lines, one by one, with the word that `--fail-on` uses for each."""

from collections.abc import Iterator

from msgspec import Struct

from confsync.quoting import shown_address
from confsync.views.drift.document import DriftDocument, DriftedPart
from confsync.views.drift.groups import added_line, deleted_line, drifted_lines, expiring_line
from confsync.views.escaping import printable
from confsync.views.remarks import duplicate_line, orphan_line, unmanaged_line


class Finding(Struct, frozen=True):
    """One finding. `sort` is its word in `--fail-on`; `name` is the address, with the path of a field.

    `lines` are printable; `advice` is what to type, as it is.
    """

    sort: str
    section: str
    name: str
    lines: tuple[str, ...]
    advice: str = ""


def drift_findings(document: DriftDocument) -> Iterator[Finding]:
    """Yield every finding: differences, then what is only in Twilio, what is no longer declared, and what expires."""
    yield from map(_difference, document.differences)
    for deleted in document.deleted_outside:
        yield Finding("deleted", deleted.kind, deleted.address, (deleted_line(deleted).text,), deleted.hint)
    for added in document.added_outside:
        yield Finding("added", added.kind, added.address, (added_line(added).text,), added.hint)
    for duplicate in document.probable_duplicates:
        line = duplicate_line(duplicate, document.target)
        yield Finding("duplicates", duplicate.kind, duplicate.address, (line.text,), "; ".join(line.advice))
    for unmanaged in document.unmanaged:
        yield Finding("unmanaged", unmanaged.kind, unmanaged.address, (unmanaged_line(unmanaged),))
    for orphan in document.orphaned:
        line = orphan_line(orphan)
        yield Finding("orphaned", section_of(orphan.address), orphan.address, (line.text,), "; ".join(line.advice))
    for expiring in document.expiring:
        name, line = f"{expiring.address}#{expiring.path}", expiring_line(expiring)
        yield Finding("expiring", expiring.kind, name, (line.text,), expiring.hint)


def section_of(address: str) -> str:
    """Return the section of an address: `roles` of `services/support/roles/agent`."""
    *_, section, last = ("", *address.split("/"))
    named = address.count("/") % 2 == 1 and section != "account"
    return section if named else last


def _difference(drifted: DriftedPart) -> Finding:
    field = f"#{drifted.path}" if drifted.path else ""
    lines = tuple(each.text for each in drifted_lines(drifted))
    return Finding(drifted.side, drifted.kind, f"{drifted.address}{field}", lines, drifted.hint)


def finding_title(finding: Finding) -> str:
    """Write which resource or field a finding is about, on one harmless line."""
    address, mark, path = finding.name.partition("#")
    return printable(f"{shown_address(address)}{mark}{path}")
