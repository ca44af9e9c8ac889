"""The formats for reviewers and for GitHub's runner, and the short form of the text."""

import re
from html import unescape
from pathlib import Path

import pytest

from confsync.cli.formats import FORMATS, HTML
from confsync.cli.rendering import DOCUMENT, RENDERERS
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.views.parsed_markdown import strange
from tests.views.test_escaping import azure_obeys

ANNOTATION = re.compile(r"::(error|warning) ((?:file=[^:,]+,line=\d+,col=\d+,)?title=[^:,]+)::(.*)")
RENAMED = CONFIGURATION.replace("  support:", "  support:\n    friendly_name: Another")


@pytest.fixture
def renamed(confsync: Confsync, folder: Path) -> None:
    """Rename an owned service, which a guardrail blocks."""
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    (folder / "confsync.yaml").write_text(RENAMED, "utf-8")


@pytest.mark.parametrize("verb", ["plan", "drift", "apply --auto-approve", "apply", "validate", "plan -e nope"])
def test_the_result_in_markdown_is_one_comment(verb: str, confsync: Confsync) -> None:
    said = confsync(*verb.split(), "--emulator", "--format", "markdown")
    assert said.code == confsync(*verb.split(), "--emulator").code or verb.startswith("apply")
    assert re.match(rf"<!-- confsync {verb.split(maxsplit=1)[0]}(: nope)? -->\n\n## confsync ", said.out)
    assert said.out.count("<!-- confsync") == 1
    assert strange(said.out) == []


@pytest.mark.parametrize("given", FORMATS)
@pytest.mark.parametrize("arguments", ["plan --detailed-exitcode", "drift", "apply --auto-approve", "plan -e nope"])
def test_no_format_changes_the_exit_code(given: str, arguments: str, confsync: Confsync) -> None:
    expected = {"plan --detailed-exitcode": 2, "drift": 2, "apply --auto-approve": 0, "plan -e nope": 3}
    said = confsync(*arguments.split(), "--emulator", "--format", given)
    assert said.code == expected[arguments]
    assert ("Error:" in said.err) is (said.code == 3)


def test_an_apply_in_markdown_shows_its_report_and_its_plan(confsync: Confsync) -> None:
    said = confsync("apply", "--emulator", "--auto-approve", "--format", "markdown")
    assert "**Applied: 2 created, 1 updated, 0 replaced, 0 deleted, 0 failed, 0 not started.**" in said.out
    assert "<code>+ services/support</code>" in said.out


@pytest.mark.usefixtures("renamed")
def test_a_blocked_apply_shows_its_plan_and_the_guardrail(confsync: Confsync) -> None:
    said = confsync("apply", "--emulator", "--auto-approve", "--format", "markdown")
    assert said.code == 8
    assert "- **rename**: services/support is named" in said.out
    assert "- **error CS9008**: The plan was not applied" in said.out


