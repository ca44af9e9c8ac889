"""The JSON documents that programs read: what each of them has. The schemas in `schemas/` are made from these.

What is special to one document stands in a file of its own. Minor versions of the format add fields, and never change
or remove one.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from confsync.version import __version__

FORMAT_VERSION = "1.0"


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True)


class PositionPart(Part):
    """A place in a file; both count from 1."""

    line: int = Field(ge=1)
    column: int = Field(ge=1)


class RangePart(Part):
    """A stretch of a file, up to and without its end."""

    file: str
    start: PositionPart
    end: PositionPart


class DiagnosticPart(Part):
    """One mistake or one warning."""

    severity: Literal["error", "warning"]
    code: str = Field(description="Stable: CS1xxx to CS4xxx as documented, CS9nnn for a run that ended with code nnn.")
    summary: str
    detail: str = Field(description="The way out, where there is one.")
    range: RangePart | None
    snippet: str | None = Field(description="The line as written, where it may be shown.")


class Document(Part):
    """What every document has."""

    kind: str
    format_version: str = Field(default=FORMAT_VERSION, pattern=r"^1\.[0-9]+$")
    confsync_version: str = __version__
    exit_code: int = Field(description="What the process exits with.")
    diagnostics: list[DiagnosticPart]


class DiagnosticsDocument(Document):
    """Mistakes and warnings alone: a validation, or a run that ended before there was a plan."""

    kind: Literal["diagnostics"] = "diagnostics"
