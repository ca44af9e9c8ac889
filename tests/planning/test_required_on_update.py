"""A field that Twilio requires in every update is sent along with any other field."""

import pytest
from msgspec.structs import replace

from confsync.annotations import EditableSet, Immutable, Key, RequiredOnUpdate
from confsync.apply.calls import update_call
from confsync.codecs import Edit
from confsync.config.desired import DesiredValue
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.planning.planner import Planner
from confsync.resources import KINDS
from confsync.resources.base import Resource
from confsync.resources.service import Service
from tests.harness import Harness
from tests.openapi.facts import described_operations, form_schema


class Badge(Resource, parent=Service, path="Roles", sid_prefix="RL", page_size=50):
    """A role as it would be with a second field that can change."""

    friendly_name: Key[Immutable[str]]
    colour: str | None
    permissions: RequiredOnUpdate[EditableSet[str]]


ROLE = Address.parse("services/desk/roles/agent")
DESK = (
    "version: 1\nservices: {{desk: {{roles: {{agent: {{type: conversation, permissions: [sendMessage]{more}}}}}}}}}\n"
)
IGNORED = ", lifecycle: {ignore: [permissions]}"
DECLARED = frozenset({"leaveConversation"})
LIVE = frozenset({"sendMessage"})


def planned(harness: Harness, fields: dict[str, DesiredValue], more: str = "") -> Change:
    """Plan the live role as a badge that has these fields."""
    harness.apply(DESK.format(more=""))
    plan = harness.plan(DESK.format(more=more))
    match = plan.snapshot.matches[ROLE]
    found = replace(
        match.found, kind=Badge.kind, fields={"friendly_name": "agent", "permissions": LIVE, "colour": "red"}
    )
    desired = replace(plan.config.resources[ROLE], kind=Badge.kind, fields={"friendly_name": "agent", **fields})
    config = replace(plan.config, resources={**plan.config.resources, ROLE: desired})
    identity = replace(plan.snapshot.identity, matches={**plan.snapshot.matches, ROLE: replace(match, found=found)})
    made = Planner(config, replace(plan.snapshot, identity=identity), plan.fingerprinter).changes(())
    return next(each for each in made if each.address == ROLE)


@pytest.mark.parametrize(
    ("permissions", "more", "sent"),
    [
        (LIVE, "", LIVE),
        (DECLARED, "", DECLARED),
        (DECLARED, IGNORED, LIVE),
        (Edit(add=DECLARED, remove=frozenset()), "", LIVE | DECLARED),
        (Edit(add=LIVE, remove=frozenset()), "", LIVE),
    ],
)
def test_an_update_of_another_field_has_the_required_one(
    permissions: DesiredValue, more: str, sent: frozenset[str], harness: Harness
) -> None:
    change = planned(harness, {"colour": "blue", "permissions": permissions}, more)
    assert change.actions == (Action.UPDATE,)
    assert change.match
    call = update_call(change, sids_of(change), change.match.found)
    assert call.fields == {"colour": "blue", "permissions": sent}


def test_a_required_field_alone_is_no_reason_for_an_update(harness: Harness) -> None:
    assert planned(harness, {"colour": "red", "permissions": LIVE}).actions == ()


def sids_of(change: Change) -> dict[Address, Sid]:
    return {ROLE: Sid(str(change.sid)), Address(ROLE[:2]): Sid("IS" + "a" * 32)}


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_every_field_that_twilio_requires_in_an_update_is_declared(kind: Kind) -> None:
    last = "{Sid}" if kind.sid_prefix else kind.path
    forms = [
        form_schema(described)
        for method, path, described in described_operations()
        if method == "POST" and path.endswith(f"/{kind.path}/{{Sid}}" if kind.sid_prefix else f"/{last}")
    ]
    required = {name for form in forms for name in form.get("required", ())}
    assert required == {each.param for each in kind.fields if each.required_on_update}
