"""The mutants that no test kills, and the reason why none can."""

import re
import tomllib
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

LISTED = Path(__file__).with_name("survivors.toml")


class Mutation(Struct, frozen=True, forbid_unknown_fields=True):
    """One change of a function: the lines that it replaces, and the new ones."""

    file: str
    function: str
    before: str
    after: str

    @classmethod
    def from_diff(cls, file: str, mutant: str, diff: str) -> Self:
        """Read the changed lines out of a unified diff; `mutant` is the name that mutmut gives it."""
        changed = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
        before, after = ("\n".join(each[1:].strip() for each in changed if each[:1] == sign) for sign in "-+")
        return cls(file, function_of(mutant), before, after)


class ListedSurvivor(Mutation, frozen=True, kw_only=True):
    """A mutant that may survive, with the reason."""

    reason: str

    @property
    def mutation(self) -> Mutation:
        """The mutation alone."""
        return Mutation(self.file, self.function, self.before, self.after)


def function_of(mutant: str) -> str:
    """Return the name of the function or method of a mutant: `Journal.append`."""
    mangled = mutant.rpartition(".")[2]
    name = re.sub(r"__mutmut_\d+$", "", mangled)
    return name.removeprefix("x_") if name.startswith("x_") else name.removeprefix("xǁ").replace("ǁ", ".")


def read_listed_survivors() -> tuple[ListedSurvivor, ...]:
    """Read the checked-in list."""
    rows = tomllib.loads(LISTED.read_text("utf-8")).get("survivor", [])
    return tuple(msgspec.convert(each, ListedSurvivor) for each in rows)
