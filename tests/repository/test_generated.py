"""The generated pages of the documentation are those that the code generates now, and there are no others."""

from pathlib import Path

import pytest

from scripts.docs.pages import GENERATED_FOLDERS, build_pages
from scripts.docs.update import update
from tests.repository.paths import DOCS, ROOT


def test_the_documentation_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: `.ci/run` runs the script itself."""
    stale = update(build_pages(), GENERATED_FOLDERS, ROOT, check=True)

    assert stale == 0, f"{capsys.readouterr().out}run: python scripts/docs"


def test_the_folders_of_the_reference_contain_only_generated_pages() -> None:
    assert set(GENERATED_FOLDERS) == {path for path in DOCS.iterdir() if path.is_dir()} - {DOCS / "assets"}


@pytest.fixture
def generated(tmp_path: Path) -> dict[Path, str]:
    """Generated pages in a folder, in which one is current, one is stale, one is missing and one is superfluous."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name, text in (("plan", "new"), ("apply", "old"), ("removed", "old")):
        (folder / f"{name}.md").write_text(text, "utf-8")
    return {folder / f"{name}.md": "new" for name in ("plan", "apply", "drift")}


def test_a_check_finds_stale_missing_and_superfluous_pages_and_changes_nothing(
    generated: dict[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_text("utf-8") for path in tmp_path.rglob("*.md")}

    assert update(generated, [tmp_path / "commands"], tmp_path, check=True) == 1
    assert capsys.readouterr().out.splitlines() == [
        "commands/apply.md is out of date",
        "commands/drift.md is missing",
        "commands/removed.md is superfluous",
    ]
    assert {path: path.read_text("utf-8") for path in tmp_path.rglob("*.md")} == before


def test_an_update_writes_and_deletes_pages_until_a_check_finds_nothing(
    generated: dict[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "commands"

    assert update(generated, [folder], tmp_path, check=False) == 0
    assert {path: path.read_text("utf-8") for path in tmp_path.rglob("*.md")} == generated
    assert capsys.readouterr().out.splitlines() == [
        "wrote commands/apply.md",
        "wrote commands/drift.md",
        "deleted commands/removed.md",
    ]
    assert update(generated, [folder], tmp_path, check=True) == 0
    assert capsys.readouterr().out == ""


def test_pages_in_a_folder_that_does_not_exist_yet_are_written(tmp_path: Path) -> None:
    page = tmp_path / "commands" / "plan.md"

    assert update({page: "new"}, [page.parent], tmp_path, check=False) == 0
    assert page.read_text("utf-8") == "new"
