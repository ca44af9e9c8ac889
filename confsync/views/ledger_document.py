"""A ledger as programs read it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from confsync.diagnostics import Diagnostic
from confsync.state.ledger import Entry
from confsync.state.rebuild import RebuiltLedger
from confsync.state.store import LedgerState
from confsync.views.diagnostics_document import parts
from confsync.views.documents import Document, Part
from confsync.views.escaping import utf8_safe


class EntryPart(Part):
    """One thing that is ours."""

    address: str
    sid: str | None = Field(description="Null for what Twilio makes by itself.")
    origin: Literal["created", "adopted"]
    protect: bool
    current: bool = Field(description="False for what was superseded by another thing at its address.")
    date_updated: str | None = Field(description="As Twilio told it when it was last written or recognised.")


class RebuiltPart(Part):
    """How a ledger was made anew."""

    adopted: int = Field(ge=0)
    aside: list[str] = Field(description="Files that could not be used, under their new names.")


class LedgerDocument(Document):
    """What is known of what we own."""

    kind: Literal["ledger"] = "ledger"
    state: Literal["none", "present"]
    account_sid: str
    host: str
    serial: int | None
    commit: str | None = Field(description="The commit last applied, as far as Git knew it.")
    configuration_digest: str | None = Field(description="Of the configuration last applied as a whole.")
    entries: list[EntryPart]
    rebuilt: RebuiltPart | None = Field(description="Null where it was only read.")


def as_document(
    known: LedgerState, exit_code: int, *, rebuilt: RebuiltLedger | None = None, also: Iterable[Diagnostic] = ()
) -> LedgerDocument:
    """Make the document of a ledger; `also` are diagnostics beside its own."""
    ledger = known.ledger
    return LedgerDocument(
        exit_code=exit_code,
        diagnostics=parts((*known.warnings, *also)),
        state="present" if known.present else "none",
        account_sid=ledger.account_sid,
        host=ledger.host,
        serial=ledger.serial if known.present else None,
        commit=ledger.commit and utf8_safe(ledger.commit),
        configuration_digest=ledger.configuration_digest and utf8_safe(ledger.configuration_digest),
        entries=[_entry(each) for each in known.in_order],
        rebuilt=_rebuilt(rebuilt) if rebuilt else None,
    )


def _entry(entry: Entry) -> EntryPart:
    return EntryPart(
        address=utf8_safe(str(entry.address)),
        sid=entry.sid,
        origin=entry.origin,
        protect=entry.protect,
        current=entry.current,
        date_updated=entry.date_updated and utf8_safe(entry.date_updated),
    )


def _rebuilt(rebuilt: RebuiltLedger) -> RebuiltPart:
    return RebuiltPart(adopted=rebuilt.adopted, aside=[utf8_safe(str(each)) for each in rebuilt.aside])
