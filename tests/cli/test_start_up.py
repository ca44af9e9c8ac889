"""What is quick imports little."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pydantic", "httpx", "deepdiff", "yaml", "asyncio", "sqlite3")

PROGRAM = """
import sys
from confsync.cli.main import main
code = main(sys.argv[1:])
print(code, file=sys.stderr)
import json
print(json.dumps(sorted({each.partition(".")[0] for each in sys.modules})), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        ("version", HEAVY),
        ("--help", HEAVY),
        ("plan --help", HEAVY),
        ("validate", ("httpx", "deepdiff", "asyncio", "sqlite3")),
        ("plan --emulator", ("deepdiff",)),
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
    assert not set(spared).intersection(json.loads(modules))
