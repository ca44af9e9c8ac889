"""`confsync export`: where the YAML goes, and what a folder that exists keeps."""

from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from tests.cli.conftest import Confsync


def test_the_command_writes_yaml_to_stdout_and_everything_else_to_stderr(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").unlink()
    said = confsync("export", "--emulator")
    assert said.code == 0
    assert said.out.startswith("# `confsync export` wrote this from account AC")
    assert "A plan of this configuration: 0 to create, 0 to update." in said.err
    (folder / "confsync.yaml").write_text(said.out, "utf-8")
    planned = confsync("plan", "--emulator", "--detailed-exitcode")
    assert planned.code == 0, planned.out


DB = ("--emulator", "--emulator-db", "account.db")


def test_a_folder_has_a_file_for_each_service_and_is_written_twice_in_the_same_way(
    confsync: Confsync, folder: Path
) -> None:
    with (folder / "confsync.yaml").open("a", encoding="utf-8") as file:
        file.write(f"environments: {{main: {{account_sid: {ACCOUNT_SID}}}}}\n")
    confsync("apply", *DB, "--auto-approve")
    said = confsync("export", *DB, "--output", "live")
    assert said.code == 0, said.err
    written = {
        path.relative_to(folder / "live").as_posix(): path.read_bytes() for path in (folder / "live").rglob("*.yaml")
    }
    assert sorted(written) == [
        "account.yaml",
        "environments.yaml",
        "services/default-conversations-service.yaml",
        "services/support.yaml",
    ]
    again = confsync("export", *DB, "--output", "live", "--json").document
    assert [each["changed"] for each in again["files"]] == [False] * 4
    assert again["check"]["create"] == again["check"]["update"] == 0
    assert confsync("plan", *DB, "-f", "live", "--detailed-exitcode").code == 0


def test_a_folder_with_something_else_in_it_is_not_overwritten(confsync: Confsync, folder: Path) -> None:
    live = folder / "live"
    confsync("export", "--emulator", "--output", "live")
    before = {path: path.read_bytes() for path in live.rglob("*") if path.is_file()}
    (live / "account.yaml").write_text("version: 1\n", "utf-8")
    assert confsync("export", "--emulator", "--output", "live").code == 8
    assert (live / "account.yaml").read_text("utf-8") == "version: 1\n"
    assert confsync("export", "--emulator", "--output", "live", "--force").code == 0
    assert {path: path.read_bytes() for path in live.rglob("*") if path.is_file()} == before
    (live / "other.yaml").write_text("version: 1\n", "utf-8")
    assert confsync("export", "--emulator", "--output", "live", "--force").code == 8
    assert [each.name for each in folder.iterdir() if each.name.endswith(".tmp")] == []


TOKEN = "https://hooks.example.com/in?token=canary"


def test_the_value_of_a_url_with_a_token_is_only_in_a_private_file_that_git_ignores(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (
        'version: 1\nvariables: {hook: {sensitive: true}}\naccount: {webhooks: {post_webhook_url: "${{ var.hook }}"}}\n'
    )
    (folder / "confsync.yaml").write_text(written, "utf-8")
    monkeypatch.setenv("CONFSYNC_VAR_hook", TOKEN)
    confsync("apply", "--emulator", "--auto-approve")
    (folder / ".gitignore").write_text("*.log", "utf-8")
    for more in ((), ("--json",), ("--output", "live"), ("--output", "live", "--json"), ("--format", "html")):
        said = confsync("export", "--emulator", *more)
        assert said.code == 0, said.err
        assert "canary" not in said.out + said.err
    secrets = folder / "live" / "secrets.env"
    assert secrets.read_text("utf-8") == f"CONFSYNC_VAR_hook='{TOKEN}'\n"
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert (folder / "live" / ".gitignore").read_text("utf-8") == "secrets.env\n"
    assert [each.name for each in (folder / "live").rglob("*") if each.is_file() and "canary" in each.read_text()] == [
        "secrets.env"
    ]


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html", "json"])
def test_every_format_shows_the_export(format_: str, confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    for more in ((), ("--output", f"live-{format_}")):
        said = confsync("export", "--emulator", "--format", format_, *more)
        assert said.code == 0, said.err
        assert "support" in said.out


def test_an_address_and_target_select_the_same_without_what_they_depend_on(confsync: Confsync) -> None:
    confsync("apply", *DB, "--auto-approve")
    by_address = confsync("export", *DB, "services/*/configuration")
    by_target = confsync("export", *DB, "--target", "services/*/configuration")
    assert by_address.out == by_target.out
    assert "Left out `default_chat_service_role`: it refers to the role RL" in by_address.out
    assert "The same as ADDRESS." in confsync("export", "--help").out
    assert "what they depend on" in " ".join(confsync("plan", "--help").out.split())


def test_parts_in_folders_of_their_own_are_layers_of_one_configuration(confsync: Confsync, folder: Path) -> None:
    with (folder / "confsync.yaml").open("a", encoding="utf-8") as file:
        file.write("    users: {alice: {}, bob: {}}\n")
        file.write(f"environments: {{main: {{account_sid: {ACCOUNT_SID}}}}}\n")
    assert confsync("apply", *DB, "--auto-approve").code == 0
    (folder / "confsync.yaml").unlink()
    assert confsync("export", *DB, "--output", "live/main").code == 0
    for users in ("[a]*", "[!a]*"):
        selected = ("services/support/roles", f"services/support/users/{users}")
        assert confsync("export", *DB, *selected, "--output", f"live/{users[1]}").code == 0
    layers = ("-f", "live/main", "-f", "live/a", "-f", "live/!")
    assert confsync("validate", "--expanded", *layers).out.count(" role: service user") == 2
    planned = confsync("plan", *DB, *layers, "--detailed-exitcode")
    assert planned.code == 0, planned.out
