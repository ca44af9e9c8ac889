"""A harness's verbs, typed at the command line, and its folder under Git."""

import os
import subprocess
from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

from confsync.account import connection as connections
from confsync.account.connection import Connection
from confsync.cli.main import main
from confsync.config.config import Config
from confsync.state.ledger_name import ledger_name
from tests.cli.run_result import RunResult
from tests.harness import Harness

CommandLine = Callable[..., RunResult]
Git = Callable[..., str]


@pytest.fixture
def command_line(harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Type a command line in the harness's folder: it reaches the harness's account as if it were Twilio's.

    The environment variables are the harness's; nobody sits at a terminal.
    """

    def reached(config: Config, environ: Mapping[str, str]) -> Connection:
        del environ
        ledger = config.folder / ledger_name(config.environment.name)
        return replace(harness.connection(), ledger=ledger, emulator=False)

    def type_(*arguments: str) -> RunResult:
        capsys.readouterr()
        with monkeypatch.context() as here:
            here.chdir(harness.folder)
            here.setattr(connections, "twilio_connection", reached)
            for name in [each for each in os.environ if each.startswith(("CONFSYNC_", "TWILIO_", "CI", "GITHUB_"))]:
                here.delenv(name)
            for name, value in harness.environ.items():
                here.setenv(name, value)
            code = main(list(arguments))
        return RunResult(code, *capsys.readouterr())

    return type_


@pytest.fixture
def git(harness: Harness) -> Git:
    """Have the harness's folder under Git, but for the ledger and saved plans, and give Git."""
    apart = {
        "PATH": os.environ["PATH"],
        "HOME": "/",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")

    def git(*arguments: str) -> str:
        command = ["git", *who, *arguments]
        ran = subprocess.run(
            command, cwd=harness.folder, env=apart, capture_output=True, text=True, check=True, timeout=60
        )
        return ran.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    (harness.folder / ".gitignore").write_text("confsync.ledger.json\n.confsync/\nplan.json\n", "utf-8")
    return git


def committed(git: Git, harness: Harness, text: str) -> str:
    """Commit a configuration, and give the commit."""
    harness.write(text)
    git("add", ".")
    git("commit", "--quiet", "--message=x")
    return git("rev-parse", "HEAD")
