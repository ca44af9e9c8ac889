"""What can be wrong with a request or an answer."""

from dataclasses import dataclass
from typing import Literal, get_args

OfRequest = Literal["unknown parameter", "parameter value", "empty parameter", "repeated parameter"]
OfAnswer = Literal[
    "unknown operation",
    "status",
    "content type",
    "missing property",
    "unknown property",
    "null",
    "type",
    "value",
    "format",
    "error shape",
]
OfFile = Literal["unsaid words"]
Offence = OfRequest | OfAnswer | OfFile


@dataclass(frozen=True, slots=True)
class Breach:
    """One offence: `where` names the operation and the parameter, or the schema and the property."""

    offence: Offence
    where: str
    found: str = ""

    @property
    def is_of_request(self) -> bool:
        """Whether the client is to blame."""
        return self.offence in get_args(OfRequest)

    @property
    def title(self) -> str:
        """What and where, without what was found: how a test that means to do it names it."""
        return f"{self.offence}: {self.where}"

    def __str__(self) -> str:
        return f"{self.title} ({self.found})" if self.found else self.title
