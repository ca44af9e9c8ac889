"""Which kind of thing a path leads to, and what each method does there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from confsync.emulator.kind import Kind, Verb

V1: Final = "/v1"

_SINGLE: Final[Mapping[str, Verb]] = {"GET": "fetch", "POST": "update"}
_COLLECTION: Final[Mapping[str, Verb]] = {"GET": "list", "POST": "create"}
_MEMBER: Final[Mapping[str, Verb]] = {"GET": "fetch", "POST": "update", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Route:
    """One path of the API: its template, without the version, and the verb of each method."""

    kind: Kind
    path: str
    verbs: Mapping[str, Verb]
    variables: tuple[str, ...]
    parents: tuple[tuple[str, Kind], ...]
    is_shortened: bool

    @property
    def home(self) -> str:
        """The template of the collection or of the single thing."""
        return self.path.removesuffix(_member_of(self.kind))


@dataclass(frozen=True, slots=True)
class Match:
    """A route, and what stands in a path for its variables."""

    route: Route
    values: Mapping[str, str]


@dataclass(slots=True)
class _Node:
    words: dict[str, "_Node"] = field(default_factory=dict)
    anything: "_Node | None" = None
    route: Route | None = None


class Router:
    """The paths of all kinds, as a tree of their segments."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self.routes = tuple(_routes(kinds))
        self._root = _Node()
        for route in self.routes:
            self._plant(route)

    def find(self, path: str) -> Match | None:
        """Follow a percent-encoded path; None where it leads nowhere."""
        if not path.startswith(V1 + "/"):
            return None
        node, found = self._root, list[str]()
        for segment in path.removeprefix(V1 + "/").split("/"):
            word = unquote(segment).encode(errors="replace").decode()
            following = node.words.get(word)
            if following is None:
                following = node.anything
                found.append(word)
            if following is None or not word:
                return None
            node = following
        if node.route is None:
            return None
        return Match(node.route, dict(zip(node.route.variables, found, strict=True)))

    def _plant(self, route: Route) -> None:
        node = self._root
        for segment in route.path.removeprefix("/").split("/"):
            if segment.startswith("{"):
                node.anything = node.anything or _Node()
                node = node.anything
            else:
                node = node.words.setdefault(segment, _Node())
        node.route = route


def _routes(kinds: tuple[Kind, ...]) -> Iterable[Route]:
    by_variable = {kind.variable: kind for kind in kinds if kind.variable}
    for kind in kinds:
        for path in kind.paths:
            yield from _routes_at(path, kind, by_variable)


def _routes_at(path: str, kind: Kind, by_variable: Mapping[str, Kind]) -> Iterable[Route]:
    both = [(path, _SINGLE)] if kind.is_single else [(path, _COLLECTION), (path + _member_of(kind), _MEMBER)]
    for each, verbs in both:
        offered = {method: verb for method, verb in verbs.items() if verb in kind.verbs}
        if offered:
            yield _route(kind, each, offered, by_variable)


def _route(kind: Kind, path: str, verbs: Mapping[str, Verb], by_variable: Mapping[str, Kind]) -> Route:
    variables = tuple(segment[1:-1] for segment in path.split("/") if segment.startswith("{"))
    above = variables[:-1] if path.endswith(_member_of(kind)) else variables
    return Route(
        kind=kind,
        path=path,
        verbs=verbs,
        variables=variables,
        parents=tuple((name, by_variable[name]) for name in above),
        is_shortened="{ChatServiceSid}" in kind.paths[0] and "{ChatServiceSid}" not in path,
    )


def _member_of(kind: Kind) -> str:
    return f"/{{{kind.member}}}"
