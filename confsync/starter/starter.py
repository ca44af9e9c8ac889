"""Writes a starter folder: everything, or nothing if a file of it exists already."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from confsync.config.sources.files import FILE_NAME, FOLDER_NAME
from confsync.config.sources.folder import display_path
from confsync.errors import LocalFileError, Refused, fix_for
from confsync.export.document import SECRETS
from confsync.export.folder import GITIGNORE, replace_files, text_of, with_lines, yaml_in
from confsync.plan.exported import ExportedAccount, ExportedFile, ExportScope
from confsync.plan.imported import ImportedState
from confsync.plan.starter import StarterChoices, StarterFile, WrittenStarter
from confsync.starter.ci import SHARED_STATE, ci_files, ci_notes
from confsync.starter.configuration import configuration_text, known_account
from confsync.starter.example import example_files, example_ignored
from confsync.starter.place import StarterPlace
from confsync.views.schema.published import schema_text
from confsync.views.wording import counted

SCHEMA = PurePosixPath(".confsync/confsync.schema.json")
IGNORED = (
    "# Local state of confsync, apart from the schema, which is for everybody.",
    "!/.confsync/",
    "/.confsync/*",
    f"!/{SCHEMA}",
    f"/{FOLDER_NAME}/{SECRETS}",
)
"""A rule of a folder above may ignore all of `.confsync/`, and Git looks into an ignored folder for nothing."""


def starter_scope(choices: StarterChoices) -> ExportScope:
    """Say what of an account a starter folder contains, and how it is written."""
    return ExportScope(
        environment=choices.environment,
        minimal=choices.minimal,
        flex=choices.flex,
        schema=f"../{SCHEMA}",
        settings=SHARED_STATE if choices.ci else (),
    )


def has_configuration(place: StarterPlace) -> bool:
    """Whether the folder has a configuration already."""
    return any((place.home / name).exists() for name in (FILE_NAME, FOLDER_NAME))


def write_jobs(
    choices: StarterChoices, place: StarterPlace, environments: tuple[str, ...], settings: Mapping[str, str]
) -> WrittenStarter:
    """Write the jobs for a configuration that exists. `settings` are its top-level settings that are strings.

    Raises Refused and LocalFileError, as `write_starter` does.
    """
    with _file_errors(place):
        files = (*_shared_files(choices, place), *ci_files(choices.ci, place, environments, choices.jobs))
        notes = (*_missing_state(settings), *ci_notes(choices.ci, place, environments, choices.jobs))
        _refuse_taken(_taken(place, files))
        changed = replace_files(place.top, {str(each.path): (each.text, each.private) for each in files})
    return WrittenStarter(
        folder=str(place.top),
        environment=choices.environment,
        account_sid=None,
        files=files,
        changed=changed,
        notes=notes,
    )


def _missing_state(settings: Mapping[str, str]) -> Iterator[str]:
    """Say which settings the configuration lacks so that all jobs share the lock and the ledger."""
    missing = [f"`{name}: {value}`" for name, value in SHARED_STATE if settings.get(name) != value]
    if missing:
        lines = "the line" if len(missing) == 1 else "the lines"
        yield f"The jobs need {lines} {' and '.join(missing)} in the configuration."


def check_free(choices: StarterChoices, place: StarterPlace, environ: Mapping[str, str]) -> None:
    """Raise Refused if a file is in the way, as far as that is known before anything is read."""
    with _file_errors(place):
        _check(place, tuple(_files(choices, place, environ, None)), complete=not choices.reads_resources)


def write_starter(
    choices: StarterChoices,
    place: StarterPlace,
    environ: Mapping[str, str],
    found: ExportedAccount | ImportedState | None,
) -> WrittenStarter:
    """Write everything. Raises Refused if a file exists with other content, and LocalFileError."""
    with _file_errors(place):
        files = tuple(_files(choices, place, environ, found))
        notes = tuple(_notes(choices, place, environ, found))
        _check(place, files, complete=True)
        changed = replace_files(place.top, {str(each.path): (each.text, each.private) for each in files})
    return WrittenStarter(
        folder=str(place.top),
        environment=choices.environment,
        account_sid=_account_sid(choices, environ, found),
        files=files,
        changed=changed,
        found=found,
        notes=notes,
    )


def _account_sid(
    choices: StarterChoices, environ: Mapping[str, str], found: ExportedAccount | ImportedState | None
) -> str | None:
    if found:
        return found.account_sid
    return None if choices.example else known_account(environ)


@contextmanager
def _file_errors(place: StarterPlace) -> Iterator[None]:
    """Raise LocalFileError for a file that cannot be read or written."""
    try:
        yield
    except OSError as error:
        path = os.fsdecode(error.filename or place.top)
        raise LocalFileError(
            f"The folder {place.top} cannot be written: {error.strerror} ({display_path(Path(path))}).",
            hint=f"{fix_for(error, path)}, or name another folder with -C, then run it again.",
        ) from error


def _files(
    choices: StarterChoices,
    place: StarterPlace,
    environ: Mapping[str, str],
    found: ExportedAccount | ImportedState | None,
) -> Iterator[StarterFile]:
    inside = place.inside
    yield from _shared_files(choices, place)
    yield from ci_files(choices.ci, place, (choices.environment,), choices.jobs)
    if choices.example:
        for file in example_files(choices.example, place.home, SCHEMA):
            yield replace(file, path=inside / file.path)
    elif not choices.reads_resources:
        text = configuration_text(choices, known_account(environ), environ, f"./{SCHEMA}")
        yield StarterFile(path=inside / FILE_NAME, text=text, content="the configuration")
    for each in found.files if found else ():
        yield _configuration_file(each, inside / FOLDER_NAME)


def _shared_files(choices: StarterChoices, place: StarterPlace) -> Iterator[StarterFile]:
    """Yield what every folder with a configuration has."""
    yield StarterFile(
        path=place.inside / SCHEMA, text=schema_text("config"), content="the schema of the configuration, for editors"
    )
    lines = (*IGNORED, *(example_ignored(choices.example) if choices.example else ()))
    ignored = with_lines(place.home / GITIGNORE, lines)
    yield StarterFile(
        path=place.inside / GITIGNORE, text=ignored, content="keeps local state and secrets out of Git", extended=True
    )


def _configuration_file(file: ExportedFile, folder: PurePosixPath) -> StarterFile:
    content = "secrets, which Git ignores" if file.private else counted(file.resources, "resource")
    return StarterFile(path=folder / file.path, text=file.text, content=content, private=file.private)


def _check(place: StarterPlace, files: Iterable[StarterFile], *, complete: bool) -> None:
    """Raise Refused if a file has other content, or if other files would be a part of the configuration.

    If `files` is not `complete`, it lacks what is still to be read, which is a folder.
    """
    files = tuple(files)
    new = {place.top / each.path for each in files if not each.extended}
    taken = _taken(place, files)
    folder = place.home / FOLDER_NAME
    if not complete or any(folder in each.parents for each in new):
        taken += [place.home / FILE_NAME] if (place.home / FILE_NAME).exists() else []
        present = [folder / each for each in yaml_in(folder)] if complete else []
        taken += [each for each in present if each not in new]
    elif folder.exists():
        taken.append(folder)
    _refuse_taken(taken)


def _taken(place: StarterPlace, files: Iterable[StarterFile]) -> list[Path]:
    """Return the files that exist with other content."""
    new = {place.top / each.path: each.text for each in files if not each.extended}
    return [path for path, text in new.items() if text_of(path) not in (None, text)]


def _refuse_taken(taken: list[Path]) -> None:
    if taken:
        names = ", ".join(display_path(each) for each in sorted(taken))
        raise Refused(
            f"`init` replaces no file, and there {'is' if len(taken) == 1 else 'are'} already: {names}.",
            hint="Move them away, or name another folder with -C.",
        )


def _notes(
    choices: StarterChoices,
    place: StarterPlace,
    environ: Mapping[str, str],
    found: ExportedAccount | ImportedState | None,
) -> Iterator[str]:
    needs_account = not (found or choices.example or choices.jobs.emulator)
    if needs_account and known_account(environ) is None:
        yield f"Write the SID of the account into {display_path(place.home / FILE_NAME)}."
    yield from ci_notes(choices.ci, place, (choices.environment,), choices.jobs)
