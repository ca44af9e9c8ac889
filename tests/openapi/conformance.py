"""Checks a request and its response against Twilio's OpenAPI description."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from tests.openapi.exemptions import EXEMPTIONS, Exemption, known_operations
from tests.openapi.extract import Json
from tests.openapi.facts import form_schema, response_schema
from tests.openapi.schema_checks import Check, parameter_check, value_check
from tests.openapi.violation import Violation

ERROR_KEYS: Final = frozenset({"code", "message", "more_info", "status", "details"})
MORE_INFO: Final = "https://www.twilio.com/docs/errors/{}"
CONFSYNC_AGENT: Final = "confsync/"
"""The start of confsync's user agent. It must not send unknown parameters even in requests that fail."""

_VARIABLE: Final = "{}"
_END: Final = ""

Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DescribedOperation:
    """The compiled checks of one operation, by parameter name and by response status."""

    name: str
    query: Mapping[str, Any]
    form: Mapping[str, Any]
    headers: Mapping[str, Any]
    responses: Mapping[int, Check | None]


class ConformanceChecker:
    """Checks against the whole description, apart from the exemptions."""

    def __init__(self, exemptions: Iterable[Exemption] = EXEMPTIONS) -> None:
        self._exemptions = tuple(exemptions)
        self._root: dict[str, Any] = {}
        self._conforming = set[int]()
        for method, path, described in known_operations():
            self._leaf(path)[method] = _operation(method, path, described)

    def find(self, request: EmulatorRequest) -> DescribedOperation | None:
        """Return the operation that a request is for."""
        node = self._root
        for segment in request.path.removeprefix("/").split("/"):
            node = node.get(segment) or node.get(_VARIABLE) or {}
        found: DescribedOperation | None = node.get(_END, {}).get(request.method)
        return found

    def violations(self, request: EmulatorRequest, response: EmulatorResponse) -> list[Violation]:
        """Return every violation that is not exempt."""
        return [
            violation
            for violation in self._all(request, response)
            if not any(exemption.covers(violation) for exemption in self._exemptions)
        ]

    def _leaf(self, path: str) -> dict[str, DescribedOperation]:
        node = self._root
        for segment in path.removeprefix("/").split("/"):
            node = node.setdefault(_VARIABLE if segment.startswith("{") else segment, {})
        leaf: dict[str, DescribedOperation] = node.setdefault(_END, {})
        return leaf

    def _all(self, request: EmulatorRequest, response: EmulatorResponse) -> Iterator[Violation]:
        operation = self.find(request)
        succeeded = 200 <= response.status < 300
        if operation is None:
            if succeeded:
                yield Violation("unknown operation", f"{request.method} {request.path}")
        elif succeeded or request.headers.get("user-agent", "").startswith(CONFSYNC_AGENT):
            yield from _parameter_violations(operation, request, succeeded=succeeded)
        if not succeeded:
            yield from _error_violations(request, response)
        elif operation is not None:
            yield from self._response(operation, response)

    def _response(self, operation: DescribedOperation, response: EmulatorResponse) -> list[Violation]:
        # most responses are those of a list that was read before
        seen = hash((operation.name, response.status, response.headers.get("Content-Type"), response.body))
        if seen in self._conforming:
            return []
        found = list(_response_violations(operation, response))
        if not found:
            self._conforming.add(seen)
        return found


def _operation(method: str, path: str, described: Json) -> DescribedOperation:
    name = f"{method} {path}"

    def checks_in(place: str) -> dict[str, Any]:
        parameters = {each: fact for each, fact in described.get("parameters", {}).items() if fact["in"] == place}
        return {each: parameter_check(fact, f"{name} {each}") for each, fact in parameters.items()}

    form = {
        each: parameter_check(schema, f"{name} {each}") for each, schema in form_schema(described)["properties"].items()
    }
    headers = {each.lower(): check for each, check in checks_in("header").items()}
    return DescribedOperation(name, checks_in("query"), form, headers, dict(_response_checks(name, described)))


def _response_checks(name: str, described: Json) -> Iterator[tuple[int, Check | None]]:
    for status in described["responses"]:
        schema = response_schema(described, int(status))
        yield int(status), value_check(schema, name) if schema else None


def _parameter_violations(
    operation: DescribedOperation, request: EmulatorRequest, *, succeeded: bool
) -> Iterator[Violation]:
    query = parse_qs(request.query, keep_blank_values=True)
    form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    for known, sent in ((operation.query, query), (operation.form, form)):
        for name, values in sent.items():
            if name not in known:
                yield Violation("unknown parameter", f"{operation.name} {name}")
            elif succeeded:
                yield from known[name](values)
    for name, check in operation.headers.items():
        if succeeded and name in request.headers:
            yield from check([request.headers[name]])


def _response_violations(operation: DescribedOperation, response: EmulatorResponse) -> Iterator[Violation]:
    if response.status not in operation.responses:
        yield Violation("status", operation.name, str(response.status))
        return
    check = operation.responses[response.status]
    if check is None:
        if response.body:
            yield Violation("content type", operation.name, "unexpected body")
    elif not _is_json(response):
        yield Violation("content type", operation.name, response.headers.get("Content-Type", "none"))
    else:
        yield from check(json.loads(response.body))


def _error_violations(request: EmulatorRequest, response: EmulatorResponse) -> Iterator[Violation]:
    where = f"{request.method} {request.path} -> {response.status}"
    if not _is_json(response):
        yield Violation("error body", where, "not JSON")
        return
    body = json.loads(response.body)
    if body.keys() - ERROR_KEYS:
        yield Violation("error body", where, f"keys {sorted(body)}")
    if not body.get("message") or body.get("status") != response.status:
        yield Violation("error body", where, "requires a message and the status")
    code = body.get("code")
    if "code" in body and (type(code) is not int or body.get("more_info") != MORE_INFO.format(code)):
        yield Violation("error body", where, "requires an integer code and a link to its page")


def _is_json(response: EmulatorResponse) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0] == "application/json"
