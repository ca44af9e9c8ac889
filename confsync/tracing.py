"""Spans: which stage of a run takes how long. Without a tracer, which only the command line sets, a span is nothing."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Attributes = Mapping[str, str | int | bool]


class Span(Protocol):
    """A span that has not ended yet."""

    def set(self, attributes: Attributes) -> None:
        """Add attributes. None may be a secret, or the value of a field."""
        ...


class Tracer(Protocol):
    """Starts spans."""

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[Span]:
        """Start a span within the current one, and end it with the block."""
        ...


class _NoSpan:
    def set(self, attributes: Attributes) -> None:
        """Do nothing."""


TRACER: ContextVar[Tracer | None] = ContextVar("tracer", default=None)
"""The tracer of this run. Tasks and `asyncio.to_thread` inherit it."""


@contextmanager
def span(name: str, attributes: Attributes | None = None) -> Generator[Span]:
    """Measure a block, if there is a tracer."""
    tracer = TRACER.get()
    if tracer is None:
        yield _NoSpan()
        return
    with tracer.span(name, attributes or {}) as started:
        yield started
