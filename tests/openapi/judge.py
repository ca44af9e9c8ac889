"""The judge: holds a request and its answer against the file, and says every breach."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from confsync.emulator.http import Request, Response
from tests.openapi.breach import Breach
from tests.openapi.exemptions import EXEMPTIONS, Exemption
from tests.openapi.file import Json, body_of, form_of, operations
from tests.openapi.schema import Check, parameter_check, value_check

ERROR_KEYS: Final = frozenset({"code", "message", "more_info", "status", "details"})
MORE_INFO: Final = "https://www.twilio.com/docs/errors/{}"
OURS: Final = "confsync/"
"""How the name of a client begins that must know every operation and every parameter."""

_VARIABLE: Final = "{}"
_END: Final = ""

Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the file, made ready: checks by the names of parameters, and by the status of an answer."""

    name: str
    query: Mapping[str, Any]
    form: Mapping[str, Any]
    headers: Mapping[str, Any]
    answers: Mapping[int, Check | None]


class Judge:
    """Knows the whole file, without what is exempt."""

    def __init__(self, exemptions: Iterable[Exemption] = EXEMPTIONS) -> None:
        self._exemptions = tuple(exemptions)
        self._root: dict[str, Any] = {}
        for method, path, described in operations():
            self._leaf(path)[method] = _operation(method, path, described)

    def find(self, request: Request) -> Operation | None:
        """Say which operation a request is for."""
        node = self._root
        for segment in request.path.removeprefix("/").split("/"):
            node = node.get(segment) or node.get(_VARIABLE) or {}
        found: Operation | None = node.get(_END, {}).get(request.method)
        return found

    def breaches(self, request: Request, response: Response) -> list[Breach]:
        """Say every breach that is not exempt."""
        return [
            breach
            for breach in self._all(request, response)
            if not any(exemption.covers(breach) for exemption in self._exemptions)
        ]

    def _leaf(self, path: str) -> dict[str, Operation]:
        node = self._root
        for segment in path.removeprefix("/").split("/"):
            node = node.setdefault(_VARIABLE if segment.startswith("{") else segment, {})
        leaf: dict[str, Operation] = node.setdefault(_END, {})
        return leaf

    def _all(self, request: Request, response: Response) -> Iterator[Breach]:
        operation = self.find(request)
        was_done = 200 <= response.status < 300
        if operation is None:
            if was_done:
                yield Breach("unknown operation", f"{request.method} {request.path}")
        elif was_done or request.headers.get("user-agent", "").startswith(OURS):
            yield from _of_parameters(operation, request, was_done=was_done)
        if not was_done:
            yield from _of_refusal(request, response)
        elif operation is not None:
            yield from _of_answer(operation, response)


def _operation(method: str, path: str, described: Json) -> Operation:
    name = f"{method} {path}"

    def told(place: str) -> dict[str, Any]:
        parameters = (each for each in described.get("parameters", ()) if each["in"] == place)
        return {each["name"]: parameter_check(each["schema"], f"{name} {each['name']}") for each in parameters}

    form = {
        each: parameter_check(schema, f"{name} {each}") for each, schema in form_of(described)["properties"].items()
    }
    headers = {each.lower(): check for each, check in told("header").items()}
    return Operation(name, told("query"), form, headers, dict(_answers(name, described)))


def _answers(name: str, described: Json) -> Iterator[tuple[int, Check | None]]:
    for status in described["responses"]:
        schema = body_of(described, int(status))
        yield int(status), value_check(schema, name) if schema else None


def _of_parameters(operation: Operation, request: Request, *, was_done: bool) -> Iterator[Breach]:
    query = parse_qs(request.query, keep_blank_values=True)
    form = parse_qs(request.body.decode(errors="replace"), keep_blank_values=True)
    for known, sent in ((operation.query, query), (operation.form, form)):
        for name, values in sent.items():
            if name not in known:
                yield Breach("unknown parameter", f"{operation.name} {name}")
            elif was_done:
                yield from known[name](values)
    for name, check in operation.headers.items():
        if was_done and name in request.headers:
            yield from check([request.headers[name]])


def _of_answer(operation: Operation, response: Response) -> Iterator[Breach]:
    if response.status not in operation.answers:
        yield Breach("status", operation.name, str(response.status))
        return
    check = operation.answers[response.status]
    if check is None:
        if response.body:
            yield Breach("content type", operation.name, "a body where there is none")
    elif not _is_json(response):
        yield Breach("content type", operation.name, response.headers.get("Content-Type", "none"))
    else:
        yield from check(json.loads(response.body))


def _of_refusal(request: Request, response: Response) -> Iterator[Breach]:
    where = f"{request.method} {request.path} -> {response.status}"
    if not _is_json(response):
        yield Breach("error shape", where, "not JSON")
        return
    body = json.loads(response.body)
    if body.keys() - ERROR_KEYS:
        yield Breach("error shape", where, f"keys {sorted(body)}")
    if not body.get("message") or body.get("status") != response.status:
        yield Breach("error shape", where, "a message and the status belong into it")
    code = body.get("code")
    if "code" in body and (type(code) is not int or body.get("more_info") != MORE_INFO.format(code)):
        yield Breach("error shape", where, "a code is a number, and leads to its page")


def _is_json(response: Response) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0] == "application/json"
