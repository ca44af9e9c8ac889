"""The log of answered requests. It contains no secrets."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, overload
from urllib.parse import parse_qs

from msgspec import Struct, field

from confsync.emulator.http import EmulatorRequest
from confsync.emulator.parameter_types import ParameterType
from confsync.emulator.spec import ResourceSpec

MAX_ENTRIES: Final = 100_000
PAGING_PARAMETERS: Final = frozenset({"PageSize", "Page", "PageToken"})


class LoggedRequest(Struct, frozen=True):
    """One answered request.

    `parameters` are the names that the client sent. `values` holds the values of known parameters that are not secret.
    `unknown` names the parameters that the API ignored.
    """

    method: str
    path: str
    status: int
    parameters: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class RequestLog(Sequence[LoggedRequest]):
    """The most recent requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=MAX_ENTRIES)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> LoggedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LoggedRequest, ...]: ...
    def __getitem__(self, index: int | slice) -> LoggedRequest | tuple[LoggedRequest, ...]:
        return tuple(self._entries)[index]

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._entries))

    def writes(self) -> tuple[LoggedRequest, ...]:
        """Return all requests but reads, whether they succeeded or not."""
        return tuple(each for each in self if each.method != "GET")

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()

    def record(self, request: EmulatorRequest, status: int, spec: ResourceSpec | None) -> None:
        """Add an entry."""
        self._entries.append(_entry(request, status, spec))


def _entry(request: EmulatorRequest, status: int, spec: ResourceSpec | None) -> LoggedRequest:
    sent = _sent_parameters(request)
    known = _known_types(spec) if spec else {}
    return LoggedRequest(
        request.method,
        request.path,
        status,
        parameters=tuple(sent),
        values={
            name: tuple(values)
            for name, values in sent.items()
            if name in PAGING_PARAMETERS or (name in known and not known[name].is_secret)
        },
        unknown=tuple(name for name in sent if name not in known and name not in PAGING_PARAMETERS),
    )


def _known_types(spec: ResourceSpec) -> dict[str, ParameterType]:
    parameters = {each.name: each.type for each in spec.parameters}
    return parameters | {each.name: each.type for each in spec.filters}


def _sent_parameters(request: EmulatorRequest) -> dict[str, list[str]]:
    query = request.query.encode(errors="replace")
    both = query + b"&" + request.body if request.body else query
    try:
        return parse_qs(both.decode(errors="replace"), keep_blank_values=True)
    except ValueError:
        return {}
