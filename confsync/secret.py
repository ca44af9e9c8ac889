"""A value that must not be seen: it cannot be printed, formatted, pickled or serialised."""

import re
from collections.abc import Callable
from typing import NoReturn, final

MASK = "(sensitive)"
"""What is shown instead of anything sensitive."""

STAND_IN = "https://sensitive"
"""What pydantic sees instead of a text that is sensitive or missing: every text field accepts it."""


@final
class Secret:
    """A text that only `reveal` returns.

    Two secrets are equal if their texts are, so that a plan can say "changed" without showing either.
    """

    # Only the code that builds a request body or takes a fingerprint calls `reveal`.

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self.__text

    def matches(self, pattern: str) -> bool:
        """Whether a regular expression matches the whole text."""
        return re.fullmatch(pattern, self.__text) is not None

    def occurs_in(self, text: str, *, shortest: int) -> bool:
        """Whether a text contains it, in any case. One shorter than `shortest` is not looked for."""
        return len(self.__text) >= shortest and self.__text.casefold() in text.casefold()

    def converted(self, convert: Callable[[str], str]) -> "Secret":
        """Return the secret of the converted text."""
        return Secret(convert(self.__text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never serialised")


def as_secret(value: object) -> object:
    """Wrap a text in a Secret, so that it can be compared with one; return anything else unchanged."""
    return Secret(value) if isinstance(value, str) else value
