"""The requests that the emulator answered, without any secret."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, overload
from urllib.parse import parse_qs

from confsync.emulator.http import Request
from confsync.emulator.kind import Kind
from confsync.emulator.shapes import Shape

LONGEST: Final = 100_000
PAGING: Final = frozenset({"PageSize", "Page", "PageToken"})


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered.

    `parameters` are the names that were sent; `values` holds those values that the API knows and that are no secret;
    `unknown` names what the API ignored.
    """

    method: str
    path: str
    status: int
    parameters: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Log(Sequence[Logged]):
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Logged] = deque(maxlen=LONGEST)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Logged: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Logged, ...]: ...
    def __getitem__(self, index: int | slice) -> Logged | tuple[Logged, ...]:
        return tuple(self._entries)[index]

    def __iter__(self) -> Iterator[Logged]:
        return iter(tuple(self._entries))

    def writes(self) -> tuple[Logged, ...]:
        """Give what was sent to change something, whether it did or not."""
        return tuple(each for each in self if each.method != "GET")

    def clear(self) -> None:
        """Forget them."""
        self._entries.clear()

    def note(self, request: Request, status: int, kind: Kind | None) -> None:
        """Remember one more."""
        self._entries.append(_entry(request, status, kind))


def _entry(request: Request, status: int, kind: Kind | None) -> Logged:
    sent = _sent(request)
    known = _known(kind) if kind else {}
    return Logged(
        request.method,
        request.path,
        status,
        parameters=tuple(sent),
        values={
            name: tuple(values)
            for name, values in sent.items()
            if name in PAGING or (name in known and not known[name].secret)
        },
        unknown=tuple(name for name in sent if name not in known and name not in PAGING),
    )


def _known(kind: Kind) -> dict[str, Shape]:
    parameters = {each.name: each.shape for each in kind.parameters}
    return parameters | {each.name: each.shape for each in kind.filters}


def _sent(request: Request) -> dict[str, list[str]]:
    query = request.query.encode(errors="replace")
    both = query + b"&" + request.body if request.body else query
    try:
        return parse_qs(both.decode(errors="replace"), keep_blank_values=True)
    except ValueError:
        return {}
