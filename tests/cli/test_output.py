"""stdout carries the result and nothing else; everything else is on stderr."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Confsync

SUMMARY = re.compile(r"^(Plan: .*|No changes\. .*|No differences found.*)$", re.MULTILINE)


@pytest.mark.parametrize("verb", ["plan", "drift", "apply --auto-approve"])
def test_the_result_in_text_is_one_plan_with_one_summary_line(verb: str, confsync: Confsync) -> None:
    said = confsync(*verb.split(), "--emulator")
    assert len(SUMMARY.findall(said.out)) == 1
    assert "Reading" not in said.out
    assert "EMULATOR: " not in said.out


@pytest.mark.parametrize("verb", ["validate", "plan", "drift", "apply --auto-approve", "version"])
def test_the_result_in_json_is_one_document(verb: str, confsync: Confsync) -> None:
    said = confsync(*verb.split(), "--emulator", "--json")
    kinds = {"validate": "diagnostics", "version": "diagnostics"}
    assert said.document["kind"] == kinds.get(verb, verb.split(maxsplit=1)[0])
    assert said.out.isascii()


@pytest.mark.parametrize("verb", ["validate", "plan", "apply --auto-approve", "apply --auto-approve -e nope", "apply"])
def test_the_first_and_the_last_line_say_that_it_is_the_emulator(verb: str, confsync: Confsync) -> None:
    lines = confsync(*verb.split(), "--emulator").err.splitlines()
    assert lines[0].startswith("EMULATOR")
    assert lines[-1].startswith("EMULATOR")


def test_the_result_may_go_to_a_file(confsync: Confsync, folder: Path) -> None:
    said = confsync("plan", "--emulator", "--output", "plan.txt")
    assert (said.code, said.out) == (0, "")
    assert SUMMARY.search((folder / "plan.txt").read_text("utf-8"))


def test_quiet_prints_only_the_result_and_the_emulator_lines(confsync: Confsync) -> None:
    loud = confsync("apply", "--emulator", "--auto-approve")
    (Path(".confsync") / "emulator" / "state.db").unlink()
    (Path(".confsync") / "emulator" / "confsync.ledger.json").unlink()
    quiet = confsync("apply", "--emulator", "--auto-approve", "-q")
    assert "done        create  services/support" in loud.err
    assert {line.partition(":")[0] for line in quiet.err.splitlines()} == {"EMULATOR"}


@pytest.mark.parametrize(
    ("arguments", "environ", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "CONFSYNC_NO_COLOR": "1"}, False),
    ],
)
def test_colour_follows_flags_and_environment_variables(
    arguments: list[str],
    environ: dict[str, str],
    coloured: bool,  # noqa: FBT001 — a column of the table
    confsync: Confsync,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in confsync("plan", "--emulator", *arguments).out) is coloured


def test_a_closed_pipe_is_no_error_for_a_plan(folder: Path) -> None:
    code, err = _into_a_closed_pipe(folder, "plan", "--emulator")
    assert code == 0
    assert "Traceback" not in err
    assert "Error" not in err


def test_a_pipe_that_closes_before_the_end_of_the_plan_stops_an_apply(folder: Path, confsync: Confsync) -> None:
    code, err = _into_a_closed_pipe(folder, "apply", "--emulator", "--auto-approve")
    assert code == 11
    assert "Traceback" not in err
    assert confsync("plan", "--emulator", "--detailed-exitcode").code == 2


def _into_a_closed_pipe(folder: Path, *arguments: str) -> tuple[int, str]:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "confsync", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    return ended.returncode, ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_local_error(folder: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "confsync", "plan", "--emulator"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 11
    assert "Traceback" not in ended.stderr


def test_an_ascii_terminal_gets_escapes(process: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {日本: {}}\n", "utf-8")
    said = process("plan", "--emulator", PYTHONIOENCODING="ascii")
    assert said.code == 0
    assert "services/\\u65e5\\u672c" in said.out


def test_schemas_are_written_into_an_existing_folder(confsync: Confsync, folder: Path) -> None:
    said = confsync("schema", "--write", str(folder / "nowhere"))
    assert said.code == 11
    assert "cannot be written: No such file or directory" in said.three_lines[0]
    assert confsync("schema", "--write", str(folder)).code == 0
    assert (folder / "plan.schema.json").exists()


SENSITIVE = """
version: 1
variables: {hook: {sensitive: true}}
services: {support: {webhooks: {post_webhook_url: "${{ var.hook }}"}}}
"""


def test_commands_that_only_read_work_without_the_value_of_a_sensitive_variable(
    folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "confsync.yaml").write_text(SENSITIVE, "utf-8")
    for command in (("validate",), ("plan", "--emulator")):
        assert confsync(*command).code == 0
    refused = confsync("apply", "--emulator", "--auto-approve")
    assert (refused.code, "CS3007" in refused.err, "set CONFSYNC_VAR_hook" in refused.err) == (3, True, True)
    monkeypatch.setenv("CONFSYNC_VAR_hook", "https://hooks.example.com/canary")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    monkeypatch.delenv("CONFSYNC_VAR_hook")
    for line in ("plan --emulator", "drift --emulator", "apply --emulator --auto-approve"):
        result = confsync(*line.split())
        assert (result.code, "canary" in result.out + result.err) == (0, False)
        assert "hook" in result.out
