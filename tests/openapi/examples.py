"""The examples of Twilio's OpenAPI description: requests to send, and the keys of objects that have no schema."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.emulator.populated import Names
from tests.openapi.extract import Json
from tests.openapi.facts import described_operations, resolve_schema, response_schema, schema_name

Form = dict[str, str | list[str]]
NestedKeys = dict[str, Any]
"""The keys of an object, each with the keys of its value."""

_SID: Final = re.compile(r"([A-Z]{2})[a-f0-9]{32}")


@dataclass(frozen=True, slots=True)
class RequestExample:
    """An example of a request: its operation, its name and its form."""

    method: str
    path: str
    name: str
    form: Json

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name}"

    def path_with(self, names: Names) -> str:
        """Fill the path, without the version, with names of existing resources."""
        steps = self.path.removeprefix("/v1").split("/")
        return "/".join(
            names[before][0] if step.startswith("{") else step
            for before, step in zip(["", *steps], steps, strict=False)
        )

    def form_with(self, names: Names) -> Form:
        """Fill the form, with SIDs of existing resources in place of those in the example."""
        sids = {each[0][:2]: each[0] for kind, each in names.items() if kind != "service roles"}
        return {
            name: _filled(value, {**sids, "RL": names["service roles"][0]} if self._is_service_role(name) else sids)
            for name, value in self.form.items()
        }

    def _is_service_role(self, name: str) -> bool:
        """Return whether a role parameter takes a role of a service rather than of a conversation."""
        return name == "DefaultChatServiceRoleSid" or "/Users" in self.path


def request_examples() -> Iterator[RequestExample]:
    """Return all examples of requests."""
    for method, path, described in described_operations():
        for name, form in described.get("form_examples", {}).items():
            yield RequestExample(method, path, name, form)


def response_examples() -> Iterator[tuple[str, str, int, Any]]:
    """Return the method, path, status and body of each example of a response."""
    for method, path, described in described_operations():
        for status, examples in described.get("response_examples", {}).items():
            for body in examples.values():
                yield method, path, int(status), body


@cache
def keys_by_property() -> Mapping[str, NestedKeys]:
    """Merge the keys that all examples show for a property. `timers` has the same keys wherever it occurs."""
    found: NestedKeys = {}
    for _, body in _resources():
        _merge(found, _keys(body))
    return found


@cache
def links_of(schema: str) -> frozenset[str]:
    """Return the links that the examples of a schema show."""
    return frozenset(name for title, body in _resources() if title == schema for name in body.get("links", ()))


def _resources() -> Iterator[tuple[str, Json]]:
    """Return each resource in an example, alone or in a list, with the name of its schema."""
    by_name = {(method, path): described for method, path, described in described_operations()}
    for method, path, status, body in response_examples():
        schema = response_schema(by_name[method, path], status) or {}
        if schema_name(schema):
            yield schema_name(schema), body
            continue
        for name, each in resolve_schema(schema)["properties"].items():
            if "items" in each:
                yield from ((schema_name(each["items"]), one) for one in body[name])


def _filled(value: object, sids: Mapping[str, str]) -> str | list[str]:
    if isinstance(value, list):
        return [str(_filled(each, sids)) for each in value]
    text = value if isinstance(value, str) else json.dumps(value)
    return _SID.sub(lambda sid: sids.get(sid[1], sid[0]), text)


def _keys(value: object) -> NestedKeys:
    match value:
        case dict():
            return {name: _keys(each) for name, each in value.items()}
        case list():
            found: NestedKeys = {}
            for each in value:
                _merge(found, _keys(each))
            return found
        case _:
            return {}


def _merge(keys: NestedKeys, more: NestedKeys) -> None:
    for name, each in more.items():
        _merge(keys.setdefault(name, {}), each)
