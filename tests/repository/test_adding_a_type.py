"""docs/new-resource-type.md adds a type in two files: taken out of a copy of the package, they come back."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.paths import DOCS, ROOT, run

ADDED = Path("confsync") / "resources" / "account_webhooks.py"
TEXT = (DOCS / "new-resource-type.md").read_text(encoding="utf-8")
CONFIGURATION = """
version: 1
account:
  webhooks: {post_webhook_url: "https://hooks.example.com/after", method: POST, filters: [onMessageAdded]}
"""


def block(language: str) -> str:
    """The one block of that language on the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package without the type, and of nothing else; the emulator keeps its own table."""
    folder = tmp_path_factory.mktemp("without")
    shutil.copytree(ROOT / "confsync", folder / "confsync")  # compiled files too: they make the copy start faster
    (folder / ADDED).unlink()
    patch(folder, "--reverse")
    (folder / "confsync.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def complete(without: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another copy, after everything was done that the page says, to the letter."""
    folder = Path(shutil.copytree(without, tmp_path_factory.mktemp("complete") / "copy"))
    (folder / ADDED).write_text(block("python"), encoding="utf-8")
    patch(folder)
    return folder


@pytest.fixture
def copy(complete: Path) -> Path:
    """The complete copy with its configuration, and without what another test applied."""
    shutil.rmtree(complete / ".confsync", ignore_errors=True)
    (complete / "confsync.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return complete


def patch(copy: Path, *options: str) -> None:
    """Apply the page's diff to the list of types, forwards or backwards."""
    subprocess.run(["git", "apply", *options, "-"], cwd=copy, input=block("diff"), text=True, check=True)


def confsync(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the copy, which its own folder finds before the installed one."""
    return run([sys.executable, "-c", "from confsync.cli.main import run; run()", *arguments], copy)


def test_the_page_shows_the_file_as_it_is() -> None:
    assert block("python") == (ROOT / ADDED).read_text(encoding="utf-8")


def test_without_the_type_nobody_knows_the_section(without: Path) -> None:
    refused = confsync(without, "validate")

    assert refused.returncode == 3
    assert "unknown key 'webhooks'" in refused.stderr


def test_a_type_is_added_in_its_own_file_and_one_list(copy: Path) -> None:
    applied = confsync(copy, "apply", "--emulator", "--auto-approve")
    assert applied.returncode == 0, applied.stderr
    assert "\n  ~ account/webhooks\n" in applied.stdout

    assert confsync(copy, "plan", "--emulator", "--detailed-exitcode").returncode == 0

    cleared = CONFIGURATION.replace('"https://hooks.example.com/after"', "null")
    (copy / "confsync.yaml").write_text(cleared, encoding="utf-8")
    planned = confsync(copy, "plan", "--emulator", "--detailed-exitcode")
    assert planned.returncode == 2, planned.stderr
    assert 'post_webhook_url: "https://hooks.example.com/after" -> null' in planned.stdout


def test_its_mistakes_are_told_like_all_others(copy: Path) -> None:
    (copy / "confsync.yaml").write_text(CONFIGURATION.replace("post_webhook", "post_webhok"), encoding="utf-8")

    refused = confsync(copy, "validate")

    assert refused.returncode == 3
    assert "unknown key 'post_webhok_url' in account webhooks" in refused.stderr
    assert "did you mean 'post_webhook_url'?" in refused.stderr


def test_the_schema_of_configurations_knows_it(copy: Path) -> None:
    assert '"account_webhooks"' in confsync(copy, "schema", "config").stdout
