"""A ledger on a ref of a Git remote: every clone reads it there, and what could not be pushed is not lost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import CorruptLedger, GitRemoteError, LocalFileError, Refused, Stale, UsageError
from confsync.names import Address, Sid
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import parse_ledger, write_ledger
from confsync.state.replay import Put
from confsync.state.state_files import journal_path, unpushed_path
from tests.clones import Remote, git
from tests.harness import Harness, left_alone_lines, plan_lines

REF = "refs/confsync/ledger"
AGENT = "agent: {type: conversation, permissions: [sendMessage]}"
CLERK = AGENT.replace("agent", "clerk")
BOSS = AGENT.replace("agent", "boss")


def desk(*roles: str, more: str = "") -> str:
    return f"version: 1\nledger: git\nservices: {{desk: {{roles: {{{', '.join(roles)}}}}}}}\n{more}"


@dataclass
class CloneHarness(Harness):
    """A harness in a clone, whose account is not one that belongs to this machine."""

    def connection(self) -> Connection:
        return with_fields(super().connection(), emulator=False)


@dataclass
class Team:
    """Clones of one remote, which share an account."""

    remote: Remote
    emulator: Emulator

    def clone(self, name: str, text: str, *options: str) -> CloneHarness:
        folder = self.remote.clone(name, *options)
        harness = CloneHarness(folder, self.emulator)
        harness.write(text)
        return harness

    def ledger(self, name: str = "confsync.ledger.json") -> Ledger:
        """Read the ledger on the ref."""
        return parse_ledger(name, git(self.remote.path, "show", f"{REF}:{name}"))

    def addresses(self) -> list[str]:
        return sorted(str(each.address) for each in self.ledger().entries)

    def hook(self, script: str) -> None:
        self.remote.hook("update", script)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with Emulator() as emulator:
        yield Team(Remote.create(tmp_path / "remote.git", {".gitignore": ".confsync/\n"}), emulator)


def state_of(folder: Path) -> tuple[str, ...]:
    """What nobody may touch: the work tree, the index, the branches, and FETCH_HEAD."""
    git_folder = folder / ".git"
    return (
        git(folder, "status", "--porcelain"),
        git(folder, "for-each-ref"),
        (git_folder / "HEAD").read_text(),
        str((git_folder / "index").read_bytes()),
        str((git_folder / "FETCH_HEAD").exists()),
    )


def test_another_clone_owns_what_the_first_one_created_and_neither_is_touched(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT))
    before = state_of(one.folder), state_of(other.folder)
    one.apply()
    assert plan_lines(other.plan()) == []
    assert (state_of(one.folder), state_of(other.folder)) == before
    assert one.ledger is None, "there is no file"
    assert team.addresses() == ["services/desk", "services/desk/roles/agent"]
    other.apply(desk(AGENT, CLERK))
    assert team.ledger().serial == 2
    assert {each.origin for each in team.ledger().entries} == {"created"}
    assert not (one.folder / ".confsync").exists()


STAGES = f"""\
version: 1
environments:
  staging: {{account_sid: {ACCOUNT_SID}, ledger: git}}
  prod: {{account_sid: {ACCOUNT_SID}%s}}
services:
  one: {{lifecycle: {{only: [staging]}}, roles: {{{AGENT}}}}}
  two: {{lifecycle: {{only: [prod]}}, roles: {{{AGENT}}}}}
