"""The pages that are a session in a shell: their commands run, and print what the pages show."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.docs.walkthrough import Shown, Step, commands_of, follow, matches, problems, updated
from tests.forked_program import forked_program
from tests.repository.paths import DOCS

PROGRAMS = Path(sys.executable).parent
PAGES = (
    "deleting.md",
    "drift.md",
    "getting-started.md",
    "guardrails.md",
    "ledger.md",
    "partial-plans.md",
    "precedence.md",
    "rehearsing.md",
    "renaming.md",
    "risks.md",
    "saved-plans.md",
)
LONG_PAGES = ("environments.md", "recovery.md")
"""Their examples take several seconds, so an ordinary test run leaves them out."""
INSTALLED = ("ledger.md", "rehearsing.md", "saved-plans.md", *LONG_PAGES)
"""The installed program follows these pages too, because it could lack an import that a copy of the tests has."""


@pytest.fixture(scope="module")
def forked() -> Iterator[Path]:
    """Return a folder with a `confsync` that starts quickly, because it has imported everything already."""
    with forked_program() as programs:
        yield programs


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path, forked: Path) -> None:
    check_page(page, tmp_path, forked)


@pytest.mark.campaign
@pytest.mark.parametrize("page", INSTALLED)
def test_the_installed_program_prints_what_a_page_shows(page: str, tmp_path: Path) -> None:
    check_page(page, tmp_path, PROGRAMS)


def check_page(page: str, folder: Path, programs: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    for program in ("curl", "openssl"):
        if re.search(rf"^[^|`]*\b{program} ", text, re.MULTILINE) and not shutil.which(program):
            pytest.skip(f"{program} is not installed")

    steps, shown = follow(text, folder, programs)

    found = "\n".join(problems(steps, shown))
    assert not found, f"{found}\nrun: python scripts/docs/walkthrough.py docs/{page} --programs .venv/bin --update"
    assert any(step.command.startswith("confsync") for step in steps)
    assert shown


PAGE = """\
<!-- file names.txt -->
```text
alice
```

```sh
mkdir inner; cd inner; NAME=bob
cat ../names.txt && echo $NAME
ls missing    # exits with code 2
```

Which prints:

```text
…
bob
```

```text
not output, because no command precedes it
```

```sh
echo wrong
false
```

```text
right
```
"""


def test_a_page_that_shows_something_else_is_reported(tmp_path: Path) -> None:
    steps, shown = follow(PAGE, tmp_path, PROGRAMS)

    assert [step.code for step in steps] == [0, 0, 2, 0, 1]
    assert [each.text for each in shown] == ["…\nbob\n", "right\n"]
    assert [problem.partition(":")[0] for problem in problems(steps, shown)] == ["line 23", "line 23"]
    assert updated(PAGE, shown) == PAGE.replace("right\n", "wrong\n")


@pytest.mark.parametrize(
    ("text", "output", "expected"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("…\nb\n", "a\nb\n", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nd\n", True),
        ("…\nc\n", "a\nb\n", False),
        ("IS…\n", f"IS{'a' * 32}\n", True),
        (f"AC{'a' * 32}\n", f"AC{'b' * 32}\n", False),
        ("until 2026-01-01 10:00 UTC.\n", "until 2030-02-03 04:05 UTC.\n", True),
        ("waited 0.4 s\n", "waited 0.1 s\n", True),
        ("waited 10.0 s\n", "waited 2.0 s\n", False),
        ("(a.b)\n", "(axb)\n", False),
    ],
)
def test_output_matches_except_for_what_varies(text: str, output: str, *, expected: bool) -> None:
    assert matches(text, output) is expected


def test_a_command_includes_its_here_document_and_its_continued_lines() -> None:
    block = "a \\\n  b\n\ncat > x <<'END'\none\n\ntwo\nEND\nc\n"

    assert list(commands_of(block)) == ["a \\\n  b", "cat > x <<'END'\none\n\ntwo\nEND", "c"]
    assert Shown(0, 0, "", (Step(1, "a", "b\n", 0, 0), Step(1, "a", "c\n", 0, 0))).output == "b\nc\n"
