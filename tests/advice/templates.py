"""Which advice has a row: each row names templates, in which `{}` stands for any text."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

CONFIGURATIONS = Path(__file__).with_name("configurations.txt")
MEANT = "did you mean '{}'?"


class Correction(NamedTuple):
    """A configuration, the advice about it, and the configuration of somebody who follows it, unless it is implied."""

    before: str
    template: str
    after: str


@cache
def corrections() -> tuple[Correction, ...]:
    """Read every row about a configuration."""
    _, *blocks = CONFIGURATIONS.read_text("utf-8").split("\n\n")
    return tuple(map(_correction, blocks))


def _correction(block: str) -> Correction:
    lines = block.strip("\n").split("\n")
    number = next(number for number, line in enumerate(lines) if line.startswith("=> "))
    before, after = ("".join(f"{line}\n" for line in part) for part in (lines[:number], lines[number + 1 :]))
    return Correction(before, lines[number].removeprefix("=> "), after)


@cache
def pattern_of(template: str) -> re.Pattern[str]:
    """Compile a template; the first letter of the text may be in upper case."""
    pattern = ".+?".join(map(re.escape, template.split("{}")))
    return re.compile(pattern, re.DOTALL)


def matches(template: str, text: str) -> bool:
    """Whether a text is advice of this template."""
    lowered = text[:1].lower() + text[1:]
    return any(pattern_of(template).fullmatch(each) for each in (text, lowered))


def unknown_advice(texts: Iterable[str]) -> Iterator[str]:
    """Return the texts that have no row."""
    return (each for each in texts if not _has_row(each))


FACTS = (
    "confsync does not manage it, and leaves it alone",
    "the next apply looks for the resource before it sends the create again",
    "confsync ignores the journal and finds its resources again by name; the next apply renames the file",
)
"""What stands where advice stands, and asks nothing of anybody."""

UNREACHABLE = ("remove one of these references",)
"""Advice about what no configuration of today's types can contain: no two of them can refer to each other."""


@cache
def _has_row(text: str) -> bool:
    return text in (*FACTS, *UNREACHABLE) or any(matches(each, text) for each in templates())


@cache
def templates() -> frozenset[str]:
    """Return the templates of all rows."""
    from tests.advice.rows import ROWS  # noqa: PLC0415 — the rows import much, and no test needs them that gives no advice

    return frozenset((*(each for row in ROWS for each in row.templates), *(each.template for each in corrections())))
