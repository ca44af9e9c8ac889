"""Where the values of a resource come from, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.config.provenance import Origin, Through
from confsync.config.tree import Scalar
from confsync.config.variable_origin import VariableOrigin, VariableSource
from confsync.config.variables.variable import PREFIX
from confsync.diagnostics import Diagnostic, Position
from confsync.extra_parameters import is_extra
from confsync.plan.drift import LastApplied
from confsync.plan.explanation import ExplainedField, Explanation
from confsync.quoting import shown_address
from confsync.redaction import mask_urls
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, Plain, SourcePart, diagnostic_parts, part_of
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_builder import is_sensitive, plain_value, secret_text, value_type
from confsync.views.plan_document import ValueType
from confsync.views.wording import place_text, value_text

_SOURCES = {
    VariableSource.DEFAULT: "its default",
    VariableSource.ENVIRONMENT: "the variables of the environment",
    VariableSource.FILE: "a file of --var-file",
    VariableSource.PROCESS: "the environment variable {variable}",
    VariableSource.OPTION: "--var",
    VariableSource.NOTHING: "nothing: it has no value here",
}
_THROUGH = {
    Through.DEFAULTS: "the defaults {address}",
    Through.ITEM: "an item of {address}",
    Through.RESOURCE: "the resource of {address}",
    Through.KEY: "the key of {address}",
}
_LAST_APPLIED = {
    LastApplied.LIVE: "the value in Twilio",
    LastApplied.DESIRED: "the declared value",
    LastApplied.NEITHER: "neither of these values",
    LastApplied.UNKNOWN: "not known",
}


class VariablePart(Part, frozen=True, kw_only=True):
    """A variable that a value refers to."""

    name: str
    set_by: Annotated[
        Literal["default", "environment", "file", "process environment", "option", "nothing"],
        Meta(
            description="What set the variable. `environment`: the selected environment in the configuration. `file`: "
            "a "
            "file passed with `--var-file`. `option`: `--var`. `process environment`: an environment variable. "
            "`nothing`: the variable has no value."
        ),
    ]
    source: Annotated[
        SourcePart | None, Meta(description="Where the value of the variable is written, if it is in a file.")
    ]


class WrittenPart(Part, frozen=True, kw_only=True):
    """Where a value is written, and how the resource gets it."""

    source: SourcePart
    text: Annotated[
        str | None, Meta(description="The value as written, if it contains a reference such as `${{ var.name }}`.")
    ]
    layer: Annotated[
        int,
        Meta(ge=1, description="The number of the layer that contains the value. Layer 1 has the lowest precedence."),
    ]
    patch: Annotated[str | None, Meta(description="The environment whose patch contains the value.")]
    through: Annotated[
        list[str], Meta(description="The `defaults` and `for_each` blocks that contain the value, outermost first.")
    ]
    variables: list[VariablePart]


class ExplainedPart(Part, frozen=True, kw_only=True):
    """One field of the resource."""

    path: str
    treatment: Annotated[
        Literal["managed", "ignored", "not declared"], Meta(description="How confsync treats the field.")
    ]
    desired: Annotated[Plain, Meta(description="The declared value.")]
    sensitive: bool
    value_type: ValueType
    written: Annotated[
        WrittenPart | None,
        Meta(description="Where the value is written."),
    ]
    live: Annotated[
        Plain,
        Meta(description="The value in Twilio; null if confsync did not read it."),
    ]
    readable: Annotated[bool, Meta(description="False if Twilio never returns the field.")]
    last_applied_equals: Annotated[
        Literal["live", "desired", "neither", "unknown"] | None,
        Meta(
            description="Which of `desired` and `live` equals the value that confsync last applied; `live` if both "
            "do. It is null if the field is not declared or confsync did not read the resource."
        ),
    ]


class ExplainDocument(Document, frozen=True, kw_only=True):
    """Where the values of one resource come from."""

    kind: Literal["explain"] = "explain"
    environment: str | None
    address: str
    section: Annotated[str, Meta(description="The section, such as `roles`.")]
    source: SourcePart
    item: Annotated[
        SourcePart | None,
        Meta(description="Where the `for_each` item that produced the resource is written."),
    ]
    layers: Annotated[int, Meta(description="The number of layers; 1 without `-f`.")]
    read: Annotated[bool, Meta(description="Whether confsync read the resource from Twilio.")]
    sid: Annotated[str | None, Meta(description="The SID of the resource.")]
    exists: Annotated[bool, Meta(description="Whether confsync found the resource in Twilio.")]
    fields: list[ExplainedPart]


def explain_document(
    explanation: Explanation, environment: str | None, exit_code: int, also: Iterable[Diagnostic] = ()
) -> ExplainDocument:
    """Build the document. `also` are diagnostics of the run. Sensitive values are masked here."""
    desired, change = explanation.desired, explanation.change
    return ExplainDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        environment=environment,
        address=utf8_safe(str(desired.address)),
        section=desired.kind.section,
        source=part_of(desired.source, SourcePart),
        item=_source(explanation.item.item.position) if explanation.item else None,
        layers=explanation.layers,
        read=change is not None,
        sid=change.sid if change else None,
        exists=change is not None and change.match is not None,
        fields=[_explained_part(explanation, each) for each in explanation.fields],
    )


def explain_as_text(document: ExplainDocument, palette: Palette = PLAIN) -> str:
    """Render the resource, then each field with what is known about it."""
    head, *lines = explain_lines(document)
    fields = (palette.loud(line) if line.startswith("  ") and line[2] != " " else line for line in lines)
    return "".join(f"{line}\n" for line in (palette.loud(head), *fields))


def explain_as_markdown(document: ExplainDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        head, *lines = explain_lines(document)
        yield from comment_heading("explain", document.environment)
        yield f"**{head}**"
        if detail < Detail.NO_REMARKS:
            yield markdown_fence(lines, "text")

    return fitted(page)


def explain_lines(document: ExplainDocument) -> Iterator[str]:
    """Yield a line about the resource, then the lines of each field."""
    address = printable(shown_address(document.address))
    state = _state(document)
    item = f", made for the item at {place_text(document.item)}" if document.item else ""
    yield f"{address}: declared at {place_text(document.source)}{item}{state}"
    for each in document.fields:
        yield f"  {printable(each.path)}: {_value(each, each.desired) if each.written else 'not declared'}"
        for title, text in field_facts(document, each):
            yield f"    {f'{title}:':<13} {text}"


def field_facts(document: ExplainDocument, field: ExplainedPart) -> Iterator[tuple[str, str]]:
    """Yield what is known about a field, with a title for each fact."""
    if field.written:
        yield from _written_facts(document, field.written)
    if field.treatment == "ignored":
        yield "ignored", "confsync sends it on create, and never compares it"
    if document.read:
        yield "in Twilio", _live_text(document, field)
    if field.last_applied_equals:
        same = field.last_applied_equals == LastApplied.LIVE.value and field.live == field.desired
        yield "last applied", "the same value" if same else _LAST_APPLIED[LastApplied(field.last_applied_equals)]


def _written_facts(document: ExplainDocument, written: WrittenPart) -> Iterator[tuple[str, str]]:
    text = f": {printable(written.text)}" if written.text else ""
    yield "written", f"{place_text(written.source)}{text}"
    if document.layers > 1:
        yield "layer", f"{written.layer} of {document.layers}"
    if written.patch:
        yield "patch", f"of environment {printable(written.patch)}"
    for each in written.through:
        yield "through", printable(each)
    for variable in written.variables:
        place = f" ({place_text(variable.source)})" if variable.source else ""
        by = _SOURCES[VariableSource(variable.set_by)].format(variable=f"{PREFIX}{variable.name}")
        yield "variable", printable(f"{variable.name}, set by {by}") + place


def _live_text(document: ExplainDocument, field: ExplainedPart) -> str:
    if not document.exists:
        return "does not exist"
    return _value(field, field.live) if field.readable else "never returned"


def _state(document: ExplainDocument) -> str:
    if not document.read:
        return "; Twilio was not read"
    return f", {document.sid}" if document.sid else ""


def _value(field: ExplainedPart, value: Plain) -> str:
    return value_text(value, field.value_type, sensitive=field.sensitive and isinstance(value, str))


def _explained_part(explanation: Explanation, explained: ExplainedField) -> ExplainedPart:
    name, change = explained.field.name, explanation.change
    desired = explanation.desired.fields.get(name)
    live = change.before.get(name) if change and change.match else None
    sensitive = is_sensitive(desired) or is_sensitive(live)
    types = [value_type(explained.field, each) for each in (desired, live)]
    shown = secret_text(change, name) if change and is_sensitive(desired) else plain_value(desired)
    return ExplainedPart(
        path=name,
        treatment=explained.treatment.value,
        desired=shown,
        sensitive=sensitive,
        value_type=next((each for each in types if each != "value"), "value"),
        written=_written_part(explained.origin, explained.variables) if explained.origin else None,
        live=plain_value(live),
        readable=not explained.field.write_only and not (is_extra(name) and live is None),
        last_applied_equals=explained.last_applied.value if explained.last_applied else None,
    )


def _written_part(origin: Origin, variables: Iterable[VariableOrigin]) -> WrittenPart:
    written = origin.node.value if isinstance(origin.node, Scalar) else None
    return WrittenPart(
        source=part_of(origin.position, SourcePart),
        text=utf8_safe(mask_urls(written)) if isinstance(written, str) and "${{" in written else None,
        layer=origin.layer + 1,
        patch=utf8_safe(origin.patch) if origin.patch else None,
        through=[utf8_safe(_THROUGH[each.through].format(address=each.address)) for each in origin.reuse],
        variables=[
            VariablePart(name=utf8_safe(each.name), set_by=each.source.value, source=_source(each.position))
            for each in variables
        ],
    )


def _source(position: Position | None) -> SourcePart | None:
    return part_of(position, SourcePart) if position else None
