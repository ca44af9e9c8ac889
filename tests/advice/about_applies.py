"""Scenarios: an apply that ends early, an outcome that is not known, values that Twilio stores differently."""

import os
from pathlib import Path

from confsync.cli.progress import Progress
from confsync.emulator.faults.fault import Fault, OtherRequest, Phase, Reset, Respond, Send
from confsync.planning.make import LivePlan
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice

ROLES = "/v1/Services/*/Roles"
CLERK = AGENT.replace("agent", "clerk")
SAME: dict[str, str | tuple[str, ...]] = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
ADDRESS = "services/desk/roles/agent"


def agents(desk: Desk) -> list[str]:
    roles = desk.client.get(f"/Services/{desk.sid('services', 'desk')}/Roles", "PageSize=50").body["roles"]
    return [str(each["sid"]) for each in roles if each["friendly_name"] == "agent"]


def printed(desk: Desk, words: str) -> str:
    """Return the line of the last run that has these words."""
    lines = f"{desk.last.out}\n{desk.last.err}".splitlines()
    found = [each for each in lines if words in each]
    assert found, lines
    return found[-1]


def delete(desk: Desk, sid: str) -> None:
    """Delete a role in Twilio."""
    desk.client.delete(f"/Services/{desk.sid('services', 'desk')}/Roles/{sid}")


@advice("delete what you do not need, then run `confsync adopt {} SID` with the right SID.")
def two_that_may_have_been_created(desk: Desk) -> None:
    desk.apply(desk_with())
    desk.write(desk_with(AGENT))
    other = OtherRequest("POST", "/v1/Services/{sid}/Roles", SAME)
    desk.fail(
        Fault(phase=Phase.BEFORE_COMMIT, effect=Send((other,)), method="GET", path=ROLES, skip=1),
        Fault(phase=Phase.AFTER_COMMIT, effect=Reset(), method="POST", path=ROLES),
    )
    desk.run("apply --auto-approve")
    desk.fail()
    hint = printed(desk, "confsync adopt")
    first, second = agents(desk)
    delete(desk, second)
    (command,) = snippets(hint)
    desk.done(command.replace("SID", first))
    desk.allowed()


def lost_create(desk: Desk) -> None:
    """Send a create twice without any response."""
    desk.apply(desk_with())
    desk.write(desk_with(AGENT))
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=Reset(), method="POST", path=ROLES, times=None))
    desk.failed("apply --auto-approve", code=6)
    desk.fail()


@advice("look for it in Twilio; then write `forget: [{}]`")
def a_create_that_is_abandoned(desk: Desk) -> None:
    lost_create(desk)
    desk.write(desk_with())
    desk.done("plan")
    (line,) = snippets(next(each for each in desk.last.err.splitlines() if "look for it" in each))
    assert agents(desk) == []
    desk.add(line)
    desk.apply()
    desk.write(desk_with())
    desk.done("plan")
    assert "look for it" not in desk.last.err


@advice("run `confsync plan`, which shows what differs.")
def a_create_that_happened_with_other_values(desk: Desk) -> None:
    lost_create(desk)
    desk.write(desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    service = desk.sid("services", "desk")
    made = OtherRequest("POST", f"/v1/Services/{service}/Roles", SAME)
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=Send((made,)), method="GET", path=ROLES, skip=1))
    desk.run("apply --auto-approve")
    desk.fail()
    hint = printed(desk, "which shows what differs")
    assert "leaveConversation" in desk.follow(hint).out
    desk.allowed()


@advice("run `confsync plan`, which reads the current state.")
def a_response_about_another_resource(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    wrong = Respond(
        status=200, body={"sid": "RL" + "0" * 32, "friendly_name": "x", "type": "service", "permissions": []}
    )
    lost = Respond(status=400, body={"code": 20001, "message": "no", "status": 400})
    desk.fail(
        Fault(phase=Phase.AFTER_COMMIT, effect=wrong, method="POST", path=f"{ROLES}/*"),
        Fault(phase=Phase.BEFORE_COMMIT, effect=lost, method="GET", path=f"{ROLES}/*", skip=1, times=None),
    )
    desk.failed("apply --auto-approve", code=6)
    desk.fail()
    hint = printed(desk, "confsync plan")
    assert desk.follow(hint).code == 0
    desk.allowed()


@advice("{} Then run the same command again: what is done stays done.")
def a_connection_that_breaks_in_the_middle(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=403, code=20403), method="POST", path=ROLES))
    hint = desk.failed("apply --auto-approve", code=9)
    assert hint.startswith("Check the credentials and their permissions. Then run")
    desk.fail()
    desk.done("apply --auto-approve")
    assert desk.plan()["changes"] == []


@advice(
    "in Twilio, remove whatever still uses {}, or keep {}. Then run the same command again: what is done stays done."
)
def a_deletion_that_twilio_refuses(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with("agent: {lifecycle: {absent: true}}"))
    in_use = Respond(status=400, body={"code": 50107, "message": "in use", "status": 400})
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=in_use, method="DELETE"))
    desk.failed("apply --auto-approve", code=5)
    desk.fail()
    desk.allowed()


@advice("run `confsync apply`: it takes over what the journal contains.")
def an_apply_that_was_killed(desk: Desk) -> None:
    desk.write(desk_with(AGENT))

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with desk.monkeypatch.context() as full:
        full.setattr("confsync.state.ledger_file.write_atomically", refuse)
        hint = desk.failed("apply --auto-approve", code=11)
    assert hint.startswith("Free some disk space, then run `confsync apply")
    found = next(each["hint"] for each in desk.run("doctor --json").document["checks"] if each["name"] == "ledger")
    (command,) = snippets(found)
    desk.done(command, "--auto-approve")
    assert desk.plan()["changes"] == []


