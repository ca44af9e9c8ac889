"""The code stays readable: short functions, files of one concept, and public names that can be found by a search."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median

from tests.repository.sources import functions_in, public_names_in, python_files, shown, tree_of

SOURCES = python_files("confsync")
LONGEST_FILE = 350
SHORT_FILE = 40
LONGEST_FUNCTION = 50
MOST_FUNCTIONS = 15
MEDIAN_FUNCTION = 6

ONE_PER_TYPE = "confsync/resources/"
"""A resource type has a file of its own, however short."""

IN_EVERY_COMMAND = {"command"}
"""Names that a protocol asks for in several files."""


@cache
def lengths() -> dict[str, int]:
    """Give the length of every function, by the place where it stands."""
    return {
        f"{shown(path)}:{function.lineno} {function.name}": length
        for path in SOURCES
        for function, length in functions_in(path)
    }


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def longest(counts: dict[str, int], is_wrong: Callable[[int], bool]) -> list[str]:
    """Give the places that break a rule, the worst first."""
    return [f"{count} {place}" for place, count in Counter(counts).most_common() if is_wrong(count)]


def test_functions_are_short() -> None:
    counts = sorted(lengths().values())
    assert median(counts) <= MEDIAN_FUNCTION
    worst = longest(lengths(), lambda length: length > MOST_FUNCTIONS)
    assert counts[len(counts) * 9 // 10] <= MOST_FUNCTIONS, "\n".join(worst)


def test_no_function_outgrows_a_screen() -> None:
    assert longest(lengths(), lambda length: length > LONGEST_FUNCTION) == []


def test_no_file_is_long() -> None:
    counts = {shown(path): lines_of(path) for path in SOURCES}
    assert longest(counts, lambda lines: lines > LONGEST_FILE) == []


def test_few_files_are_short() -> None:
    files = [path for path in SOURCES if path.name != "__init__.py" and not shown(path).startswith(ONE_PER_TYPE)]
    short = sorted(shown(path) for path in files if lines_of(path) < SHORT_FILE)
    assert len(short) <= len(files) * 0.3, f"{len(short)} of {len(files)}:\n" + "\n".join(short)


def test_public_names_are_unique_enough_to_search_for() -> None:
    files = defaultdict(list)
    for path in SOURCES:
        for name in public_names_in(path) - IN_EVERY_COMMAND:
            files[name].append(shown(path))
    shared = sorted(f"{name}: {', '.join(places)}" for name, places in files.items() if len(places) > 1)
    assert len(shared) <= len(files) * 0.05, f"{len(shared)} of {len(files)}:\n" + "\n".join(shared)


def test_only_one_function_walks_a_chain_of_exceptions() -> None:
    walking = {
        shown(path)
        for path in python_files("confsync", "scripts")
        if re.search("__cause__|__context__", path.read_text("utf-8"))
        for loop in ast.walk(tree_of(path))
        if isinstance(loop, ast.While)
        for each in ast.walk(loop)
        if isinstance(each, ast.Attribute) and each.attr in ("__cause__", "__context__")
    }
    assert walking == {"confsync/exception_chain.py"}
