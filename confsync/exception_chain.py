"""Walks from an exception to what caused it."""

# It imports nothing heavy, because the command line walks a chain after a signal during an import, too.

from collections.abc import Iterator


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, its cause, the cause of that, and so on; each one once, even where the chain is a circle."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__ or each.__context__
