"""Live resources that nobody declares: exclusive sections, ignored ones, and what Twilio creates by itself."""

from pathlib import Path

import pytest

from confsync.config.config import Config
from confsync.emulator.defaults import DEFAULT_SERVICE
from confsync.names import Address
from confsync.plan.drift import Drift
from confsync.plan.intent import Intent, Selection
from confsync.plan.listed import ManagedState
from confsync.planning.drift import compare_three_ways
from confsync.resources.service import DEFAULT_SERVICES
from tests.cli.conftest import Confsync, confsync, folder
from tests.harness import Harness

__all__ = ["confsync", "folder"]

DESK = """
    version: 1
    services:
      desk:
        lifecycle: {exclusive: [roles]}
        configuration: {reachability_enabled: true}
    """
STRANGER = {"FriendlyName": "stranger", "Type": "conversation", "Permission": "sendMessage"}


def drift(harness: Harness, text: str | None = None) -> Drift:
    return compare_three_ways(harness.plan(text))


def added(found: Drift) -> list[str]:
    return [str(each.resource.address) for each in found.added_outside]


def unmanaged(found: Drift) -> list[str]:
    return [str(each.address) for each in found.unmanaged]


def make_role(harness: Harness, name: str = "stranger") -> str:
    return harness.client.made(harness.path("/Services/desk/Roles"), {**STRANGER, "FriendlyName": name})


def test_a_new_resource_in_an_exclusive_section_is_a_difference(harness: Harness) -> None:
    harness.apply(DESK)
    assert added(drift(harness)) == []  # built-in roles do not count
    make_role(harness)
    found = drift(harness)
    assert added(found) == ["services/desk/roles/stranger"]
    assert unmanaged(found) == []
    assert (found.counts["added"], found.counts["unmanaged"]) == (1, 0)
    assert (found.coverage["roles"].managed, found.coverage["roles"].live) == (0, 1)
    plan = harness.plan()
    assert plan.empty
    assert "services/desk/roles/stranger" in [str(each.address) for each in plan.unmanaged]
    assert harness.apply().outcomes == ()
    assert harness.writes == []


def test_without_exclusive_the_same_resource_is_unmanaged(harness: Harness) -> None:
    text = DESK.replace("exclusive", "prune")
    harness.apply(text)
    make_role(harness)
    found = drift(harness)
    assert (added(found), unmanaged(found)) == ([], ["services/desk/roles/stranger"])


def test_what_is_owned_or_declared_is_no_addition(harness: Harness) -> None:
    role = "        roles: {agent: {type: conversation, permissions: [sendMessage]}}\n"
    harness.apply(DESK.rstrip(" ") + role)
    assert added(drift(harness)) == []
    found = drift(harness, DESK)  # orphaned
    assert (added(found), found.counts["orphaned"]) == ([], 1)


def test_an_exclusive_section_of_a_service_that_is_only_looked_up(harness: Harness) -> None:
    harness.apply(DESK)
    make_role(harness)
    found = drift(harness, "version: 1\nservices: {desk: {lifecycle: {lookup: true, exclusive: [roles]}}}\n")
    assert added(found) == ["services/desk/roles/stranger"]


def test_the_webhooks_of_a_conversation_may_be_exclusive(harness: Harness) -> None:
    harness.apply(
        "version: 1\nservices: {desk: {conversations: {c: {lifecycle: {exclusive: [webhooks, participants]}}}}}\n"
    )
    assert added(drift(harness)) == []
    path = harness.path("/Services/desk/Conversations/c")
    harness.client.made(
        f"{path}/Webhooks",
        {
            "Target": "webhook",
            "Configuration.Url": "https://x.example.com/y",
            "Configuration.Filters": "onMessageAdded",
        },
    )
    harness.client.made(f"{path}/Participants", {"Identity": "alice"})
    assert sorted(each.resource.found.kind.section for each in drift(harness).added_outside) == [
        "participants",
        "webhooks",
    ]