def test_the_github_format_appends_to_the_step_summary_and_prints_only_commands(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = folder / "summary.md"
    page.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    said = confsync("plan", "--emulator", "--format", "github")
    assert (said.code, said.out) == (0, "")
    assert page.read_text("utf-8").startswith("before\n<!-- confsync plan -->\n")


@pytest.mark.usefixtures("renamed")
def test_a_guardrail_is_annotated_at_the_line_that_triggers_it(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    (line,) = confsync("plan", "--emulator", "--format", "github").out.splitlines()
    assert line == (
        "::error file=confsync.yaml,line=4,col=3,title=confsync%3A guardrail rename::services/support "
        "is named 'support' in Twilio, not 'Another', and v1 cannot rename a service"
        "%0AInstead: keep `friendly_name: support`"
    )


def test_mistakes_are_annotated_with_paths_in_the_repository(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    (folder / "confsync.yaml").write_text(f"{CONFIGURATION}    evil::x%0A: 1\n    '::error::': 1\n", "utf-8")
    said = confsync("plan", "--format", "github")
    commands = [line for line in said.out.splitlines() if line.lstrip().startswith("::")]
    assert said.code == 3
    assert len(commands) == 2
    for command in commands:
        found = ANNOTATION.fullmatch(command)
        assert found
        assert f"file={folder.name}/confsync.yaml,line=" in found[2]
    assert not any(azure_obeys(line) for line in said.out.splitlines())
    assert "<!-- confsync plan -->" in said.out


def test_output_gets_the_comment_and_stdout_the_commands(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("agent}", "boss}"), "utf-8")
    said = confsync("plan", "--format", "github", "--output", "comment.md")
    assert said.out.startswith("::error ")
    assert len(said.out.splitlines()) == 1
    assert (folder / "comment.md").read_text("utf-8") == (folder / "summary.md").read_text("utf-8")


def test_a_step_summary_that_cannot_be_written_is_a_local_error(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/summary.md")
    assert confsync("plan", "--emulator", "--format", "github").code == 11


def test_the_version_is_text_in_every_format_for_people(confsync: Confsync) -> None:
    for given in ("text", "markdown", "github"):
        assert confsync("version", "--format", given).out.startswith("confsync ")


@pytest.mark.parametrize("verb", ["plan", "drift", "apply --auto-approve", "validate", "plan -e nope"])
def test_the_result_in_html_is_one_page(verb: str, confsync: Confsync) -> None:
    said = confsync(*verb.split(), "--emulator", "--format", "html")
    title = {"validate": "Diagnostics", "plan -e nope": "Diagnostics"}.get(verb, verb.partition(" ")[0].capitalize())
    assert said.out.startswith("<!DOCTYPE html>\n")
    assert said.out.endswith("</html>\n")
    assert said.out.count("<html") == 1
    assert f"<title>{title}: " in said.out


@pytest.mark.parametrize("verb", ["plan", "apply --auto-approve"])
def test_a_summary_shows_each_resource_in_one_line(verb: str, confsync: Confsync) -> None:
    out = confsync(*verb.split(), "--emulator", "--summary").out
    assert "  ~ services/support/configuration\n  + services/support\n  + services/support/roles/agent\n\n" in out
    assert "permissions" not in out
    assert "Plan: 2 to create, 1 to update, 0 to replace, 0 to delete.\n" in out


def test_a_summary_names_the_fields_that_change(confsync: Confsync, folder: Path) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("sendMessage, ", ""), "utf-8")
    out = confsync("plan", "--emulator", "--summary").out
    assert "  ~ services/support/roles/agent: permissions\n" in out


PAGES = ("plan", "drift", "list", "ledger show", "ledger rebuild", "doctor", "validate")
SHOWN = re.compile(r"\b(?:services|credentials)/[\w/]+")


@pytest.mark.parametrize("command", PAGES)
def test_a_page_shows_every_address_of_the_text(command: str, confsync: Confsync, folder: Path) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace(", leaveConversation", ""), "utf-8")
    runs = []
    for format_ in ("text", "html"):
        if command == "ledger rebuild":
            next((folder / ".confsync").rglob("confsync.ledger.json")).write_text("{", "utf-8")
        runs.append(confsync(*command.split(), "--emulator", "--format", format_).out)
    text, page = runs
    shown = text_of(page)
    assert [each for each in SHOWN.findall(text) if each not in shown] == []
    assert SHOWN.search(shown) or command in {"doctor", "validate"}


def text_of(page: str) -> str:
    """Remove the tags; those inside an address leave no space."""
    return unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?(?:wbr|span)\b[^>]*>", "", page)))


def test_the_page_of_a_ledger_shows_its_entries(confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    shown = text_of(confsync("ledger", "show", "--emulator", "--format", "html").out)
    for each in confsync("ledger", "show", "--emulator", "--json").document["entries"]:
        assert each["address"] in shown
        assert each["sid"] is None or each["sid"] in shown
    assert "Nothing is wrong" not in shown


def test_every_type_of_result_with_a_document_has_a_page() -> None:
    documents = {kind for kind, format_ in RENDERERS if format_ == DOCUMENT}
    assert documents == {kind for kind, format_ in RENDERERS if format_ == HTML}


def test_validate_names_the_files_of_the_configuration_and_not_those_of_its_variables(
    confsync: Confsync, folder: Path
) -> None:
    (folder / "values.yaml").write_text("{}\n", "utf-8")
    assert (
        confsync("validate", "--var-file", "values.yaml").out
        == "Valid: 3 resources in confsync.yaml; no environment.\n"
    )
