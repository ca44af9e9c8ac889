"""Checks of a value whose findings are warnings, because Twilio may accept more than it documents."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct, field

from confsync.codecs import Value
from confsync.diagnostics import did_you_mean, renamed_since_chat
from confsync.quoting import in_quotes


class Finding(Struct, frozen=True):
    """What is doubtful about a text, or about one item of a set; `hint` is for the person who wrote it."""

    item: str
    text: str
    hint: str = ""


@runtime_checkable
class Lint(Protocol):
    """A check whose finding is a warning, because Twilio may accept more than it documents."""

    def check(self, value: str, siblings: Mapping[str, Value]) -> str:
        """Describe what is doubtful about a value, given the other fields; empty if nothing is."""
        ...

    def hint(self, value: str, siblings: Mapping[str, Value]) -> str:
        """Say what may have been meant by a value that a person wrote; empty if nothing is similar."""
        ...


class KnownValues(Struct, frozen=True, eq=False):
    """The values that Twilio documents, which may depend on the value of the field `by`.

    `likely` are those of which no documentation is known: nothing suggests one of them. `elsewhere` are words that
    Twilio documents for something else, so that they are no misspellings.
    """

    noun: str
    values: frozenset[str]
    likely: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    by: str = ""
    values_by: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def a_noun(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def check(self, value: str, siblings: Mapping[str, Value]) -> str:
        """Warn of a value that Twilio does not document, or not for the value of the field `by`."""
        if value not in self.values:
            return f"{in_quotes(value)} is not {self.a_noun} that Twilio documents"
        owner = str(siblings.get(self.by))
        if owner in self.values_by and value not in self.values_by[owner]:
            return f"{in_quotes(value)} is not {self.a_noun} that Twilio documents for {self.by} '{owner}'"
        return ""

    def hint(self, value: str, siblings: Mapping[str, Value]) -> str:
        """Suggest a value that would cause no warning and is similar, or that replaced one of Chat v2."""
        if value in self.values or value in self.elsewhere:
            return ""
        fitting = self.values_by.get(str(siblings.get(self.by)), self.values)
        renamed = fitting.intersection(renamed_since_chat(value))
        suitable = fitting - self.likely | renamed
        return did_you_mean(value, sorted(suitable), unsuitable=sorted((self.values | self.elsewhere) - suitable))


class SoftMaxLength(Struct, frozen=True):
    """The largest number of characters that Twilio documents."""

    length: int

    def check(self, value: str, _siblings: Mapping[str, Value]) -> str:
        """Warn of a text that is longer than documented."""
        if len(value) <= self.length:
            return ""
        return f"{len(value)} characters are more than the {self.length} that Twilio documents"

    def hint(self, _value: str, _siblings: Mapping[str, Value]) -> str:
        """Suggest nothing."""
        return ""
