"""What a variable is: its type, its default, and which values it may have."""

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from confsync.config.tree import Mapping, MissingSecret, Node, Plain, Scalar, Sequence
from confsync.secret import Secret

PREFIX = "CONFSYNC_VAR_"

VariableValue: TypeAlias = Plain | Sequence | Mapping
"""The value of a variable; a list or a mapping keeps the positions of what is in it."""


class VariableType(StrEnum):
    """The type of a variable, as a declaration names it."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAPPING = "mapping"


class Variable(Struct, frozen=True):
    """A variable as the `variables` section declares it.

    Without a `type`, the default determines it. Without a default, the value must be given if the variable is used.
    An error in an invalid variable is already reported.
    """

    name: str
    default: VariableValue = None
    sensitive: bool = False
    type: VariableType | None = None
    allowed: tuple[Plain, ...] = ()
    invalid: bool = False

    @property
    def value_type(self) -> VariableType:
        """The type of its values."""
        return self.type or type_of(self.default)

    @property
    def requirement(self) -> str:
        """What its values must be, as it continues a sentence."""
        if self.type:
            return _TYPE_WORDS[self.type]
        words = _NUMBER_WORDS.get(type(self.default), _TYPE_WORDS[self.value_type])
        return f"{words.partition(',')[0]}, like its default"

    def accepts(self, value: VariableValue) -> bool:
        """Whether a value has its type. Without a written type, a whole number stays one."""
        return type_of(value) is self.type if self.type else type(value) is type(self.default)

    def allows(self, value: VariableValue) -> bool:
        """Whether `allowed` lists a value, if it is written."""
        return not self.allowed or any(_is_equal(value, each) for each in self.allowed)


def value_of(node: Node | None) -> VariableValue:
    """Return the written value, or None if a variable cannot have it."""
    if isinstance(node, Scalar):
        return None if isinstance(node.value, Secret | MissingSecret) else node.value
    return node


def type_of(value: VariableValue) -> VariableType:
    """Return the type of a value."""
    match value:
        case bool():
            return VariableType.BOOLEAN
        case int() | float():
            return VariableType.NUMBER
        case Sequence():
            return VariableType.LIST
        case Mapping():
            return VariableType.MAPPING
    return VariableType.TEXT


_TYPE_WORDS = {
    VariableType.TEXT: "text",
    VariableType.NUMBER: "a number",
    VariableType.BOOLEAN: "true or false",
    VariableType.LIST: "a list, such as `[a, b]`",
    VariableType.MAPPING: "a mapping, such as `{a: b}`",
}
_NUMBER_WORDS = {int: "a whole number", float: "a number with a decimal point"}


def _is_equal(one: VariableValue, other: Plain) -> bool:
    return type_of(one) is type_of(other) and one == other
