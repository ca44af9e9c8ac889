"""A command imports no more than it needs, so that it starts quickly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pydantic", "httpx", "deepdiff", "msgspec", "yaml", "asyncio", "sqlite3")
NETWORK = ("httpx", "asyncio", "sqlite3", "confsync.twilio.api", "confsync.live", "confsync.apply")

PROGRAM = """
import sys
from confsync.cli.main import main
code = main(sys.argv[1:])
modules = sorted(sys.modules)
import json
print(code, file=sys.stderr)
print(json.dumps(modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        ("version", (*HEAVY, "confsync.account", "confsync.config", "confsync.cli.plan", "confsync.cli.results")),
        ("--help", (*HEAVY, "confsync.account", "confsync.config", "confsync.cli.results")),
        ("schema --help", (*HEAVY, "confsync.account", "confsync.config", "confsync.views.documents")),
        ("plan --help", (*HEAVY, "confsync.account", "confsync.config", "confsync.cli.apply")),
        (
            "validate",
            (*NETWORK, "pydantic", "deepdiff", "confsync.planning", "confsync.views.documents", "confsync.cli.plan"),
        ),
        (
            "plan --emulator",
            ("deepdiff", "opentelemetry", "confsync.cli.telemetry", "confsync.doctor", "confsync.views.plan_markdown"),
        ),
    ],
)
def test_a_run_imports_no_more_than_it_needs(arguments: str, spared: tuple[str, ...], folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments.split()],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    *_, code, modules = ended.stderr.splitlines()
    assert code == "0"
    assert set(spared).intersection(json.loads(modules)) == set()
