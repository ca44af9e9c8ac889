"""The findings of a drift as lines under headings. Each format renders these lines."""

from collections.abc import Iterable, Iterator
from functools import partial

from msgspec import Struct

from confsync.exit_codes import ExitCode
from confsync.quoting import command_text, shown_address
from confsync.views.documents import SourcePart
from confsync.views.drift.document import (
    AddedPart,
    DeletedPart,
    DriftDocument,
    DriftedPart,
    ExpiringPart,
    UncheckedCertificatePart,
)
from confsync.views.escaping import printable
from confsync.views.remarks import Remark, RemarkLine, unmanaged_line
from confsync.views.summary import unchanged_text
from confsync.views.wording import counted, enumerated, place_text, value_text, word


class DriftLine(RemarkLine, frozen=True):
    """One finding, and the line of the configuration that it is about. The advice may begin with who changed it."""

    source: SourcePart | None = None


class DriftGroup(Struct, frozen=True):
    """Findings of one sort, with what a person may type about any of them. One field may have several lines."""

    symbol: str
    title: str
    number: int
    lines: tuple[DriftLine, ...]
    advice: tuple[str, ...] = ()


def drift_groups(document: DriftDocument) -> Iterator[DriftGroup]:
    """Yield the groups that have any finding, those that need a decision first."""
    command = partial(command_text, options=document.target.options)
    apply, pull = command("apply"), command("pull", "ADDRESS")
    restore = f"{apply} restores the declared values; {pull} accepts those in Twilio"
    decide = f"{apply} sets the declared values; {pull} accepts those in Twilio"
    deleted = tuple(map(deleted_line, document.deleted_outside))
    added = tuple(map(added_line, document.added_outside))
    expiring = tuple(map(expiring_line, document.expiring))
    unconvergeable = [each for each in document.differences if each.unconvergeable]
    groups = (
        _group(document, "both", "!", "Changed in Twilio and in the configuration", decide),
        _group(document, "live", "!", "Changed in Twilio", restore),
        DriftGroup("-", "Deleted in Twilio", len(deleted), deleted),
        DriftGroup("!", "Added in Twilio to an exclusive section", len(added), added),
        _group(document, "unknown", "~", "Different, and never applied by confsync", decide),
        _group(
            document,
            "configuration",
            "~",
            "Changed in the configuration, not applied yet",
            f"{apply} makes these changes",
        ),
        DriftGroup("!", "Different, and no apply can change it", len(unconvergeable), _lines(unconvergeable)),
        DriftGroup("!", "Certificates that expire within 30 days", len(expiring), expiring),
    )
    yield from (each for each in groups if each.lines)


def drift_summary(document: DriftDocument) -> str:
    """Count the findings in one line. Without any, claim no more than what was compared."""
    count = document.summary
    numbers = {
        "changed in Twilio": count.live,
        "changed in the configuration": count.configuration,
        "changed on both sides": count.both,
        "never applied": count.unknown,
        "deleted in Twilio": count.deleted_outside,
        "added in Twilio": count.added_outside,
    }
    found = [f"{number:,} {words}" for words, number in numbers.items() if number]
    more = [counted(count.probable_duplicates, "probable duplicate")] if count.probable_duplicates else []
    if found:
        return f"Drift: {', '.join((*found, *more))}."
    if document.guardrails:
        return "Drift: an apply is blocked."
    asked_for = [] if more or document.exit_code != ExitCode.CHANGES else list(_undeclared_and_expiring(document))
    return f"Drift: {', '.join(asked_for)}." if asked_for else unchanged_text(document, len(document.forgotten))


def _undeclared_and_expiring(document: DriftDocument) -> Iterator[str]:
    """Count what is no difference, and exits with 2 only if --fail-on names it."""
    count = document.summary
    numbers = {
        "not managed": count.unmanaged,
        "no longer managed": count.orphaned,
        "expiring": count.expiring,
    }
    yield from (f"{number:,} {words}" for words, number in numbers.items() if number)


def certificate_remarks(document: DriftDocument) -> Iterator[Remark]:
    """List the certificates whose expiry date is not known here, if there are any."""
    unchecked = tuple(map(_unchecked_certificate_line, document.unchecked_certificates))
    if unchecked:
        yield Remark("Expiry date not checked", unchecked, symbol=" ")


def difference_text(drifted: DriftedPart) -> str:
    """Say in one line how a resource or a field differs."""
    if drifted.path is None:
        return _RESOURCE_TEXTS[drifted.action]
    return "; ".join(text if path == drifted.path else f"{path}: {text}" for path, text in _changes(drifted))


def coverage_text(document: DriftDocument) -> str:
    """Say how many of the live resources are declared; empty if nothing was listed."""
    parts = [
        f"{each.managed:,} of {'' if each.complete else 'at least '}{each.live:,} {section}"
        for section, each in document.coverage.items()
    ]
    return f"In code: {enumerated(parts)}." if parts else ""


