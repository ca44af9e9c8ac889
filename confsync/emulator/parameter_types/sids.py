"""SIDs, of resources that the emulator knows and of others."""

import re
from collections.abc import Sequence
from typing import Literal

from confsync.emulator.api_error import INVALID_VALUE, MALFORMED_SID, invalid_parameter
from confsync.emulator.parameter_types.base import KEEP, Keep, PlainType, StoredValue


class SidString(PlainType, frozen=True):
    """The SID of a resource outside the emulator."""

    prefix: str
    wrong: int = MALFORMED_SID
    when_empty: Literal["keep", "clear", "reject"] = "keep"
    empty: int = MALFORMED_SID

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue | Keep:
        """Accept a well-formed SID. Most SIDs cannot be cleared, only replaced."""
        if sent[0] == "":
            return self._parse_empty(name)
        if not re.fullmatch(f"{self.prefix}[0-9a-fA-F]{{32}}", sent[0]):
            raise invalid_parameter(name, self.wrong, f"not a SID of the form {self.prefix} and 32 hexadecimal digits")
        return sent[0]

    def _parse_empty(self, name: str) -> Keep | None:
        if self.when_empty == "keep":
            return KEEP
        if self.when_empty == "clear":
            return None
        raise invalid_parameter(name, self.empty, "a SID is required")


class SidReference(SidString, frozen=True):
    """The SID of a row of `table` in the same account and service, whose columns have the values in `matching`."""

    table: str = ""
    matching: tuple[tuple[str, str], ...] = ()
    unknown: int = INVALID_VALUE
    mismatch: int = INVALID_VALUE
