"""A rehearsal applies a saved plan to a copy of the account, with every fault at every write."""

import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace

from confsync.apply.duplicates import DuplicateSearch
from confsync.errors import ConfsyncError, Refused, Stale
from confsync.exit_codes import ExitCode
from confsync.plan.intent import Intent, Selection
from confsync.plan.rehearsal import FROM_WORST, Rehearsal, RehearsedFault, worst_code
from confsync.planfile.file import SavedPlan
from confsync.rehearsal.rehearse import FAULTS, rehearse
from confsync.twilio import retry
from confsync.twilio.messages import Operation
from confsync.twilio.outcomes import AttemptOutcome
from confsync.twilio.retry import RetryDecision, decide_retry
from tests.harness import Harness, state_bytes
from tests.planning.shared_account import DESK, HEAD, ROLE, apply_both
from tests.rehearsal.planted_bug import send_creates_again

AGENT = """
version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""

EVERYTHING = """
version: 1
account:
  webhooks: {post_webhook_url: https://example.com/hook}
credentials:
  fcm: {type: fcm, secret: "${{ env.PUSH_KEY }}"}
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
      channel admin: {type: conversation, permissions: {add: [editOwnMessage]}}
    configuration: {default_conversation_role: agent}
    notifications: {new_message: {enabled: true, template: "${MESSAGE}"}}
    users: {alice: {friendly_name: Alice}}
    conversations:
      room: {participants: {alice: {identity: alice}}, timers: {inactive: PT5M}}
"""


def saved_plan(harness: Harness, text: str | None = None) -> SavedPlan:
    """Save a plan outside the folder of the configuration."""
    account = harness.account(harness.config(text))
    path = harness.folder.parent / f"{harness.folder.name}.plan"
    return account.plan(harness.intent).save(path)


def rehearsed(harness: Harness, text: str | None = None) -> Rehearsal:
    """Save a plan and rehearse it. Clears the request log in between."""
    saved = saved_plan(harness, text)
    harness.emulator.log.clear()
    return asyncio.run(rehearse(harness.account().account, saved))


def codes(rehearsal: Rehearsal) -> Counter[tuple[RehearsedFault, ExitCode | None, ExitCode | None]]:
    return Counter((run.fault, run.code, run.rerun_code) for run in rehearsal.runs)


def test_each_fault_strikes_each_write_once(harness: Harness) -> None:
    found = rehearsed(harness, AGENT)
    assert [f"{each.method} {each.address}" for each in found.writes] == [
        "POST services/support",
        "POST services/support/roles/agent",
    ]
    struck = Counter((run.fault, run.write) for run in found.runs)
    assert struck == Counter(
        [(RehearsedFault.NONE, None), *((fault, each) for fault in FAULTS for each in found.writes)]
    )
    assert (found.code, found.failures) == (ExitCode.DONE, ())


def test_a_killed_run_has_no_code_and_its_rerun_ends_well(harness: Harness) -> None:
    assert codes(rehearsed(harness, AGENT)) == {
        (RehearsedFault.NONE, ExitCode.DONE, None): 1,
        (RehearsedFault.TOO_MANY_REQUESTS, ExitCode.DONE, None): 2,
        (RehearsedFault.RESET_BEFORE, ExitCode.DONE, None): 2,
        (RehearsedFault.RESET_AFTER, ExitCode.DONE, None): 2,
        (RehearsedFault.KILL_BEFORE, None, ExitCode.DONE): 2,
        (RehearsedFault.KILL_AFTER, None, ExitCode.DONE): 2,
    }


def test_nothing_reaches_the_account_but_the_reads_of_one_plan(harness: Harness) -> None:
    found = rehearsed(harness, AGENT)
    reads = [f"{each.method} {each.path}" for each in harness.emulator.log]
    assert reads == ["GET /v1/Configuration", "GET /v1/Services"]
    assert found.reads == len(reads)
    assert list(state_bytes(harness.folder)) == []


def test_the_ledger_of_the_account_stays_as_it_is(harness: Harness) -> None:
    harness.apply(AGENT)
    before = list(state_bytes(harness.folder))
    found = rehearsed(harness, AGENT.replace("[sendMessage]", "[leaveConversation]"))
    assert [each.address for each in found.writes] == ["services/support/roles/agent"]
    assert found.code is ExitCode.DONE
    assert list(state_bytes(harness.folder)) == before


def test_all_kinds_are_rehearsed_as_new_resources(harness: Harness) -> None:
    found = rehearsed(harness, EVERYTHING)
    assert {each.address for each in found.writes} == {
        "account/webhooks",
        "credentials/fcm",
        "services/support",
        "services/support/roles/agent",
        "services/support/roles/channel admin",
        "services/support/configuration",
        "services/support/notifications",
        "services/support/users/alice",
        "services/support/conversations/room",
        "services/support/conversations/room/participants/alice",
    }
    assert found.failures == ()


def test_resources_that_exist_keep_their_sids(harness: Harness) -> None:
    harness.apply(EVERYTHING)
    changed = (
        EVERYTHING.replace("Alice", "Alicia").replace("[sendMessage, leaveC", "[leaveC").replace("hook}", "hooks}")
    )
    found = rehearsed(harness, changed)
    assert [f"{each.method} {each.address}" for each in found.writes] == [
        "POST account/webhooks",
        "POST services/support/roles/agent",
        "POST services/support/users/alice",
    ]
    assert found.failures == ()


def test_deletes_are_rehearsed(harness: Harness) -> None:
    harness.apply(AGENT)
    found = rehearsed(harness, AGENT.replace("{type: conv", "{lifecycle: {absent: true}, type: conv"))
    assert [f"{each.method} {each.address}" for each in found.writes] == ["DELETE services/support/roles/agent"]
    assert found.failures == ()


def test_a_plan_of_a_part_is_rehearsed(harness: Harness) -> None:
    harness.apply(AGENT)
    harness.intent = Intent(selection=Selection(targets=("services/support/roles/clerk",)))
    found = rehearsed(harness, f"{AGENT}      clerk: {{type: conversation, permissions: [sendMessage]}}")
    assert [each.address for each in found.writes] == ["services/support/roles/clerk"]
    assert found.failures == ()


def test_a_plan_that_a_guardrail_blocks_is_refused(harness: Harness) -> None:
    harness.apply(AGENT)
    harness.intent = Intent(destroy=True)
    with pytest.raises(Refused):
        rehearsed(harness)


def test_a_secret_that_is_not_available_here_is_replaced(harness: Harness) -> None:
    credential = 'version: 1\ncredentials: {fcm: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}\n'
    saved = saved_plan(harness, credential)
    harness.environ.clear()
    found = asyncio.run(rehearse(harness.account().account, saved))
    assert [each.address for each in found.writes] == ["credentials/fcm"]
    assert found.failures == ()


def test_the_lock_that_machines_share_is_not_taken(harness: Harness) -> None:
    account = harness.account(harness.config(f"{AGENT}lock: git\n"))
    account.account.connection = replace(account.account.connection, emulator=False)
    plan = account.plan()
    with pytest.raises(ConfsyncError):  # the folder is in no repository
        account.apply(plan)
    saved = plan.save(harness.folder.parent / f"{harness.folder.name}.plan")
    assert asyncio.run(rehearse(account.account, saved)).failures == ()


def test_a_plan_of_one_of_two_environments_of_an_account_is_rehearsed(harness: Harness) -> None:
    apply_both(harness)
    harness.environment = "prod"
    looked_up = "friendly_name: Support staging, lifecycle: {lookup: true, only: [prod]}"
    role = f"theirs: {{{looked_up}, roles: {{mine: {ROLE}}}}}"
    found = rehearsed(harness, f"{HEAD}{DESK}  {role}\n")
    assert [f"{each.method} {each.address}" for each in found.writes] == ["POST services/theirs/roles/mine"]
    assert found.runs[0].code is ExitCode.DONE
    assert {run.rerun_code for run in found.runs[1:]} <= {None, ExitCode.DONE}


def test_a_stale_plan_is_refused_as_apply_refuses_it(harness: Harness) -> None:
    harness.apply(AGENT)
    saved = saved_plan(harness, AGENT.replace("[sendMessage]", "[leaveConversation]"))
    role = harness.path("/Services/support/Roles/agent")
    harness.client.post(role, {"Permission": "editOwnMessage"})
    with pytest.raises(Stale):
        asyncio.run(rehearse(harness.account().account, saved))


def test_a_create_that_is_sent_again_after_a_reset_is_found(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    send_creates_again(monkeypatch)
    found = rehearsed(harness, AGENT)
    assert found.code is ExitCode.UNKNOWN
    assert {(run.fault, run.write.address if run.write else "") for run in found.failures} == {
        (RehearsedFault.RESET_AFTER, "services/support"),
        (RehearsedFault.RESET_AFTER, "services/support/roles/agent"),
    }
    assert all(run.duplicates for run in found.failures)


def test_every_exit_code_has_a_rank_and_any_other_one_is_worse_than_done() -> None:
    assert Counter(FROM_WORST) == Counter(ExitCode)
    for code in ExitCode:
        assert worst_code([ExitCode.DONE, code]) is code
    assert worst_code([]) is ExitCode.DONE


def test_a_duplicate_that_apply_overlooks_is_found(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    send_creates_again(monkeypatch)

    def find_nothing(*_: object) -> DuplicateSearch:
        return DuplicateSearch({})

    monkeypatch.setattr("confsync.apply.apply.find_duplicates", find_nothing)
    found = rehearsed(harness, AGENT)
    role = next(run for run in found.failures if run.write and run.write.address.endswith("agent"))
    assert (role.code, role.worst_code) == (ExitCode.DONE, ExitCode.UNKNOWN)
    (duplicate,) = role.duplicates
    assert duplicate.startswith("role RL")


def test_a_write_that_is_lost_is_found(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_for_done(outcome: AttemptOutcome, operation: Operation) -> RetryDecision:
        refused = outcome is AttemptOutcome.REJECTED and operation is Operation.DELETE
        return RetryDecision.FINISH if refused else decide_retry(outcome, operation)

    harness.apply(AGENT)
    monkeypatch.setattr(retry, "decide_retry", take_for_done)
    found = rehearsed(harness, AGENT.replace("{type: conv", "{lifecycle: {absent: true}, type: conv"))
    assert [run.fault for run in found.failures] == [RehearsedFault.TOO_MANY_REQUESTS]
