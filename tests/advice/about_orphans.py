"""Scenarios: what can be done about a resource that is no longer declared."""

from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice

CLERK = AGENT.replace("agent", "clerk")
ADDRESS = "services/desk/roles/agent"


def options(desk: Desk, address: str = ADDRESS) -> list[str]:
    """Return the advice about one orphaned resource."""
    (found,) = (each for each in desk.plan()["orphaned"] if each["address"] == address)
    return [str(each) for each in found["advice"].split("; ")]


def only(found: list[str], word: str) -> list[str]:
    """Return the snippets of the only advice with a word."""
    (line,) = (each for each in found if word in each)
    return snippets(line)


def is_live(desk: Desk, name: str = "agent") -> bool:
    return name in desk.names(f"/Services/{desk.sid('services', 'desk')}/Roles", "roles")


@advice("`forget: [{}]` to stop managing it")
def an_orphan_to_forget(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with())
    (line,) = only(options(desk), "forget")
    desk.add(line)
    desk.apply()
    desk.write(desk_with())
    assert desk.plan()["orphaned"] == []
    assert is_live(desk)


@advice("declare it with `lifecycle.absent: true` to delete it")
def an_orphan_to_delete(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with())
    (line,) = only(options(desk), "absent")
    assert line == "lifecycle.absent: true"
    desk.write(desk_with("agent: {lifecycle: {absent: true}}"))
    desk.allowed()
    assert not is_live(desk)


@advice("declare it with `lifecycle.absent: true` and `--allow-delete {}` to delete it")
def an_orphaned_service_to_delete(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {}, shop: {}}\n")
    desk.write("version: 1\nservices: {shop: {}}\n")
    _, option = only(options(desk, "services/desk"), "absent")
    desk.write("version: 1\nservices: {shop: {}, desk: {lifecycle: {absent: true}}}\n")
    desk.allowed(*option.split())
    assert "desk" not in desk.names("/Services", "services")


@advice("`lifecycle.prune: [{}]` on {} deletes it", "`lifecycle.prune: [{}]` on {} deletes it and {} more")
def an_orphan_to_prune(desk: Desk) -> None:
    desk.apply(desk_with(AGENT, CLERK, *(AGENT.replace("agent", f"r{number}") for number in range(8))))
    rest = [AGENT.replace("agent", f"r{number}") for number in range(8)]
    desk.write(desk_with(*rest))
    assert [each for each in options(desk) if "prune" in each] == [
        "`lifecycle.prune: [roles]` on services/desk deletes it and 1 more"
    ]
    desk.write(desk_with(CLERK, *rest))
    (line,) = only(options(desk), "prune")
    desk.write(desk_with(CLERK, *rest, lifecycle=line.removeprefix("lifecycle.")))
    desk.allowed()
    assert not is_live(desk)
    assert is_live(desk, "clerk")


@advice(
    "`lifecycle.prune: [{}]` on {} and `--max-deletes {}` delete it",
    "`lifecycle.prune: [{}]` on {} and `--max-deletes {}` delete it and {} more",
)
def orphans_to_prune(desk: Desk) -> None:
    users = "users: {%s}"
    text = "version: 1\nservices: {desk: {%s, conversations: {%s}}}\n"
    desk.apply(desk_with(AGENT, CLERK))
    desk.write(desk_with())
    line, option = only(options(desk), "prune")
    desk.write(desk_with(lifecycle=line.removeprefix("lifecycle.")))
    desk.allowed(*option.split())
    assert not is_live(desk)
    room = "room: {participants: {a: {identity: a}, b: {identity: b}}}"
    desk.apply(text % (users % "", room))
    desk.write(text % (users % "", ""))
    line, option = only(options(desk, "services/desk/conversations/room"), "prune")
    desk.write(text % (f"lifecycle: {{{line.removeprefix('lifecycle.')}}}", ""))
    desk.allowed(*option.split())


@advice("`adopt` {} at a new address with `lifecycle.absent: true` to delete it")
def a_superseded_resource_to_delete(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.apply(desk_with(AGENT.replace("type: conversation", "type: service").replace("sendMessage", "addParticipant")))
    (line,) = (each for each in options(desk) if "adopt" in each)
    sid = line.split()[1]
    old = "old: {lifecycle: {absent: true}}"
    roles = AGENT.replace("type: conversation", "type: service").replace("sendMessage", "addParticipant")
    desk.write(desk_with(roles, old) + f"adopt: {{services/desk/roles/old: {sid}}}\n")
    desk.allowed()
    assert desk.plan()["orphaned"] == []


@advice("`{}` on {} if that is its new address")
def a_renamed_key(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    sid = desk.sid("services", "desk", "roles", "agent")
    desk.write(desk_with(AGENT.replace("agent", "agents")))
    (line,) = only(options(desk), "new address")
    desk.write(desk_with(AGENT.replace("agent: {", f"agents: {{{line}, ")))
    (moved,) = desk.plan()["changes"]
    assert (moved["actions"], moved["sid"]) == (["move"], sid)
    desk.allowed()


@advice("run `confsync plan`: it says what to do about each.")
def orphans_that_doctor_finds(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with())
    desk.run("doctor")
    assert "1 are no longer declared" in desk.last.out
    assert "to stop managing it" in desk.done("plan").out
