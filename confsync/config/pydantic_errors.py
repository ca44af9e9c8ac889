"""Turns pydantic's errors into diagnostics that people understand, at the right position."""

from collections.abc import Callable, Container, Iterable, Iterator
from collections.abc import Sequence as Several

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from confsync.annotations import BRANCH
from confsync.config.codes import Code
from confsync.config.references.syntax import only_reference
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, error_at
from confsync.config.variables.checks import boolean_hint, text_hint
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.secret import STAND_IN, Secret

_LONGEST_SHOWN = 60


KnownKeys = Callable[[tuple[str, ...]], Iterable[str]]
"""Returns the keys that are known below a path."""


def validation_errors(
    wrong: ValidationError,
    title: str,
    written: Pair,
    known: KnownKeys,
    needless: Container[str] = (),
    hidden: Container[tuple[int | str, ...]] = (),
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each error of one mapping; `title` names what it is.

    A missing field is not reported if it is `needless`, or if its key is already reported: as empty, or as misspelt.
    The form of a `hidden` value is not reported, because pydantic saw a placeholder.
    """
    errors = [_without_branches(error) for error in wrong.errors(include_url=False)]
    unknown = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
    for error in errors:
        *above, last = error["loc"]
        reported_before = last in needless or _is_written(written, error) or _is_misspelt(last, above, unknown, known)
        place = _place(written, error)
        if error["loc"] in hidden and error["type"] in _FORMS:
            continue
        if not _is_sensitive(place) and (error["type"] != "missing" or not reported_before):
            yield _described(error, title, place, known)


_FORMS = ("form", "duration", "too_short_a_time")


def _is_sensitive(place: Node | Pair) -> bool:
    """Whether a value is sensitive: pydantic saw a placeholder instead."""
    node = place.node if isinstance(place, Pair) else place
    return isinstance(node, Scalar) and isinstance(node.value, Secret)


Path = tuple[int | str, ...]


def _without_branches(error: ErrorDetails) -> ErrorDetails:
    """Remove from an error's location what pydantic adds for alternatives: nobody wrote that."""
    path = tuple(step for step in error["loc"] if not str(step).startswith(BRANCH))
    return {**error, "loc": path}


def _is_misspelt(name: int | str, above: Several[int | str], unknown: list[Path], known: KnownKeys) -> bool:
    """Whether an unknown key next to it was probably meant to be it."""
    siblings = (str(path[-1]) for path in unknown if list(path[:-1]) == above)
    return any(f"'{name}'" in _meant_key(each, above, known) for each in siblings)


def _meant_key(name: str, above: Several[int | str], known: KnownKeys) -> str:
    return did_you_mean(name, known(tuple(str(part) for part in above)))


def _is_written(written: Pair, error: ErrorDetails) -> bool:
    *above, last = error["loc"]
    node = _follow(written, above)
    return isinstance(node, Pair) and isinstance(node.node, Mapping) and last in node.node.items


def _place(written: Pair, error: ErrorDetails) -> Node | Pair:
    """Find the position of an error: the value, the key if it is unknown, or the parent if it is missing.

    An error in a value that defaults to the resource's key is at that key.
    """
    place = _follow(written, error["loc"])
    points_at_key = place is written or error["type"] in ("extra_forbidden", "missing")
    return place.node if isinstance(place, Pair) and not points_at_key else place


def _follow(written: Pair, path: Iterable[int | str]) -> Pair | Node:
    """Follow a path as far as the tree goes: to an item of a list, else to the last key."""
    here = written
    for step in path:
        if isinstance(here.node, Sequence) and isinstance(step, int):
            return here.node.items[step]
        if not isinstance(here.node, Mapping) or step not in here.node.items:
            return here
        here = here.node.items[str(step)]
    return here


def _described(error: ErrorDetails, title: str, place: Node | Pair, known: KnownKeys) -> Diagnostic:
    *above, last = (str(part) for part in error["loc"])
    if error["type"] == "missing":
        return error_at(place, Code.MISSING_FIELD, f"this {title} has no {in_quotes(last)}", f"write `{last}:`")
    if error["type"] == "extra_forbidden":
        where = f"`{'.'.join(above)}` of {title}" if above else title
        return error_at(
            place, Code.UNKNOWN_KEY, f"unknown key {in_quotes(last)} in {where}", _meant_key(last, above, known)
        )
    name = "'" + ".".join(part for part in error["loc"] if isinstance(part, str)) + "'"
    subject = f"an item of {name}" if isinstance(error["loc"][-1], int) else name
    reference = only_reference(place) if isinstance(place, Scalar) and error["input"] != STAND_IN else None
    found = place.holding(error["input"]) if reference and isinstance(place, Scalar) else place
    summary, hint = _expected(error, _shown(found))
    if reference and reference.kind == "var":
        hint = _FOR_VARIABLES.get(error["type"], lambda _: hint)(reference.name)
    return error_at(place, Code.WRONG_VALUE, f"{subject} {summary}", hint or _meant(found, error))


_EXPECTED = {
    "literal_error": ("is {expected}, not {value}", ""),
    "string_type": ("must be text, not {value}", "put quotes around it"),
    "bool_type": ("must be true or false, not {value}", "write `true` or `false`"),
    "int_type": ("must be a whole number, not {value}", ""),
    "frozen_set_type": ("must be a list, not {value}", "write `[one, two]`"),
    "model_type": ("must be a mapping, not {value}", ""),
    "model_attributes_type": ("must be a mapping, not {value}", ""),
    "string_too_long": ("can have at most {max_length} characters", ""),
    "string_too_short": ("cannot be empty", ""),
    "too_short": ("cannot be empty", ""),
    "dict_type": ("must be a mapping, not {value}", ""),
    "greater_than_equal": ("must be at least {ge}, but this is {value}", ""),
    "less_than_equal": ("must be at most {le}, but this is {value}", ""),
    "no_edit": ("must be a list, or say what to `add` and what to `remove`", ""),
    "no_json_edit": ("says nothing to `add` and nothing to `remove`", "write a key under one of them"),
    "not_keys": ("must be a list of keys under `remove`", "write the names of the keys to remove"),
    "both_ways": ("adds and removes {names}", ""),
    "form": ("{words}, but this is {value}", ""),
    "duration": ("must be an ISO 8601 duration, not {value}", "write `PT10M` for ten minutes, `P1D` for a day"),
    "too_short_a_time": ("must be at least {shortest}, but this is {value}", ""),
    "not_json": ("contains a value that JSON cannot express", ""),
    "too_large": ("can have at most {at_most} bytes as JSON", ""),
}
"""What a field accepts, and the hint if it is always the same, by pydantic's type of error."""

_FOR_VARIABLES = {"string_type": text_hint, "bool_type": boolean_hint}
"""What to do instead if the value is that of a variable."""


def _expected(error: ErrorDetails, value: str) -> tuple[str, str]:
    summary, hint = _EXPECTED.get(error["type"], ("cannot be {value}", ""))
    if error["type"] == "string_type" and isinstance(error["input"], list | dict):
        hint = ""
    return summary.format(value=value, **error.get("ctx", {})), hint


def _shown(place: Node | Pair) -> str:
    """Describe the value at a position; for a resource's key, that is the key."""
    node = place.key if isinstance(place, Pair) else place
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=str() as text):
            return f"{in_quotes(text)}" if len(text) <= _LONGEST_SHOWN else "this"
        case Scalar(value=bool() | None as word):
            return "null" if word is None else str(word).lower()
        case Scalar(value=int() | float() as number):
            return f"the number {number}"
    return "this"


def _meant(place: Node | Pair, error: ErrorDetails) -> str:
    expected = str(error.get("ctx", {}).get("expected", ""))
    words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",") if word]
    node = place.node if isinstance(place, Pair) else place
    return did_you_mean(str(node.value), words) if isinstance(node, Scalar) else ""
