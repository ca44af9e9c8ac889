"""Two environments in one account: each manages what is its own, and leaves alone what the other one owns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from confsync.account.blocking import run_blocking
from confsync.account.repairs import plan_repair
from confsync.emulator.defaults import DEFAULT_SERVICE
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.errors import CorruptLedger, Refused, Stale
from confsync.names import Address
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from confsync.state.journal import Journal
from confsync.state.ledger_file import read_any_ledger, write_ledger
from confsync.state.ledger_name import ledger_name
from confsync.state.replay import Put
from confsync.state.state_files import journal_path
from tests.harness import Harness, plan_lines
from tests.planning.shared_account import DESK, HEAD, ROLE, SCENARIOS, apply_both, sid_of
from tests.planning.test_inventory import listed


@contextmanager
def within(harness: Harness, environment: str) -> Iterator[Harness]:
    """Use one environment."""
    before, harness.environment = harness.environment, environment
    yield harness
    harness.environment = before


def plan(harness: Harness, environment: str, text: str | None = None) -> Plan:
    with within(harness, environment):
        return harness.plan(None if text is None else HEAD + text)


def apply(harness: Harness, environment: str, text: str | None = None) -> None:
    with within(harness, environment):
        assert harness.apply(None if text is None else HEAD + text).exit_code == 0


@pytest.fixture
def both(harness: Harness) -> Harness:
    """Two environments, both applied."""
    apply_both(harness)
    harness.environment = None
    del harness.environ["CONFSYNC_VAR_outside"]
    return harness


def test_both_are_applied_and_neither_sees_the_other(both: Harness) -> None:
    for environment in ("staging", "prod"):
        made = plan(both, environment)
        assert plan_lines(made) == []
        assert made.unmanaged_counts is not None
        assert {each.section: each.number for each in made.unmanaged_counts} == {
            "addresses": 0,
            "credentials": 0,
            "services": 1,  # the one that Twilio creates with every account
        }


def test_a_list_says_which_environment_owns_a_resource(both: Harness) -> None:
    with within(both, "prod"):
        lines = [each for each in listed(both) if "channel" not in each and "service " not in each]
    assert lines == [
        "unmanaged services/Default Conversations Service",
        "other environment services/Support staging",
        "other environment services/Support staging/roles/agent",
        "other environment services/Support staging/roles/clerk",
        "managed services/support",
        "managed services/support/roles/agent",
        "managed services/support/roles/clerk",
    ]
    assert owners_of_singletons(both, "staging") == {
        "account/configuration": None,
        "account/webhooks": "prod",
        "services/Support prod/configuration": None,
        "services/Support prod/notifications": None,
        "services/Support prod/webhooks": "prod",
    }


def owners_of_singletons(harness: Harness, environment: str) -> dict[str, str | None]:
    with within(harness, environment):
        found = harness.account().list_resources(Selection())
    others = [each for each in found if each.found.sid is None and each.address[1] not in ("support", DEFAULT_SERVICE)]
    return {str(each.address): each.environment for each in others}


def test_destroying_one_leaves_the_other_as_it_is(both: Harness) -> None:
    before = both.live("/Services/Support prod/Roles")
    both.intent = Intent(
        destroy=True, overrides=Overrides(max_deletes=9, allow_delete=frozenset({Address.parse("services/support")}))
    )
    apply(both, "staging")
    assert [each.split()[0] for each in both.writes] == ["DELETE"]
    assert both.live("/Services/Support prod/Roles") == before
    both.intent = Intent()
    assert plan_lines(plan(both, "prod")) == []


def test_what_the_other_one_owns_does_not_keep_an_environment_from_being_destroyed(both: Harness) -> None:
    allowed = frozenset({Address.parse("services/support")})
    both.intent = Intent(destroy=True, overrides=Overrides(max_deletes=9, allow_delete=allowed))
    apply(both, "staging", DESK.replace("only: [prod]", "only: [staging]"))
    assert [each.split()[0] for each in both.writes] == ["DELETE"]


def test_pruning_deletes_only_roles_of_the_own_service(both: Harness) -> None:
    both.intent = Intent(overrides=Overrides(max_deletes=9))
    apply(both, "staging", DESK.replace(f", clerk: {ROLE}", ""))
    assert [each.split()[0] for each in both.writes] == ["DELETE"]
    with within(both, "prod"):
        both.write(HEAD + DESK)
    assert plan_lines(plan(both, "prod")) == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_what_the_other_environment_owns_is_refused(harness: Harness, scenario: Callable[[Harness], str]) -> None:
    made = harness.plan(scenario(harness))
    assert not made.applyable
    assert {each.rule for each in made.guardrails} == {GuardrailRule.ENVIRONMENT}
    before = harness.emulator.dump()
    with pytest.raises(Refused, match="environment 'prod'"):
        harness.apply()
    assert harness.writes == []
    assert harness.emulator.dump() == before


def test_one_may_manage_a_role_of_its_own_in_a_service_of_the_other(both: Harness) -> None:
    looked_up = "friendly_name: Support staging, lifecycle: {lookup: true, only: [prod]}"
    text = f"{DESK}  theirs: {{{looked_up}, roles: {{mine: {ROLE}}}}}\n"
    apply(both, "prod", text)
    assert both.writes == ["POST Services/…/Roles FriendlyName Type Permission"]
    assert [plan_lines(plan(both, each, text)) for each in ("prod", "staging")] == [[], []]


def test_a_service_moves_to_the_other_environment_after_it_was_released(both: Harness) -> None:
    moved = DESK.replace("friendly_name: Support ${{ var.stage }}", "friendly_name: Support staging").replace(
        "prune: [roles]", "only: [prod]"
    )
    with within(both, "prod"):
        both.write(HEAD + moved)
    assert "! environment services/support" not in plan_lines(plan(both, "staging"))
    with within(both, "staging"):
        both.apply(HEAD.replace("staging: {", "staging: {forget: [services/support], ", 1) + moved)
        assert both.writes == []
        assert both.ledger is not None
        assert both.ledger.entries == ()


def test_names_of_the_other_environment_are_neither_duplicates_nor_strange(both: Harness) -> None:
    looked_up = "friendly_name: Support staging, lifecycle: {lookup: true, only: [prod]}"
    text = f"{DESK}  theirs: {{{looked_up}, roles: {{clerk: {ROLE}}}}}\n".replace(
        f"clerk: {ROLE}}}\n", f"clerk: {{lifecycle: {{only: [prod]}}, {ROLE[1:]}}}\n", 1
    )
    apply(both, "staging", text)
    sid = both.client.made(f"{both.path('/Services/Support staging/Roles')}", FORM)
    adopt = f"prod: {{adopt: {{services/theirs/roles/clerk: {sid}}}, "
    with within(both, "prod"):
        both.write(HEAD.replace("prod: {", adopt) + text)
        both.apply()
        assert both.plan().probable_duplicates == ()
        assert both.plan().warnings == ()
        assert run_blocking(plan_repair(both.account().account)).steps == ()


FORM = {"FriendlyName": "clerk", "Type": "conversation", "Permission": "sendMessage"}


def test_what_the_other_one_took_since_the_plan_is_stale(both: Harness) -> None:
    both.client.made("/Services", {"FriendlyName": "Common"})
    text = f"{HEAD}{DESK}  common: {{friendly_name: '${{{{ var.outside }}}}'}}\n"
    both.environ["CONFSYNC_VAR_outside"] = "Common"

    def take(_: Plan) -> None:
        with within(both, "prod"):
            both.apply()

    with within(both, "staging"):
        both.write(text)
        account = both.account()
        made = account.plan()
        take(made.live)
        with pytest.raises(Stale, match="belongs to environment 'prod', as services/common, since the plan was made"):
            account.apply(made)


@pytest.mark.parametrize("lost", [False, True])
def test_a_rebuilt_ledger_owns_nothing_of_the_other_environment(both: Harness, *, lost: bool) -> None:
    both.environ["CONFSYNC_VAR_outside"] = "prod"
    with within(both, "staging"):
        both.write(HEAD + DESK.replace("${{ var.stage }}", "${{ var.outside }}"))
        both.ledger_path.unlink()
        if lost:
            (both.folder / ledger_name("prod")).unlink()
        both.account().rebuild_ledger()
        assert both.ledger is not None
        assert bool(both.ledger.owner) is lost


def test_a_corrupt_ledger_of_the_other_environment_stops_a_plan(both: Harness) -> None:
    (both.folder / ledger_name("prod")).write_text("{", "utf-8")
    with pytest.raises(CorruptLedger, match=r"confsync\.ledger\.prod\.json is corrupt") as raised:
        plan(both, "staging")
    assert raised.value.hint == (
        "Restore it from version control, or run `confsync ledger rebuild -e prod`, which adopts what exists."
    )


def test_a_ledger_of_the_other_environment_may_be_missing_or_of_another_account(both: Harness) -> None:
    path = both.folder / ledger_name("prod")
    path.write_text(path.read_text("utf-8").replace(ACCOUNT_SID, "AC" + "b" * 32), "utf-8")
    assert plan_lines(plan(both, "staging")) == ["unmanaged services/Support prod"]
    path.unlink()
    assert plan_lines(plan(both, "staging")) == ["unmanaged services/Support prod"]


def test_the_journal_of_the_other_environment_counts(both: Harness) -> None:
    path = both.folder / ledger_name("prod")
    ledger = read_any_ledger(path)
    assert ledger is not None
    write_ledger(path, replace(ledger, entries=()))
    journal = Journal(journal_path(path), replace(ledger, entries=()))
    journal.append(Put(each) for each in ledger.entries)
    journal.close()
    made = plan(both, "staging")
    assert plan_lines(made) == []


def test_adopting_by_command_refuses_what_the_other_environment_owns(both: Harness) -> None:
    text = f"{DESK}  other: {{friendly_name: Another, lifecycle: {{only: [staging]}}}}\n"
    sid = sid_of(both, "/Services/Support prod")
    with within(both, "staging"):
        both.write(HEAD + text)
        with pytest.raises(Refused, match=f"{sid} belongs to environment 'prod', as services/support"):
            both.account().check_adoptions({Address.parse("services/other"): sid})
