"""Scenarios: a saved plan that cannot be applied."""

import json
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

import confsync
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.emulator.server import running
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.rehearsal.planted_bug import send_creates_again

PLAN = "saved.plan"


def saved(desk: Desk, text: str | None = None, *more: str) -> None:
    """Save a plan."""
    if text is not None:
        desk.write(text)
    desk.done(f"plan --out {PLAN}", *more)


def again(desk: Desk, hint: str, *more: str) -> None:
    """Make the new plan that a hint asks for, and apply it."""
    (command,) = snippets(hint)
    name = "new.plan"
    desk.done(command.replace("FILE", name), *more)
    desk.done(f"apply {name}", *more)


@advice("make a new plan and have it reviewed: `confsync plan --out FILE`.")
def a_plan_that_is_spent(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    desk.done(f"apply {PLAN}")
    again(desk, desk.failed(f"apply {PLAN}", code=7))
    saved(desk, desk_with(AGENT, AGENT.replace("agent", "clerk")), "--expires", "1m")
    now = datetime.now(UTC) + timedelta(minutes=2)

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now.astimezone(tz)

    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.account.checks.datetime", Later)
        hint = desk.failed(f"apply {PLAN}", code=7)
    again(desk, hint)
    saved(desk, desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    role = f"/Services/{desk.sid('services', 'desk')}/Roles/{desk.sid('services', 'desk', 'roles', 'agent')}"
    desk.client.post(role, {"Permission": "editOwnMessage"})
    again(desk, desk.failed(f"apply {PLAN}", code=7))


@advice("make a new one: `confsync plan --out FILE`")
def a_spent_plan_that_is_shown(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    desk.done(f"apply {PLAN}")
    desk.done(f"show {PLAN}")
    again(desk, next(line for line in desk.last.err.splitlines() if "make a new one" in line))


@advice("use the same commit and variables as the plan, or make a new plan: `confsync plan --out FILE`.")
def a_plan_of_another_configuration(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    desk.write(desk_with(AGENT.replace("agent", "clerk")))
    hint = desk.failed(f"apply {PLAN}", code=7)
    desk.write(desk_with(AGENT))
    desk.done(f"apply {PLAN}")
    desk.write(desk_with(AGENT.replace("agent", "clerk")))
    again(desk, hint)

    desk.write(
        desk_with(AGENT.replace("sendMessage", "'${{ var.permission }}'")) + "variables: {permission: sendMessage}\n"
    )
    desk.done(f"plan --out {PLAN}", "--var=permission=leaveConversation")
    desk.failed(f"apply {PLAN}", "--var=permission=addParticipant", code=7)
    desk.done(f"apply {PLAN}", "--var=permission=leaveConversation")


@advice(
    "restore the ledger, or make a new plan: `confsync plan --out FILE`.",
    "restore that ledger, or make a new plan: `confsync plan --out FILE`.",
)
def a_plan_whose_ledger_is_gone(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    saved(desk, desk_with(AGENT, AGENT.replace("agent", "clerk")))
    kept = desk.ledger.read_bytes()
    path = desk.ledger
    path.unlink()
    hint = desk.failed(f"apply {PLAN}", code=7)
    desk.apply(desk_with(AGENT))  # this adopts what exists into another ledger
    desk.write(desk_with(AGENT, AGENT.replace("agent", "clerk")))
    assert desk.failed(f"apply {PLAN}", code=7).startswith("Restore that ledger, or")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)
    desk.done(f"apply {PLAN}")
    saved(desk, desk_with(AGENT))
    path.unlink()
    again(desk, hint)


@advice("have a new plan reviewed: `confsync plan --out FILE`.")
def a_plan_that_does_not_approve_everything(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    desk.write(desk_with(AGENT, AGENT.replace("agent", "clerk")))
    again(desk, desk.failed(f"apply --approved {PLAN}", code=7))


@advice("make a new plan. To allow it: {}.", "make a new plan. Instead: {}.")
def a_plan_that_was_blocked(desk: Desk) -> None:
    desk.apply("version: 1\nservices: {desk: {}}\n")
    saved(desk, "version: 1\nservices: {desk: {friendly_name: Help}}\n")
    (line,) = snippets(desk.failed(f"apply {PLAN}", code=8))
    saved(desk, f"version: 1\nservices: {{desk: {{{line}}}}}\n")
    desk.done(f"apply {PLAN}")
    saved(desk, "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n")
    option, _ = snippets(desk.failed(f"apply {PLAN}", code=8))
    saved(desk, None, *option.split())
    desk.done(f"apply {PLAN}")


@advice(
    "make a new plan with CONFSYNC_PLAN_KEY set: `confsync plan --out FILE`.",
    "make a new plan with this key in CONFSYNC_PLAN_KEY: `confsync plan --out FILE`.",
)
def a_plan_without_the_right_signature(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    desk.set("CONFSYNC_PLAN_KEY", "one")
    again(desk, desk.failed(f"apply {PLAN}", code=8))
    saved(desk)
    desk.set("CONFSYNC_PLAN_KEY", "two")
    again(desk, desk.failed(f"apply {PLAN}", code=8))


@advice("name a file that `confsync plan --out FILE` wrote.")
def a_damaged_plan(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    good = desk.text(PLAN)
    plan = json.loads(good)
    plan["plan"]["changes"][0]["actions"] = ["explode"]
    desk.write(json.dumps(plan), PLAN)
    again(desk, desk.failed(f"apply {PLAN}", code=11))
    desk.run(f"show {PLAN}")
    assert "'explode' is none of 'adopt', 'create', 'delete', 'move', 'recreate', 'replace', 'update'" in desk.last.err


@advice("use the confsync version that wrote it, or a newer one.")
def a_plan_of_a_newer_version(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    good = desk.text(PLAN)
    desk.write(good.replace('"format_version": 1', '"format_version": 2'), PLAN)
    desk.failed(f"apply {PLAN}", code=11)
    with desk.monkeypatch.context() as newer:  # as that version would
        newer.setattr("confsync.planfile.file.FORMAT_VERSION", 2)
        desk.done(f"apply {PLAN}")


@advice("name another file.", "name another file for one of them.")
def an_output_that_is_an_input(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    desk.failed("plan --out confsync.yaml", code=3)
    desk.failed(f"plan --out {PLAN} --output {PLAN}", code=3)
    desk.done(f"plan --out {PLAN} --output other.txt")


@advice("set the credentials of that account, or select the environment of this one with -e.")
def the_wrong_account(desk: Desk) -> None:
    other = "AC" + "b" * 32
    desk.write(f"version: 1\nenvironments: {{prod: {{account_sid: {other}}}, dev: {{account_sid: {ACCOUNT_SID}}}}}\n")
    desk.failed("plan -e prod", code=8)
    desk.done("plan -e dev")


@advice("make a new plan for this account.")
def a_plan_of_another_account(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    config = confsync.load()
    with Emulator() as emulator, running(emulator) as url, confsync.connect_sync(config) as here:
        plan = here.plan()
        desk.set("CONFSYNC_BASE_URL", url)
        with confsync.connect_sync(config) as there:
            with pytest.raises(confsync.Refused):
                there.apply(plan)
            there.apply(there.plan())


@advice("correct that in the configuration, then make and rehearse a new plan: `confsync plan --out FILE`.")
def a_plan_that_twilio_will_refuse(desk: Desk) -> None:
    saved(desk, desk_with(AGENT.replace("sendMessage", "flyAway")))
    hint = desk.failed(f"rehearse {PLAN}", code=5)
    desk.write(desk_with(AGENT))
    again(desk, hint)
    saved(desk, desk_with(AGENT, AGENT.replace("agent", "clerk")))
    desk.done(f"rehearse {PLAN}")


@advice("look at the runs that failed in `confsync rehearse {} --json` before you apply the plan.")
def a_plan_that_fails_with_a_fault(desk: Desk) -> None:
    saved(desk, desk_with(AGENT))
    with desk.monkeypatch.context() as patched:
        send_creates_again(patched)
        (command,) = snippets(desk.failed(f"rehearse {PLAN}", code=6))
        runs = desk.run(command).document["runs"]
    assert {run["fault"] for run in runs if run["worst_code"]} == {"reset after commit"}
    desk.done(f"rehearse {PLAN}")
