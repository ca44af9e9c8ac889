"""Names what an apply wrote to Twilio and could not record, neither in the ledger nor in the journal."""

from collections.abc import Sequence

from confsync.errors import LocalFileError
from confsync.state.replay import Drop, Put

_MOST_NAMED = 10


def with_unrecorded(error: LocalFileError, unrecorded: Sequence[Put | Drop]) -> LocalFileError:
    """Add to an error what neither the ledger nor the journal records."""
    names = ", ".join(_name(each) for each in unrecorded[:_MOST_NAMED])
    more = f" and {len(unrecorded) - _MOST_NAMED:,} more" if len(unrecorded) > _MOST_NAMED else ""
    changed = f"{error.changed} Neither the ledger nor the journal records: {names}{more}."
    return LocalFileError(error.happened, changed=changed, hint=error.hint)


def _name(event: Put | Drop) -> str:
    match event:
        case Put(entry):
            return f"{entry.address} ({entry.sid})" if entry.sid else str(entry.address)
        case Drop(resource):
            return f"{resource}, which was deleted"
