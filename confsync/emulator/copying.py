"""Copies what Twilio returned into an emulator: resources keep their SIDs, and secrets become placeholders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.router import RouteMatch, Router
from confsync.emulator.store import Column, Transaction, is_digest

Json = Mapping[str, Any]

PLACEHOLDER: Final = "a placeholder: Twilio never returns the secret"
SETTINGS_OF_SERVICE: Final = ("service_configuration", "service_notification", "service_webhook")


class Copier(Struct, frozen=True, dict=True):
    """Copies responses into an account that holds nothing else. A later response to a path replaces an earlier one."""

    tx: Transaction
    account: EmulatedAccount
    router: Router

    def copy(self, responses: Iterable[tuple[str, Json]]) -> None:
        """Copy the bodies of successful GET requests, each with its path. A path that is not emulated is ignored."""
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        matches = ((self.router.find(path), body) for path, body in responses)
        for match, body in ((match, body) for match, body in matches if match):
            for item in _items(match, body):
                row = self._row(match, item)
                rows.setdefault((match.route.spec.stored_in, _key(row)), {}).update(row)
        for (table, _), row in rows.items():
            self._store(table, row)

    def _store(self, table: str, row: dict[str, Any]) -> None:
        identity = {column: row[column] for column in ("sid",) if column in row} or self._singleton(table, row)
        if self.tx.find(table, identity):
            self.tx.update(table, identity, row)
            return
        self.tx.insert(table, self._required(table) | row)
        if table == "service":
            for each in SETTINGS_OF_SERVICE:
                self.tx.insert(each, {"account_sid": self.account.sid, "chat_service_sid": row["sid"]})

    def _singleton(self, table: str, row: Json) -> dict[str, Any]:
        key = "account_sid" if table.startswith("account_") else "chat_service_sid"
        return {key: row[key]}

    def _row(self, match: RouteMatch, body: Json) -> dict[str, Any]:
        """Turn a response into a row. A value that the table cannot hold is left out."""
        spec = match.route.spec
        columns = self._columns[spec.stored_in]
        # a row of another resource's table is described completely below
        flat = ({} if spec.table else dict(_flat(body))) | _SPECIAL.get(spec.name, _nothing)(body)
        row = {name: each for name, each in flat.items() if name in columns and _fits(each, columns[name])}
        return row | self._scope(match)

    def _scope(self, match: RouteMatch) -> dict[str, str]:
        return {"account_sid": self.account.sid} | {
            parent.scope_column: match.values[variable] for variable, parent in match.route.parents
        }

    def _required(self, table: str) -> dict[str, Any]:
        """Fill what a response need not contain and the table requires, and the digests of secrets."""
        columns = self._columns[table].values()
        required = {each.name: "" for each in columns if each.required}
        return required | {each.name: PLACEHOLDER for each in columns if is_digest(each.name)}

    @cached_property
    def _columns(self) -> Mapping[str, Mapping[str, Column]]:
        tables = {route.spec.stored_in for route in self.router.routes}
        return {table: {each.name: each for each in self.tx.columns(table)} for table in tables}


def _items(match: RouteMatch, body: Json) -> Iterator[Json]:
    """Yield each resource in a body, which is a page of a list if it has the key of one."""
    spec = match.route.spec
    if not (spec.is_stored or spec.table):
        return  # only a view of other resources
    page = body.get(spec.list_key) if match.route.operations.get("GET") == "list" else [body]
    yield from (each for each in page or () if isinstance(each, Mapping))


def _key(row: Json) -> str:
    """Identify a row in its table: a singleton by its parent."""
    return str(row.get("sid") or row.get("chat_service_sid") or row["account_sid"])


def _flat(body: Json, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with the name of its column: the keys that lead to it, joined by underscores."""
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", tuple(value) if isinstance(value, list) else value


def _fits(value: object, column: Column) -> bool:
    return value is not None or not column.not_null


def _nothing(_: Json) -> dict[str, Any]:
    return {}


def _conversation(body: Json) -> dict[str, Any]:
    """Take the dates out of `timers`, and the address out of `bindings`, where it has another name."""
    timers, email = body.get("timers") or {}, (body.get("bindings") or {}).get("email") or {}
    dates = {name: timers[name] for name in ("date_inactive", "date_closed") if name in timers}
    return {**dates, "bindings_email_address": email.get("projected_address")}


def _credential(body: Json) -> dict[str, Any]:
    return {"sandbox": int(str(body.get("sandbox")).lower() == "true")}


def _scoped_webhook(body: Json) -> dict[str, Any]:
    """Find the keywords of a trigger, which Twilio returns under either name."""
    configuration = body.get("configuration") or {}
    if body.get("target") != "trigger":
        return {}
    found = configuration.get("triggers", configuration.get("filters"))
    return {"configuration_triggers": tuple(found or ()), "configuration_filters": None}


def _user_conversation(body: Json) -> dict[str, Any]:
    """Describe the participant that a user's view of a conversation belongs to."""
    known = ("user_sid", "conversation_sid", "last_read_message_index", "notification_level")
    return {"sid": body.get("participant_sid")} | {name: body.get(name) for name in known}


_SPECIAL: Final[Mapping[str, Callable[[Json], dict[str, Any]]]] = {
    "conversation": _conversation,
    "credential": _credential,
    "scoped_webhook": _scoped_webhook,
    "user_conversation": _user_conversation,
}
"""What the names of the columns do not say, by the name of the resource."""
