"""The output and the exit code of a run."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SCHEMAS = Path(__file__).parents[2] / "schemas"


@dataclass(frozen=True, slots=True)
class RunResult:
    """Exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one document on stdout, validated against its schema."""
        found: dict[str, Any] = json.loads(self.out)
        _schema(found["kind"]).validate(found)
        assert found["exit_code"] == self.code
        assert found["format_version"] == "1.0"
        return found

    @property
    def three_lines(self) -> list[str]:
        """The last three lines, apart from the emulator's."""
        lines = [line for line in self.err.splitlines() if not line.startswith("EMULATOR")][-3:]
        assert [line.partition(":")[0] for line in lines] == ["Error", "State", "Next"], self.err
        return lines


@cache
def _schema(kind: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())
