"""The text of an export: one document, or one file for each service and one for each other section."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import PurePosixPath

from msgspec import Struct

from confsync.config.desired import Desired
from confsync.config.variables.variable import PREFIX
from confsync.errors import UsageError
from confsync.export.naming import slug
from confsync.export.rendering import Block, Line, is_empty, render_blocks
from confsync.export.tree import ExportedResource, ExportTree
from confsync.export.variables import UNSET, ExportVariables
from confsync.export.yaml_text import INDENT, comment_text, entry_lines, quote
from confsync.names import Address
from confsync.plan.exported import ExportedFile
from confsync.quoting import in_quotes, listed

ENVIRONMENTS = PurePosixPath("environments.yaml")
SECRETS = PurePosixPath("secrets.env")
SCHEMA_COMMENT = "# yaml-language-server: $schema="


class ExportHeader(Struct, frozen=True):
    """What stands at the top of an export: its environment, and what was left out.

    `title` says what wrote it, unless `confsync export` did, and `why_adopted` why the SIDs below `adopt` are needed.
    `elsewhere` says how many resources each different environment of the account owns, and `shared` which addresses
    one of them declares too. It is None if the configuration in use has no other environment of the account.
    `how_to_write_less` is the hint for a configuration that is too large. Each file names `schema`, if there is one.
    """

    account_sid: str
    environment: str
    settings: tuple[tuple[str, str], ...] = ()
    personal: tuple[str, ...] = ()
    partial: bool = False
    title: str = ""
    elsewhere: Mapping[str, int] = {}
    shared: tuple[Address, ...] | None = None
    how_to_write_less: str = "Export a part of it: name addresses, or leave out sections with --exclude."
    why_adopted: str = "Other live resources have the same name, so only the SID identifies each of these."
    schema: str = ""


class RenderedFile(Struct, frozen=True):
    """The lines of one file."""

    path: PurePosixPath
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The content of the file."""
        return "".join(f"{each.text}\n" for each in self.lines)


class RenderedExport(Struct, frozen=True):
    """An export as lines. The first file has the variables and the environment."""

    document: str
    files: tuple[RenderedFile, ...]


def render_export(tree: ExportTree, variables: ExportVariables, header: ExportHeader) -> RenderedExport:
    """Render everything, as one document and as files."""
    variables.begin()
    blocks = list(render_blocks(tree, variables))
    adopted = [each for each in _written(tree, tree.roots) if each.adopted]
    top, own = (list(_header_lines(header, variables, adopted, in_files=each)) for each in (False, True))
    sections = [(name, list(each)) for name, each in groupby(blocks, key=lambda block: block.section)]
    body = [line for name, each in sections for line in (Line(""), *_section_lines(name, each))]
    files = (RenderedFile(ENVIRONMENTS, tuple(own)), *_files(sections))
    if header.schema:
        files = tuple(_naming_schema(each, header.schema) for each in files)
    return RenderedExport(document="".join(f"{each.text}\n" for each in (*top, *body)), files=files)


def exported_files(
    rendered: RenderedExport, variables: ExportVariables, declared: Iterable[Desired]
) -> Iterator[ExportedFile]:
    """Yield the files of the configuration, and one with the values of the sensitive variables, if there are any.

    `declared` are the resources of the configuration, which know the file that they are in.
    """
    counts = Counter(each.source.file for each in declared)
    for each in rendered.files:
        yield ExportedFile(each.path, each.text, counts[str(each.path)])
    if variables.secrets:
        values = sorted((name, value.reveal()) for name, value in variables.secrets.items())
        lines = (f"{PREFIX}{name}={shlex.quote(value)}\n" for name, value in values)
        yield ExportedFile(SECRETS, "".join(lines), private=True)


