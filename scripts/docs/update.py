"""Which files of the documentation differ from the generated ones, and how to make them the same."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Difference(NamedTuple):
    """A file that is not as it should be. If `text` is None, the file should not exist."""

    path: Path
    problem: str
    text: str | None


def update(generated: Mapping[Path, str], folders: Iterable[Path], root: Path, *, check: bool) -> int:
    """Write every file that differs, delete every superfluous one, and return the exit code.

    With `check`, only list them, and return 1 if there are any.
    """
    found = list(find_differences(generated, folders))
    for each in found:
        name = each.path.relative_to(root)
        sys.stdout.write(f"{name} {each.problem}\n" if check else f"{_fix(each)} {name}\n")
    return 1 if found and check else 0


def find_differences(generated: Mapping[Path, str], folders: Iterable[Path]) -> Iterator[Difference]:
    """Find the generated files that are missing or out of date, and the other files in the folders."""
    for path, text in generated.items():
        if not path.exists():
            yield Difference(path, "is missing", text)
        elif path.read_text("utf-8") != text:
            yield Difference(path, "is out of date", text)
    for folder in folders:
        existing = sorted(path for path in folder.rglob("*") if path.is_file())
        yield from (Difference(path, "is superfluous", None) for path in existing if path not in generated)


def _fix(difference: Difference) -> str:
    """Return what was done to the file."""
    if difference.text is None:
        difference.path.unlink()
        return "deleted"
    difference.path.parent.mkdir(parents=True, exist_ok=True)
    difference.path.write_text(difference.text, "utf-8")
    return "wrote"
