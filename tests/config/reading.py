"""YAML in, lines out: how these tests read a configuration and tell of its mistakes."""

from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from confsync.config.tree import File, Mapping, plain_value
from confsync.config.yaml import parse_yaml
from confsync.diagnostics import Diagnostic


def file(text: str | bytes, path: str = "a.yaml", location: Path = Path("a.yaml")) -> File:
    """A file of that text, dedented."""
    return File(path, text if isinstance(text, bytes) else dedent(text).encode(), location)


def tree(text: str, path: str = "a.yaml", location: Path = Path("a.yaml")) -> Mapping:
    """The tree of a text without mistakes."""
    found, mistakes = parse_yaml(file(text, path, location))
    assert not mistakes, lines(mistakes)
    assert found is not None
    return found


def value(text: str) -> object:
    """What a text without mistakes says, as ordinary values."""
    return plain_value(tree(text))


def reported(text: str | bytes) -> list[str]:
    """The mistakes in a text."""
    return lines(parse_yaml(file(text))[1])


def lines(mistakes: Iterable[Diagnostic]) -> list[str]:
    """One line a mistake: place, code, summary, and the way out after a dash."""
    return [_line(each) for each in mistakes]


def _line(mistake: Diagnostic) -> str:
    place = f"{mistake.range.start} " if mistake.range else ""
    detail = f" - {mistake.detail}" if mistake.detail else ""
    return f"{place}{mistake.code} {mistake.summary}{detail}"


SUPPORT = """\
services:
  support:
    ios: {type: apn, private_key: hunter2, sandbx: false}
    pem: |
      first line
      hunter2
"""


def ios() -> Mapping:
    node = tree(SUPPORT).get("services")
    assert isinstance(node, Mapping)
    support = node.get("support")
    assert isinstance(support, Mapping)
    found = support.get("ios")
    assert isinstance(found, Mapping)
    return found