@advice("{}, then run `confsync apply` again: nothing is created twice.", "{}, then run `confsync apply` again.")
def a_disk_that_is_full(desk: Desk) -> None:
    desk.write(desk_with(AGENT))

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    for place in ("confsync.state.ledger_file.write_atomically", "confsync.state.journal._append"):
        with desk.monkeypatch.context() as full:
            full.setattr(place, refuse)
            hint = desk.failed("apply --auto-approve", code=11)
        (command,) = snippets(hint)
        desk.done(command, "--auto-approve")
        desk.write(desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    desk.allowed()
    assert len(agents(desk)) == 1


@advice("run `confsync plan`: it reads the ledger and the live state again.")
def a_ledger_that_changed_since_the_plan(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with(AGENT, CLERK))
    path, text = desk.ledger, desk.ledger.read_text("utf-8")

    begin = Progress.begin

    def change(progress: Progress, plan: LivePlan) -> None:
        begin(progress, plan)
        path.write_text(text.replace('"commit": null', '"commit": "0000"'), "utf-8")

    with desk.monkeypatch.context() as patched:
        patched.setattr(Progress, "begin", change)
        hint = desk.failed("apply --auto-approve", code=7)
    path.write_text(text, "utf-8")
    assert desk.follow(hint).code == 0
    desk.allowed()


@advice("restore the ledger as it was before the apply, then run `confsync apply` again.")
def a_ledger_that_is_replaced_during_the_apply(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with(AGENT, CLERK))
    path, text = desk.ledger, desk.ledger.read_text("utf-8")
    serial = '"serial": 1'
    assert serial in text
    real = os.fsync

    def replace(file: int) -> None:
        path.write_text(text.replace(serial, '"serial": 9'), "utf-8")
        real(file)

    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.state.journal.os.fsync", replace)
        hint = desk.failed("apply --auto-approve", code=11)
    path.write_text(text, "utf-8")
    (command,) = snippets(hint)
    desk.done(command, "--auto-approve")
    assert desk.plan()["changes"] == []


@advice("to accept it, write `{}` under `lifecycle` of {}. Run `confsync plan`: it reads the live state.")
def a_value_that_is_stored_differently(desk: Desk) -> None:
    hooks = "version: 1\nservices: {desk: {webhooks: {%smethod: POST}}}\n"
    desk.apply("version: 1\nservices: {desk: {}}\n")
    desk.write(hooks % "")
    get = Respond(status=200, body={"method": "GET", "filters": [], "pre_webhook_url": None, "post_webhook_url": None})
    path = "/v1/Services/*/Configuration/Webhooks"
    desk.fail(
        Fault(phase=Phase.AFTER_COMMIT, effect=get, method="POST", path=path, times=None),
        Fault(phase=Phase.AFTER_COMMIT, effect=get, method="GET", path=path, times=None),
    )
    line, _, command = snippets(desk.failed("apply --auto-approve", code=12))
    desk.write(hooks % f"lifecycle: {{{line}}}, ")
    assert "No changes" in desk.done(command).out


@advice(
    "run `confsync apply` again, in case someone else changed it in the meantime. "
    "If Twilio returns another value again, write `{}` under `lifecycle` of {}."
)
def a_value_that_changes_after_it_was_confirmed(desk: Desk) -> None:
    configured = "version: 1\nservices: {desk: {configuration: {reachability_enabled: true}}}\n"
    desk.apply("version: 1\nservices: {desk: {}}\n")
    desk.write(configured)
    path = f"/v1/Services/{desk.sid('services', 'desk')}/Configuration"
    desk.fail(
        Fault(
            phase=Phase.BEFORE_COMMIT,
            effect=Send((OtherRequest("POST", path, {"ReachabilityEnabled": "false"}),)),
            method="GET",
            path=path,
            skip=2,
        )
    )
    command, line, _ = snippets(desk.failed("apply --auto-approve", code=12))
    desk.fail()
    desk.done(command, "--auto-approve")
    assert desk.plan()["changes"] == []
    assert line == "ignore: [reachability_enabled]"


@advice("select the environment that the ledger belongs to, or move the ledger away.")
def a_ledger_of_another_account(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    path, text = desk.ledger, desk.ledger.read_text("utf-8")
    path.write_text(text.replace("AC" + "a" * 32, "AC" + "b" * 32), "utf-8")
    desk.failed("plan", code=8)
    path.rename(path.with_name("away.json"))
    desk.allowed()


@advice("select the environment that the journal belongs to, or move the journal away.")
def a_journal_of_another_account(desk: Desk) -> None:
    an_apply_that_was_killed(desk)
    desk.edit("sendMessage", "leaveConversation")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with desk.monkeypatch.context() as full:
        full.setattr("confsync.state.ledger_file.write_atomically", refuse)
        desk.failed("apply --auto-approve", code=11)
    (path,) = (desk.folder / ".confsync").rglob("journal*.jsonl")
    path.write_text(path.read_text("utf-8").replace("AC" + "a" * 32, "AC" + "b" * 32), "utf-8")
    desk.failed("plan", code=8)
    path.rename(Path(desk.folder, "away.jsonl"))
    desk.allowed()
