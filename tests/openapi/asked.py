"""The requests in the file's examples, made ready to be sent to an account in which something stands."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.emulator.furnished import Names
from tests.openapi.file import FORM, Json, operations

Form = dict[str, str | list[str]]

_SID: Final = re.compile(r"([A-Z]{2})[a-f0-9]{32}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One example: the operation it is of, its name and its form."""

    method: str
    path: str
    name: str
    form: Json

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name}"

    def place(self, names: Names) -> str:
        """Lead the path to things that are there; without the version."""
        steps = self.path.removeprefix("/v1").split("/")
        return "/".join(
            names[before][0] if step.startswith("{") else step
            for before, step in zip(["", *steps], steps, strict=False)
        )

    def filled(self, names: Names) -> Form:
        """Write the form, with the SIDs of things that are there for those of the example."""
        known = {each[0][:2]: each[0] for kind, each in names.items() if kind != "service roles"}
        return {
            name: _written(value, {**known, "RL": names["service roles"][0]} if self._is_of_service(name) else known)
            for name, value in self.form.items()
        }

    def _is_of_service(self, name: str) -> bool:
        """Whether a parameter asks for a role of a service, rather than one of a conversation."""
        return name == "DefaultChatServiceRoleSid" or "/Users" in self.path


def asked() -> Iterator[Asked]:
    """Give the requests of all examples."""
    for method, path, operation in operations():
        examples = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("examples", {})
        for name, example in examples.items():
            yield Asked(method, path, name, example["value"])


def _written(value: object, known: Mapping[str, str]) -> str | list[str]:
    if isinstance(value, list):
        return [str(_written(each, known)) for each in value]
    text = value if isinstance(value, str) else json.dumps(value)
    return _SID.sub(lambda sid: known.get(sid[1], sid[0]), text)
