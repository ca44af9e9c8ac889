"""The one line that sums up a plan. If nothing changes, it claims no more than what was compared."""

from collections.abc import Iterable, Iterator

from confsync.views.escaping import printable
from confsync.views.plan_document import ComparedDocument, PlannedDocument, UncheckedPart
from confsync.views.wording import counted, first_few, is_partial

NO_CHANGES = "No changes. Twilio matches the configuration."
NO_CHANGES_THEN = "No changes. Twilio matched the configuration when the snapshot was taken."
NOTHING_LEFT = "No changes. No resource is left that confsync created."
NO_LEDGER = "No changes. There is no ledger, so confsync does not know what it created."
NOTHING_DECLARED = "No changes. The configuration declares no resource, so nothing was compared."


def plan_summary(document: PlannedDocument) -> str:
    """Summarise a plan in one line."""
    count = document.summary
    if not document.changes and not document.guardrails:
        if count.unconvergeable:
            differ = f"No changes can be made: {count.unconvergeable} differ in fields that Twilio does not let change"
            return f"{'; '.join((differ, *_unrecorded(document), *_unchecked(document.unchecked)))}."
        return _against_snapshot(document) if document.as_of else unchanged_text(document, len(document.forgotten))
    numbers = [f"{count.create} to create", f"{count.update} to update", f"{count.replace} to replace"]
    numbers += [f"{count.delete} to delete"]
    numbers += [f"{count.adopt} to adopt"] if count.adopt else []
    numbers += [f"{count.move} to move"] if count.move else []
    numbers += [f"{len(document.forgotten)} to forget"] if document.forgotten else []
    return f"Plan: {', '.join(numbers)}."


def _unrecorded(document: PlannedDocument) -> Iterator[str]:
    """Count the declared resources that a snapshot does not contain."""
    if number := sum(each.resources for each in document.unrecorded):
        places = first_few([each.address for each in document.unrecorded])
        yield printable(f"{counted(number, 'resource')} {'was' if number == 1 else 'were'} not checked ({places})")


def _against_snapshot(document: PlannedDocument) -> str:
    """Say that nothing changes, as of a time, and what was not checked."""
    limits = [*_unrecorded(document), *_limits(document)]
    forgets = [f"{counted(len(document.forgotten), 'resource')} to forget"] if document.forgotten else []
    if document.configuration.resources == 0 or not (limits or forgets):
        return unchanged_text(document, 0) if document.configuration.resources == 0 else NO_CHANGES_THEN
    return f"{'; '.join(('No differences found', *forgets, *limits))}."


def unchanged_text(document: ComparedDocument, forgotten: int) -> str:
    """Say that nothing changes in Twilio, how many resources confsync stops managing, and what was not checked."""
    limits = list(_limits(document))
    if forgotten:
        resources = "1 resource" if forgotten == 1 else f"{forgotten:,} resources"
        stays = f"No changes. Twilio stays as it is, and confsync stops managing {resources}"
        return f"{'; '.join((stays, *limits))}."
    if document.destroy:
        nothing = NO_LEDGER if document.ledger.serial is None else NOTHING_LEFT
        return nothing if not is_partial(document) else f"{nothing.removesuffix('.')}; {_PARTIAL}."
    if document.configuration.resources == 0:
        return NOTHING_DECLARED
    return f"{'; '.join(('No differences found', *limits))}." if limits else NO_CHANGES


def _unchecked(unchecked: Iterable[UncheckedPart]) -> Iterator[str]:
    """Count the secrets, and the other values, that were not checked, and name them."""
    parts = list(unchecked)
    secrets, others = [each for each in parts if each.secret], [each for each in parts if not each.secret]
    for noun, some in (("secret", secrets), ("value", others)):
        if some:
            names = dict.fromkeys(each.reference or f"{each.address}#{each.path}" for each in some)
            number = f"{counted(len(some), noun)} {'was' if len(some) == 1 else 'were'}"
            yield printable(f"{number} not checked ({first_few(list(names))})")


_PARTIAL = "only the selected part was compared"


def _limits(document: ComparedDocument) -> Iterator[str]:
    yield from (_PARTIAL,) if is_partial(document) else ()
    if number := len(document.probable_duplicates):
        yield counted(number, "probable duplicate")
    yield from _unchecked(document.unchecked)
