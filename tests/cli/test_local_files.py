"""Files on this machine that cannot be read or written end a run with code 11, and say what was changed."""

import subprocess
import sys
from pathlib import Path

from tests.cli.run_result import RunResult

LEDGER_IN_THE_WAY = """
from pathlib import Path
from confsync.emulator.transport import EmulatorTransport
from confsync.cli.main import run

respond = EmulatorTransport.handle_async_request

async def block_the_ledger(self, request):
    if request.method == "POST":
        Path(".confsync/emulator/confsync.ledger.json").mkdir(exist_ok=True)
    return await respond(self, request)

EmulatorTransport.handle_async_request = block_the_ledger
run()
"""


def run_script(script: str, folder: Path, *arguments: str) -> RunResult:
    """Run a command line in a process that a script has prepared."""
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return RunResult(ended.returncode, ended.stdout, ended.stderr)


def test_a_ledger_that_cannot_be_written_at_the_end_ends_the_run(folder: Path) -> None:
    said = run_script(LEDGER_IN_THE_WAY, folder, "apply", "--emulator", "--auto-approve")
    assert said.code == 11
    happened, changed, hint = said.three_lines
    assert "confsync.ledger.json cannot be written" in happened
    assert changed.startswith("State: Changes: 3 done.")
    assert "the ledger does not record it yet" in changed
    assert "confsync apply" in hint
    (folder / ".confsync" / "emulator" / "confsync.ledger.json").rmdir()
    again = run_script("from confsync.cli.main import run; run()", folder, "apply", "--emulator", "--auto-approve")
    assert again.code == 0
    assert "No changes." in again.out
