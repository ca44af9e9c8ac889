"""How a request or a response can violate Twilio's OpenAPI description."""

from dataclasses import dataclass
from typing import Literal, get_args

RequestViolation = Literal["unknown parameter", "parameter value", "empty parameter", "repeated parameter"]
ResponseViolation = Literal[
    "unknown operation",
    "status",
    "content type",
    "missing property",
    "unknown property",
    "null",
    "type",
    "value",
    "format",
    "error body",
]
DescriptionGap = Literal["undocumented values"]
ViolationType = RequestViolation | ResponseViolation | DescriptionGap


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation: `where` names the operation and the parameter, or the schema and the property."""

    type: ViolationType
    where: str
    found: str = ""

    @property
    def is_in_request(self) -> bool:
        """Whether the client caused it."""
        return self.type in get_args(RequestViolation)

    @property
    def title(self) -> str:
        """Type and place without the value. A test that violates the description on purpose names this."""
        return f"{self.type}: {self.where}"

    def __str__(self) -> str:
        return f"{self.title} ({self.found})" if self.found else self.title
