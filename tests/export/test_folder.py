"""A folder gets all files of an export, or keeps what it had."""

import os
from pathlib import Path, PurePosixPath

import pytest

from confsync.account.exporting import write_export
from confsync.account.inputs import InputFiles
from confsync.errors import LocalFileError, UsageError
from confsync.export.folder import write_folder
from confsync.plan.exported import ExportedFile
from tests.export.exporting import exported
from tests.harness import Harness

FILES = tuple(
    ExportedFile(PurePosixPath(name), f"# {name}\n", private=name.endswith(".env"))
    for name in ("environments.yaml", "services/a.yaml", "services/b.yaml", "secrets.env")
)


def content(folder: Path) -> dict[str, str]:
    return {
        each.relative_to(folder).as_posix(): each.read_text("utf-8") for each in folder.rglob("*") if each.is_file()
    }


def test_a_new_folder_has_the_permissions_of_the_process_and_private_files_have_fewer(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_folder(tmp_path / "made" / "live", FILES)
    finally:
        os.umask(before)
    folder = tmp_path / "made" / "live"
    modes = {each.relative_to(folder).as_posix(): each.stat().st_mode & 0o777 for each in folder.rglob("*")}
    assert modes["services"] == 0o755
    assert (modes["services/a.yaml"], modes["secrets.env"]) == (0o644, 0o600)
    assert list((tmp_path / "made").iterdir()) == [folder]


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    assert write_folder(tmp_path, FILES) == (".gitignore", *sorted(each.path.as_posix() for each in FILES))
    assert write_folder(tmp_path, FILES) == ()


def test_lines_are_added_to_an_ignore_file(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log", "utf-8")
    write_folder(tmp_path, FILES)
    assert (tmp_path / ".gitignore").read_text("utf-8") == "*.log\nsecrets.env\n"


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_if_a_file_cannot_take_its_place_the_old_ones_return(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "live", [ExportedFile(each.path, "old\n") for each in FILES[:2]])
    before = content(tmp_path)
    calls: list[Path] = []
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(LocalFileError, match="No space left"):
        write_folder(tmp_path / "live", FILES, force=True)
    assert content(tmp_path) == before


def test_a_service_that_is_too_large_is_refused(harness: Harness) -> None:
    home = f"/Services/{harness.client.made('/Services', {'FriendlyName': 'desk'})}"
    data = '{"a": "' + "x" * 16_000 + '"}'
    for number in range(70):
        harness.client.made(f"{home}/Conversations", {"UniqueName": f"c{number}", "Attributes": data})
    with pytest.raises(UsageError, match="larger than 1,024 KiB"):
        exported(harness)
    found = exported(harness, excludes=("services/*/conversations/c1*",))
    assert not found.plan.differs


def test_a_folder_in_the_configuration_is_refused(harness: Harness) -> None:
    layer = harness.folder.resolve()
    with pytest.raises(UsageError, match="inside the configuration"):
        write_export(exported(harness), harness.folder / "live", InputFiles(layers=(layer,)))