def check_environment_name(name: str) -> None:
    """Raise UsageError if an environment cannot have this name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise UsageError(
            f"{in_quotes(name)} cannot be an environment's name.",
            hint="Use letters, digits, `-` and `_`: the ledger is named after it.",
        )


def _written(tree: ExportTree, resources: Iterable[ExportedResource]) -> Iterator[ExportedResource]:
    for each in resources:
        if not each.refused and not tree.is_left_out(each):
            yield each
            yield from _written(tree, each.children)


def _section_lines(name: str, blocks: Iterable[Block]) -> Iterator[Line]:
    lines = [line for each in blocks for line in each.lines]
    if not is_empty(lines):
        yield Line(f"{quote(name)}:")
    yield from lines


def _files(sections: Iterable[tuple[str, list[Block]]]) -> Iterator[RenderedFile]:
    """Give each resource at the top that contains others a file of its own, and each other section one file."""
    taken: set[str] = set()
    for name, blocks in sections:
        for each in blocks:
            path = PurePosixPath(name, _file_name(each.resource, taken)) if each.resource else PurePosixPath(name)
            if each.lines:
                yield RenderedFile(path.with_name(f"{path.name}.yaml"), tuple(_section_lines(name, [each])))


def _file_name(resource: ExportedResource, taken: set[str]) -> str:
    base = slug(resource.address.key) or slug(resource.kind.title)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _naming_schema(file: RenderedFile, schema: str) -> RenderedFile:
    """Begin a file with a comment that names the schema, relative to the file."""
    above = "../" * (len(file.path.parts) - 1)
    return RenderedFile(file.path, (Line(f"{SCHEMA_COMMENT}{above}{schema}"), *file.lines))


def _header_lines(
    header: ExportHeader, variables: ExportVariables, adopted: list[ExportedResource], *, in_files: bool
) -> Iterator[Line]:
    written_by = f"`confsync export` wrote this from account {header.account_sid}. Each comment names a live resource."
    yield Line(f"# {header.title or written_by}")
    if header.partial:
        yield Line("# It covers a part of the account: what the options of the command selected.")
    if header.personal:
        sections = " and ".join(header.personal)
        yield Line(
            f"# Left out: {sections}, and everything in them. They are personal data, and there may be millions."
        )
        yield Line(f"# To include them: `confsync export --with {','.join(header.personal)}`.")
    for name, number in header.elsewhere.items():
        owned = "1 resource" if number == 1 else f"{number:,} resources"
        yield Line(f"# Left out: {owned} of environment {in_quotes(name)}, which uses the same account.")
    if header.shared:
        yield Line(
            f"# To merge this, leave out what other environments of the account declare too: {listed(header.shared)}."
        )
    yield Line("version: 1")
    # The others use the same account, so the value is right for them, too.
    defaults = {} if header.shared is None else variables.used
    yield from _variable_lines(variables, defaults, in_files=in_files)
    yield from (Line(""), Line("environments:"), Line(f"{INDENT}{quote(header.environment)}:"))
    indent = INDENT * 2
    for name, value in (("account_sid", header.account_sid), *header.settings):
        yield from map(Line, entry_lines(name, value, indent))
    if variables.used:
        yield Line(f"{indent}variables:")
        for name, value in sorted(variables.used.items()):
            yield from map(Line, entry_lines(name, value, indent + INDENT))
    if adopted:
        yield Line(f"{indent}# {header.why_adopted}")
        yield Line(f"{indent}adopt:")
        for each in adopted:
            yield Line(f"{indent}{INDENT}{quote(str(each.address))}: {each.live.sid}", each)


def _variable_lines(variables: ExportVariables, defaults: Mapping[str, str], *, in_files: bool) -> Iterator[Line]:
    if not (variables.used or variables.secrets):
        return
    yield from (Line(""), Line("variables:"))
    for name in sorted({*variables.used, *variables.secrets}):
        if name in variables.used:
            yield from map(Line, entry_lines(name, defaults.get(name, UNSET), INDENT))
        else:
            where = f"its value is in {SECRETS}" if in_files else f"not shown here: set {PREFIX}{name}"
            yield Line(f"{INDENT}{name}: {{sensitive: true}}  # {comment_text(where)}")
