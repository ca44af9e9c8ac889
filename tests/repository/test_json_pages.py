"""Each JSON document has a page that describes every field and part, and names the commands that print it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from confsync.cli.main import COMMANDS
from confsync.views.schema.document_types import DOCUMENT_TYPES
from confsync.views.schema.published import document_schema
from scripts.docs.json_pages import SHARED, common_field_table, json_pages
from scripts.docs.json_tables import title_of
from scripts.docs.printed_documents import PRINTED
from tests.repository.paths import confsync
from tests.terraform.states import CONVERSATIONS, Entry, stored

PAGES = json_pages()
WITHOUT_DOCUMENT = {"emulator", "schema", "completion"}
STATE = (Entry(f"{CONVERSATIONS}service", "desk", {"sid": f"IS{1:032x}", "friendly_name": "Desk"}),)


def headings(page: str) -> list[str]:
    return re.findall(r"^## (.*)$", page, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_field_has_a_description(page: str) -> None:
    rows = re.findall(r"^\| `\w+`.*\|$", PAGES[page], re.MULTILINE)

    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


@pytest.mark.parametrize("name", DOCUMENT_TYPES)
def test_every_field_of_a_document_is_on_its_page_or_in_the_index(name: str) -> None:
    own = PAGES[f"{name}.md"].partition("\n## Fields\n")[2].partition("\n## ")[0]

    for field in document_schema(name)["properties"]:  # type: ignore[attr-defined]  # a schema is JSON
        assert (f"\n| `{field}`" in own) is not (f"\n| `{field}`" in common_field_table()), field


@pytest.mark.parametrize("name", DOCUMENT_TYPES)
def test_every_part_of_a_document_is_on_its_page_or_among_the_shared_parts(name: str) -> None:
    own, shared = headings(PAGES[f"{name}.md"]), headings(PAGES[SHARED])
    parts = {title_of(part) for part in document_schema(name)["$defs"]}  # type: ignore[attr-defined]  # as above

    assert parts <= {*own, *shared}
    assert set(own) - parts == {"Fields", "See also"}
    assert set(own) & set(shared) == set()


def test_a_part_is_shared_if_several_documents_have_it_with_the_same_fields() -> None:
    shared = headings(PAGES[SHARED])

    assert {"Source", "Target", "Diagnostic"} <= set(shared)
    assert "\nPart of the [export](export.md) and [init](init.md) documents.\n" in PAGES[SHARED]
    assert [page for page, text in PAGES.items() if "Adopted" in headings(text)] == ["adoption.md", "ledger.md"]


def test_a_part_comes_before_the_parts_that_it_contains() -> None:
    found = headings(PAGES["plan.md"])

    assert found.index("Change") < found.index("BlastRadius") < found.index("Count")


def test_every_command_with_a_result_prints_a_document() -> None:
    assert {command.partition(" ")[0] for command in PRINTED} == set(COMMANDS) - WITHOUT_DOCUMENT
    assert {name for printed in PRINTED.values() for name in printed} == set(DOCUMENT_TYPES) - {"notification"}


CONFIGURATION = """
version: 1
environments:
  dev: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
  next: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
services:
  desk: {lifecycle: {only: [dev]}}
"""

EMULATOR = "-e dev --emulator --emulator-db account.db"
ON_THE_EMULATOR = EMULATOR.split()


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apply a configuration, and keep a saved plan, a history, a Terraform state and copies of the ledger."""
    folder = tmp_path_factory.mktemp("applied")
    (folder / "confsync.yaml").write_text(CONFIGURATION, "utf-8")
    (folder / "terraform.tfstate").write_bytes(stored(STATE))
    (folder / "new").mkdir()
    for line in ("apply --auto-approve", "plan --out plan.json", "drift --history drift.db"):
        assert confsync(*line.split(), *ON_THE_EMULATOR, directory=folder).returncode == 0
    for name in ("base", "ours", "theirs", "old"):
        shutil.copy(folder / "account.db.ledger.json", folder / f"{name}.json")
    return folder


@pytest.fixture
def folder(applied: Path, tmp_path: Path) -> Path:
    """Copy what was applied, so that each test starts from it."""
    return Path(shutil.copytree(applied, tmp_path / "copy"))


RUNS = [
    ("init", "init -C new", "init"),
    ("validate", "validate", "diagnostics"),
    ("fmt", "fmt --check", "fmt"),
    ("plan", f"plan {EMULATOR}", "plan"),
    ("show", "show plan.json", "plan"),
    ("apply", f"apply --auto-approve {EMULATOR}", "apply"),
    ("apply", f"apply --auto-approve --max-deletes 9 --destroy {EMULATOR}", "plan"),
    ("rehearse", f"rehearse plan.json {EMULATOR}", "rehearsal"),
    ("drift", f"drift {EMULATOR}", "drift"),
    ("drift", "drift --history drift.db --report", "history"),
    ("diff", "diff -e dev -e next", "diff"),
    ("explain", "explain services/desk -e dev --offline", "explain"),
    ("pull", f"pull --dry-run {EMULATOR}", "pull"),
    ("adopt", f"adopt --all --auto-approve {EMULATOR}", "adoption"),
    ("adopt", f"adopt services/desk IS{1:032x} {EMULATOR}", "diagnostics"),
    ("forget", "forget services/gone -e dev", "diagnostics"),
    ("list", f"list {EMULATOR}", "list"),
    ("export", f"export {EMULATOR}", "export"),
    ("import-terraform", f"import-terraform terraform.tfstate --account-sid AC{'a' * 32}", "import"),
    ("output", f"output {EMULATOR}", "output"),
    ("ledger show", f"ledger show {EMULATOR}", "ledger"),
    ("ledger rebuild", "ledger rebuild -e next --emulator --emulator-db next.db", "ledger"),
    ("ledger adopt", "ledger adopt old.json -e next --emulator --emulator-db next.db", "ledger"),
    ("ledger merge", "ledger merge base.json ours.json theirs.json", "diagnostics"),
    ("ledger push", f"ledger push {EMULATOR}", "diagnostics"),
    ("ledger unlock", f"ledger unlock {EMULATOR}", "diagnostics"),
    ("repair duplicates", f"repair duplicates --auto-approve {EMULATOR}", "repair"),
    ("doctor", f"doctor {EMULATOR}", "doctor"),
    ("version", "version", "diagnostics"),
]


@pytest.mark.parametrize(("command", "line", "document"), [pytest.param(*run, id=run[1]) for run in RUNS])
def test_a_command_prints_the_document_that_its_page_names(
    command: str, line: str, document: str, folder: Path
) -> None:
    said = confsync(*line.split(), "--json", directory=folder)

    assert json.loads(said.stdout)["kind"] == document, said.stderr
    assert document in PRINTED[command]


def test_every_document_that_a_page_names_is_printed_in_a_test() -> None:
    assert {(command, document) for command, _, document in RUNS} == {
        (command, document) for command, printed in PRINTED.items() for document in printed
    }
