"""No byte that a run prints, writes or passes on contains a value that must not be seen, in any encoding."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.canaries import found_below, found_in
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.rehearsal.planted_bug import send_creates_again

CANARY = "canary+value/9f3c"
CANARIES = (CANARY, "canary")
HOOK = "https://hooks.example.com/"
SENSITIVE = """
version: 1
variables: {hook: {sensitive: true}}
credentials: {phone: {type: apn, certificate: "${{ file.phone.pem }}", private_key: "${{ env.PHONE_KEY }}"}}
services:
  desk:
    webhooks: {post_webhook_url: "https://hooks.example.com/${{ var.hook }}", method: METHOD}
"""
PEM = "-----BEGIN {0}-----\n{1}\n-----END {0}-----\n"

Commands = tuple[tuple[str, ...], ...]
PLANNING: Commands = (
    ("validate",),
    ("plan", "--emulator", "--out", "plan.json"),
    ("plan", "--emulator", "--json"),
    ("plan", "--emulator", "--format", "html", "--output", "plan.html"),
    ("plan", "--emulator", "--format", "github"),
    ("show", "plan.json", "--format", "markdown"),
    ("drift", "--emulator", "--json", "-vv"),
    ("drift", "--emulator", "--format", "junit", "--also", "openmetrics=confsync.prom", "--log-format", "json", "-vv"),
    ("ledger", "show", "--emulator", "--json"),
    ("doctor", "--emulator"),
    ("export", "--emulator", "--with", "users,conversations"),
    ("export", "--emulator", "--json"),
    ("export", "--emulator", "--output", "live", "--force"),
)
APPLY: Commands = (("apply", "--emulator", "--auto-approve", "--json", "-vv"),)

GIT_THAT_REPORTS = """#!/bin/sh
{{ /usr/bin/env; printf '%s\\n' "$@"; }} >> {seen}
exec {git} "$@"
"""


@pytest.fixture
def secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose secrets are all canaries, and a git that writes down what it receives."""
    (folder / "confsync.yaml").write_text(SENSITIVE.replace("METHOD", "POST"), "utf-8")
    (folder / "phone.pem").write_text(PEM.format("CERTIFICATE", CANARY), "utf-8")
    for name in ("PHONE_KEY", "CONFSYNC_VAR_hook", "TWILIO_AUTH_TOKEN", "GITHUB_TOKEN", "NPM_TOKEN"):
        monkeypatch.setenv(name, PEM.format("PRIVATE KEY", CANARY) if name == "PHONE_KEY" else CANARY)
    git = shutil.which("git")
    assert git
    subprocess.run([git, "init", "-q", str(folder)], check=True)
    tools = folder.parent / f"{folder.name}-tools"
    tools.mkdir()
    (tools / "git").write_text(GIT_THAT_REPORTS.format(seen=tools / "seen", git=git), "utf-8")
    (tools / "git").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return folder


def leaks(folder: Path, results: list[RunResult]) -> Iterator[str]:
    """Search what was printed, every file, and what git received. The account itself has the values, of course."""
    yield from found_in("\n".join(each.out + each.err for each in results).encode(), CANARIES)
    private = [folder / "phone.pem", folder / "live" / "secrets.env"]
    inputs = [*private, *folder.glob(".confsync/emulator/*.db*"), *folder.rglob("outside*")]
    yield from found_below(folder, CANARIES, besides=inputs)
    yield from found_below(folder.parent / f"{folder.name}-tools", CANARIES)


def rewrite(folder: Path, text: str) -> None:
    (folder / "confsync.yaml").write_text(text, "utf-8")


def _only_applied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del folder, monkeypatch


def _mark_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    rewrite(folder, SENSITIVE.replace("{sensitive: true}", "x").replace("METHOD", "GET"))


def _mark_removed_and_used_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    text = SENSITIVE.replace("{sensitive: true}", "x").replace("METHOD", "GET")
    rewrite(folder, f'{text}    notifications: {{new_message: {{template: "${{{{ var.hook }}}}"}}}}\n')


