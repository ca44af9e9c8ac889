"""Maps a path to the resource that it addresses, and each method to an operation."""

from collections.abc import Iterable, Mapping
from typing import Final, Optional
from urllib.parse import unquote

from msgspec import Struct, field

from confsync.emulator.spec import OperationName, ResourceSpec

V1: Final = "/v1"

_SINGLETON: Final[Mapping[str, OperationName]] = {"GET": "fetch", "POST": "update"}
_COLLECTION: Final[Mapping[str, OperationName]] = {"GET": "list", "POST": "create"}
_MEMBER: Final[Mapping[str, OperationName]] = {"GET": "fetch", "POST": "update", "DELETE": "delete"}


class Route(Struct, frozen=True):
    """One path of the API: its template without the version, and the operation of each method."""

    spec: ResourceSpec
    path: str
    operations: Mapping[str, OperationName]
    variables: tuple[str, ...]
    parents: tuple[tuple[str, ResourceSpec], ...]
    is_shortened: bool

    @property
    def home(self) -> str:
        """The template of the collection or singleton."""
        return self.path.removesuffix(_member_segment(self.spec))


class RouteMatch(Struct, frozen=True):
    """A route, and the values of its variables in a path."""

    route: Route
    values: Mapping[str, str]


class _Node(Struct):
    literals: dict[str, "_Node"] = field(default_factory=dict)
    variable: Optional["_Node"] = None
    route: Route | None = None


class Router:
    """The paths of all resources, as a tree of their segments."""

    def __init__(self, specs: tuple[ResourceSpec, ...]) -> None:
        self.routes = tuple(_routes(specs))
        self._root = _Node()
        for route in self.routes:
            self._add(route)

    def find(self, path: str) -> RouteMatch | None:
        """Match a percent-encoded path; return None if no route matches."""
        if not path.startswith(V1 + "/"):
            return None
        node, values = self._root, list[str]()
        for segment in path.removeprefix(V1 + "/").split("/"):
            word = unquote(segment).encode(errors="replace").decode()
            following = node.literals.get(word)
            if following is None:
                following = node.variable
                values.append(word)
            if following is None or not word:
                return None
            node = following
        if node.route is None:
            return None
        return RouteMatch(node.route, dict(zip(node.route.variables, values, strict=True)))

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path.removeprefix("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        node.route = route


def _routes(specs: tuple[ResourceSpec, ...]) -> Iterable[Route]:
    by_variable = {spec.variable: spec for spec in specs if spec.variable}
    for spec in specs:
        for path in spec.paths:
            yield from _routes_at(path, spec, by_variable)


def _routes_at(path: str, spec: ResourceSpec, by_variable: Mapping[str, ResourceSpec]) -> Iterable[Route]:
    if spec.is_singleton:
        templates = [(path, _SINGLETON)]
    else:
        templates = [(path, _COLLECTION), (path + _member_segment(spec), _MEMBER)]
    for template, methods in templates:
        supported = {method: operation for method, operation in methods.items() if operation in spec.operations}
        if supported:
            yield _route(spec, template, supported, by_variable)


def _route(
    spec: ResourceSpec, path: str, operations: Mapping[str, OperationName], by_variable: Mapping[str, ResourceSpec]
) -> Route:
    variables = tuple(segment[1:-1] for segment in path.split("/") if segment.startswith("{"))
    parents = variables[:-1] if path.endswith(_member_segment(spec)) else variables
    return Route(
        spec=spec,
        path=path,
        operations=operations,
        variables=variables,
        parents=tuple((name, by_variable[name]) for name in parents),
        is_shortened="{ChatServiceSid}" in spec.paths[0] and "{ChatServiceSid}" not in path,
    )


def _member_segment(spec: ResourceSpec) -> str:
    return f"/{{{spec.member}}}"
