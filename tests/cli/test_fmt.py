"""`confsync fmt`: which files it writes, what it prints, and how it exits."""

from html import unescape
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from confsync.views.schema.published import document_schema
from tests.cli.conftest import Confsync

LOOSE = "version: 1   # the language\nservices:\n    support: { friendly_name: 'Desk' }\n"
TIDY = "version: 1  # the language\nservices:\n  support: {friendly_name: Desk}\n"
DIFF = """--- confsync.yaml
+++ confsync.yaml
@@ -1,3 +1,3 @@
-version: 1   # the language
+version: 1  # the language
 services:
-    support: { friendly_name: 'Desk' }
+  support: {friendly_name: Desk}
1 of 1 file must be formatted.
"""


@pytest.fixture
def loose(folder: Path) -> Path:
    """Write a configuration in another layout."""
    path = folder / "confsync.yaml"
    path.write_text(LOOSE, "utf-8")
    path.chmod(0o640)
    return path


def test_a_file_is_rewritten_once_and_keeps_its_permissions(loose: Path, confsync: Confsync) -> None:
    said = confsync("fmt")
    assert (said.code, said.out) == (0, "Formatted confsync.yaml\n1 of 1 file was formatted.\n")
    assert loose.read_text("utf-8") == TIDY
    assert loose.stat().st_mode & 0o777 == 0o640
    said = confsync("fmt")
    assert (said.code, said.out) == (0, "Nothing to format in 1 file.\n")
    assert confsync("fmt", "--check").code == 0


def test_a_check_exits_2_with_a_diff_and_writes_nothing(loose: Path, confsync: Confsync) -> None:
    said = confsync("fmt", "--check")
    assert (said.code, said.out) == (2, DIFF)
    assert loose.read_text("utf-8") == LOOSE


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html"])
def test_every_format_names_the_file(loose: Path, format_: str, confsync: Confsync) -> None:
    said = confsync("fmt", "--check", "--format", format_)
    assert said.code == 2
    assert loose.name in unescape(said.out)


def test_the_document_has_every_file_and_matches_its_schema(loose: Path, confsync: Confsync) -> None:
    document = confsync("fmt", "--check", "--json").document
    Draft202012Validator(document_schema("fmt")).validate(document)
    assert (document["kind"], document["exit_code"], document["check"]) == ("fmt", 2, True)
    (found,) = document["files"]
    assert (found["path"], found["differs"], found["diff"][0]) == (loose.name, True, "--- confsync.yaml")


def test_every_file_of_a_folder_is_formatted_unless_one_is_not_yaml(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").unlink()
    (folder / "confsync.d" / "inner").mkdir(parents=True)
    one, two = folder / "confsync.d/one.yaml", folder / "confsync.d/inner/two.yaml"
    one.write_text(LOOSE, "utf-8")
    two.write_text("credentials: [\n", "utf-8")
    said = confsync("fmt")
    assert said.code == 3
    assert "confsync.d/inner/two.yaml:2:1" in said.err
    assert one.read_text("utf-8") == LOOSE

    two.write_text("credentials:   {}\n", "utf-8")
    said = confsync("fmt", "--quiet")
    assert said.out.splitlines() == [
        "Formatted confsync.d/inner/two.yaml",
        "Formatted confsync.d/one.yaml",
        "2 of 2 files were formatted.",
    ]
    assert (one.read_text("utf-8"), two.read_text("utf-8")) == (TIDY, "credentials: {}\n")


def test_a_configuration_that_is_not_valid_is_formatted(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("servicez:   1\n", "utf-8")
    assert confsync("fmt").code == 0
    assert (folder / "confsync.yaml").read_text("utf-8") == "servicez: 1\n"


def test_only_line_ends_may_differ(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_bytes(b"\xef\xbb\xbfversion: 1\r\n")
    said = confsync("fmt", "--check")
    assert said.code == 2
    assert said.out.startswith("confsync.yaml: only line ends or a byte order mark differ\n")
    assert confsync("fmt").code == 0
    assert (folder / "confsync.yaml").read_bytes() == b"version: 1\n"
