"""The five operations on any resource: list, create, fetch, update and delete."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.api_error import CONFLICT, ErrorResponse, not_found
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, json_response
from confsync.emulator.paging import fetch_page, page_meta, parse_page_request
from confsync.emulator.resolved_path import ResolvedPath, find_member, resolve_path
from confsync.emulator.router import RouteMatch
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import OMIT, OperationName, ResourceSpec
from confsync.emulator.store import Transaction
from confsync.emulator.write_context import FormFields
from confsync.emulator.writes import create_row, update_row


class ApiCall(Struct, frozen=True):
    """One parsed request and the transaction that it runs in."""

    request: EmulatorRequest
    match: RouteMatch
    form: FormFields
    tx: Transaction
    account: EmulatedAccount
    settings: EmulatorSettings

    @property
    def spec(self) -> ResourceSpec:
        """The resource that the request addresses."""
        return self.match.route.spec

    def not_found(self) -> ErrorResponse:
        """Report that there is nothing at the request's path."""
        return not_found(self.request.path)


def list_resources(call: ApiCall) -> EmulatorResponse:
    """Return one page of a collection."""
    path = _resolve(call)
    requested = parse_page_request(call.request.query, call.spec, call.settings)
    page = fetch_page(call.tx, call.spec, path.scope, requested)
    items = [response_body(call.spec, row, path, in_list=True) for row in page.rows]
    key = call.spec.list_key
    return json_response(200, {"meta": page_meta(page, requested, path.home, key), key: items})


def create_resource(call: ApiCall) -> EmulatorResponse:
    """Create a resource with everything that comes with it."""
    path = _resolve(call)
    row = create_row(call.spec, call.tx, call.account, call.settings, path.scope, call.form)
    return json_response(201, response_body(call.spec, row, path))


def fetch_resource(call: ApiCall) -> EmulatorResponse:
    """Return one resource."""
    path = _resolve(call)
    return json_response(200, response_body(call.spec, _find_row(call, path), path))


def update_resource(call: ApiCall) -> EmulatorResponse:
    """Change only what the client sent."""
    path = _resolve(call)
    existing = _find_row(call, path)
    row = update_row(call.spec, call.tx, call.account, call.settings, path.scope, call.form, existing)
    return json_response(200, response_body(call.spec, row, path))


def delete_resource(call: ApiCall) -> EmulatorResponse:
    """Delete a resource and its children, unless another resource refers to it."""
    row = _find_row(call, _resolve(call))
    for reference in call.spec.referenced_by:
        if call.tx.find(reference.table, {reference.column: row["sid"]}):
            raise ErrorResponse(409, CONFLICT, f"The {call.spec.name} is in use as {reference.column}")
    call.tx.delete(call.spec.stored_in, {"id": row["id"]})
    return EmulatorResponse(204)


OPERATION_HANDLERS: Final[Mapping[OperationName, Callable[[ApiCall], EmulatorResponse]]] = {
    "list": list_resources,
    "create": create_resource,
    "fetch": fetch_resource,
    "update": update_resource,
    "delete": delete_resource,
}


def response_body(
    spec: ResourceSpec, row: Mapping[str, Any], path: ResolvedPath, *, in_list: bool = False
) -> dict[str, Any]:
    """Build the JSON object that describes a resource, alone or in a list."""
    body = response_properties(spec, row, is_shortened=path.is_shortened, in_list=in_list)
    url = _url(spec, row, path)
    if spec.url:
        body["url"] = url
    if spec.links:
        values = {column: value for column, value in row.items() if value is not None}
        values |= {"url": url, "v1": path.v1, "root": path.root}
        body["links"] = {name: _link(template, values) for name, template in spec.links}
    return body


def response_properties(
    spec: ResourceSpec, row: Mapping[str, Any], *, is_shortened: bool = False, in_list: bool = False
) -> dict[str, Any]:
    """Build the part of a response that does not depend on its URL."""
    body: dict[str, Any] = {}
    for each in spec.properties:
        if each.service_path_only and is_shortened:
            continue
        value = None if in_list and each.null_in_lists else each.value_of(row)
        if value is not OMIT:
            _set_nested(body, each.name, value)
    return body


def _resolve(call: ApiCall) -> ResolvedPath:
    path = resolve_path(call.match, call.tx, call.account, call.request.host)
    if path is None:
        raise call.not_found()
    return path


def _find_row(call: ApiCall, path: ResolvedPath) -> dict[str, Any]:
    if call.spec.is_singleton:
        row = call.tx.find(call.spec.read_from, path.scope)
    else:
        row = find_member(call.tx, call.spec, path.scope, call.match.values[call.spec.member])
    if row is None:
        raise call.not_found()
    return row


def _url(spec: ResourceSpec, row: Mapping[str, Any], path: ResolvedPath) -> str:
    if spec.is_singleton:
        return path.home
    return spec.url.format(home=path.home, root=path.root, key=row.get(spec.key))


def _set_nested(body: dict[str, Any], name: str, value: object) -> None:
    *objects, last = name.split(".")
    for each in objects:
        body = body.setdefault(each, {})
    body[last] = value


def _link(template: str, values: Mapping[str, Any]) -> str | None:
    """Fill in a link template, or return null if one of its values is unset."""
    try:
        return template.format_map(values)
    except KeyError:
        return None
