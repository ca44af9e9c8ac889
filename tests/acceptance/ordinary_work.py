"""Ordinary days: what people do with a configuration, and what must pass without any flag. To add one, add a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.harness import Harness

Step = Callable[[Harness], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was applied before, what happened then, and what is applied now.

    `sent` counts what the apply sends, by method and last word of the path that is no SID; a place that is not named in
    it is not written to. `left` are the addresses that are ours and declared no longer.
    """

    name: str
    before: str
    after: str
    happens: Step = lambda _: None
    sent: Mapping[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    first: Step = lambda _: None


def nothing(_: Harness) -> None:
    """Let the day be quiet."""


def desk(*roles: str, default: str = "", lifecycle: str = "") -> str:
    """Give a service with roles, each `name` or `name: fields`."""
    lines = [f"      {_role(each)}\n" for each in roles]
    above = f"version: 1\nservices:\n  support:\n{_line('lifecycle', lifecycle)}"
    pointed = _line("configuration", f"{{default_conversation_role: {default}}}" if default else "")
    return f"{above}{pointed}    roles:\n{''.join(lines)}"


def _line(key: str, text: str) -> str:
    return f"    {key}: {text}\n" if text else ""


def _role(said: str) -> str:
    name, _, more = said.partition(": ")
    fields = ", ".join(filter(None, ("type: conversation", "permissions: [sendMessage]", more)))
    return f"{name}: {{{fields}}}"


def rooms(number: int, text: str, *, prune: bool = False) -> str:
    """Give a service with many conversations, all of the same friendly name."""
    lines = "".join(f"      room{each}: {{friendly_name: {text}}}\n" for each in range(number))
    pruned = "    lifecycle: {prune: [conversations]}\n" if prune else ""
    return f"version: 1\nservices:\n  support:\n{pruned}    conversations:\n{lines}"


def members(*names: str) -> str:
    """Give a conversation with participants, which is pruned of them."""
    lines = "".join(f"          {each}: {{identity: {each}}}\n" for each in names)
    room = "      lounge:\n        lifecycle: {prune: [participants]}\n        participants:\n"
    return f"version: 1\nservices:\n  support:\n    conversations:\n{room}{lines}"


def number(kind: str, *more: str) -> str:
    """Give three addresses, of which the first is of some type."""
    hotline = ", ".join((f'address: "+15551230001", type: {kind}', *more))
    others = "".join(f'    other{each}: {{address: "+1555123000{each}", type: sms}}\n' for each in (2, 3))
    return f"version: 1\naccount:\n  addresses:\n    hotline: {{{hotline}}}\n{others}"


def credential(*more: str) -> str:
    """Give a credential whose secret comes from the environment."""
    fields = ", ".join(("type: fcm", 'secret: "${{ env.KEY }}"', *more))
    return f"version: 1\ncredentials: {{push: {{{fields}}}}}\n"


def _key(value: str) -> Step:
    return lambda harness: harness.environ.__setitem__("KEY", value)


def _gone(path: str) -> Step:
    return lambda harness: harness.client.delete(harness.path(path))


def _edited(path: str, name: str, value: str) -> Step:
    return lambda harness: harness.client.post(harness.path(path), {name: value})


def _made_by_hand(harness: Harness) -> None:
    fields = {"FriendlyName": "lead", "Type": "conversation", "Permission": "sendMessage"}
    harness.client.made(harness.path("/Services/support/Roles"), fields)


def _both_adopted(harness: Harness) -> None:
    """Make a second role of the same name, and name the SIDs of both in the configuration."""
    _made_by_hand(harness)
    roles = harness.live("/Services/support/Roles")["roles"]
    sids = [each["sid"] for each in roles if each["friendly_name"] == "lead"]
    lines = ", ".join(f"services/support/roles/{key}: {sid}" for key, sid in zip(("lead", "other"), sids, strict=True))
    path = harness.folder / "confsync.yaml"
    path.write_text(path.read_text("utf-8").replace("adopt: {}", f"adopt: {{{lines}}}"), "utf-8")


def _ledger_lost(harness: Harness) -> None:
    harness.ledger_path.unlink()


def _allowed_to_go(harness: Harness) -> None:
    """Name the service that goes, and its SID, in the configuration."""
    sid = harness.live("/Services/old")["sid"]
    path = harness.folder / "confsync.yaml"
    path.write_text(path.read_text("utf-8").replace("SID", sid), "utf-8")


def _split_up(harness: Harness) -> None:
    """Have a folder in place of the file."""
    (harness.folder / "confsync.d").mkdir()
    (harness.folder / "confsync.yaml").rename(harness.folder / "confsync.d" / "all.yaml")


PRUNED = "{prune: [roles]}"
ACCOUNT = "AC" + "a" * 32
PROD = f"environments: {{prod: {{account_sid: {ACCOUNT}}}}}\n"
ABSENT_SERVICE = f"""version: 1
environments: {{prod: {{account_sid: {ACCOUNT}, allow_delete: {{services/old: SID}}}}}}
services: {{old: {{lifecycle: {{absent: true}}}}, support: {{}}}}
"""

DAYS: tuple[Day, ...] = (
    Day(
        name="one role of three is deleted by prune",
        before=desk("agent", "clerk", "lead", lifecycle=PRUNED),
        after=desk("agent", "clerk", lifecycle=PRUNED),
        sent={"DELETE Roles": 1},
    ),
    Day(
        name="one role of three is deleted by being absent",
        before=desk("agent", "clerk", "lead"),
        after=desk("agent", "clerk", "lead: lifecycle: {absent: true}"),
        sent={"DELETE Roles": 1},
    ),
    Day(
        name="a role that is absent and gone is written no longer",
        before=desk("agent", "lead: lifecycle: {absent: true}"),
        after=desk("agent"),
    ),
    Day(
        name="the only role there is is deleted by prune",
        before=desk("agent", lifecycle=PRUNED),
        after=desk("agent", lifecycle=PRUNED).replace("    roles:\n", "    roles: {}\n").rpartition("      agent")[0],
        sent={"DELETE Roles": 1},
    ),
    Day(
        name="a role that was protected once is deleted",
        before=desk("agent: lifecycle: {protect: true}", "clerk", lifecycle=PRUNED),
        first=lambda harness: harness.apply(desk("agent: lifecycle: {protect: false}", "clerk", lifecycle=PRUNED)),
        after=desk("clerk", lifecycle=PRUNED),
        sent={"DELETE Roles": 1},
    ),
    Day(
        name="a role that was deleted by hand is repaired",
        before=desk("agent", "clerk", "lead"),
        happens=_gone("/Services/support/Roles/agent"),
        after=desk("agent", "clerk", "lead"),
        sent={"POST Roles": 1},
    ),
    Day(
        name="a role that was changed by hand is repaired",
        before=desk("agent", "clerk"),
        happens=_edited("/Services/support/Roles/agent", "Permission", "leaveConversation"),
        after=desk("agent", "clerk"),
        sent={"POST Roles": 1},
    ),
    Day(
        name="a role that somebody else made is adopted",
        before=desk("agent"),
        happens=_made_by_hand,
        after=desk("agent", "lead"),
    ),
    Day(
        name="somebody else makes a role with the name of one of ours, which is changed then",
        before=desk("agent", "lead"),
        happens=_made_by_hand,
        after=desk("agent", "lead").replace("[sendMessage]", "[leaveConversation]"),
        sent={"POST Roles": 2},
    ),
    Day(
        name="two roles of one name are adopted",
        before=desk("agent"),
        first=_made_by_hand,
        happens=_both_adopted,
        after=desk("agent", "lead", "other: friendly_name: lead") + "adopt: {}\n",
    ),
    Day(
        name="a protected service gets another key",
        before=desk("agent", lifecycle="{protect: true}"),
        after=desk("agent", lifecycle="{protect: true, previously: [services/support]}").replace(
            "  support:\n", "  helpdesk:\n    friendly_name: support\n"
        ),
    ),
    Day(
        name="fifty things are updated",
        before=rooms(50, "Room"),
        after=rooms(50, "Hall"),
        sent={"POST Conversations": 50},
    ),
    Day(
        name="fifty things are made",
        before=rooms(1, "Room"),
        after=rooms(51, "Room"),
        sent={"POST Conversations": 50},
    ),
    Day(
        name="five of fifty are deleted by prune",
        before=rooms(50, "Room", prune=True),
        after=rooms(45, "Room", prune=True),
        sent={"DELETE Conversations": 5},
    ),
    Day(
        name="twenty of fifty are deleted by prune where the environment lets them",
        before=rooms(50, "Room", prune=True) + PROD,
        after=rooms(30, "Room", prune=True) + PROD.replace("}}", ", guardrails: {max_deletes: 20}}}"),
        sent={"DELETE Conversations": 20},
    ),
    Day(
        name="a role is renamed where roles are pruned",
        before=desk("agent", "clerk", default="agent", lifecycle=PRUNED),
        after=desk("operator", "clerk", default="operator", lifecycle=PRUNED),
        sent={"POST Roles": 1, "POST Configuration": 1, "DELETE Roles": 1},
    ),
    Day(
        name="a role is renamed where roles are not pruned",
        before=desk("agent", "clerk", default="agent"),
        after=desk("operator", "clerk", default="operator"),
        sent={"POST Roles": 1, "POST Configuration": 1},
        left=("services/support/roles/agent",),
    ),
    Day(
        name="a role gets another key and keeps its name",
        before=desk("agent"),
        after=desk("operator: friendly_name: agent"),
    ),
    Day(
        name="a conversation says where it was before",
        before=rooms(3, "Room"),
        after=rooms(3, "Room").replace(
            "room2: {friendly_name: Room}",
            "hall: {friendly_name: Room, lifecycle: {previously: [services/support/conversations/room2]}}",
        ),
        sent={"POST Conversations": 1},
    ),
    Day(
        name="a service is added",
        before=desk("agent"),
        after=desk("agent") + "  sales: {roles: {seller: {type: conversation, permissions: [sendMessage]}}}\n",
        sent={"POST Services": 1, "POST Roles": 1},
    ),
    Day(
        name="a service gets another key and keeps its name",
        before=desk("agent"),
        after=desk("agent").replace("  support:\n", "  helpdesk:\n    friendly_name: support\n"),
    ),
    Day(
        name="a service that is named with its SID is deleted",
        before=f"version: 1\n{PROD}services: {{old: {{}}, support: {{}}}}\n",
        happens=_allowed_to_go,
        after=ABSENT_SERVICE,
        sent={"DELETE Services": 1},
    ),
    Day(
        name="a secret is rotated",
        before=credential(),
        happens=_key("new"),
        after=credential(),
        sent={"POST Credentials": 1},
    ),
    Day(
        name="a secret is sent once more",
        before=credential(),
        after=credential("lifecycle: {secret_version: 2}"),
        sent={"POST Credentials": 1},
    ),
    Day(
        name="a role is forgotten",
        before=desk("agent", "clerk", lifecycle=PRUNED),
        after=desk("agent", lifecycle=PRUNED) + "forget: [services/support/roles/clerk]\n",
    ),
    Day(
        name="a service is forgotten with all that is in it",
        before=desk("agent") + "  sales: {roles: {seller: {type: conversation, permissions: [sendMessage]}}}\n",
        after=desk("agent") + "forget: [services/sales]\n",
    ),
    Day(
        name="one of three takes part no longer",
        before=members("alice", "bob", "carol"),
        after=members("alice", "bob"),
        sent={"DELETE Participants": 1},
    ),
    Day(
        name="one number of three gets another type",
        before=number("sms"),
        after=number("rcs"),
        sent={"DELETE Addresses": 1, "POST Addresses": 1},
    ),
    Day(name="the ledger is lost", before=desk("agent", "clerk"), happens=_ledger_lost, after=desk("agent", "clerk")),
    Day(
        name="the file becomes a folder",
        before=desk("agent", "clerk", lifecycle=PRUNED),
        happens=_split_up,
        after=desk("agent", "clerk", lifecycle=PRUNED),
    ),
    Day(name="nothing happens", before=desk("agent"), after=desk("agent")),
)
