"""JSON in its canonical form, and JSON read strictly: the text that is compared or signed has one meaning only."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn


class StrictJsonError(ValueError):
    """A text that is not strict JSON; the message continues a sentence such as "the body", and quotes nothing."""


def canonical_json(value: object, default: Callable[[object], object] | None = None) -> str:
    """Write equal values as equal texts: sorted keys, no spaces, and no escapes for letters outside ASCII.

    `default` converts values that JSON does not know. Raises ValueError for NaN and infinity.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default
    )


def parse_strict_json(text: str) -> Any:  # noqa: ANN401 — JSON enters here
    """Parse JSON in which no key appears twice in one object and every number is finite.

    Raises StrictJsonError.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_number, parse_float=_finite)
    except StrictJsonError:
        raise
    except RecursionError:
        raise StrictJsonError("is nested too deeply") from None
    except ValueError:
        raise StrictJsonError("is not JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StrictJsonError("contains a key twice")
    return found


def _refuse_number(_: str) -> NoReturn:
    raise StrictJsonError("contains a number that is not finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise StrictJsonError("contains a number that is not finite")
    return number