def test_an_addition_fails_by_default_and_every_format_shows_it(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(DESK.replace("    version", "version").replace("\n    ", "\n"), "utf-8")
    assert confsync("apply", "--auto-approve", "--emulator").code == 0
    assert confsync("drift", "--emulator").code == 0
    role = "\n    roles: {stranger: {type: conversation, permissions: [sendMessage]}}\n"
    (folder / "other.yaml").write_text(f"version: 1\nservices:\n  desk:{role}", "utf-8")
    assert confsync("apply", "--auto-approve", "--emulator", "-f", "other.yaml").code == 0
    assert confsync("forget", "--emulator", "services/desk/roles/stranger").code == 0
    assert confsync("apply", "--auto-approve", "--emulator").code == 0
    drifted = confsync("drift", "--emulator", "--json")
    assert drifted.code == 2
    (part,) = drifted.document["added_outside"]
    assert (part["address"], part["type"], part["source"]["line"]) == (
        "services/desk/roles/stranger",
        "conversation role",
        4,
    )
    assert drifted.document["summary"]["added_outside"] == 1
    for format_ in ("text", "markdown", "html", "github"):
        out = confsync("drift", "--emulator", "--format", format_).out
        assert "Added in Twilio to an exclusive section" in out
        assert "stranger" in out
    assert "Drift: 1 added in Twilio." in confsync("drift", "--emulator").out
    assert confsync("drift", "--emulator", "--fail-on", "live,both").code == 0


def ignoring(*globs: str) -> str:
    listed = ", ".join(f"'{each}'" for each in globs)
    return f"{DESK.replace('exclusive', 'prune').rstrip(' ')}    unmanaged: {{ignore: [{listed}]}}\n"


@pytest.mark.parametrize("glob", ["services/desk/roles/str*", "services/*/roles/stranger", "**/stranger"])
def test_what_a_glob_matches_is_neither_listed_nor_counted(glob: str, harness: Harness) -> None:
    harness.apply(ignoring(glob))
    make_role(harness)
    make_role(harness, "passer-by")
    found = drift(harness)
    assert unmanaged(found) == ["services/desk/roles/passer-by"]
    assert (found.coverage["roles"].managed, found.coverage["roles"].live) == (0, 1)
    shown = [str(each.address) for each in harness.plan().unmanaged]
    assert "services/desk/roles/stranger" not in shown
    assert "services/desk/roles/passer-by" in shown


def test_an_ignored_resource_is_no_addition_to_an_exclusive_section(harness: Harness) -> None:
    harness.apply(ignoring("services/desk/roles/stranger").replace("prune", "exclusive"))
    make_role(harness)
    make_role(harness, "passer-by")
    assert added(drift(harness)) == ["services/desk/roles/passer-by"]


@pytest.mark.parametrize("written", ["", "services: {desk: {}}\n"])
def test_an_ignored_service_is_in_no_count(written: str, harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    for name in ("old a", "old b", "other"):
        harness.client.made("/Services", {"FriendlyName": name})
    counts = {}
    for ignored in ("", "unmanaged: {ignore: ['services/old *']}\n"):
        plan = harness.plan(f"version: 1\n{written}{ignored}")
        (counts[ignored],) = (each.number for each in plan.unmanaged_counts if each.section == "services")
    assert list(counts.values()) == [4, 2]  # with Twilio's own


def test_an_environment_adds_to_what_the_top_ignores(harness: Harness) -> None:
    def globs(config: Config) -> list[str]:
        return [each.text for each in config.environment.ignored]

    account = "account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    text = (
        "version: 1\nunmanaged: {ignore: [services/a]}\nenvironments:\n"
        f"  dev: {{{account}}}\n  prod: {{{account.replace('aaa', 'bbb')}, unmanaged: {{ignore: [services/b]}}}}\n"
    )
    harness.environment = "dev"
    assert globs(harness.config(text)) == ["services/a"]
    harness.environment = "prod"
    assert globs(harness.config(text)) == ["services/a", "services/b"]


def test_a_list_says_that_a_resource_is_ignored(harness: Harness) -> None:
    harness.apply(ignoring("services/desk/roles/stranger", "services/Default*"))
    make_role(harness)
    listed = harness.account().list_resources(Selection())
    ignored = [str(each.address) for each in listed if each.state is ManagedState.IGNORED]
    assert "services/desk/roles/stranger" in ignored
    assert f"services/{DEFAULT_SERVICE}/configuration" in ignored  # what is in it is ignored too
    assert "services/desk/roles/service admin" not in ignored


def test_what_is_declared_is_never_ignored(harness: Harness) -> None:
    harness.apply(ignoring("**"))
    path = harness.path("/Services/desk/Configuration")
    assert harness.client.post(path, {"ReachabilityEnabled": "false"}).status == 200
    found = drift(harness)
    assert [each.path for each in found.fields] == ["reachability_enabled"]
    assert (found.coverage["services"].managed, found.coverage["services"].live) == (1, 1)


def test_a_probable_duplicate_is_never_ignored(harness: Harness) -> None:
    role = "        roles: {agent: {type: conversation, permissions: [sendMessage]}}\n"
    harness.apply(ignoring("**").replace("    unmanaged", f"{role}    unmanaged"))
    make_role(harness, "agent")
    assert drift(harness).counts["duplicates"] == 1


def test_the_default_service_is_never_reported(harness: Harness) -> None:
    assert {DEFAULT_SERVICE} == DEFAULT_SERVICES
    for text in ("version: 1\n", "version: 1\nservices: {}\n"):
        found = drift(harness, text)
        assert (unmanaged(found), found.coverage) == ([], {})
        assert {each.number for each in found.unmanaged_counts} == {0}
    found = drift(harness, f"version: 1\nservices: {{{DEFAULT_SERVICE}: {{lifecycle: {{lookup: true}}}}}}\n")
    assert (found.coverage["services"].managed, found.coverage["services"].live) == (1, 1)
    harness.client.made("/Services", {"FriendlyName": "stranger"})
    found = drift(harness, "version: 1\nservices: {}\n")
    assert unmanaged(found) == ["services/stranger"]
    assert {each.section: each.number for each in found.unmanaged_counts}["services"] == 1


def test_a_default_service_that_was_declared_is_orphaned(harness: Harness) -> None:
    harness.apply(f"version: 1\nservices: {{{DEFAULT_SERVICE}: {{}}}}\n")
    assert [str(each.address) for each in drift(harness, "version: 1\nservices: {}\n").plan.orphaned] == [
        f"services/{DEFAULT_SERVICE}"
    ]


def test_a_partial_drift_shows_the_additions_in_its_part(harness: Harness) -> None:
    harness.apply(DESK)
    make_role(harness)
    harness.intent = Intent(selection=Selection(targets=("services/desk/configuration",)))
    assert added(drift(harness)) == []
    harness.intent = Intent(selection=Selection(targets=("services/desk",)))
    assert added(drift(harness)) == [str(Address.parse("services/desk/roles/stranger"))]
