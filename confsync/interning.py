"""Keeps one object of each value that occurs again and again: thousands of services have the same roles."""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST_KEPT = 10_000
"""An account has more names than different roles: what is different each time is not worth keeping."""


class Interner:
    """Returns one and the same object for all texts that are equal; likewise for sets of texts, and for mappings.

    It keeps at most so many of each, and returns further ones as they are.
    """

    __slots__ = ("_mappings", "_most", "_sets", "_texts")

    def __init__(self, most: int | None = MOST_KEPT) -> None:
        self._most = most
        self._texts: dict[str, str] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        self._mappings: dict[tuple[object, ...], Mapping[str, object]] = {}

    def text(self, text: str) -> str:
        """Return the object to use for a text."""
        return _one_of(self._texts, text, text, self._most)

    def texts(self, texts: frozenset[str]) -> frozenset[str]:
        """Return the object to use for a set of texts."""
        found = self._sets.get(texts)
        return _one_of(self._sets, texts, frozenset(map(self.text, texts)), self._most) if found is None else found

    def value(self, value: V) -> V | str | frozenset[str]:
        """Return the object to use for a text or a set of texts, and any other value as it is."""
        if isinstance(value, str):
            return self.text(value)
        return self.texts(value) if isinstance(value, frozenset) else value

    def mapping(self, mapping: Mapping[str, V]) -> Mapping[str, V]:
        """Return the object to use for a mapping, whose values are hashable. Nobody may change it afterwards."""
        # True equals 1, so the types count too
        key = (*mapping, *mapping.values(), *map(type, mapping.values()))
        found = self._mappings.get(key)
        if found is None:
            own = {self.text(name): self.value(value) for name, value in mapping.items()}
            found = _one_of(self._mappings, (*own, *own.values(), *map(type, own.values())), own, self._most)
        return found  # type: ignore[return-value]  # equal values of the same types


def _one_of(known: dict[K, V], key: K, value: V, most: int | None) -> V:
    return known.setdefault(key, value) if most is None or len(known) < most else known.get(key, value)
