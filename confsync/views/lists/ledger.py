"""A ledger, as a JSON document and as text."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, field

from confsync.diagnostics import Diagnostic
from confsync.state.ledger_adoption import AdoptedLedger
from confsync.state.rebuild import RebuiltLedger
from confsync.state.store import LedgerState
from confsync.views.documents import Document, Part, diagnostic_parts, part_of
from confsync.views.escaping import printable, utf8_safe
from confsync.views.palette import PLAIN, Palette
from confsync.views.table import table_lines


class EntryPart(Part, frozen=True, kw_only=True):
    """One resource that confsync owns."""

    address: str
    sid: Annotated[str | None, Meta(description="The SID of the resource.")]
    origin: Literal["created", "adopted"]
    protect: bool
    current: Annotated[bool, Meta(description="False if the address now belongs to a newer resource.")]
    date_updated: Annotated[
        str | None,
        Meta(description="The value of `date_updated` in Twilio when confsync last wrote or recorded the resource."),
    ]


class InterruptedReplacementPart(Part, frozen=True, kw_only=True):
    """A resource that an interrupted run deleted in order to replace it, but did not create again."""

    address: str
    sid: Annotated[str, Meta(description="The SID of the deleted resource.")]
    restored: Annotated[list[str], Meta(description="The undeclared fields whose values the next apply restores.")]
    lost: Annotated[
        list[str], Meta(description="The undeclared fields whose values are lost, because confsync did not store them.")
    ]


class RebuiltPart(Part, frozen=True, kw_only=True):
    """What `ledger rebuild` did."""

    adopted: Annotated[int, Meta(ge=0)]
    aside: Annotated[list[str], Meta(description="The new paths of the corrupt files that confsync renamed.")]


class AdoptedPart(Part, frozen=True, kw_only=True):
    """The ledger that `ledger adopt` adopted."""

    file: Annotated[str, Meta(description="The path from which confsync read the ledger.")]
    aside: Annotated[
        list[str], Meta(description="The new paths of the ledger file and journals that confsync renamed.")
    ]


class LedgerDocument(Document, frozen=True, kw_only=True):
    """The resources that confsync owns."""

    kind: Literal["ledger"] = "ledger"
    state: Literal["none", "present"]
    journal: Annotated[
        Literal["none", "open", "included", "unrelated"],
        Meta(
            description=(
                "`none`: there is no journal. `open`: the journal is newer than the ledger, and this document "
                "includes its entries. `included`: the ledger already contains the journal. `unrelated`: the "
                "journal belongs to another ledger, so confsync ignores it."
            )
        ),
    ] = "none"
    account_sid: str
    host: str
    serial: int | None
    commit: Annotated[
        str | None,
        Meta(description="The last Git commit that was applied in full."),
    ]
    configuration_digest: Annotated[
        str | None,
        Meta(description="The digest of the last configuration that was applied in full."),
    ]
    entries: list[EntryPart]
    interrupted_replacements: list[InterruptedReplacementPart] = field(default_factory=list)
    rebuilt: Annotated[RebuiltPart | None, Meta(description="What `ledger rebuild` did.")]
    adopted: Annotated[AdoptedPart | None, Meta(description="The ledger that `ledger adopt` adopted.")]


def ledger_document(
    known: LedgerState,
    exit_code: int,
    *,
    rebuilt: RebuiltLedger | None = None,
    adopted: AdoptedLedger | None = None,
    also: Iterable[Diagnostic] = (),
) -> LedgerDocument:
    """Build the document of a ledger. `also` are diagnostics of the run, beside those of the ledger."""
    ledger = known.ledger
    return part_of(
        ledger,
        LedgerDocument,
        kind="ledger",
        exit_code=exit_code,
        diagnostics=diagnostic_parts((*known.warnings, *also)),
        state="present" if known.present else "none",
        journal=known.state.name.lower(),
        serial=ledger.serial if known.present else None,
        entries=[part_of(each, EntryPart, address=utf8_safe(str(each.address))) for each in known.in_order],
        interrupted_replacements=list(_interrupted(known)),
        rebuilt=part_of(rebuilt, RebuiltPart) if rebuilt else None,
        adopted=part_of(adopted, AdoptedPart) if adopted else None,
    )


def _interrupted(known: LedgerState) -> Iterator[InterruptedReplacementPart]:
    for each in known.ledger.pending_replaces:
        values = known.recorded.get(each.sid, {})
        yield InterruptedReplacementPart(
            address=utf8_safe(str(each.address)),
            sid=each.sid,
            restored=[name for name in each.fields if name in values],
            lost=[name for name in each.fields if name not in values],
        )


def ledger_as_text(document: LedgerDocument, palette: Palette = PLAIN) -> str:
    """Render how a ledger was made or, if it was only read, what it contains."""
    if document.rebuilt:
        return _rebuilt(document, document.rebuilt)
    if document.adopted:
        return _adopted(document, document.adopted)
    return "\n".join(_lines(document, palette)) + "\n"


def ledger_summary(document: LedgerDocument) -> str:
    """Say in one line how much confsync owns."""
    count = len(document.entries)
    entries = f"{count} {'entry' if count == 1 else 'entries'}"
    return f"Ledger serial {document.serial}: {entries}." if document.state == "present" else _NONE


def last_applied(document: LedgerDocument) -> str:
    """Name the commit and the configuration that were applied last."""
    return printable(f"commit {document.commit or 'unknown'}, {document.configuration_digest or 'no digest'}")


def entry_row(entry: EntryPart) -> tuple[str, str, str, str]:
    """Say in words where an entry is, its SID, its origin and its state."""
    state = "current" if entry.current else "superseded"
    protected = ", protected" if entry.protect else ""
    return printable(entry.address), entry.sid or "-", entry.origin, state + protected


def interrupted_text(replacement: InterruptedReplacementPart) -> str:
    """Say which values of a deleted resource the next apply restores, and which are not stored."""
    parts = [f"{replacement.sid} was deleted by a replacement that was interrupted"]
    if replacement.restored:
        parts.append(f"the next apply restores {', '.join(replacement.restored)}")
    if replacement.lost:
        parts.append(f"not stored: {', '.join(replacement.lost)}")
    return "; ".join(parts)


def _rebuilt(document: LedgerDocument, rebuilt: RebuiltPart) -> str:
    kept = len(document.entries) - rebuilt.adopted
    known = f", {kept} kept" if kept else ""
    text = f"Rebuilt: {rebuilt.adopted} adopted{known}. {_SECRETS}\n{_ADOPTED if rebuilt.adopted else ''}"
    return _kept_aside(rebuilt.aside) + text


def _adopted(document: LedgerDocument, adopted: AdoptedPart) -> str:
    return f"{_kept_aside(adopted.aside)}Adopted {printable(adopted.file)}. {ledger_summary(document)}\n"


def _kept_aside(files: Iterable[str]) -> str:
    return "".join(f"Kept aside: {printable(each)}\n" for each in files)


_NONE = "There is no ledger yet."
_SECRETS = "The next apply sends each secret again."
_ADOPTED = (
    "`prune` and `--destroy` do not delete adopted resources. `protect` applies only where the configuration "
    "declares it.\n"
)
_HEADINGS = ("ADDRESS", "SID", "ORIGIN", "STATE")


def _lines(document: LedgerDocument, palette: Palette) -> Iterator[str]:
    serial = "" if document.serial is None else f", serial {document.serial}"
    yield palette.loud(printable(f"Ledger: account {document.account_sid} at {document.host}{serial}"))
    if document.state == "none":
        yield _NONE
        return
    yield f"Last applied: {last_applied(document)}"
    if document.journal == "open":
        yield palette.changed("Includes the journal of an apply that was stopped.")
    if document.entries:
        yield ""
        yield from table_lines([_HEADINGS, *map(entry_row, document.entries)])
    else:
        yield "It has no entries."
    for each in document.interrupted_replacements:
        yield ""
        yield palette.changed(f"{printable(each.address)}: {interrupted_text(each)}")
