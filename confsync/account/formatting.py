"""Formats the files of a configuration to the canonical layout."""

from msgspec.structs import replace

from confsync.account.configuration import LoadOptions
from confsync.account.rewriting import diff_lines, rewrite_files
from confsync.config.load import valid_yaml_files
from confsync.config.writing.formatting import format_file
from confsync.plan.formatted import Formatted, FormattedFile


def format_files(options: LoadOptions, *, check: bool = False) -> Formatted:
    """Rewrite every file of a configuration in its canonical layout, unless it is only to be checked.

    No file is written if any is not valid YAML. Raises InvalidConfiguration with every error of syntax, UsageError if
    a file cannot be formatted without changing its meaning, and LocalFileError.
    """
    before = tuple({file.location.resolve(): file for file in valid_yaml_files(options)}.values())
    after = tuple(replace(file, raw=format_file(file).encode()) for file in before)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old.raw != new.raw]
    if not check:
        rewrite_files(new for _, new in changed)
    lines = {old.path: tuple(diff_lines(old, new)) or (_ONLY_BYTES.format(old.path),) for old, new in changed}
    return Formatted(tuple(FormattedFile(each.path, lines.get(each.path, ())) for each in before), check)


_ONLY_BYTES = "{}: only line ends or a byte order mark differ"
