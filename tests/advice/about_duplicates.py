"""Scenarios: two resources that one create probably made."""

from datetime import timedelta

from confsync.emulator.faults.fault import Fault, OtherRequest, Phase, Respond, Send
from tests.advice.about_applies import ROLES, SAME, agents, delete
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice

REPAIR = "repair duplicates --auto-approve"


def role_path(desk: Desk, sid: str = "") -> str:
    return f"/Services/{desk.sid('services', 'desk')}/Roles/{sid}".rstrip("/")


def twice(desk: Desk) -> tuple[str, str]:
    """Own a role, and let somebody create an equal one half a minute later; return the SIDs of both."""
    desk.apply(desk_with(AGENT))
    (ours,) = agents(desk)
    desk.emulator.clock.advance(timedelta(seconds=30))
    return ours, desk.client.made(role_path(desk), SAME)


@advice(
    "find out who created the other one, and delete it if nobody needs it. "
    "If both are equal, `confsync repair duplicates` deletes the newer one."
)
def a_duplicate_that_appears(desk: Desk) -> None:
    desk.apply(desk_with())
    desk.write(desk_with(AGENT))
    for made, equal in ((SAME, True), ({**SAME, "Permission": "leaveConversation"}, False)):
        other = OtherRequest("POST", "/v1/Services/{sid}/Roles", made)
        desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=Send((other,)), method="POST", path=ROLES))
        (command,) = snippets(desk.failed("apply --auto-approve", code=6))
        desk.fail()
        assert len(agents(desk)) == 2
        if equal:
            desk.done(command, "--auto-approve")
        else:
            (theirs,) = (each for each in agents(desk) if each not in desk.ledger.read_text("utf-8"))
            delete(desk, theirs)
        document = desk.plan()
        assert (document["diagnostics"], document["probable_duplicates"], len(agents(desk))) == ([], [], 1)
        delete(desk, agents(desk)[0])


@advice(
    "`confsync repair duplicates` to delete the newer one",
    "run `confsync repair duplicates`: it deletes the newer ones.",
)
def a_duplicate_that_a_plan_shows(desk: Desk) -> None:
    ours, _ = twice(desk)
    (check,) = (each for each in desk.run("doctor --json").document["checks"] if each["name"] == "names")
    advice_line = next(each for each in desk.done("plan").out.splitlines() if "repair duplicates" in each)
    assert snippets(check["hint"]) == snippets(advice_line)
    (command,) = snippets(advice_line)
    desk.monkeypatch.setattr("confsync.cli.invocation.Invocation.asks", True)
    assert desk.run(command, answer="yes\n").code == 0
    assert agents(desk) == [ours]
    assert desk.run("drift").code == 0


@advice(
    "look at the probable duplicates in the output of `confsync plan`, then run this command again with "
    "`--auto-approve`."
)
def a_repair_without_a_terminal(desk: Desk) -> None:
    ours, theirs = twice(desk)
    command, option = snippets(desk.failed("repair duplicates", code=8))
    assert theirs in desk.done(command).out
    desk.done("repair duplicates", option)
    assert agents(desk) == [ours]


@advice("run `confsync repair duplicates` again, and answer 'yes'.")
def a_declined_repair(desk: Desk) -> None:
    ours, _ = twice(desk)
    desk.monkeypatch.setattr("confsync.cli.invocation.Invocation.asks", True)
    assert desk.run("repair duplicates", answer="y\n").code == 8
    (command,) = snippets(desk.next)
    assert desk.run(command, answer="yes\n").code == 0
    assert agents(desk) == [ours]


@advice("if nobody needs {}, which confsync does not own, delete it in Twilio.")
def a_duplicate_that_is_in_use(desk: Desk) -> None:
    _, theirs = twice(desk)
    service = desk.sid("services", "desk")
    desk.client.post(f"/Services/{service}/Configuration", {"DefaultConversationRoleSid": theirs})
    assert theirs in desk.failed(REPAIR, code=8)
    default = desk.sid("services", "desk", "roles", "channel user")
    desk.client.post(f"/Services/{service}/Configuration", {"DefaultConversationRoleSid": default})
    delete(desk, theirs)
    assert "No duplicates" in desk.done(REPAIR).out
    desk.allowed()


@advice("in Twilio, remove whatever still uses {}, then run `confsync repair duplicates` again.")
def a_duplicate_that_twilio_does_not_delete(desk: Desk) -> None:
    ours, theirs = twice(desk)
    in_use = Respond(status=400, body={"code": 50107, "message": "in use", "status": 400})
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=in_use, method="DELETE"))
    hint = desk.failed(REPAIR, code=5)
    assert theirs in hint
    desk.fail()
    (command,) = snippets(hint)
    desk.done(command, "--auto-approve")
    assert agents(desk) == [ours]


@advice("run `confsync repair duplicates` again: it reads the current state.")
def a_duplicate_that_changes_in_the_meantime(desk: Desk) -> None:
    _, theirs = twice(desk)
    desk.client.post(role_path(desk, theirs), {"Permission": "sendMessage"})
    changed = OtherRequest("POST", f"/v1{role_path(desk, theirs)}", {"Permission": "leaveConversation"})
    path = f"/v1{role_path(desk, theirs)}"
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=Send((changed,)), method="GET", path=path))
    (command,) = snippets(desk.failed(REPAIR, code=7))
    desk.fail()
    assert "No duplicates" in desk.done(command, "--auto-approve").out
    assert len(agents(desk)) == 2
