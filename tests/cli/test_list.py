"""`confsync list`, and the line of a plan that counts what nobody manages."""

from html import unescape
from pathlib import Path

import httpx
import pytest

from confsync.plan.intent import Selection
from confsync.views.lists.listing import list_as_markdown, list_as_text, list_document
from confsync.views.lists.pages import list_page
from tests.cli.conftest import Confsync
from tests.harness import Harness, InterceptingTransport, json_response
from tests.planning.shared_account import apply_both

NAMED = "services/support/roles/agent"


def test_a_list_has_a_line_for_each_resource(confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    said = confsync("list", "--emulator")
    assert said.code == 0
    heading, *rows = said.out.splitlines()
    assert heading.split() == ["ADDRESS", "SID", "TYPE", "NAME", "STATE"]
    (agent,) = (row.split() for row in rows if row.startswith(f"{NAMED} "))
    assert (agent[1][:2], agent[2:]) == ("RL", ["conversation", "role", "agent", "managed"])
    assert "services/support/roles/channel admin" in said.out
    assert rows[-1] == "19 live resources listed, 3 of them managed."


def test_only_what_is_unmanaged_is_listed(confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    document = confsync("list", "--unmanaged", "services/*", "--kind", "services", "--emulator", "--json").document
    (found,) = document["resources"]
    assert (found["address"], found["type"], found["managed"]) == (
        "services/Default Conversations Service",
        "service",
        False,
    )
    assert document["summary"] == {"managed": 0, "others": 1}


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html"])
def test_every_format_lists_the_same(format_: str, confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    resources = confsync("list", "--emulator", "--json").document["resources"]
    out = unescape(confsync("list", "--emulator", "--format", format_).out).replace("<wbr>", "")
    assert all(each["address"].rpartition("/")[2] in out for each in resources)
    assert all(each["sid"] in out for each in resources if each["sid"])


def test_every_format_names_the_environment_that_owns_a_resource(harness: Harness) -> None:
    apply_both(harness)
    listed = harness.account().list_resources(Selection(targets=("services/Support prod/roles/agent",)))
    document = list_document(listed, "staging", 0)
    (found,) = document.resources
    assert (found.state, found.environment, found.managed) == ("other environment", "prod", False)
    for text in (list_as_text(document), list_as_markdown(document), list_page(document)):
        assert "environment prod" in unescape(text)


def test_a_list_without_a_match_says_so(confsync: Confsync) -> None:
    assert confsync("list", "services/nobody", "--emulator").out == "No live resource matches.\n"
    assert confsync("list", "a//b", "--emulator").code == 3
    assert confsync("list", "--kind", "rules", "--emulator").code == 3


def test_a_plan_counts_once_what_nobody_manages(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("version: 1\n", "utf-8")
    for command in (("plan",), ("drift",), ("apply", "--auto-approve")):
        for format_ in ("text", "markdown") if command[0] == "apply" else ("text", "markdown", "html"):
            out = unescape(confsync(*command, "--emulator", "--format", format_).out).replace("<code>", "`")
            expected = 0 if command == ("drift",) else 1  # Twilio created that service, so it is no drift
            assert out.count("Unmanaged across the account: 1 service;") == expected, (command, format_)
    assert "Not managed at the top level" not in confsync("plan", "--emulator", "--kind", "services").out
    assert confsync("plan", "--emulator", "--json").document["unmanaged_counts"] == [
        {"section": "addresses", "number": 0, "complete": True},
        {"section": "credentials", "number": 0, "complete": True},
        {"section": "services", "number": 1, "complete": True},
    ]


def counts(harness: Harness, text: str) -> list[str]:
    return [f"{each.section} {each.number} {each.complete}" for each in harness.plan(text).unmanaged_counts]


def test_counting_is_exact_up_to_a_thousand_and_leaves_out_what_is_owned(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    written, unwritten = "version: 1\nservices: {desk: {}}\n", "version: 1\n"
    assert counts(harness, written) == ["services 1 True", "addresses 0 True", "credentials 0 True"]
    assert counts(harness, unwritten) == ["addresses 0 True", "credentials 0 True", "services 1 True"]
    for number in range(998):
        harness.client.made("/Services", {"FriendlyName": f"s{number}"})
    assert counts(harness, unwritten)[2] == "services 999 True"
    for number in range(2):
        harness.client.made("/Services", {"FriendlyName": f"t{number}"})
    assert counts(harness, unwritten)[2] == "services 1000 False"
    assert counts(harness, written)[0] == "services 1001 True"


class Forbidding(InterceptingTransport):
    """Denies the list of credentials."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        denied = request.url.path.endswith("/Credentials")
        return json_response(request, 403, {"code": 20403, "status": 403}) if denied else None


def test_a_list_that_may_not_be_read_is_not_counted_and_stops_no_plan(harness: Harness) -> None:
    harness.transport = Forbidding(harness.emulator)
    assert counts(harness, "version: 1\n") == ["addresses 0 True", "credentials 0 False", "services 1 True"]