def _without_a_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    for each in folder.rglob("confsync.ledger*"):
        each.unlink()
    rewrite(folder, SENSITIVE.replace("${{ var.hook }}", "new").replace("METHOD", "GET"))


def _without_the_values(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del folder
    for name in ("PHONE_KEY", "CONFSYNC_VAR_hook"):
        monkeypatch.delenv(name)


def _linked_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    outside = folder.parent / f"{folder.name}-outside"
    outside.mkdir()
    (outside / "outside.yaml").write_text(f"{CANARY}: [\n", "utf-8")
    (folder / "confsync.yaml").unlink()
    (folder / "confsync.yaml").symlink_to(outside / "outside.yaml")


def _linked_file_in_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    (folder / ".git" / "outside.yaml").write_text(f"{CANARY}: [\n", "utf-8")
    (folder / "confsync.yaml").unlink()
    (folder / "confsync.yaml").symlink_to(folder / ".git" / "outside.yaml")


def _linked_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    (folder / "outside.npmrc").write_text(f"//registry/:_authToken={CANARY}\n", "utf-8")
    (folder / "confsync.yaml").unlink()
    (folder / "confsync.yaml").symlink_to(folder / "outside.npmrc")


def _linked_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    (folder / "outside.json").write_text(f'{{"format_version": 1, "{CANARY}": "{CANARY}"}}', "utf-8")
    for ledger in folder.rglob("confsync.ledger*"):
        ledger.unlink()
        ledger.symlink_to(folder / "outside.json")


CASES: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    "applied": _only_applied,
    "a variable loses its mark": _mark_removed,
    "a variable loses its mark and is used elsewhere": _mark_removed_and_used_elsewhere,
    "no ledger, and another URL": _without_a_ledger,
    "no values": _without_the_values,
    "a link out of the repository": _linked_file,
    "a link into .git": _linked_file_in_git,
    "a link to a file with a token": _linked_token,
    "a ledger that is a link": _linked_ledger,
}


@pytest.mark.parametrize("case", CASES)
def test_no_byte_of_a_run_contains_a_secret(
    case: str, secrets: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [confsync(*each) for each in (*PLANNING[:3], *APPLY)]
    assert results[-1].code == 0, results[-1].err
    CASES[case](secrets, monkeypatch)
    results += [confsync(*each) for each in (*PLANNING, *APPLY)]
    assert list(leaks(secrets, results)) == []
    assert (secrets.parent / f"{secrets.name}-tools" / "seen").exists()


VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_REGION", "TWILIO_EDGE", "CONFSYNC_BASE_URL")


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_token_in_another_variable_is_not_printed(
    variable: str, secrets: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(secrets, "version: 1\n")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f"AC{'a' * 32}")
    monkeypatch.setenv("TWILIO_API_SECRET", CANARY if variable == "TWILIO_API_KEY" else "")
    monkeypatch.setenv(variable, f"http://user:{CANARY}@127.0.0.1" if variable.endswith("URL") else CANARY)
    results = [confsync(*each) for each in (("plan",), ("plan", "--json"), ("doctor",), ("plan", "--debug"))]
    assert {each.code for each in results} <= {3, 8, 9}
    assert list(leaks(secrets, results)) == []


@pytest.mark.parametrize("encoded", ["canary", "CANARY", "Y2FuYXJ5", "63616e617279", "yranac", "%63%61%6e%61%72%79"])
def test_the_search_finds_what_it_is_for(encoded: str) -> None:
    assert found_in(f"some text {encoded} and more".encode(), ["canary"])
    assert found_in("canary".encode("utf-16-le"), ["canary"])
    assert not found_in(b"some text and more", ["canary"])


def test_a_rehearsal_shows_nothing_that_it_sends(
    secrets: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [confsync("plan", "--emulator", "--out", "plan.json")]
    send_creates_again(monkeypatch)
    results += [confsync("rehearse", "plan.json", "--emulator", *more) for more in ((), ("--json",))]
    assert [each.code for each in results] == [0, 6, 6]
    assert [*leaks(secrets, results)] == []
