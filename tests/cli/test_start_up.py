"""A command imports no more than it needs, so that it starts quickly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pydantic", "httpx", "deepdiff", "msgspec", "yaml", "asyncio", "sqlite3")
PLAN = "confsync.cli.commands.plan"
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
    ("arguments", "most", "spared"),
    [
        (
            "version",
            20,
            (*HEAVY, "confsync.account", "confsync.config", PLAN, "confsync.cli.results"),
        ),
        ("--help", 55, (*HEAVY, "confsync.account", "confsync.config", "confsync.cli.results")),
        ("schema --help", 20, (*HEAVY, "confsync.account", "confsync.config", "confsync.views.documents")),
        ("plan --help", 20, (*HEAVY, "confsync.account", "confsync.config", "confsync.cli.commands.apply")),
        (
            "validate",
            140,
            (
                *NETWORK,
                "pydantic",
                "deepdiff",
                "confsync.planning",
                "confsync.views.documents",
                "confsync.cli.commands.plan",
            ),
        ),
        (
            "plan --emulator",
            380,
            (
                "pydantic",
                "deepdiff",
                "opentelemetry",
                "confsync.cli.telemetry",
                "confsync.doctor",
                "confsync.views.plan.markdown",
            ),
        ),
    ],
)
def test_a_run_imports_no_more_than_it_needs(arguments: str, most: int, spared: tuple[str, ...], folder: Path) -> None:
    """`most` limits the number of our own modules. Raise it if a command needs more, after looking at its time."""
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
    imported = json.loads(modules)
    assert set(spared).intersection(imported) == set()
    assert sum(each.partition(".")[0] == "confsync" for each in imported) <= most
