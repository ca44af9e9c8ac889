"""What is shown of a row."""

from collections.abc import Mapping
from typing import Any

from confsync.emulator.kind import ABSENT, Kind
from confsync.emulator.place import Place


def body_of(kind: Kind, row: Mapping[str, Any], place: Place, *, in_list: bool = False) -> dict[str, Any]:
    """Write the JSON object that describes a thing, alone or in a list."""
    body: dict[str, Any] = {}
    for each in kind.properties:
        if each.only_under_services and place.is_shortened:
            continue
        value = None if in_list and each.only_alone else each.say(row)
        if value is not ABSENT:
            _put(body, each.name, value)
    url = _url(kind, row, place)
    if kind.url:
        body["url"] = url
    if kind.links:
        known = {column: value for column, value in row.items() if value is not None}
        known |= {"url": url, "v1": place.v1, "root": place.root}
        body["links"] = {name: _link(template, known) for name, template in kind.links}
    return body


def _url(kind: Kind, row: Mapping[str, Any], place: Place) -> str:
    if kind.is_single:
        return place.home
    return kind.url.format(home=place.home, root=place.root, key=row.get(kind.key))


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