def _group(document: DriftDocument, side: str, symbol: str, title: str, advice: str) -> DriftGroup:
    found = [each for each in document.differences if each.side == side and not each.unconvergeable]
    return DriftGroup(symbol, title, len(found), _lines(found), (advice,))


def _lines(found: Iterable[DriftedPart]) -> tuple[DriftLine, ...]:
    return tuple(line for each in found for line in drifted_lines(each))


def drifted_lines(drifted: DriftedPart) -> Iterator[DriftLine]:
    """Yield a line for each value that differs: what it was, and what it is."""
    place = f" ({place_text(drifted.source)})"
    hint = (printable(drifted.hint),) if drifted.unconvergeable else ()
    if drifted.path is None:
        text = printable(f"{shown_address(drifted.address)}: {_RESOURCE_TEXTS[drifted.action]}{place}")
        yield DriftLine(drifted.address, text, hint, source=drifted.source)
        return
    note = (*_changed_by(drifted, "last changed"), *hint)
    for path, text in _changes(drifted):
        line = printable(f"{shown_address(drifted.address)}#{path}: ") + text + place
        yield DriftLine(drifted.address, line, note, source=drifted.source)
        note = ()


_RESOURCE_TEXTS = {
    "create": "declared, and not in Twilio yet",
    "delete": "to be deleted from Twilio",
    "move": "to be recorded at this address",
    None: "declared, and not in Twilio",
}


def _changes(drifted: DriftedPart) -> Iterator[tuple[str, str]]:
    path = str(drifted.path)
    if drifted.sensitive:
        yield path, str(drifted.desired)
    elif drifted.parts:
        for each in drifted.parts:
            yield (
                f"{path}.{each.path}",
                _arrow(drifted, printable(each.before or _OMITTED), printable(each.after or _OMITTED)),
            )
    elif drifted.added or drifted.removed:
        yield path, ", ".join(_items(drifted))
    else:
        live, desired = (value_text(each, drifted.value_type) for each in (drifted.live, drifted.desired))
        yield path, _arrow(drifted, live, desired)


_OMITTED = "(none)"


def _arrow(drifted: DriftedPart, live: str, desired: str) -> str:
    """Write the older value first: if Twilio changed, that is the declared one."""
    if drifted.side == "live":
        return f"{desired} -> {live}"
    if drifted.side == "configuration":
        return f"{live} -> {desired}"
    return f"{live} in Twilio, {desired} in the configuration"


def _items(drifted: DriftedPart) -> Iterator[str]:
    """Write what the newer side of a set added and removed."""
    added, removed = (drifted.removed, drifted.added) if drifted.side == "live" else (drifted.added, drifted.removed)
    yield from (f"+ {word(each)}" for each in added)
    yield from (f"- {word(each)}" for each in removed)


def deleted_line(deleted: DeletedPart) -> DriftLine:
    """Name an owned resource that somebody deleted in Twilio."""
    inside = f", with {counted(deleted.contained, 'owned resource')} in it" if deleted.contained else ""
    text = printable(f"{shown_address(deleted.address)} ({deleted.sid}){inside}")
    return DriftLine(deleted.address, text, (*_changed_by(deleted, "deleted"), printable(deleted.hint)))


def added_line(added: AddedPart) -> DriftLine:
    """Name a resource that nobody declares, and the place that makes its section exclusive."""
    text = f"{unmanaged_line(added)} ({place_text(added.source)})"
    note = _changed_by(added, "created")
    return DriftLine(added.address, text, (*note, printable(added.hint)), source=added.source)


def _changed_by(part: DriftedPart | DeletedPart | AddedPart, verb: str) -> tuple[str, ...]:
    """Say who did it, from where and when, in one line, if that is known."""
    found = part.changed_by
    if found is None:
        return ()
    actor = f" by {found.actor}" if found.actor else ""
    date, _, time = found.at.partition("T")
    return (printable(f"{verb}{actor}{_SOURCES.get(found.source or '', '')} on {date} {time[:5]} UTC"),)


_SOURCES = {"web": " in the Console", "api": " through the API"}


def expiring_line(expiring: ExpiringPart) -> DriftLine:
    """Name a certificate, and say when it expires."""
    date = expiring.expires_at.partition("T")[0]
    when = f"expires on {date}, in {counted(expiring.days, 'day')}" if expiring.days >= 0 else f"expired on {date}"
    place = place_text(expiring.source)
    text = printable(f"{shown_address(expiring.address)}#{expiring.path}: {when} ({place})")
    return DriftLine(expiring.address, text, (printable(expiring.hint),), source=expiring.source)


def _unchecked_certificate_line(unchecked: UncheckedCertificatePart) -> RemarkLine:
    text = printable(f"{shown_address(unchecked.address)}#{unchecked.path}: {unchecked.reason}")
    return RemarkLine(unchecked.address, text)
