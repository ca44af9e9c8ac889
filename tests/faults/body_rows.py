"""Responses that make no sense, and lists that do."""

from typing import TYPE_CHECKING

from confsync.emulator.faults.fault import NextPage, Respond
from tests.faults.causes import AFTER_COMMIT, answered, struck
from tests.faults.columns import ROLES
from tests.faults.expected import (
    CREATE,
    DELETE,
    NO_DIFFERENCE,
    PLAN,
    READ,
    SINGLETON,
    TAKEN_EFFECT,
    TAKEN_EFFECT_ALWAYS,
    UPDATE,
    changed,
    with_texts,
    without,
)
from tests.faults.response_rows import RERUN
from tests.faults.row import AFTER, BEFORE, Cause, Cell, Cells, Row, Section

if TYPE_CHECKING:
    from tests.faults.scene import Scene

META = {"meta": {"page": 0, "page_size": 50, "next_page_url": None, "key": "roles"}}
ELSEWHERE = {"sid": "RL" + "0" * 32, "friendly_name": "other", "type": "conversation", "permissions": ["sendMessage"]}


FOUND = (
    "After a create or an update, it finds out that the request took effect, and continues. It ignores the response to "
    "a delete."
)


DELETED_ANYWAY = {DELETE: Cell(code=0, requests=11, account=AFTER)}
"""The body of the response to a delete does not matter."""


def malformed(name: str, happens: str, body: object, *, status: int = 200) -> Row:
    """A successful status with a body that is not a JSON object, once."""
    return Row(
        name=name,
        happens=happens,
        does=f"confsync sends a read again. {FOUND}",
        cause=answered(status, body=body, phase=AFTER_COMMIT),
        cells=without(changed(TAKEN_EFFECT, DELETED_ANYWAY), READ, SINGLETON),
    )


def unusable_list(name: str, happens: str, does: str, requests: int, body: object, *says: str) -> Row:
    """A list of roles that confsync does not believe."""
    return Row(
        name=name,
        happens=happens,
        does=does,
        advice="Run the same command again. If the fault occurs again, report it to Twilio.",
        cause=struck(AFTER_COMMIT, Respond(status=200, body=body), path=ROLES),
        cells=unread(requests, *says),
    )


def unread(requests: int, *says: str) -> Cells:
    """Plan nothing, and therefore apply nothing, in each column."""
    return {column: Cell(code=4, requests=requests, account=BEFORE, says=says) for column in (PLAN, CREATE, DELETE)}


def names_a_built_in_role(scene: "Scene") -> None:
    """Respond to the create with a role of the service that confsync does not manage."""
    other = next(each for each in scene.roles() if each["friendly_name"] == "channel user")
    answered(201, body=other, phase=AFTER_COMMIT)(scene)


def with_changed_lists(**fields: object) -> Cause:
    """Change fields of every role in the first list of roles; None removes a field."""

    def cause(scene: "Scene") -> None:
        page = scene.client.get(f"{scene.path}/Roles", "PageSize=50").body
        roles = [
            {name: value for name, value in {**each, **fields}.items() if value is not None} for each in page["roles"]
        ]
        struck(AFTER_COMMIT, Respond(status=200, body={**page, "roles": roles}), path=ROLES)(scene)

    return cause


def listed(*, agent: int) -> Cause:
    """List the role `agent` so many times, and every other role once."""

    def cause(scene: "Scene") -> None:
        page = scene.client.get(f"{scene.path}/Roles", "PageSize=50").body
        roles = [role for role in page["roles"] for _ in range(agent if role["friendly_name"] == "agent" else 1)]
        struck(AFTER_COMMIT, Respond(status=200, body={**page, "roles": roles}), path=ROLES)(scene)

    return cause


BELIEVES_THE_RESOURCE = (
    "confsync reads each missing resource by its SID. If it finds one of them, it makes no plan and changes nothing."
)

