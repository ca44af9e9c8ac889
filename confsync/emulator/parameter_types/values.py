"""Booleans, integers, choices and lists."""

import re
from collections.abc import Sequence
from typing import Literal

from confsync.emulator.api_error import INVALID_VALUE, invalid_parameter
from confsync.emulator.parameter_types.base import KEEP, Keep, PlainType, StoredValue


class Boolean(PlainType, frozen=True):
    """`true` or `false`."""

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Accept either word in any case."""
        match sent[0].lower():
            case "true":
                return 1
            case "false":
                return 0
            case _:
                raise invalid_parameter(name, why="neither true nor false")


class Integer(PlainType, frozen=True):
    """An integer within limits. A nullable one is cleared by "" and by `null`."""

    at_least: int = 0
    at_most: int = 2**31 - 1
    is_nullable: bool = False

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Accept decimal digits."""
        if self.is_nullable and sent[0] in {"", "null"}:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", sent[0], re.ASCII) or not self.at_least <= int(sent[0]) <= self.at_most:
            raise invalid_parameter(name, why=f"not a whole number from {self.at_least} to {self.at_most}")
        return int(sent[0])


class Choice(PlainType, frozen=True):
    """One of a few values."""

    values: tuple[str, ...]
    wrong: int = INVALID_VALUE
    empty: int | None = None
    any_case: bool = False
    stored: Literal["normalised", "as_sent"] = "normalised"

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Store the value as the table spells it, or as the client did."""
        values = {each.lower() if self.any_case else each: each for each in self.values}
        value = values.get(sent[0].lower() if self.any_case else sent[0])
        if value is None:
            code = self.wrong if sent[0] or self.empty is None else self.empty
            raise invalid_parameter(name, code, f"must be one of {', '.join(self.values)}")
        return sent[0] if self.stored == "as_sent" else value


class StringList(PlainType, frozen=True):
    """A list, sent by repeating the parameter. One empty value means the empty list."""

    values: frozenset[str] | None = None
    wrong: int = INVALID_VALUE
    when_empty: Literal["empty", "keep", "reject"] = "empty"
    when_repeated: Literal["keep", "drop", "reject"] = "keep"
    forbidden: frozenset[str] = frozenset()
    at_most: int | None = None
    too_many: int = INVALID_VALUE

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue | Keep:
        """Keep the order of the request."""
        items = tuple(each for each in sent if each)
        if not items:
            return self._parse_empty(name)
        if self.values is not None and not self.values.issuperset(items):
            raise invalid_parameter(name, self.wrong, "not a known name")
        if not self.forbidden.isdisjoint(items):
            raise invalid_parameter(name, self.wrong, "the name is not valid for this list")
        if self.at_most is not None and len(items) > self.at_most:
            raise invalid_parameter(name, self.too_many, f"more than {self.at_most}")
        return self._handle_repeats(name, items)

    def _parse_empty(self, name: str) -> StoredValue | Keep:
        match self.when_empty:
            case "empty":
                return ()
            case "keep":
                return KEEP
            case "reject":
                raise invalid_parameter(name, self.wrong, "the list is empty")

    def _handle_repeats(self, name: str, items: tuple[str, ...]) -> StoredValue:
        distinct = tuple(dict.fromkeys(items))
        if self.when_repeated == "reject" and distinct != items:
            raise invalid_parameter(name, self.wrong, "a name is repeated")
        return distinct if self.when_repeated == "drop" else items
