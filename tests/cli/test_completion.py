"""A shell completes commands, options and values from the configuration, offline and without a message.

In an ordinary run, bash completes every word, and the other shells one of each kind: a command, an option, a name and
an address. They complete the others with the campaigns.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Confsync

TOOL = Path(sys.executable).with_name("confsync")
SHELLS = ("bash", "zsh", "fish")
BREAKS = " \t\n\"'@><=;|&(:"
"""The characters at which bash begins a new word, unless somebody has set others."""

ENVIRONMENTS = """
environments:
  staging: {account_sid: AC00000000000000000000000000000001}
  production: {account_sid: AC00000000000000000000000000000002}
"""
ROLE = "services/support/roles/agent"


def completions(process: Confsync, shell: str, line: str) -> list[str]:
    """Ask for completions as the script of a shell does, and return the values."""
    *words, last = line.split(" ")
    cword = last if shell == "fish" else str(len(words))
    asked = {"_CONFSYNC_COMPLETE": f"{shell}_complete"}
    run = process(**asked, COMP_WORDS=line, COMP_CWORD=cword, COMP_LINE=line, COMP_WORDBREAKS=BREAKS)
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    if shell == "zsh":
        return lines[1::3]
    return [each.split(",")[1].split("\t")[0] for each in lines if each]


WORDS = [
    ("confsync comp", ["completion"]),
    ("confsync plan --exc", ["--exclude"]),
    ("confsync init --ci gi", ["github", "gitlab"]),
    ("confsync plan --format ma", ["markdown"]),
    ("confsync plan --kind rol", ["roles"]),
    ("confsync plan --against led", ["ledger"]),
    ("confsync drift --fail-on expi", ["expiring"]),
    ("confsync drift --notify sl", ["slack"]),
    ("confsync plan -e ", ["production", "staging"]),
    ("confsync --env pro", ["production"]),
    ("confsync plan --target services/support/r", [ROLE]),
    ("confsync plan -e staging --exclude services/support/r", [ROLE]),
    ("confsync plan --allow-delete services/support/r", [ROLE]),
    ("confsync forget services/support/r", [ROLE]),
    ("confsync adopt services/support/r", [ROLE]),
    ("confsync list services/support/r", [ROLE]),
]
BY_EACH_SHELL = (
    "confsync comp",
    "confsync plan --exc",
    "confsync plan -e ",
    "confsync plan --target services/support/r",
)
CASES = [
    pytest.param(shell, *word, marks=[] if shell == "bash" or word[0] in BY_EACH_SHELL else [pytest.mark.campaign])
    for word in WORDS
    for shell in SHELLS
]


@pytest.mark.parametrize(("shell", "line", "expected"), CASES)
def test_a_shell_completes_words(process: Confsync, folder: Path, shell: str, line: str, expected: list[str]) -> None:
    with (folder / "confsync.yaml").open("a", encoding="utf-8") as file:
        file.write(ENVIRONMENTS)
    assert completions(process, shell, line) == expected


@pytest.mark.parametrize("line", ["confsync plan -e ", "confsync plan --target ", "confsync forget "])
@pytest.mark.parametrize("text", ["version: 1\nversion: 1\n", "services: [", "", None])
def test_an_invalid_configuration_offers_nothing(process: Confsync, folder: Path, line: str, text: str | None) -> None:
    (folder / "confsync.yaml").unlink()
    if text is not None:
        (folder / "confsync.yaml").write_text(text, "utf-8")
    assert completions(process, "bash", line) == []


def with_roles(folder: Path, *names: str) -> None:
    """Declare a service with roles of these names."""
    role = {"type": "conversation", "permissions": ["sendMessage"]}
    document = {"version": 1, "services": {"s": {"roles": dict.fromkeys(names, role)}}}
    (folder / "confsync.yaml").write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_are_not_offered_a_name_that_they_would_expand(
    process: Confsync, folder: Path, shell: str
) -> None:
    with_roles(folder, "plain", "two words", "$(touch x)", "a;b", "on:call@desk")
    found = completions(process, shell, "confsync plan --target services/s/roles/")
    assert found == ["services/s/roles/on:call@desk", "services/s/roles/plain"]


def test_a_secret_is_not_read(process: Confsync, folder: Path) -> None:
    (folder / "key.p8").write_bytes(b"\xff")  # a load that reads it fails
    credential = "{type: fcm, secret: '${{ file.key.p8 }}'}"
    (folder / "confsync.yaml").write_text(f"version: 1\ncredentials:\n  push: {credential}\n", "utf-8")
    assert process("validate").code == 3
    assert completions(process, "bash", "confsync plan --target cred") == ["credentials/push"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_calls_confsync_for_its_shell(confsync: Confsync, shell: str) -> None:
    run = confsync("completion", shell)
    assert (run.code, run.err) == (0, "")
    assert f"_CONFSYNC_COMPLETE={shell}_complete" in run.out


@pytest.mark.needs_tools
@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_valid_in_its_shell(confsync: Confsync, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = confsync("completion", shell).out
    subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=30)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_with_the_installed_command(folder: Path) -> None:
    script = f"""
        eval "$({TOOL} completion bash)"
        COMP_LINE="confsync plan --target services/support/r"; COMP_POINT=${{#COMP_LINE}}
        _confsync_completion {TOOL}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    run = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=True
    )
    assert (run.stdout, run.stderr) == (f"{ROLE}\n", "")


def test_completing_a_command_imports_no_configuration_code(folder: Path) -> None:
    program = """
import json, os, sys
from confsync.cli.commands.completion import answer
from confsync.cli.main import confsync
answer(confsync, "bash_complete")
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
    environ = {**os.environ, "COMP_LINE": "confsync plan --fo", "COMP_WORDBREAKS": BREAKS}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "plain,--format\n"
    assert {"confsync.config", "yaml", "pydantic", "httpx", "asyncio"}.isdisjoint(json.loads(run.stderr))
