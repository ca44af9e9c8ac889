"""What the five verbs do to any kind of thing: list, create, fetch, update, delete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confsync.emulator.body import body_of
from confsync.emulator.deed import Form
from confsync.emulator.http import Request, Response, json_response
from confsync.emulator.kind import Kind, Verb
from confsync.emulator.making import change, make
from confsync.emulator.page import asked_for, fetch_page, meta
from confsync.emulator.place import Place, find_member, place_of
from confsync.emulator.refusal import CONFLICT, Refusal, not_found
from confsync.emulator.router import Match
from confsync.emulator.settings import Settings
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

    def not_found(self) -> Refusal:
        """Say that nothing is there."""
        return not_found(self.request.path)


def listed(call: Call) -> Response:
    """Answer with one page of a collection."""
    place = _place(call)
    asked = asked_for(call.request.query, call.kind, call.settings)
    page = fetch_page(call.at, call.kind, place.scope, asked)
    shown = [body_of(call.kind, row, place, in_list=True) for row in page.rows]
    key = call.kind.list_key
    return json_response(200, {"meta": meta(page, asked, place.home, key), key: shown})


def created(call: Call) -> Response:
    """Make a thing, with all that comes with it."""
    place = _place(call)
    row = make(call.kind, call.at, call.world, call.settings, place.scope, call.form)
    return json_response(201, body_of(call.kind, row, place))


def fetched(call: Call) -> Response:
    """Answer with one thing."""
    place = _place(call)
    return json_response(200, body_of(call.kind, _found(call, place), place))


def updated(call: Call) -> Response:
    """Change what was sent, and nothing else."""
    place = _place(call)
    row = change(call.kind, call.at, call.world, call.settings, place.scope, call.form, _found(call, place))
    return json_response(200, body_of(call.kind, row, place))


def deleted(call: Call) -> Response:
    """Remove a thing and all that lives under it, unless something holds on to it."""
    row = _found(call, _place(call))
    for holder in call.kind.held_by:
        if call.at.find(holder.table, {holder.column: row["sid"]}):
            raise Refusal(409, CONFLICT, f"The {call.kind.name} is in use as {holder.column}")
    call.at.delete(call.kind.kept_in, {"id": row["id"]})
    return Response(204)


OPERATIONS: Final[Mapping[Verb, Callable[[Call], Response]]] = {
    "list": listed,
    "create": created,
    "fetch": fetched,
    "update": updated,
    "delete": deleted,
}


def _place(call: Call) -> Place:
    place = place_of(call.match, call.at, call.world, call.request.host)
    if place is None:
        raise call.not_found()
    return place


def _found(call: Call, place: Place) -> dict[str, Any]:
    if call.kind.is_single:
        row = call.at.find(call.kind.read_from, place.scope)
    else:
        row = find_member(call.at, call.kind, place.scope, call.match.values[call.kind.member])
    if row is None:
        raise call.not_found()
    return row
