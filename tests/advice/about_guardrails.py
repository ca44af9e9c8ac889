"""Scenarios: what to type, or what to write instead, when a guardrail blocks a plan."""

from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN

AGENT = "agent: {type: conversation, permissions: [sendMessage]}"


def desk_with(*rows: str, lifecycle: str = "") -> str:
    below = f"    lifecycle: {{{lifecycle}}}\n" if lifecycle else ""
    roles = "".join(f"      {row}\n" for row in rows)
    return f"version: 1\nservices:\n  desk:\n{below}    roles:\n{roles or '      {}'}\n"


def made_by_hand(desk: Desk) -> str:
    """Create a service with a role without confsync; return the role's SID."""
    service = desk.client.made("/Services", {"FriendlyName": "desk"})
    return desk.client.made(
        f"/Services/{service}/Roles", {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    )


@advice("`adopt: {{}: {}}`")
def absent_of_something_not_owned(desk: Desk) -> None:
    made_by_hand(desk)
    (line,) = snippets(desk.blocked(desk_with("agent: {type: conversation, lifecycle: {absent: true}}")))
    desk.add(line)
    desk.allowed()
    assert "agent" not in desk.names(f"/Services/{desk.sid('services', 'desk')}/Roles", "roles")


@advice("`--allow-delete {}`, or `allow_delete: {{}: {}}`", "to allow it: {}.")
def deletion_of_a_service(desk: Desk) -> None:
    two = "version: 1\nservices: {desk: {}, shop: {}}\n"
    desk.apply(two)
    option, line = snippets(desk.blocked(two.replace("desk: {}", "desk: {lifecycle: {absent: true}}")))
    assert desk.plan(*option.split())["applyable"]
    desk.add(line)
    desk.allowed()
    assert desk.names("/Services", "services") == ["Default Conversations Service", "shop"]


@advice("`--max-deletes {}`, or `guardrails: {max_deletes: {}}`")
def deletion_of_many(desk: Desk) -> None:
    desk.apply(
        desk_with(*(AGENT.replace("agent", f"agent{number}") for number in range(8)), lifecycle="prune: [roles]")
    )
    option, line = snippets(desk.blocked(desk_with(lifecycle="prune: [roles]")))
    assert desk.plan(*option.split())["applyable"]
    desk.add(line)
    desk.allowed()


@advice("keep `{}: {}`", "instead: {}.")
def changed_name_of_a_service(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {friendly_name: Support Desk}}\n")
    (line,) = snippets(desk.blocked("version: 1\nservices: {desk: {friendly_name: Help}}\n"))
    desk.edit("friendly_name: Help", line)
    desk.allowed()


@advice("`--allow-recreate {}`")
def service_that_disappeared(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {}}\n")
    desk.client.delete(f"/Services/{desk.sid('services', 'desk')}")
    (option,) = snippets(desk.blocked())
    desk.allowed(*option.split())
    assert "desk" in desk.names("/Services", "services")


HOTLINE = 'version: 1\naccount: {addresses: {"+15551230000": {type: %s}}}\n'


@advice("write the {} that it has in Twilio, or delete it by hand")
def replacement_of_something_adopted(desk: Desk) -> None:
    sid = desk.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    desk.apply(HOTLINE % "sms")
    assert desk.blocked(HOTLINE % "rcs").startswith("write the type that it has in Twilio")
    desk.edit("type: rcs", "type: sms")
    desk.allowed()
    desk.write(HOTLINE % "rcs")
    desk.client.delete(f"/Configuration/Addresses/{sid}")
    desk.allowed()


@advice("`guardrails: {max_updates: {}}`")
def too_many_updates(desk: Desk) -> None:
    two = desk_with(AGENT, AGENT.replace("agent", "clerk"))
    desk.apply(two)
    (line,) = snippets(desk.blocked(two.replace("sendMessage", "leaveConversation") + "guardrails: {max_updates: 1}\n"))
    desk.edit("guardrails: {max_updates: 1}", line)
    desk.allowed()


@advice("write at least one other value under `add` of {}")
def edit_that_leaves_nothing(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    edit = AGENT.replace("[sendMessage]", "{remove: [sendMessage]}")
    desk.blocked(desk_with(edit))
    desk.edit("{remove:", "{add: [leaveConversation], remove:")
    desk.allowed()


HOOKS = "version: 1\nservices: {desk: {conversations: {lounge: {webhooks: {%s}}}}}\n"


def hook(name: str) -> str:
    return (
        f"{name}: {{target: webhook, configuration: {{url: 'https://example.com/{name}', filters: [onMessageAdded]}}}}"
    )


@advice("delete one of those in Twilio, or declare it here")
def no_room_for_another_webhook(desk: Desk) -> None:
    desk.apply(HOOKS % hook("a"))
    lounge = f"/Services/{desk.sid('services', 'desk')}/Conversations/lounge"
    sids = [
        desk.client.made(
            f"{lounge}/Webhooks",
            {
                "Target": "webhook",
                "Configuration.Url": f"https://x/{number}",
                "Configuration.Filters": "onMessageAdded",
            },
        )
        for number in range(4)
    ]
    desk.blocked(HOOKS % f"{hook('a')}, {hook('b')}")
    desk.client.delete(f"{lounge}/Webhooks/{sids[0]}")
    desk.allowed()


LEVELS = """
version: 1
services:
  desk:
    users: {ann: {notification_levels: {lounge: muted}}}
    conversations: {lounge: {participants: {bob: {identity: bob}}}}
"""


@advice("declare it under `{}` of {}", most=PLAIN)
def notification_level_without_participation(desk: Desk) -> None:
    section, _ = snippets(desk.blocked(LEVELS) + " `x`")
    assert section == "participants"
    desk.edit("bob: {identity: bob}", "bob: {identity: bob}, ann: {identity: ann}")
    desk.allowed()


@advice("`adopt: {{}: SID}` with the right SID, or delete the others in Twilio")
def two_of_one_name(desk: Desk) -> None:
    sids = [desk.client.made("/Services", {"FriendlyName": "desk"}) for _ in range(2)]
    (line,) = snippets(desk.blocked("version: 1\nservices: {desk: {}}\n"))
    desk.add(line.replace("SID", sids[0]))
    assert desk.plan()["applyable"]
    desk.write("version: 1\nservices: {desk: {}}\n")
    desk.client.delete(f"/Services/{sids[1]}")
    desk.allowed()


@advice("name another SID under `adopt`, or remove the line")
def adoption_of_something_missing(desk: Desk) -> None:
    sid = desk.client.made("/Services", {"FriendlyName": "desk"})
    wrong = "IS" + "0" * 32
    desk.blocked(f"version: 1\nservices: {{desk: {{}}}}\nadopt: {{services/desk: {wrong}}}\n")
    desk.edit(wrong, sid)
    assert desk.plan()["applyable"]
    desk.edit(f"adopt: {{services/desk: {sid}}}\n", "")
    desk.allowed()


@advice("remove the line from `adopt`")
def adoption_of_something_that_was_created_again(desk: Desk) -> None:
    sid = made_by_hand(desk)
    adopt = f"adopt: {{services/desk/roles/agent: {sid}}}\n"
    desk.apply(desk_with(AGENT) + adopt)
    desk.client.delete(f"/Services/{desk.sid('services', 'desk')}/Roles/{sid}")
    desk.apply()
    desk.run("plan --detailed-exitcode")
    assert "warning[CS4014]" in desk.last.err
    desk.edit(adopt, "")
    desk.run("plan --detailed-exitcode")
    assert (desk.last.code, desk.last.err.count("CS4014")) == (0, 0)


@advice("declare {} with this {}, or remove {} from the configuration")
def deletion_of_a_user_whom_a_participant_names(desk: Desk) -> None:
    text = "version: 1\nservices: {desk: {lifecycle: {prune: [users]}, users: {%s}, conversations: {hall: {%s}}}}\n"
    member = "participants: {p: {identity: ann}}"
    desk.apply(text % ("ann: {}", member))
    desk.blocked(text % ("", member))
    desk.write(text % ("ann: {}", member))
    assert desk.plan()["applyable"]
    desk.write(text % ("", ""))
    desk.allowed()


PAIR = "messaging_binding: {address: '+15550000001', proxy_address: '+15550000002'}"
ROOMS = "version: 1\nservices: {desk: {conversations: {hall: {%s}, lounge: {%s}}}}\n"


def with_pair(more: str = "") -> str:
    return f"{more}participants: {{p: {{{PAIR}}}}}"


@advice("first apply a configuration without {}, which deletes {}")
def a_pair_of_addresses_that_the_same_plan_frees(desk: Desk) -> None:
    pruned = "lifecycle: {prune: [participants]}, participants: {}"
    desk.apply(ROOMS % (with_pair("lifecycle: {prune: [participants]}, "), ""))
    desk.blocked(ROOMS % (pruned, with_pair()))
    desk.apply(ROOMS % (pruned, ""))
    desk.write(ROOMS % (pruned, with_pair()))
    desk.allowed()


@advice("remove {} or {} from the configuration")
def a_pair_of_addresses_that_is_declared_twice(desk: Desk) -> None:
    desk.blocked(ROOMS % (with_pair(), with_pair()))
    desk.write(ROOMS % (with_pair(), ""))
    desk.allowed()


@advice("delete {} in Twilio, or declare it with `lifecycle.absent: true` and apply that first")
def a_pair_of_addresses_of_what_is_no_longer_declared(desk: Desk) -> None:
    desk.apply(ROOMS % (with_pair(), ""))
    desk.blocked(ROOMS % ("participants: {}", with_pair()))
    desk.apply(ROOMS % ("participants: {p: {lifecycle: {absent: true}}}", ""))
    desk.write(ROOMS % ("participants: {}", with_pair()))
    desk.allowed()


@advice("write the {} that it has in Twilio, or name another SID under `adopt`, or remove the line")
def adoption_of_another_kind_of_role(desk: Desk) -> None:
    sid = made_by_hand(desk)
    service_role = "agent: {type: service, permissions: [addParticipant]}"
    adopt = f"adopt: {{services/desk/roles/agent: {sid}}}\n"
    desk.blocked(desk_with(service_role) + adopt)
    desk.edit(service_role, AGENT)
    assert desk.plan()["applyable"]
    desk.write(desk_with(service_role))
    desk.allowed()


@advice("create it by hand, or remove `lifecycle.lookup`")
def lookup_of_something_missing(desk: Desk) -> None:
    looked_up = "version: 1\nservices: {desk: {lifecycle: {lookup: true}}}\n"
    desk.blocked(looked_up)
    desk.edit("{lifecycle: {lookup: true}}", "{}")
    assert desk.plan()["applyable"]
    desk.write(looked_up)
    desk.client.made("/Services", {"FriendlyName": "desk"})
    desk.allowed()


@advice("declare it under `{}`, or name a different one")
def a_built_in_role_that_is_gone(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {}}\n")
    roles = f"/Services/{desk.sid('services', 'desk')}/Roles"
    listed = desk.client.get(roles).body["roles"]
    (admin,) = (each["sid"] for each in listed if each["friendly_name"] == "service admin")
    desk.client.delete(f"{roles}/{admin}")
    desk.blocked("version: 1\nservices: {desk: {users: {ann: {role: service admin}}}}\n")
    desk.edit("service admin", "service user")
    desk.allowed()
    declared = "roles: {service admin: {type: service, permissions: [createConversation]}}"
    desk.write(f"version: 1\nservices: {{desk: {{{declared}, users: {{ann: {{role: service admin}}}}}}}}\n")
    desk.allowed()


@advice("delete the others in Twilio, or declare {} and name its SID under `adopt`")
def a_built_in_role_of_which_there_are_two(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {}}\n")
    roles = f"/Services/{desk.sid('services', 'desk')}/Roles"
    made = {"FriendlyName": "service admin", "Type": "service", "Permission": "createConversation"}
    second = desk.client.made(roles, made)
    text = "version: 1\nservices: {desk: {users: {ann: {role: service admin}}}}\n"
    desk.blocked(text)
    declared = "roles: {service admin: {type: service, permissions: {add: [createConversation]}}}, users:"
    desk.write(f"{text.replace('users:', declared)}adopt: {{services/desk/roles/service admin: {second}}}\n")
    desk.allowed()
    desk.write(text)
    others = [each["sid"] for each in desk.client.get(roles).body["roles"] if each["friendly_name"] == "service admin"]
    desk.client.delete(f"{roles}/{next(each for each in others if each != second)}")
    assert desk.plan()["applyable"]


LOUNGE = "version: 1\nservices: {desk: {conversations: {lounge: {attributes: {}}}}}\n"


@advice("write all of it without `add` and `remove`", "set fewer keys, or remove some")
def an_edit_of_attributes_that_is_impossible(desk: Desk) -> None:
    desk.apply(LOUNGE)
    path = f"/Services/{desk.sid('services', 'desk')}/Conversations/lounge"
    desk.client.post(path, {"Attributes": "[1]"})
    desk.blocked(LOUNGE.replace("attributes: {}", "attributes: {add: {x: 1}}"))
    desk.edit("{add: {x: 1}}", "{x: 1}")
    assert desk.plan()["applyable"]
    desk.client.post(path, {"Attributes": f'{{"mine": "{"x" * 16_000}"}}'})
    desk.blocked(LOUNGE.replace("attributes: {}", f"attributes: {{add: {{x: {'y' * 400}}}}}"))
    desk.edit("y" * 400, "y")
    assert desk.plan()["applyable"]
    desk.write(LOUNGE.replace("attributes: {}", f"attributes: {{add: {{x: {'y' * 400}}}, remove: [mine]}}"))
    desk.allowed()


PROTECTED = desk_with(AGENT.replace("agent: {", "agent: {lifecycle: {protect: true}, "))
UNPROTECT = "declare {} with `lifecycle.protect: false`, and apply that before the plan that gives it up"


def unprotect(desk: Desk, override: str, text: str) -> None:
    """Follow the advice to remove protection first, then apply what it was in the way of."""
    assert "`lifecycle.protect: false`" in override
    desk.apply(PROTECTED.replace("protect: true", "protect: false"))
    desk.write(text)


@advice(UNPROTECT)
def deletion_of_something_protected(desk: Desk) -> None:
    desk.apply(PROTECTED)
    absent = desk_with("agent: {type: conversation, lifecycle: {absent: true}}")
    unprotect(desk, desk.blocked(absent), absent)
    desk.allowed()


@advice(f"{UNPROTECT}.")
def a_command_that_forgets_something_protected(desk: Desk) -> None:
    desk.apply(PROTECTED)
    desk.write(desk_with())
    hint = desk.failed("forget services/desk/roles/agent", code=8)
    assert "`lifecycle.protect: false`" in hint
    desk.apply(PROTECTED.replace("protect: true", "protect: false"))
    desk.write(desk_with())
    desk.done("forget services/desk/roles/agent")
    desk.allowed()


@advice(f"remove it from `forget`, and {UNPROTECT}")
def forgetting_something_protected(desk: Desk) -> None:
    desk.apply(PROTECTED)
    forgotten = desk_with() + "forget: [services/desk/roles/agent]\n"
    unprotect(desk, desk.blocked(forgotten), forgotten)
    desk.allowed()


@advice("write `{}` in place of `lookup`, and apply that first")
def looking_up_something_protected(desk: Desk) -> None:
    desk.apply(PROTECTED)
    looked_up = desk_with("agent: {type: conversation, lifecycle: {lookup: true}}")
    unprotect(desk, desk.blocked(looked_up), looked_up)
    desk.allowed()


@advice(
    f"to move it, write `lifecycle.previously: [{{}}]` in place of `adopt`; otherwise remove the line, and {UNPROTECT}"
)
def adopting_something_protected_elsewhere(desk: Desk) -> None:
    desk.apply(PROTECTED)
    sid = desk.sid("services", "desk", "roles", "agent")
    moved = AGENT.replace("agent: {", "clerk: {friendly_name: agent, ")
    override = desk.blocked(desk_with(moved) + f"adopt: {{services/desk/roles/clerk: {sid}}}\n")
    line = next(each for each in snippets(override) if each.startswith("lifecycle.previously: "))
    desk.write(desk_with(moved.replace("clerk: {", f"clerk: {{lifecycle: {{{line.removeprefix('lifecycle.')}}}, ")))
    desk.allowed()


@advice("include it, or create it first")
def excluding_what_is_needed(desk: Desk) -> None:
    configured = f"{{configuration: {{default_conversation_role: agent}}, roles: {{{AGENT}}}}}"
    desk.write(f"version: 1\nservices: {{desk: {configured}}}\n")
    narrowed = ("--target", "services/desk/configuration", "--exclude", "services/desk/roles/agent")
    assert desk.blocked(None, *narrowed) == "include it, or create it first"
    assert desk.plan(*narrowed[:2])["applyable"]
    desk.done("apply --auto-approve --target services/desk/roles/agent")
    assert desk.plan(*narrowed)["applyable"]


@advice("add --target {}")
def moving_one_of_two(desk: Desk) -> None:
    one = "{type: conversation, permissions: [sendMessage]}"
    desk.apply(desk_with(f"a: {one}", f"b: {one}"))
    swapped = desk_with(
        "a: {friendly_name: b, type: conversation, permissions: [sendMessage]}",
        "b: {friendly_name: a, type: conversation, permissions: [sendMessage]}",
    )
    override = desk.blocked(swapped, "--target", "services/desk/roles/a")
    desk.allowed("--target", "services/desk/roles/a", *override.removeprefix("add ").split())


@advice("exclude all of it, or nothing in it")
def deleting_around_what_is_excluded(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {conversations: {lounge: {participants: {ann: {identity: ann}}}}}}\n")
    desk.write("version: 1\nservices: {desk: {conversations: {lounge: {lifecycle: {absent: true}}}}}\n")
    inside = ("--exclude", "services/desk/conversations/lounge/participants/ann")
    assert desk.blocked(None, *inside) == "exclude all of it, or nothing in it"
    assert desk.plan("--exclude", "services/desk/conversations/lounge")["applyable"]
    desk.allowed()


@advice("choose another {}, or delete the other {} in Twilio")
def a_name_that_someone_else_has(desk: Desk) -> None:
    room = "version: 1\nservices: {desk: {conversations: {lounge: {unique_name: %s}}}}\n"
    desk.apply(room % "lounge")
    rooms = f"/Services/{desk.sid('services', 'desk')}/Conversations"
    desk.client.post(rooms, {"UniqueName": "hall"})
    assert desk.blocked(room % "hall") == "choose another unique_name, or delete the other conversation in Twilio"
    desk.write(room % "saloon")
    assert desk.plan()["applyable"]
    desk.write(room % "hall")
    desk.client.delete(f"{rooms}/hall")
    desk.allowed()


@advice("choose another {}, or first apply a configuration that gives the other {} a {} that nothing has")
def names_that_only_a_third_one_can_exchange(desk: Desk) -> None:
    rooms = "version: 1\nservices: {desk: {conversations: {hall: {}, lounge: {unique_name: %s}}}}\n"
    desk.apply(rooms % "lounge")
    room = ("services", "desk", "conversations")
    hall, lounge = desk.sid(*room, "hall"), desk.sid(*room, "lounge")
    adopting = f"{rooms}adopt: {{{'/'.join(room)}/hall: {lounge}, {'/'.join(room)}/lounge: {hall}}}\n"
    desk.write(adopting % "lounge")
    assert {each["rule"] for each in desk.plan()["guardrails"]} == {"ambiguous"}
    desk.apply(adopting % "saloon")
    desk.write(adopting % "lounge")
    desk.allowed()
    assert (desk.sid(*room, "hall"), desk.sid(*room, "lounge")) == (lounge, hall)
