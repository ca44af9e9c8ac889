"""Saved plans that are applied twice, too late, elsewhere, or after something changed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.faults.causes import answered, in_turn
from tests.faults.expected import CREATE, DELETE, NO_DIFFERENCE, PLAN, READ, SINGLETON, UPDATE, changed, without
from tests.faults.others_rows import AGENT_CHANGED, OLD_CHANGED
from tests.faults.row import AFTER, BEFORE, WRITES, Cause, Cell, Cells, Row, Section

if TYPE_CHECKING:
    from tests.faults.scene import Scene

PLAN_FILE = "plan.json"
NOTHING = "confsync changes nothing."
NEW_PLAN = "Make a new plan, and have it reviewed."


def saved(*then: Cause) -> Cause:
    """Save a plan, let something happen, and then apply the plan."""

    def cause(scene: "Scene") -> None:
        assert scene.run("plan", "--out", PLAN_FILE).code == 0
        in_turn(*then)(scene)
        scene.command = ("apply", PLAN_FILE)

    return cause


def applied(scene: "Scene") -> None:
    """Apply the plan."""
    assert scene.run("apply", PLAN_FILE).code == 0


def failed_with(code: int, cause: Cause) -> Cause:
    """Apply the plan while something fails, and then let nothing fail any more."""

    def fail(scene: "Scene") -> None:
        cause(scene)
        assert scene.run("apply", PLAN_FILE).code == code
        scene.recover()

    return fail


def with_document(change: Callable[[dict[str, Any]], object]) -> Cause:
    """Edit the file of the plan."""

    def cause(scene: "Scene") -> None:
        path = scene.folder / PLAN_FILE
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")

    return cause


def cut_off(scene: "Scene") -> None:
    """Keep only the first half of the file."""
    path = scene.folder / PLAN_FILE
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def expired(document: dict[str, Any]) -> None:
    """Let the time of the plan be over."""
    document["expires_at"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def reconfigured(scene: "Scene") -> None:
    """Change the configuration."""
    path = scene.folder / "confsync.yaml"
    path.write_text(path.read_text("utf-8").replace("agent:", "clerk:"), "utf-8")
    scene.finally_do(lambda: scene.write(scene.setting.configuration))


def ledger_gone(scene: "Scene") -> None:
    """Lose the ledger, and find it again."""
    content = scene.ledger.read_bytes()
    scene.ledger.unlink()
    scene.finally_do(lambda: scene.ledger.write_bytes(content))


def key_set(scene: "Scene") -> None:
    """Require signed plans."""
    scene.environ["CONFSYNC_PLAN_KEY"] = "0123456789abcdef0123456789abcdef"


def changed_since(scene: "Scene") -> None:
    """Let someone change what the plan changes."""
    name = "old" if scene.column is DELETE else "agent"
    scene.client.post(f"{scene.path}/Roles/{scene.role(name)}", {"Permission": "leaveConversation"})


def same_name_since(scene: "Scene") -> None:
    """Let someone create what the plan creates."""
    scene.client.made(
        f"{scene.path}/Roles",
        {"FriendlyName": "lead", "Type": "conversation", "Permission": "sendMessage"},
    )


# The lists of addresses and credentials, of which the plan only counts what nobody manages, are not read again.
APPLIED = {
    column: replace(cell, requests=cell.requests - 2) for column, cell in without(NO_DIFFERENCE, PLAN, READ).items()
}


def stopped(code: int, *says: str, requests: int = 0) -> Cells:
    """Expect the same of every change: nothing is changed."""
    return {column: Cell(code=code, requests=requests, account=BEFORE, says=says) for column in (CREATE, DELETE)}


SAVED_PLANS = Section(
    "When a saved plan is applied",
    (
        Row(
            name="plan applied twice",
            happens="A plan is applied again after all its changes have been made.",
            does="confsync changes nothing, and says that the plan has already been applied.",
            advice="Nothing. To make further changes, make a new plan.",
            cause=saved(applied),
            cells={column: Cell(code=7, requests=4, account=AFTER, says=("The plan is spent",)) for column in WRITES},
        ),
        Row(
            name="plan resumed after a refusal",
            happens="A plan is applied again after Twilio refused one of its changes.",
            does="confsync makes only the changes that have not been made yet.",
            cause=saved(failed_with(5, answered(400))),
            cells=APPLIED,
        ),
        Row(
            name="plan resumed after an unknown outcome",
            happens="A plan is applied again after a run in which the outcome of a change was unknown.",
            does=(
                "confsync looks for resources that the first run may have created. It makes only the changes that have "
                "not been made yet."
            ),
            cause=saved(failed_with(6, answered(503, times=None))),
            # four more looks: the first run may have waited for its response until just now
            cells=changed(APPLIED, {CREATE: Cell(code=0, requests=10, account=AFTER)}),
        ),
        Row(
            name="changed since the saved plan",
            happens="Someone changes a resource after the plan was saved.",
            does=(
                "If the plan changes that resource, confsync changes nothing, and names the resource. Otherwise, it "
                "applies the plan."
            ),
            advice=NEW_PLAN,
            cause=saved(changed_since),
            cells={
                UPDATE: Cell(code=7, requests=4, account=AGENT_CHANGED, says=("was changed in Twilio since",)),
                DELETE: Cell(
                    code=7,
                    requests=6,
                    account=OLD_CHANGED,
                    says=("was changed in Twilio since",),
                ),
                # a resource that the plan does not touch does not matter
                SINGLETON: Cell(
                    code=0,
                    requests=7,
                    account=(*AGENT_CHANGED, "- reachable: False", "+ reachable: True"),
                ),
            },
        ),
        Row(
            name="same name since the saved plan",
            happens=("Someone creates a resource that the saved plan would also create."),
            does="confsync changes nothing, and prints the SID of the existing resource.",
            advice=f"{NEW_PLAN} The new plan adopts the resource.",
            cause=saved(same_name_since),
            cells={CREATE: Cell(code=7, requests=4, account=AFTER, says=("has its name now, and confsync does not",))},
        ),
        Row(
            name="plan expired",
            happens="The plan has expired.",
            does=NOTHING,
            advice=NEW_PLAN,
            cause=saved(with_document(expired)),
            cells=stopped(7, "The plan expired at"),
        ),
        Row(
            name="plan of another configuration",
            happens="The configuration has changed since the plan was made.",
            does=NOTHING,
            advice="Check out the configuration that the plan was made for, or make a new plan.",
            cause=saved(reconfigured),
            cells=stopped(7, "The configuration is not the one that was planned."),
        ),
        Row(
            name="plan without its ledger",
            happens="The plan was made with a ledger that no longer exists.",
            does="confsync changes nothing.",
            advice="Restore the ledger from version control, or make a new plan.",
            cause=saved(ledger_gone),
            cells=stopped(7, "The plan was made with a ledger, and there is none here", requests=4),
        ),
        Row(
            name="plan edited",
            happens=(
                "Someone has edited a [signed plan](saved-plans.md#signed-plans), and `CONFSYNC_PLAN_KEY` is set."
            ),
            does=NOTHING,
            advice=NEW_PLAN,
            cause=in_turn(key_set, saved(with_document(lambda document: document.update(id="0" * 32)))),
            cells=stopped(8, "was edited, or signed with another key"),
        ),
        Row(
            name="plan unsigned",
            happens="A plan is not signed, but `CONFSYNC_PLAN_KEY` is set.",
            does=NOTHING,
            advice="Make a new plan with the key set, and have it reviewed.",
            cause=saved(key_set),
            cells=stopped(8, "sign"),
        ),
        Row(
            name="plan of another account",
            happens="A plan was made for a different account.",
            does=NOTHING,
            advice="Use the credentials of the account that the plan was made for, or make a new plan.",
            cause=saved(with_document(lambda document: document["plan"]["target"].update(account_sid="AC" + "b" * 32))),
            cells=stopped(8, "The plan is for account ACbbbb"),
        ),
        Row(
            name="plan of the emulator",
            happens="A plan that was made against the [emulator](emulator.md) is applied to Twilio.",
            does=NOTHING,
            advice=NEW_PLAN,
            cause=saved(with_document(lambda document: document["plan"]["target"].update(emulator=True))),
            cells=stopped(8, "emulator"),
        ),
        Row(
            name="plan cut off",
            happens="The plan file is incomplete.",
            does=NOTHING,
            advice=NEW_PLAN,
            cause=saved(cut_off),
            cells=stopped(11, PLAN_FILE),
        ),
        Row(
            name="plan of a newer version",
            happens="The plan was made by a newer version of confsync.",
            does=NOTHING,
            advice="Use that version, or make a new plan.",
            cause=saved(with_document(lambda document: document.update(format_version="9.0"))),
            cells=stopped(11, PLAN_FILE),
        ),
    ),
)
