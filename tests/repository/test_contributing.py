"""CONTRIBUTING.md says which files a change touches: at most three places, all of which exist."""

import re
from pathlib import Path

import pytest

from tests.repository.paths import DOCS, ROOT

PACKAGE = ROOT / "confsync"
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ROWS = dict(
    re.findall(
        r"^\| (.+?) \| (.+) \|$", TEXT.partition("## Where to change what")[2].partition("\n## ")[0], re.MULTILINE
    )
)
CHANGES = (
    "field on Role",
    "output format",
    "JSON document",
    "guardrail with a flag",
    "exit code",
    "retry policy",
    "risk",
    "command",
    "method of `Account`",
)
MOST_PLACES = 3


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_on_the_map(change: str) -> None:
    assert [row for row in ROWS if row.endswith(change)]


@pytest.mark.parametrize("row", [row for row in ROWS if row not in {"change", "---"}])
def test_a_change_touches_at_most_three_places_that_exist(row: str) -> None:
    """A place is a file, or a folder with the files that the row names in it."""
    text = re.sub(r" \(copy `[^`]*`\)", "", ROWS[row])
    places: set[Path] = set()
    for part in re.split(r"; | \| ", text):
        names = re.findall(r"`([\w./-]*(?:/|\.\w+))`", part)
        first = [ROOT / name for name in names if (ROOT / name).exists()]
        folder = next((path for path in first if path.is_dir()), None)
        missing = [name for name in names if not (ROOT / name).exists() and not (folder and (folder / name).exists())]
        assert missing == []
        places.update([folder] if folder else first)
        assert names or part.startswith("the resource type"), part
    assert len(places) <= MOST_PLACES, sorted(map(str, places))


def test_the_packages_are_those_of_the_table() -> None:
    table = (DOCS / "structure.md").read_text("utf-8")
    named = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)}
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert packages - named == set()
    assert [name for name in named if not _exists(name)] == []


def _exists(name: str) -> bool:
    return (PACKAGE / Path(name)).exists() or (PACKAGE / f"{name}.py").exists()
