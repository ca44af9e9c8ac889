"""Renders the exported resources as lines of YAML. Each line knows which resource and field it is for."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from confsync.export.tree import ExportedResource, ExportTree
from confsync.export.values import WrittenValue, written_values
from confsync.export.variables import ExportVariables
from confsync.export.yaml_text import INDENT, comment_text, entry_lines, quote
from confsync.resources import children_of


class Line(Struct, frozen=True):
    """One line. `field` is empty if it is for a resource as a whole."""

    text: str
    resource: ExportedResource | None = None
    field: str = ""

    @property
    def is_comment(self) -> bool:
        """Whether it says nothing to a program."""
        return self.text.lstrip().startswith("#")


class Block(Struct, frozen=True):
    """The lines below the name of a section at the top: of one resource, or of everything in the section."""

    section: str
    resource: ExportedResource | None
    lines: tuple[Line, ...]


def render_blocks(tree: ExportTree, variables: ExportVariables) -> Iterator[Block]:
    """Render each section at the top: one block for each resource that contains others, otherwise one for all."""
    renderer = _Renderer(tree, variables)
    for section, members in groupby(tree.roots, key=lambda each: each.address[0]):
        found = list(members)
        if all(each.kind.parent is None and children_of(each.kind) for each in found):
            for each in found:
                yield Block(section, each, tuple(renderer.sections([each], 1, INDENT)))
        else:
            yield Block(section, None, tuple(renderer.sections(found, 1, INDENT)))


def is_empty(lines: Iterable[Line]) -> bool:
    """Whether there is nothing but comments."""
    return all(each.is_comment for each in lines)


class _Renderer(Struct, frozen=True):
    tree: ExportTree
    variables: ExportVariables

    def sections(self, resources: list[ExportedResource], depth: int, indent: str) -> Iterator[Line]:
        """Render resources, whose addresses are the same up to a depth, below the names of their sections."""
        for name, members in groupby(resources, key=lambda each: each.address[depth]):
            found = list(members)
            if len(found[0].address) == depth + 1:
                for each in found:
                    yield from self._resource(each, indent)
            else:
                inside = list(self.sections(found, depth + 1, indent + INDENT))
                yield from _under(name, inside, indent)

    def _resource(self, resource: ExportedResource, indent: str) -> Iterator[Line]:
        if self.tree.is_left_out(resource):
            return
        if resource.refused:
            yield _left_out(resource, indent)
            return
        if resource.kind.value_field:
            (line,) = entry_lines(resource.address.key, resource.value, indent)
            yield Line(line, resource)
            return
        inside = [*self._fields(resource, indent + INDENT)]
        lifecycle = [Line(f"{indent}{INDENT}{each}", resource) for each in _lifecycle(resource)]
        rest = list(self.sections(resource.children, len(resource.address), indent + INDENT))
        if is_empty([*inside, *rest]) and resource.kind.singleton:
            yield from (*inside, *rest)
            return
        inside += [*lifecycle, *rest]
        empty = " {}" if is_empty(inside) else ""
        yield Line(f"{indent}{quote(resource.address.key)}:{empty}{_origin(resource)}", resource)
        yield from inside

    def _fields(self, resource: ExportedResource, indent: str) -> Iterator[Line]:
        values = list(written_values(resource, self.tree, self.variables))
        yield from self._block(resource, values, (), indent)

    def _block(
        self, resource: ExportedResource, values: list[WrittenValue], above: tuple[str, ...], indent: str
    ) -> Iterator[Line]:
        """Render the fields that have the same blocks around them, and the blocks in these."""
        depth = len(above)
        for name, members in groupby(values, key=lambda each: each.field.path[depth]):
            found = list(members)
            if len(found[0].field.path) > depth + 1:
                inside = list(self._block(resource, found, (*above, name), indent + INDENT))
                if is_empty(inside):
                    yield Line(f"{indent}# {name}:", resource)
                yield from _under(name, inside, indent)
            else:
                for each in found:
                    yield from _value_lines(resource, each, indent)


def _lifecycle(resource: ExportedResource) -> Iterator[str]:
    settings = (
        *(("lookup: true",) if resource.lookup else ()),
        *((f"only: [{quote(resource.only)}]",) if resource.only else ()),
    )
    if settings:
        yield f"lifecycle: {{{', '.join(settings)}}}"


def _value_lines(resource: ExportedResource, written: WrittenValue, indent: str) -> Iterator[Line]:
    field, reason = written.field, written.reason
    lines: list[str] = []
    if not written.hidden:
        try:
            lines = list(entry_lines(field.path[-1], written.value, indent))
        except ValueError as error:
            reason = str(error)
    if not reason:
        yield from (Line(each, resource, field.name) for each in lines)
        return
    said = reason if field.secret else f"Left out `{field.name}`: {reason}."
    yield Line(f"{indent}# {comment_text(said)}", resource, field.name)
    yield from (Line(f"{indent}# {each.removeprefix(indent)}", resource, field.name) for each in lines)


def _under(name: str, inside: list[Line], indent: str) -> Iterator[Line]:
    """Put lines below a key, unless there are only comments: a key without a value is an error."""
    if not is_empty(inside):
        yield Line(f"{indent}{quote(name)}:", inside[0].resource)
    yield from inside


def _origin(resource: ExportedResource) -> str:
    """Say in a comment which live resource it is."""
    live = resource.live
    if resource.origin:
        return f"  # {comment_text(resource.origin)}"
    if live.sid is None:
        return ""
    created = f", created {live.created_at:%Y-%m-%d}" if live.created_at else ""
    return f"  # {live.sid}{created}"


def _left_out(resource: ExportedResource, indent: str) -> Line:
    named = f" {resource.live.sid}" if resource.live.sid else ""
    return Line(f"{indent}# Left out {resource.kind.title}{named}: {comment_text(resource.refused)}.", resource)
