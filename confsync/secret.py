"""A value that must not be seen: it cannot be printed, formatted, pickled or serialised."""

import re
from typing import NoReturn, final

MASK = "(sensitive)"


@final
class Secret:
    """Holds text that only `reveal` gives back.

    Two secrets are equal where their texts are, so that a plan can say "changed" without showing either.
    `reveal` is called where a request body is built and where a fingerprint is taken, nowhere else.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self.__text

    def fits(self, pattern: str) -> bool:
        """Whether the whole text has a form, told by a regular expression."""
        return re.fullmatch(pattern, self.__text) is not None

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


def veiled(value: object) -> object:
    """Give a text as a secret, so that it can be compared with one; anything else stays what it is."""
    return Secret(value) if isinstance(value, str) else value
