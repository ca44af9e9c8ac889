"""Changes that someone else makes to the same account while confsync works."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from confsync.emulator.faults.fault import Fault, OtherRequest, Respond
from confsync.state.machine_lock import MachineLock
from confsync.state.state_files import lock_path
from tests.faults.causes import BEFORE_COMMIT, by_column, someone_else
from tests.faults.columns import CONFIGURATION, ROLE, ROLE_AGENT, ROLE_LEAD, ROLE_OLD, ROLES
from tests.faults.expected import CREATE, DELETE, NO_DIFFERENCE, PLAN, READ, SINGLETON, UPDATE
from tests.faults.row import AFTER, BEFORE, Cause, Cell, Row, Section

if TYPE_CHECKING:
    from tests.faults.scene import Scene

CHANGED = OtherRequest("POST", "{shop}/Roles/{sid}", {"Permission": "leaveConversation"})
UNREACHABLE = OtherRequest("POST", "{shop}/Configuration", {"ReachabilityEnabled": "true"})
OTHER_DEFAULT = OtherRequest("POST", "{shop}/Configuration", {"DefaultConversationCreatorRoleSid": "{agent}"})
GONE = OtherRequest("DELETE", "{shop}/Roles/{sid}")
SERVICE_GONE = OtherRequest("DELETE", "{shop}")
SAME_NAME = OtherRequest(
    "POST", "{shop}/Roles", {"FriendlyName": "lead", "Type": "conversation", "Permission": "sendMessage"}
)
AGENT_CHANGED = (f"- {ROLE_AGENT}", "+ role agent: leaveConversation")
OLD_CHANGED = (f"- {ROLE_OLD}", "+ role old: leaveConversation")
LEFT = "confsync does not change the resource. The planned change [counts as failed](failures.md#when-a-change-fails)."
LOOK = "Run `confsync plan` to see the current state. If you agree with the plan, apply it."
OVERWRITTEN = (
    "confsync cannot detect such a change. An update usually overwrites only the fields that the plan changes."
)
SOMEONE = ("because someone else changed the same resource in the meantime", "Run `confsync plan`")

SERVICE_ADMIN = (
    "addParticipant createConversation deleteAnyMessage deleteConversation editAnyMessage editAnyMessageAttributes "
    "editAnyParticipantAttributes editAnyUserInfo editConversationAttributes editConversationName joinConversation "
    "removeParticipant"
)
CHANNEL_ADMIN = (
    "addParticipant deleteAnyMessage deleteConversation editAnyMessage editAnyMessageAttributes "
    "editAnyParticipantAttributes editConversationAttributes editConversationName editNotificationLevel "
    "leaveConversation removeParticipant sendMediaMessage sendMessage"
)
CHANNEL_USER = (
    "deleteOwnMessage editNotificationLevel editOwnMessage editOwnMessageAttributes leaveConversation "
    "sendMediaMessage sendMessage"
)
GONE_WITH_SERVICE = (
    "- service: shop",
    "- reachable: False",
    f"- {ROLE_AGENT}",
    f"- {ROLE_OLD}",
    f"- role channel admin: {CHANNEL_ADMIN}",
    f"- role channel user: {CHANNEL_USER}",
    f"- role service admin: {SERVICE_ADMIN}",
    "- role service user: createConversation editOwnUserInfo joinConversation",
)


def gone_with_service(code: int, requests: int, *says: str) -> Cell:
    """Expect a failure; a service is not created again without permission."""
    return Cell(code=code, requests=requests, account=GONE_WITH_SERVICE, says=says, again=8, finally_=GONE_WITH_SERVICE)


def unreadable(path: str, skip: int = 0) -> Cause:
    """Let every read of a resource fail after some."""
    fault = Fault(phase=BEFORE_COMMIT, effect=Respond(status=503), method="GET", path=path, skip=skip, times=None)
    return lambda scene: scene.faults.inject([fault])


def locked(scene: "Scene") -> None:
    """Let another apply hold the lock."""
    lock = MachineLock(lock_path(scene.ledger), "confsync apply")
    assert not list(lock.attempts(0, lambda _: None))
    scene.finally_do(lock.release)


OTHERS = Section(
    "When someone else changes the account at the same time",
    (
        Row(
            name="changed after the plan",
            happens="Someone changes a resource after the plan was made.",
            does=LEFT,
            advice=LOOK,
            cause=by_column(
                update=someone_else(CHANGED, path=ROLE),
                singleton=someone_else(OTHER_DEFAULT, path=CONFIGURATION, skip=1),
                delete=someone_else(CHANGED, path=ROLE),
            ),
            cells={
                UPDATE: Cell(code=7, requests=7, account=AGENT_CHANGED, says=SOMEONE),
                SINGLETON: Cell(code=7, requests=7, account=BEFORE, says=SOMEONE),
                DELETE: Cell(code=7, requests=9, account=OLD_CHANGED, says=SOMEONE, finally_=(f"- {ROLE_OLD}",)),
            },
        ),
        Row(
            name="changed as planned",
            happens="Someone makes the planned change before confsync does.",
            does="confsync counts the change as done, and sends nothing.",
            cause=by_column(
                update=someone_else(
                    OtherRequest("POST", "{shop}/Roles/{sid}", {"Permission": ("sendMessage", "leaveConversation")}),
                    path=ROLE,
                ),
                singleton=someone_else(UNREACHABLE, path=CONFIGURATION, skip=1),
            ),
            cells={
                UPDATE: Cell(code=0, requests=7, account=AFTER),
                SINGLETON: Cell(code=0, requests=7, account=AFTER, snapshot_reads=3),
            },
        ),
        Row(
            name="changed before the write",
            happens=(
                "Someone changes a resource in the moment (usually less than 0.1 seconds) between confsync's last read "
                "and its write."
            ),
            does=OVERWRITTEN,
            cause=by_column(
                update=someone_else(CHANGED, method="POST"),
                singleton=someone_else(UNREACHABLE, method="POST"),
                delete=someone_else(CHANGED, method="DELETE"),
            ),
            cells={
                UPDATE: NO_DIFFERENCE[UPDATE],
                SINGLETON: NO_DIFFERENCE[SINGLETON],
                DELETE: NO_DIFFERENCE[DELETE],
            },
        ),
        Row(
            name="deleted after the plan",
            happens="Someone deletes a resource after the plan was made.",
            does=(
                "If the plan updates the resource, confsync does not send the update, and says that someone else "
                "changed the resource. If the plan deletes the resource, the delete counts as done."
            ),
            advice=LOOK,
            cause=someone_else(GONE, path=ROLE),
            cells={
                UPDATE: Cell(code=7, requests=7, account=(f"- {ROLE_AGENT}",), says=SOMEONE),
                DELETE: Cell(code=0, requests=9, account=AFTER),
            },
        ),
        Row(
            name="deleted before the write",
            happens="Someone deletes a resource between confsync's last read and its write.",
            does=("An update fails (404). A delete counts as done."),
            advice="After a failed update, run the same command again to create the resource again.",
            cause=by_column(update=someone_else(GONE, method="POST"), delete=someone_else(GONE, method="DELETE")),
            cells={
                UPDATE: Cell(
                    code=5, requests=8, account=(f"- {ROLE_AGENT}",), says=("-> 404", "1 of 1 changes failed")
                ),
                DELETE: NO_DIFFERENCE[DELETE],
            },
        ),
        Row(
            name="changed after the write",
            happens="Someone changes a resource immediately after confsync has changed it.",
            does=(
                "confsync keeps reading the resource for up to 10 seconds, and then names the fields that still differ."
            ),
            advice="Find out who changed the resource. Then run the same command again.",
            cause=someone_else(CHANGED, method="POST", path=ROLE, after=True),
            cells={
                UPDATE: Cell(
                    code=12,
                    requests=12,
                    account=AGENT_CHANGED,
                    says=("Twilio confirmed a value and then returned another one", "roles/agent#permissions"),
                )
            },
        ),
        Row(
            name="not read back",
            happens="confsync cannot read a resource back after a write.",
            does="confsync relies on the response to the write, and prints a warning (CS4004).",
            advice="Run `confsync plan`, which reads the resource again.",
            cause=by_column(
                create=unreadable(ROLES, skip=1),
                update=unreadable(ROLE, skip=1),
                singleton=unreadable(CONFIGURATION, skip=2),
                delete=unreadable(ROLE, skip=1),
            ),
            cells={
                CREATE: Cell(
                    code=0,
                    requests=17,
                    account=AFTER,
                    says=("warning[CS4004]", "could not be read back"),
                    snapshot_reads=3,
                ),
                UPDATE: Cell(code=0, requests=13, account=AFTER, says=("warning[CS4004]", "could not be read back")),
                SINGLETON: Cell(
                    code=0,
                    requests=13,
                    account=AFTER,
                    says=("warning[CS4004]", "could not be read back"),
                    snapshot_reads=7,
                ),
                DELETE: Cell(code=0, requests=15, account=AFTER, says=("warning[CS4004]", "could not be read back")),
            },
        ),
        Row(
            name="same name before the create",
            happens="Someone creates a resource with the same name immediately before confsync does.",
            does="confsync creates its own resource, then detects that there are two, and prints both SIDs.",
            advice="confsync manages the resource that it created. If nobody needs the other one, delete it.",
            cause=someone_else(SAME_NAME, method="POST", path=ROLES),
            cells={
                CREATE: Cell(
                    code=6,
                    requests=8,
                    account=(f"+ {ROLE_LEAD}", f"+ {ROLE_LEAD}"),
                    says=("another role with its name appeared at the same time: RL",),
                    finally_=(f"+ {ROLE_LEAD}", f"+ {ROLE_LEAD}"),
                ),
            },
        ),
        Row(
            name="service deleted before the write",
            happens="Someone deletes the service that contains the resource.",
            does=(
                "If confsync is making a plan, it gives up. If it notices the deletion before a write, it does not "
                "send the write. If it does not notice the deletion, an update fails, the outcome of a create is "
                "unknown, and a delete counts as done."
            ),
            advice=(
                "To create the service and its contents again, pass `--allow-recreate`. The service gets a new SID."
            ),
            cause=by_column(
                plan=someone_else(SERVICE_GONE),
                read=someone_else(SERVICE_GONE),
                create=someone_else(SERVICE_GONE, method="POST"),
                update=someone_else(SERVICE_GONE, method="POST"),
                singleton=someone_else(SERVICE_GONE, method="POST"),
                delete=someone_else(SERVICE_GONE, method="DELETE"),
            ),
            cells={
                PLAN: gone_with_service(4, 6, "-> 404"),
                READ: gone_with_service(7, 7, *SOMEONE),
                CREATE: gone_with_service(6, 8, "unknown outcome"),
                UPDATE: gone_with_service(5, 8, "-> 404"),
                SINGLETON: gone_with_service(5, 8, "-> 404"),
                DELETE: replace(gone_with_service(0, 11), snapshot_reads=1),
            },
        ),
        Row(
            name="two applies",
            happens="Another apply with the same ledger is running on this machine.",
            does=("`apply` says which process holds the lock, and sends no requests. `plan` needs no lock."),
            advice="Wait until the other apply has ended. To have confsync wait for it, pass `--lock-timeout 10m`.",
            cause=locked,
            cells={
                PLAN: NO_DIFFERENCE[PLAN],
                **{
                    column: Cell(
                        code=10,
                        requests=0,
                        account=BEFORE,
                        says=("Another apply holds the lock", "`confsync apply`, process", "--lock-timeout 10m"),
                    )
                    for column in (CREATE, UPDATE, SINGLETON, DELETE)
                },
            },
        ),
    ),
)
