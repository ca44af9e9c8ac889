"""Evaluates the expressions of GitHub Actions that our files use. Whatever else one contains is an error."""

import re
from collections.abc import Mapping
from typing import Any

Context = Mapping[str, Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)|(?P<mark>&&|\|\||==|!=|[!(),]))"
)
_INTERPOLATION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class UnknownExpression(Exception):
    """An expression contains something that this evaluator does not know."""


def interpolate(text: str, context: Context) -> str:
    """Replace each `${{ … }}` in a value."""
    return _INTERPOLATION.sub(lambda match: as_text(evaluate(match[1], context)), text)


def holds(condition: str, context: Context) -> bool:
    """Evaluate an `if:`. Like GitHub, require success unless the condition names a status function."""
    inner = condition.strip()
    result = bool(evaluate(inner, context))
    checks_status = re.search(r"\b(always|cancelled|failure|success)\(\)", inner)
    return result and (bool(checks_status) or not context["status"]["failed"])


def as_text(value: Any) -> str:  # noqa: ANN401 — JSON
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def evaluate(expression: str, context: Context) -> Any:  # noqa: ANN401 — JSON
    """Evaluate an expression. Raises UnknownExpression."""
    parser = _Parser(expression, context)
    value = parser.either()
    if parser.rest:
        raise UnknownExpression(expression)
    return value


class _Parser:
    """A parser of what is left of an expression, by descent."""

    def __init__(self, expression: str, context: Context) -> None:
        self.rest = expression.strip()
        self._all = expression
        self._context = context

    def either(self) -> Any:  # noqa: ANN401 — JSON
        value = self.both()
        while self._skip("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:  # noqa: ANN401 — JSON
        value = self.comparison()
        while self._skip("&&"):
            other = self.comparison()
            value = value and other
        return value

    def comparison(self) -> Any:  # noqa: ANN401 — JSON
        value = self.operand()
        for mark in ("==", "!="):
            if self._skip(mark):
                return (as_text(value) == as_text(self.operand())) == (mark == "==")
        return value

    def operand(self) -> Any:  # noqa: ANN401 — JSON
        if self._skip("!"):
            return not self.operand()
        if self._skip("("):
            value = self.either()
            self._expect(")")
            return value
        match = _TOKEN.match(self.rest)
        if match is None or match["mark"]:
            raise UnknownExpression(self._all)
        self.rest = self.rest[match.end() :].lstrip()
        if match["text"]:
            return match["text"][1:-1].replace("''", "'")
        return self._call(match["name"]) if self._skip("(") else self._look_up(match["name"])

    def _call(self, name: str) -> Any:  # noqa: ANN401 — JSON
        arguments = []
        while not self._skip(")"):
            arguments.append(self.either())
            self._skip(",")
        failed = self._context["status"]["failed"]
        match name, arguments:
            case "always", []:
                return True
            case "cancelled", []:
                return False
            case "failure", []:
                return failed
            case "success", []:
                return not failed
            case "format", [pattern, *values]:
                return str(pattern).format(*map(as_text, values))
        raise UnknownExpression(self._all)

    def _look_up(self, name: str) -> Any:  # noqa: ANN401 — JSON
        value: Any = self._context
        for number, step in enumerate(name.split(".")):
            if number == 0 and step not in value:
                raise UnknownExpression(self._all)
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def _skip(self, mark: str) -> bool:
        match = _TOKEN.match(self.rest)
        if match is None or match["mark"] != mark:
            return False
        self.rest = self.rest[match.end() :].lstrip()
        return True

    def _expect(self, mark: str) -> None:
        if not self._skip(mark):
            raise UnknownExpression(self._all)
