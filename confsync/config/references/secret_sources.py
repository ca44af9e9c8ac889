"""Resolves the references of secret fields, within strict limits on files and variables."""

from collections.abc import Mapping as Table
from pathlib import Path

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.sources.file_boundary import FileBoundary, NotRegularFileError, read_regular_file, real_path
from confsync.config.variables.values import Variables
from confsync.config.variables.variable import PREFIX
from confsync.diagnostics import Position
from confsync.quoting import in_quotes
from confsync.secret import Secret

MAX_FILE_BYTES = 64 * 1024


class SecretContext(Struct, frozen=True):
    """What secret references may read on this machine: the process environment, and files below one folder."""

    environ: Table[str, str]
    root: Path


class SecretSource(Struct, frozen=True):
    """The source of a secret field's value: the reference as written, and its position.

    `missing` says in one line, without any value, why there is none here; `name` is what the reference names.
    """

    text: str
    position: Position
    value: Secret | None
    missing: str = ""
    name: str = ""

    def resolve(self) -> Secret | None:
        """Return the secret, or None if it is not available here, as in a fork's pull request."""
        return self.value


class RefusedError(Exception):
    """A reference that must not be followed, or whose target is unusable."""

    def __init__(self, code: Code, summary: str, detail: str = "") -> None:
        super().__init__(summary)
        self.code, self.summary, self.detail = code, summary, detail


Found = tuple[Secret | None, str]
"""A secret; or None, and in one line why it is missing."""


def find_secret(kind: str, name: str, folder: Path, variables: Variables, secret_context: SecretContext) -> Found:
    """Resolve a reference in a YAML file of that folder; raises RefusedError."""
    match kind:
        case "var":
            return _variable(name, variables)
        case _ if not variables.resolves_secrets:
            return None, "secrets are not resolved here"
        case "env":
            return _environment_variable(name, secret_context)
        case "file":
            return _file(_inside(name, folder, secret_context.root), f"the file {name}")
        case _:
            return _file_named_by(name, secret_context)


def _variable(name: str, variables: Variables) -> Found:
    if name not in variables.declared:
        raise RefusedError(
            Code.UNDECLARED_VARIABLE, f"no variable {in_quotes(name)} is declared", variables.meant(name)
        )
    if not variables.is_sensitive(name):
        hint = f"declare it as `{name}: {{sensitive: true}}`"
        raise RefusedError(
            Code.VARIABLE_NOT_SENSITIVE, f"{in_quotes(name)} is not sensitive, but this field is secret", hint
        )
    value = variables.values.get(name)
    return (value, "") if isinstance(value, Secret) else (None, f"{PREFIX}{name} is not set")


def _environment_variable(name: str, secret_context: SecretContext) -> Found:
    """Read a variable; an empty one has no value, because CI systems give it to forks instead of a secret."""
    text = secret_context.environ.get(name, "")
    if not text.strip():
        return None, f"the environment variable {name} is {'empty' if name in secret_context.environ else 'not set'}"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RefusedError(Code.NOT_TEXT_HERE, f"the environment variable {name} is not UTF-8") from None
    return Secret(text), ""


def _file_named_by(name: str, secret_context: SecretContext) -> Found:
    """Read the file whose path is in a variable. The path is never shown: it may be the secret itself, by mistake."""
    path = secret_context.environ.get(name)
    if not path:
        return None, f"the environment variable {name} is not set"
    return _file(Path(path), f"the file that {name} names")


def _inside(name: str, folder: Path, root: Path) -> Path:
    """Follow a path from the folder of the YAML file, but never out of the root or into `.git`."""
    written = Path(name)
    if written.is_absolute() or ".." in written.parts:
        hint = "name it relative to this YAML file, without `..`"
        raise RefusedError(Code.FILE_OUTSIDE, "a file reference cannot be absolute or contain `..`", hint)
    path = real_path(folder / written)
    if outside := FileBoundary((real_path(root),)).why_outside(path):
        hint = "keep it in the repository, outside `.git`, or name its folder in CONFSYNC_FILE_ROOT"
        raise RefusedError(Code.FILE_OUTSIDE, f"the file {name} {outside}", hint)
    return path


def _file(path: Path, called: str) -> Found:
    raw = _bytes(path, called)
    if raw is None:
        return None, f"{called} does not exist, or cannot be read"
    if len(raw) > MAX_FILE_BYTES:
        raise RefusedError(Code.FILE_UNUSABLE, f"{called} is larger than {MAX_FILE_BYTES // 1024} KiB")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise RefusedError(Code.FILE_UNUSABLE, f"{called} is not UTF-8 text") from None
    return (Secret(text), "") if text.strip() else (None, f"{called} is empty")


def _bytes(path: Path, called: str) -> bytes | None:
    """Read slightly more than is allowed, from a regular file only."""
    try:
        return read_regular_file(path, MAX_FILE_BYTES + 1)
    except NotRegularFileError:
        raise RefusedError(Code.FILE_UNUSABLE, f"{called} is not a regular file") from None
    except (OSError, ValueError):
        return None