BODY = Section(
    "When a successful response is wrong",
    (
        malformed("empty body", "The body is empty.", ""),
        malformed("no content", "The status is 204 (No Content).", "", status=204),
        malformed("html", "The body is a web page.", "<html>maintenance</html>"),
        malformed("truncated json", "The body is incomplete JSON.", '{"sid": "RL'),
        malformed("a list", "The body is a JSON list.", []),
        malformed("key twice", "The body contains the same key twice.", '{"sid": 1, "sid": 2}'),
        malformed("nan", "The body contains the invalid number `NaN`.", '{"sid": NaN}'),
        malformed("deep nesting", "The body is nested too deeply.", "[" * 5_000 + "]" * 5_000),
        Row(
            name="html, always",
            happens="The body is a web page on every attempt.",
            does=f"confsync tries a read five times, and then gives up. {FOUND}",
            advice=RERUN,
            cause=answered(200, body="<html>maintenance</html>", phase=AFTER_COMMIT, times=None),
            cells=with_texts(changed(TAKEN_EFFECT_ALWAYS, DELETED_ANYWAY), "the body of the response", code=4),
        ),
        Row(
            name="no sid",
            happens="The body is an empty JSON object.",
            does=f"confsync does not send a read again, and gives up. {FOUND}",
            advice="Run the same command again.",
            cause=answered(200, body={}, phase=AFTER_COMMIT),
            cells={
                PLAN: Cell(code=4, requests=6, account=BEFORE, says=("has no list 'roles'",)),
                READ: Cell(code=4, requests=7, account=BEFORE),
                CREATE: TAKEN_EFFECT[CREATE],
                UPDATE: TAKEN_EFFECT[UPDATE],
                SINGLETON: TAKEN_EFFECT[SINGLETON],
                DELETE: DELETED_ANYWAY[DELETE],
            },
        ),
        Row(
            name="another resource",
            happens="The body describes the wrong resource.",
            does=FOUND.replace("it finds out", "confsync finds out"),
            cause=answered(200, body=ELSEWHERE, phase=AFTER_COMMIT),
            cells={
                # a read of the SID in the response, which does not exist, then the first look
                CREATE: Cell(code=0, requests=10, account=AFTER),
                UPDATE: TAKEN_EFFECT[UPDATE],
                DELETE: DELETED_ANYWAY[DELETE],
            },
        ),
        Row(
            name="existing resource",
            happens="The response to a create describes a resource that existed before.",
            does="confsync looks for the new resource.",
            cause=names_a_built_in_role,
            cells={CREATE: TAKEN_EFFECT[CREATE]},
        ),
        Row(
            name="new field",
            happens="The body contains a field that confsync does not know.",
            does="confsync ignores the field.",
            cause=with_changed_lists(new_field={"x": [1]}),
            cells=without(NO_DIFFERENCE, READ),
        ),
        Row(
            name="unknown value",
            happens="The body contains a value that Twilio's documentation does not list.",
            does="confsync prints a warning and continues.",
            cause=with_changed_lists(permissions=["sendMessage", "fly"]),
            cells={
                PLAN: Cell(code=0, requests=6, account=BEFORE, says=("warning[CS4001]", "'fly' is not a permission")),
                # the roles are read again before they are updated, and then have no such value
                SINGLETON: Cell(code=0, requests=11, account=AFTER, says=("warning[CS4001]",)),
            },
        ),
        Row(
            name="missing field",
            happens="The body lacks a field of the resource.",
            does="confsync treats the field as not set. The plan may contain an unnecessary change.",
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=with_changed_lists(permissions=None),
            cells={PLAN: Cell(code=0, requests=6, account=BEFORE)},
        ),
        Row(
            name="impossible value",
            happens="The body contains a value of the wrong type.",
            does="confsync makes no plan and changes nothing.",
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=with_changed_lists(permissions="sendMessage"),
            cells=unread(6, "permissions"),
        ),
    ),
)

LISTS = Section(
    "When a list is wrong",
    (
        unusable_list(
            "no list",
            "A page has no field that contains the items.",
            "confsync makes no plan and changes nothing.",
            6,
            META,
            "the list has no list 'roles'",
        ),
        unusable_list(
            "no meta",
            "A page does not say whether there is a next page.",
            "confsync makes no plan and changes nothing.",
            6,
            {"roles": []},
            "does not say whether there is a next page",
        ),
        unusable_list(
            "null items",
            "A page contains something that is not a resource.",
            "confsync makes no plan and changes nothing.",
            6,
            {**META, "roles": [None]},
            "that is not an object with a SID",
        ),
        Row(
            name="empty list",
            happens="A list is empty, although confsync owns resources that belong there.",
            does=BELIEVES_THE_RESOURCE,
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=struck(AFTER_COMMIT, Respond(status=200, body={**META, "roles": []}), path=ROLES),
            cells=unread(7, "but the resource exists"),
        ),
        Row(
            name="item on no page",
            happens=(
                "Someone deletes a resource while confsync is reading a list, so that another resource moves to a page "
                "that confsync has already read."
            ),
            does=BELIEVES_THE_RESOURCE,
            advice="Run the same command again.",
            cause=listed(agent=0),
            cells=unread(7, "but the resource exists"),
        ),
        Row(
            name="item on two pages",
            happens="Someone changes a list while confsync is reading it, so that a resource appears on two pages.",
            does="confsync counts the resource once.",
            cause=listed(agent=2),
            cells=without(NO_DIFFERENCE, READ),
        ),
        Row(
            name="page loop",
            happens="A page names itself as the next page.",
            does="confsync makes no plan and changes nothing.",
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=struck(AFTER_COMMIT, NextPage("itself"), path=ROLES, times=None),
            cells=unread(7, "returns to an earlier page"),
        ),
        Row(
            name="foreign page",
            happens="A page names a next page on a different host.",
            does="confsync sends nothing to that host, makes no plan and changes nothing.",
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=struck(AFTER_COMMIT, NextPage("elsewhere"), path=ROLES),
            cells=unread(6, "has a next page on another host, to which nothing was sent"),
        ),
        Row(
            name="page of another list",
            happens="A page names a next page that belongs to a different list.",
            does="confsync makes no plan and changes nothing.",
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=struck(AFTER_COMMIT, NextPage("http://127.0.0.1/v1/Services?PageSize=50"), path=ROLES),
            cells=unread(6, "has a next page that belongs to another list"),
        ),
    ),
)
