"""What the five verbs do to any kind of thing: list, create, fetch, update, delete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confsync.emulator.form import Form, columns_for
from confsync.emulator.http import Request, Response, json_response
from confsync.emulator.kind import ABSENT, Kind, Row, Verb
from confsync.emulator.page import asked_for, fetch_page, meta
from confsync.emulator.refusal import CONFLICT, Refusal, invalid, not_found
from confsync.emulator.router import V1, Match
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Reference, Value
from confsync.emulator.store import Transaction
from confsync.emulator.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood, and the transaction that it happens in."""

    request: Request
    match: Match
    form: Form
    at: Transaction
    world: World
    settings: Settings

    @property
    def kind(self) -> Kind:
        """What the request is about."""
        return self.match.route.kind

    @property
    def v1(self) -> str:
        """The root of all URLs, as the client knows this server."""
        return f"http://{self.request.host}{V1}"

    def home(self) -> str:
        """The URL of the collection, or of the single thing."""
        return self.v1 + self.match.route.home.format(**self.match.values)

    def not_found(self) -> Refusal:
        """Say that nothing is there."""
        return not_found(self.request.path)


def listed(call: Call) -> Response:
    """Answer with one page of a collection."""
    asked = asked_for(call.request.query, call.kind, call.settings)
    page = fetch_page(call.at, call.kind, _scope(call), asked)
    home = call.home()
    shown = [_body(call, row, f"{home}/{row['sid']}") for row in page.rows]
    return json_response(200, {"meta": meta(page, asked, home, call.kind.list_key), call.kind.list_key: shown})


def created(call: Call) -> Response:
    """Make a thing, with all that comes with it."""
    scope = _scope(call)
    columns = columns_for(call.kind, "create", call.form, call.settings)
    _check_references(call, scope, columns)
    call.kind.check(columns)
    sid = call.world.new_sid(call.kind.sid)
    call.at.insert(call.kind.name, scope | {"sid": sid} | columns | call.world.dates())
    call.kind.furnish(call.at, call.world, sid)
    return _shown(call, 201, scope | {"sid": sid})


def fetched(call: Call) -> Response:
    """Answer with one thing."""
    return _shown(call, 200, _where(call))


def updated(call: Call) -> Response:
    """Change what was sent, and nothing else."""
    where = _where(call)
    row = call.at.find(call.kind.name, where)
    if row is None:
        raise call.not_found()
    columns = columns_for(call.kind, "update", call.form, call.settings)
    _check_references(call, where, columns)
    call.kind.check(row | columns)
    touched = {} if call.kind.is_single else {"date_updated": call.world.today()}
    call.at.change(call.kind.name, where, columns | touched)
    return _shown(call, 200, where)


def deleted(call: Call) -> Response:
    """Remove a thing and all that lives under it, unless something holds on to it."""
    where = _where(call)
    if call.at.find(call.kind.name, where) is None:
        raise call.not_found()
    for holder in call.kind.held_by:
        if call.at.find(holder.table, {holder.column: where["sid"]}):
            raise Refusal(409, CONFLICT, f"The {call.kind.name} is in use as {holder.column}")
    call.at.delete(call.kind.name, where)
    return Response(204)


OPERATIONS: Final[Mapping[Verb, Callable[[Call], Response]]] = {
    "list": listed,
    "create": created,
    "fetch": fetched,
    "update": updated,
    "delete": deleted,
}


def _scope(call: Call) -> dict[str, str]:
    """Find what the thing lives under, and say it in the columns that point there."""
    route = call.match.route
    scope = {"account_sid": call.world.account_sid}
    if route.is_shortened:
        scope["chat_service_sid"] = _default_service(call)
    for variable, parent in route.parents:
        row = call.at.find(parent.name, scope | {"sid": call.match.values[variable]})
        if row is None:
            raise call.not_found()
        scope[parent.scope_column] = row["sid"]
    return scope


def _where(call: Call) -> dict[str, str]:
    """Say which one row the path means."""
    return _scope(call) if call.kind.is_single else _scope(call) | {"sid": call.match.values["Sid"]}


def _default_service(call: Call) -> str:
    account = call.at.find("account_configuration", {"account_sid": call.world.account_sid})
    if account is None or account["default_chat_service_sid"] is None:
        raise call.not_found()
    return str(account["default_chat_service_sid"])


def _check_references(call: Call, scope: Mapping[str, str], columns: Mapping[str, Value]) -> None:
    beside = {column: sid for column, sid in scope.items() if column != "sid"}
    for parameter in call.kind.parameters:
        if isinstance(parameter.shape, Reference) and columns.get(parameter.column) is not None:
            found = call.at.find(parameter.shape.kind, beside | {"sid": columns[parameter.column]})
            _check_reference(parameter.name, parameter.shape, found)


def _check_reference(name: str, reference: Reference, found: Row | None) -> None:
    if found is None:
        raise invalid(name, reference.unknown, f"there is no such {reference.kind}")
    if any(found[column] != value for column, value in reference.alike):
        raise invalid(name, reference.unlike, f"the {reference.kind} is of another type")


def _shown(call: Call, status: int, where: Mapping[str, str]) -> Response:
    row = call.at.find(call.kind.name, where)
    if row is None:
        raise call.not_found()
    url = call.home() if call.kind.is_single else f"{call.home()}/{row['sid']}"
    return json_response(status, _body(call, row, url))


def _body(call: Call, row: dict[str, Any], url: str) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for each in call.kind.properties:
        value = each.say(row)
        if value is not ABSENT:
            _put(body, each.name, value)
    body["url"] = url
    if call.kind.links:
        known = {column: value for column, value in row.items() if value is not None} | {"url": url, "v1": call.v1}
        body["links"] = {name: _link(template, known) for name, template in call.kind.links}
    return body


def _put(body: dict[str, Any], name: str, value: object) -> None:
    *objects, last = name.split(".")
    for each in objects:
        body = body.setdefault(each, {})
    body[last] = value


def _link(template: str, known: Mapping[str, Any]) -> str | None:
    """Write a link, or null where it would lead through something unset."""
    try:
        return template.format_map(known)
    except KeyError:
        return None
