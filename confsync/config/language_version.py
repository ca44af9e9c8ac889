"""`version` and `requires`: the language of a configuration, and the versions of confsync that it supports."""

import operator
import re
from collections.abc import Callable, Iterator

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Scalar, error_at
from confsync.diagnostics import Diagnostic
from confsync.version import __version__

LANGUAGE = 1

_Numbers = tuple[int, ...]
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]{1,9}(?:\.[0-9]{1,9})*)\s*")
_COMPARE: dict[str, Callable[[_Numbers, _Numbers], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def version_errors(tree: Mapping) -> Iterator[Diagnostic]:
    """Check the version of the language and the required version of confsync."""
    written = tree.get("version")
    if written is None:
        yield error_at(
            tree, Code.BAD_VERSION, "the configuration does not state its version", f"write `version: {LANGUAGE}`"
        )
    elif not _is_language(written):
        hint = f"write `version: {LANGUAGE}`"
        yield error_at(written, Code.BAD_VERSION, f"this confsync reads version {LANGUAGE} of the language", hint)
    yield from _requirement_errors(tree)


def _is_language(written: Node) -> bool:
    """Whether that is our version, or an empty value, which is already reported."""
    if not isinstance(written, Scalar):
        return False
    return written.empty or (type(written.value) is int and written.value == LANGUAGE)


def _requirement_errors(tree: Mapping) -> Iterator[Diagnostic]:
    written = tree.get("requires")
    if written is None or (isinstance(written, Scalar) and written.empty):
        return
    clauses = written.value.split(",") if isinstance(written, Scalar) and isinstance(written.value, str) else [""]
    parsed = [_CLAUSE.fullmatch(clause) for clause in clauses]
    for clause in parsed:
        if clause is None:
            yield error_at(
                written, Code.BAD_VERSION, "`requires` must be a list of version conditions", 'write it like ">=1.0,<2"'
            )
            return
        if not _COMPARE[clause[1]](_numbers(__version__), _numbers(clause[2])):
            summary = f"the configuration requires confsync {clause[1]}{clause[2]}, but this is {__version__}"
            yield error_at(written, Code.BAD_VERSION, summary, "install a matching confsync, or change `requires`")
            return


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers, without trailing zeros: 1.0 is 1."""
    numbers = [int(part) for part in re.findall(r"[0-9]+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
