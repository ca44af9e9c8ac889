"""The JSON documents: what all of them share, how they are built, and how they are written."""

# A document is built once from a result, and sensitive values are masked while it is built. Every format renders the
# document. Minor versions of the format add fields and never change or remove one.

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from msgspec import Meta, Struct, field, to_builtins
from msgspec.structs import fields

from confsync.diagnostics import Diagnostic, Range
from confsync.risk_rules import Level
from confsync.version import __version__
from confsync.views.advice import Advice
from confsync.views.escaping import harmless_json, utf8_safe

FORMAT_VERSION = "1.0"

Plain = str | bool | int | list[str] | dict[str, list[str]] | None
"""A value of a field as JSON holds it: a set is a sorted list, a reference is an address."""

LineNumber = Annotated[int, Meta(ge=1)]


class Part(Struct, frozen=True):
    """A part of a document."""


class PositionPart(Part, frozen=True, kw_only=True):
    """A location in a file."""

    line: LineNumber
    column: LineNumber


class RangePart(Part, frozen=True, kw_only=True):
    """A range in a file. The range includes its start but not its end."""

    file: str
    start: PositionPart
    end: PositionPart

    @property
    def place(self) -> str:
        """The file, line and column."""
        return f"{self.file}:{self.start.line}:{self.start.column}"


class DiagnosticPart(Part, frozen=True, kw_only=True):
    """An error or a warning."""

    severity: Literal["error", "warning"]
    code: Annotated[
        str, Meta(description="The code of the diagnostic. For the meaning of each code, see docs/diagnostics.md.")
    ]
    summary: str
    detail: Annotated[Advice, Meta(description="What you can do about the error or warning.")]
    range: RangePart | None
    snippet: Annotated[
        str | None,
        Meta(description="The line of the configuration at this location; null if the line may contain a secret."),
    ]


class SourcePart(Part, frozen=True, kw_only=True):
    """A location in the configuration."""

    file: str
    line: int
    column: int


class TargetPart(Part, frozen=True, kw_only=True):
    """The account and the environment."""

    account_sid: str
    environment: str | None
    region: str | None
    base_url: str
    emulator: bool
    options: Annotated[
        list[str],
        Meta(description="The command-line options that select the configuration and the account."),
    ] = field(default_factory=list)


class Document(Part, frozen=True, kw_only=True):
    """What every document has."""

    kind: str
    format_version: Annotated[str, Meta(pattern=r"^1\.[0-9]+$")] = FORMAT_VERSION
    confsync_version: str = field(default_factory=lambda: __version__)  # a schema does not show this default
    exit_code: Annotated[int, Meta(description="The exit code of the process.")]
    diagnostics: list[DiagnosticPart]


class DiagnosticsDocument(Document, frozen=True, kw_only=True):
    """The errors and warnings of a command that produces no other result, or that failed before it produced one."""

    kind: Literal["diagnostics"] = "diagnostics"
    environments: Annotated[
        list[str], Meta(description="The environments that `validate` checked, if it checked more than one.")
    ] = []
    expanded: Annotated[
        str | None, Meta(description="For `validate --expanded`, the expanded configuration as YAML.")
    ] = None


def diagnostics_document(diagnostics: Iterable[Diagnostic], exit_code: int) -> DiagnosticsDocument:
    """Build the document of a run that has no other result."""
    return DiagnosticsDocument(exit_code=exit_code, diagnostics=diagnostic_parts(diagnostics))


def diagnostic_parts(diagnostics: Iterable[Diagnostic]) -> list[DiagnosticPart]:
    """Convert diagnostics to the form that documents hold."""
    return [part_of(each, DiagnosticPart, range=_range(each.range) if each.range else None) for each in diagnostics]


def _range(found: Range) -> RangePart:
    return RangePart(
        file=utf8_safe(found.start.file),
        start=PositionPart(line=found.start.line, column=found.start.column),
        end=PositionPart(line=found.end_line, column=found.end_column),
    )


Built = TypeVar("Built", bound=Part)


def part_of(value: object, declared: type[Built], **given: Any) -> Built:  # noqa: ANN401 — the fields of a part
    """Build a part from the attributes of a value that have the same names; `given` overrides or adds fields."""
    content = {
        name: convert(getattr(value, name))
        for name, convert in _converters(declared)
        if name not in given and hasattr(value, name)
    }
    return declared(**content, **given)


Converter = Callable[[Any], Any]


@cache
def _converters(declared: type[Part]) -> tuple[tuple[str, Converter], ...]:
    return tuple((each.name, _converter(each.type)) for each in fields(declared))


def _converter(declared: Any) -> Converter:  # noqa: ANN401 — any type of a field
    """Derive how an attribute becomes a value of the declared type: addresses to text, sets to sorted lists."""
    while get_origin(declared) is Annotated or NoneType in get_args(declared):
        declared = next(each for each in get_args(declared) if each is not NoneType)
    if get_origin(declared) is list:
        item = _converter(get_args(declared)[0])
        return lambda items: [item(each) for each in (sorted(items) if isinstance(items, frozenset) else items)]
    if isinstance(declared, type) and issubclass(declared, Part):
        return lambda value: None if value is None else part_of(value, declared)
    return _plain_text


def _plain_text(value: Any) -> Any:  # noqa: ANN401 — any attribute
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Level):
        return value.name.lower()
    if isinstance(value, int):
        return value
    return utf8_safe(value.value if isinstance(value, Enum) else str(value))


def timestamp(moment: datetime) -> str:
    """Write a time in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def document_as_json(document: Document) -> str:
    """Write a document as JSON text."""
    return json_text(to_builtins(document))


def json_text(value: object) -> str:
    """Write plain data as indented JSON, in ASCII so that no terminal and no pipe can corrupt it."""
    return harmless_json(json.dumps(value, indent=2, ensure_ascii=True)) + "\n"
