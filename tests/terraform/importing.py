"""Imports a state of the account of a harness, and plans what was written."""

from collections.abc import Iterable

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.plan.imported import ImportedState
from confsync.planning.make import LivePlan
from confsync.terraform.importing import import_state
from tests.harness import Harness
from tests.terraform.states import CONVERSATIONS, Entry, stored

ACCOUNT = f"AC{'a' * 32}"


def sid(prefix: str, number: int = 1) -> str:
    """Make a SID."""
    return f"{prefix}{number:032x}"


def resource(type_: str, name: str, **values: object) -> Entry:
    """Make a resource of a type of Twilio Conversations."""
    return Entry(CONVERSATIONS + type_, name, values)


def imported(*entries: Entry, account_sid: str | None = ACCOUNT) -> ImportedState:
    """Import a state."""
    return import_state(stored(entries), "terraform.tfstate", account_sid=account_sid)


def left_out(found: ImportedState) -> dict[str, str]:
    """Return what was left out, with the reason."""
    return {each.what: each.why for each in found.left_out}


def planned(harness: Harness, content: bytes) -> tuple[ImportedState, LivePlan]:
    """Import a state, make it the configuration of a harness, and plan it."""
    found = import_state(content, "terraform.tfstate", account_sid=ACCOUNT_SID)
    harness.environment = found.environment
    harness.environ.update({f"CONFSYNC_VAR_{name}": value.reveal() for name, value in found.secrets.items()})
    return found, harness.plan(found.document)


def written(plan: LivePlan) -> list[str]:
    """Return the changes that are more than an adoption."""
    return [f"{'+'.join(each.actions)} {each.address} {each.differences}" for each in plan.changes if each.writes]


def adopted(plan: LivePlan) -> Iterable[str]:
    """Return the addresses that an apply would adopt."""
    return [str(each.address) for each in plan.changes if "adopt" in each.actions]
