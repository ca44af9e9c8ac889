"""What a person can do about each finding of a drift."""

from typing import Literal

from confsync.plan.change import Action
from confsync.plan.drift import AddedOutside, DeletedOutside, DriftedField, Side
from confsync.plan.plan import Target

ActionOnWhole = Literal["create", "delete", "move"]


def action_word(drifted: DriftedField) -> ActionOnWhole | None:
    """Say what an apply would do to a resource as a whole, if it would do anything."""
    if drifted.path is not None or drifted.unconvergeable:
        return None
    if Action.MOVE in drifted.change.actions:
        return "move"
    return "delete" if drifted.change.deletes else "create"


def difference_hint(drifted: DriftedField, target: Target) -> str:
    """Say which command restores, makes or accepts a difference, or why none does."""
    apply = target.command("apply")
    if action := action_word(drifted):
        return f"{apply} {_EFFECTS[action]}"
    accept = f"{target.command('pull', str(drifted.change.address))} accepts the value in Twilio"
    if drifted.unconvergeable:
        why, remedy = drifted.change.why_unconvergeable, drifted.change.remedy
        if drifted.path is None:
            return f"no apply can create it: {why}; {remedy}"
        return f"no apply can change it: {why}; {accept}; or {remedy}"
    if drifted.side is Side.CONFIGURATION:
        return f"{apply} makes the change"
    verb = "restores the declared value" if drifted.side is Side.LIVE else "sets the declared value"
    return f"{apply} {verb}; {accept}; `lifecycle: {{ignore: [{drifted.path}]}}` leaves the field to Twilio"


_EFFECTS = {"create": "creates it", "delete": "deletes it", "move": "records the new address"}


def deleted_hint(deleted: DeletedOutside, target: Target) -> str:
    """Say what an apply does about an owned resource that somebody deleted."""
    apply = target.command("apply")
    if not deleted.still_declared:
        return f"{apply} removes it from the ledger"
    if deleted.change:
        return f"no apply can create it again: {deleted.change.why_unconvergeable}; {deleted.change.remedy}"
    if deleted.replaced_by:
        return f"{apply} adopts {deleted.replaced_by}, which has its name"
    if deleted.needs_permission:
        apply = target.command("apply", "--allow-recreate", str(deleted.address))
    return f"{apply} creates it again; or remove its block"


def added_hint(added: AddedOutside, target: Target) -> str:
    """Say how to declare, to delete or to ignore a resource that nobody declares."""
    declare = f"{target.command('export', str(added.resource.address))} prints the block to declare it with"
    return f"{declare}; or delete it in Twilio; or match it with a glob under `unmanaged: {{ignore: […]}}`"


def expiring_hint(target: Target) -> str:
    """Say how to renew a certificate."""
    return f"renew it with Apple, replace the value of its reference, then {target.command('apply')}"
