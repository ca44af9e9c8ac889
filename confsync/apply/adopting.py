"""Records in the ledger what a plan would adopt. Nothing is sent to Twilio."""

from collections.abc import Iterator

from msgspec.structs import replace

from confsync.apply.writer import known_sids
from confsync.names import containers_of
from confsync.plan.change import Action, Change
from confsync.planning.make import LivePlan
from confsync.state.rebuild import adopted_entry
from confsync.state.recorder import ApplyRecorder


def adoptions_in(plan: LivePlan) -> Iterator[Change]:
    """Yield the changes that adopt a live resource. Where several qualify, someone has to choose one first."""
    for change in plan.changes:
        chosen = change.address not in plan.snapshot.identity.ambiguous
        if Action.ADOPT in change.actions and chosen and not change.desired.lifecycle.absent:
            yield change


def record_adoptions(plan: LivePlan, recorder: ApplyRecorder) -> None:
    """Record what a plan would adopt, and close the recorder in any case.

    If a resource differs from its declaration, only its SID is recorded: the next apply has to update it.

    Raises LocalFileError if the ledger cannot be written.
    """
    sids = dict(known_sids(plan.snapshot))
    try:
        for change in adoptions_in(plan):
            inside = containers_of(change.address, sids)
            if change.writes:
                recorder.record_adoption(replace(adopted_entry(change), inside=inside))
            else:
                updated = change.match.found.date_updated if change.match else None
                recorder.record_change(change, change.sid, updated, inside=inside)
        recorder.finish(None, {}, plan.config.sensitive_variables)
    finally:
        recorder.close()