"""


@pytest.mark.parametrize("more", ["", ", ledger: git"])
def test_the_other_environment_of_an_account_has_its_ledger_where_it_says(team: Team, more: str) -> None:
    one, other = team.clone("one", STAGES % more), team.clone("other", STAGES % more)
    one.environment, other.environment = "staging", "prod"
    one.apply()
    before = state_of(other.folder)
    assert left_alone_lines(other.plan()) == []
    assert state_of(other.folder) == before
    other.apply()
    assert left_alone_lines(one.plan()) == ([] if more else ["unmanaged services/two"])
    assert left_alone_lines(other.plan()) == []


def test_each_ledger_of_a_repository_has_its_own_file_on_the_ref(team: Team) -> None:
    one = team.clone("one", desk(AGENT))
    one.apply()
    folder = one.folder / "apps" / "b"
    below = replace(one, folder=folder)
    below.write(desk(CLERK).replace("desk", "shop"))
    below.apply()
    assert git(team.remote.path, "ls-tree", "-r", "--name-only", REF).splitlines() == [
        "apps/b/confsync.ledger.json",
        "confsync.ledger.json",
    ]
    assert team.ledger("apps/b/confsync.ledger.json").serial == 1
    assert git(team.remote.path, "rev-list", "--count", REF).strip() == "2"


def test_a_ledger_file_is_where_the_ref_begins(team: Team) -> None:
    one = team.clone("one", desk(AGENT).replace("ledger: git\n", ""))
    one.apply()
    assert one.ledger
    assert plan_lines(one.plan(desk(AGENT))) == []
    assert one.account().push_ledger().pushed
    assert team.ledger() == with_fields(one.ledger, serial=2)
    assert not one.account().push_ledger().pushed


@pytest.mark.parametrize("options", [("--filter=blob:none", "--no-checkout"), ("--depth=1",)])
def test_a_partial_or_shallow_clone_reads_the_ledger(team: Team, options: tuple[str, ...]) -> None:
    git(team.remote.path, "config", "uploadpack.allowFilter", "true")
    team.clone("one", desk(AGENT)).apply()
    shallow = team.clone("shallow", desk(AGENT), *options)
    assert plan_lines(shallow.plan()) == []
    shallow.apply(desk(CLERK))
    assert team.ledger().serial == 2


def failed_push(team: Team, harness: Harness) -> None:
    """Apply while the remote rejects the ledger."""
    team.hook("exit 1")
    with pytest.raises(GitRemoteError, match=rf"rejected the push to {REF}: .*hook declined") as caught:
        harness.apply()
    assert "What was applied stays applied." in caught.value.changed
    assert "confsync ledger push" in caught.value.hint
    team.hook("exit 0")
    assert unpushed_path(harness.ledger_path).exists()
    assert not journal_path(harness.ledger_path).exists()


def test_a_ledger_that_could_not_be_pushed_is_kept_and_pushed_later(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT))
    failed_push(team, one)
    assert REF not in team.remote.refs()
    assert plan_lines(one.plan()) == []
    assert one.account().push_ledger().pushed
    assert {each.origin for each in team.ledger().entries} == {"created"}
    assert team.ledger().configuration_digest == one.config().digest
    assert not (one.folder / ".confsync").exists()
    assert not one.account().push_ledger().pushed
    assert plan_lines(other.plan()) == []


def test_the_next_apply_pushes_what_the_last_one_could_not(team: Team) -> None:
    one = team.clone("one", desk(AGENT))
    failed_push(team, one)
    one.apply(desk(AGENT, CLERK))
    assert team.addresses() == ["services/desk", "services/desk/roles/agent", "services/desk/roles/clerk"]
    assert {each.origin for each in team.ledger().entries} == {"created"}
    assert not (one.folder / ".confsync").exists()


def test_what_was_not_pushed_is_merged_with_what_somebody_else_pushed(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT, BOSS))
    one.apply()
    one.write(desk(AGENT, CLERK))
    failed_push(team, one)
    other.apply()
    (boss,) = (each.sid for each in team.ledger().entries if each.address[-1] == "boss")
    assert plan_lines(one.plan()) == [f"orphaned services/desk/roles/boss {boss}"], "they are merged in memory"
    assert one.account().push_ledger().pushed
    created = {str(each.address) for each in team.ledger().entries if each.origin == "created"}
    assert created == {"services/desk", *(f"services/desk/roles/{name}" for name in ("agent", "boss", "clerk"))}
    assert team.ledger().serial == 4


def test_a_contradiction_between_what_was_not_pushed_and_what_was_is_refused(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT))
    one.apply()
    one.write(desk(AGENT.replace("sendMessage", "leaveConversation")))
    failed_push(team, one)
    other.apply(desk(AGENT.replace("sendMessage", "editOwnMessage")))
    with pytest.raises(Refused, match=r"-ledger.json was not pushed.*both sides changed permissions of .*agent"):
        one.account().push_ledger()
    unpushed_path(one.ledger_path).rename(one.folder / "away.json")
    one.plan()


def test_a_push_whose_response_was_lost_is_not_repeated(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT, CLERK))
    one.apply()
    write_ledger(unpushed_path(one.ledger_path), team.ledger())
    other.apply()
    assert not one.account().push_ledger().pushed
    assert not unpushed_path(one.ledger_path).exists()
    assert team.ledger().serial == 2


def create_clerk_and_die(harness: Harness, ledger: Ledger) -> None:
    """Leave the journal of an apply behind that was killed after it created a role."""
    clerk = {"FriendlyName": "clerk", "Type": "conversation", "Permission": "sendMessage"}
    made = harness.client.post(f"{harness.path('/Services/desk')}/Roles", clerk)
    (agent,) = (each for each in ledger.entries if each.address[-1] == "agent")
    address = Address((*agent.address[:-1], "clerk"))
    journal = Journal(journal_path(harness.ledger_path), ledger)
    journal.append([Put(with_fields(agent, address=address, sid=Sid(str(made.body["sid"])), id="clerk"))])
    journal.close()


def test_the_journal_of_a_killed_apply_is_replayed_and_pushed(team: Team) -> None:
    one = team.clone("one", desk(AGENT))
    one.apply()
    create_clerk_and_die(one, team.ledger())
    assert plan_lines(one.plan(desk(AGENT, CLERK))) == []
    assert one.account().push_ledger().pushed
    assert team.addresses() == ["services/desk", "services/desk/roles/agent", "services/desk/roles/clerk"]
    assert not (one.folder / ".confsync").exists()


def test_a_journal_that_continues_an_earlier_ledger_of_the_ref_is_merged(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT, BOSS))
    one.apply()
    earlier = team.ledger()
    other.apply()
    create_clerk_and_die(one, earlier)
    assert one.account().push_ledger().pushed
    assert {each.address[-1] for each in team.ledger().entries} == {"desk", "agent", "boss", "clerk"}
    assert not (one.folder / ".confsync").exists()


def test_a_plan_is_stale_if_somebody_pushed_in_the_meantime(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(AGENT))
    with pytest.raises(Stale, match=r"The ledger confsync.ledger.json on refs/confsync/ledger of origin changed"):
        one.apply(meanwhile=lambda _: other.apply())
    assert team.ledger().serial == 1


def test_of_two_first_pushes_the_second_one_does_not_replace_the_first(team: Team) -> None:
    one, other = team.clone("one", desk(AGENT)), team.clone("other", desk(CLERK))
    account = one.account()
    plan = account.plan()
    branch = account.account._ledger_use.branch  # noqa: SLF001 — to push what another machine would
    assert branch
    other.apply()
    with pytest.raises(GitRemoteError, match="was replaced in the meantime: it has serial 1 now"):
        branch.push(plan.live.ledger.after(0), None)


def test_a_missing_ledger_is_an_error_where_one_is_required(team: Team) -> None:
    one = team.clone("one", desk(AGENT, more="require_ledger: true\n"))
    with pytest.raises(LocalFileError, match=rf"There is no ledger confsync.ledger.json on {REF} of origin"):
        one.plan()


def test_a_remote_that_cannot_be_reached_stops_a_plan_with_a_clear_message(team: Team) -> None:
    one = team.clone("one", desk(AGENT))
    team.remote.path.rename(team.remote.path.with_name("moved.git"))
    with pytest.raises(GitRemoteError, match="The Git remote 'origin' cannot be read"):
        one.plan()


def test_a_corrupt_ledger_is_never_empty_and_can_be_rebuilt(team: Team) -> None:
    one = team.clone("one", desk(AGENT))
    one.apply()
    scratch = team.remote.clone("scratch")
    (scratch / "confsync.ledger.json").write_text("{")
    git(scratch, "add", "--all")
    git(scratch, "commit", "--quiet", "--message", "Break the ledger")
    git(scratch, "push", "--quiet", "--force", "origin", f"HEAD:{REF}")
    with pytest.raises(CorruptLedger, match=rf"confsync.ledger.json on {REF} of origin is corrupt"):
        one.plan()
    assert one.account().rebuild_ledger().adopted == 2
    assert team.addresses() == ["services/desk", "services/desk/roles/agent"]
    assert plan_lines(one.plan()) == []


def environment(name: str) -> str:
    return f"environments: {{{name}: {{account_sid: {ACCOUNT_SID}}}}}\n"


def test_the_ledger_of_a_renamed_environment_blocks_plans_until_it_is_adopted(team: Team) -> None:
    one = team.clone("one", desk(AGENT, more=environment("old")))
    one.environment = "old"
    one.apply()
    one.environment = "new"
    one.write(desk(AGENT, more=environment("new")))
    assert "! ledger " in plan_lines(one.plan())
    adopted = one.account().adopt_ledger(one.folder / "confsync.ledger.old.json")
    assert adopted.aside == ()
    assert plan_lines(one.plan()) == []
    assert git(team.remote.path, "ls-tree", "--name-only", REF).split() == ["confsync.ledger.new.json"]


def test_a_variable_that_is_no_longer_marked_stays_masked(team: Team) -> None:
    text = desk(AGENT, more="variables: {host: %s}\n").replace(
        "desk: {", 'desk: {webhooks: {post_webhook_url: "https://${{ var.host }}/", method: POST}, '
    )
    one, other = team.clone("one", text % "{sensitive: true}"), team.clone("other", text % "x.example.com")
    for harness in (one, other):
        harness.environ["CONFSYNC_VAR_host"] = "canary.example.com"
    one.apply()
    assert team.ledger().sensitive_variables == ("host",)
    assert "canary" not in str(other.plan().config.resources)


def test_a_ledger_in_a_file_has_nowhere_to_be_pushed(harness: Harness) -> None:
    harness.apply(desk(AGENT).replace("ledger: git\n", ""))
    with pytest.raises(UsageError, match="there is nowhere to push it"):
        harness.account().push_ledger()
