"""Files on this machine that cannot be read or written end a run with code 11, and say what was changed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from confsync.cli.questions import read_answer
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.forked_python import start_python

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
    with start_python(["-c", script, *arguments], folder) as started:
        out, err = started.communicate(timeout=60)
    return RunResult(started.returncode, out, err)


def test_a_ledger_that_cannot_be_written_at_the_end_ends_the_run(folder: Path) -> None:
    said = run_script(LEDGER_IN_THE_WAY, folder, "apply", "--emulator", "--auto-approve")
    assert said.code == 11
    happened, changed, hint = said.three_lines
    assert "confsync.ledger.json is not a file" in happened
    assert changed.startswith("State: Changes: 3 done.")
    assert "records it, but the ledger does not" in changed
    assert "confsync apply" in hint
    (folder / ".confsync" / "emulator" / "confsync.ledger.json").rmdir()
    again = run_script("from confsync.cli.main import run; run()", folder, "apply", "--emulator", "--auto-approve")
    assert again.code == 0
    assert "No changes." in again.out


MOST_MEGABYTES = 250
STATE = Path(".confsync", "emulator")
LEDGER = STATE / "confsync.ledger.json"
JOURNAL = STATE / "journal.jsonl"
PLAIN = "from confsync.cli.main import run; run()"


def sparse(path: Path) -> None:
    """Make a file of 600 MB that takes no room on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(600 * 1024 * 1024)


# a process counts the memory of the process that started it as its own, and this one is large
SMALL_PARENT = """
import os, sys
no_output = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[no_output])
_, status, used = os.wait4(process, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""


def measured(folder: Path, *arguments: str) -> tuple[int, str, float]:
    """Run a command line; return its exit code, its stderr and its peak memory in megabytes."""
    command = [sys.executable, "-m", "confsync", *arguments]
    ended = subprocess.run(
        [sys.executable, "-IS", "-c", SMALL_PARENT, *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    code, kibibytes = ended.stdout.split()
    return int(code), ended.stderr, int(kibibytes) / 1024


@pytest.mark.parametrize(
    ("path", "arguments", "code", "said"),
    [
        (LEDGER, "plan --emulator", 11, "is corrupt: It is larger than 128 MiB"),
        (JOURNAL, "plan --emulator", 11, "is corrupt: It is larger than 128 MiB"),
        (LEDGER, "apply --emulator --auto-approve", 11, "is corrupt: It is larger than 128 MiB"),
        (Path("plan.json"), "show plan.json", 11, "it is larger than"),
        (Path("large.yaml"), "validate -f large.yaml", 3, "1 error"),
        (Path("faults.json"), "emulator --faults faults.json", 3, "is larger than 1 MiB"),
    ],
)
def test_a_file_that_is_far_too_large_is_not_read(
    path: Path, arguments: str, code: int, said: str, folder: Path
) -> None:
    sparse(folder / path)
    ended, err, megabytes = measured(folder, *arguments.split())
    assert (ended, said in err) == (code, True), err
    assert megabytes < MOST_MEGABYTES


def test_a_ledger_that_is_too_large_is_rebuilt(folder: Path, confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    sparse(folder / LEDGER)
    assert confsync("ledger", "rebuild", "--emulator").code == 0
    assert confsync("plan", "--emulator", "--detailed-exitcode").code == 0


def test_many_large_files_are_not_read_to_the_end(folder: Path) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / "0.yaml").write_bytes(b"#" * 1_000_000)
    for number in range(1, 300):
        (folder / "conf" / f"{number}.yaml").hardlink_to(folder / "conf" / "0.yaml")
    code, err, megabytes = measured(folder, "validate", "-f", "conf")
    assert (code, "The configuration is larger than 16 MiB." in err) == (3, True), err
    assert megabytes < MOST_MEGABYTES
    layers = [part for number in range(300) for part in ("-f", f"conf/{number}.yaml")]
    code, err, megabytes = measured(folder, "validate", *layers)
    assert (code, "The configuration is larger than 16 MiB." in err) == (3, True), err
    assert megabytes < MOST_MEGABYTES


@pytest.mark.parametrize(
    ("path", "arguments", "code"),
    [
        (LEDGER, "plan --emulator", 11),
        (JOURNAL, "plan --emulator", 11),
        (STATE / "ledger.lock", "apply --emulator --auto-approve", 11),
        (Path("pipe"), "show pipe", 11),
        (Path("pipe"), "apply pipe --emulator", 11),
        (Path("pipe"), "apply --approved pipe --emulator", 11),
        (Path("pipe.yaml"), "validate -f pipe.yaml", 3),
        (Path("pipe"), "plan --emulator --output pipe", 11),
        (Path("pipe"), "plan --emulator --out pipe", 11),
        (Path("pipe"), "plan --emulator --emulator-db pipe", 11),
        (Path("pipe"), "emulator --db pipe", 11),
        (Path("pipe"), "emulator --faults pipe", 3),
    ],
)
def test_a_pipe_in_place_of_a_file_is_an_error_and_not_a_wait(
    path: Path, arguments: str, code: int, folder: Path
) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(folder / path)
    said = run_script(PLAIN, folder, *arguments.split())
    assert said.code == code, said.err
    assert "bug" not in said.three_lines[0]


# A full disk


def on_a_full_disk(folder: Path, size: int, *arguments: str) -> RunResult:
    """Run a command line that cannot write more than so many bytes to any file."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
    return run_script(limit + PLAIN, folder, *arguments)


@pytest.mark.parametrize("before", [None, "the old result"])
def test_an_output_that_does_not_fit_leaves_the_old_file(before: str | None, folder: Path) -> None:
    output = folder / "plan.txt"
    if before:
        output.write_text(before, "utf-8")
    said = on_a_full_disk(folder, 64, "validate", "--output", "plan.txt", "--json")
    assert said.code == 11, said.err
    assert "The result cannot be written: File too large" in said.three_lines[0]
    assert (output.read_text("utf-8") if output.exists() else None) == before
    assert not list(folder.glob(".plan.txt*"))


@pytest.mark.parametrize(
    ("arguments", "name"), [("--out plan.json", "plan.json"), ("--output plan.txt --format html", "plan.txt")]
)
def test_a_plan_that_does_not_fit_leaves_the_old_file(arguments: str, name: str, folder: Path) -> None:
    with Emulator() as emulator, running(emulator) as url:
        account = f"import os; os.environ.update(CONFSYNC_BASE_URL={url!r}, TWILIO_ACCOUNT_SID={ACCOUNT_SID!r}, "
        script = f"{account}TWILIO_AUTH_TOKEN={AUTH_TOKEN!r}); " + LIMITED
        (folder / name).write_text("the old one", "utf-8")
        said = run_script(script, folder, "plan", *arguments.split())
    assert said.code == 11, said.err
    assert "cannot be written: File too large" in said.three_lines[0]
    assert (folder / name).read_text("utf-8") == "the old one"
    assert {each.name for each in folder.iterdir()} == {"confsync.yaml", name}


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1100, 1100)); " + PLAIN


def test_a_journal_that_does_not_fit_stops_the_apply_in_order(folder: Path) -> None:
    with Emulator() as emulator, running(emulator) as url:
        account = f"import os; os.environ.update(CONFSYNC_BASE_URL={url!r}, TWILIO_ACCOUNT_SID={ACCOUNT_SID!r}, "
        script = f"{account}TWILIO_AUTH_TOKEN={AUTH_TOKEN!r}); "
        said = run_script(script + LIMITED, folder, "apply", "--auto-approve")
        assert said.code == 11, said.err
        assert "File too large" in said.three_lines[0]
        assert said.three_lines[1].startswith("State: Changes: 1 done, 2 not started.")
        assert run_script(script + PLAIN, folder, "apply", "--auto-approve").code == 0
        assert [each.method for each in emulator.log.writes()].count("POST") == 3


def test_schemas_that_do_not_fit_leave_the_old_ones(folder: Path, confsync: Confsync) -> None:
    assert confsync("schema", "--write", str(folder)).code == 0
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    assert on_a_full_disk(folder, 1000, "schema", "--write", ".").code == 11
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_a_disk_that_is_full_when_the_emulator_starts_is_a_local_error(folder: Path) -> None:
    said = run_script(FULL_AFTER_THE_SCHEMA, folder, "emulator", "--db", "state.db")
    assert said.code == 11, said.err
    assert "The emulator's database state.db cannot be used" in said.three_lines[0]
    assert "Free disk space" in said.three_lines[2]


FULL_AFTER_THE_SCHEMA = """
import resource
from confsync.emulator import emulator
from confsync.cli.main import run

class FillingStore(emulator.Store):
    def __init__(self, path):
        super().__init__(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))

emulator.Store = FillingStore
run()
"""


def test_a_summary_that_does_not_fit_is_not_cut_off(folder: Path) -> None:
    (folder / "summary.md").write_text("before", "utf-8")
    script = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)); " + APPENDING
    said = run_script(script, folder)
    assert "cannot be written: File too large" in said.err
    assert (folder / "summary.md").read_text("utf-8") == "before"


APPENDING = "from confsync.cli.console import Console; Console({}).append('summary.md', 'x' * 100)"


# Where a result goes


def test_an_output_replaces_the_file_that_a_link_names_and_keeps_its_mode(folder: Path, confsync: Confsync) -> None:
    target = folder / "kept" / "plan.txt"
    target.parent.mkdir()
    target.write_text("before", "utf-8")
    target.chmod(0o640)
    (folder / "link.txt").symlink_to(target)
    assert confsync("plan", "--emulator", "--output", "link.txt").code == 0
    assert (folder / "link.txt").is_symlink()
    assert "Plan: 2 to create" in target.read_text("utf-8")
    assert target.stat().st_mode & 0o777 == 0o640


def test_an_output_has_the_permissions_of_any_new_file(folder: Path, confsync: Confsync) -> None:
    (folder / "any.txt").touch()
    assert confsync("plan", "--emulator", "--output", "plan.txt").code == 0
    assert (folder / "plan.txt").stat().st_mode == (folder / "any.txt").stat().st_mode


def test_an_output_keeps_its_content_if_there_is_no_result(folder: Path, confsync: Confsync) -> None:
    (folder / "plan.txt").write_text("before", "utf-8")
    assert confsync("plan", "--emulator", "-e", "nope", "--output", "plan.txt").code == 3
    assert (folder / "plan.txt").read_text("utf-8") == "before"
    assert not list(folder.glob(".plan.txt*"))


def test_an_output_may_be_a_device_or_a_pipe_with_a_reader(folder: Path, confsync: Confsync) -> None:
    assert confsync("plan", "--emulator", "--output", "/dev/null").code == 0
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=folder, stdout=subprocess.PIPE, text=True) as reader:
        while confsync("version", "--json", "--output", "pipe").code:
            pass
        assert json.loads(reader.communicate(timeout=20)[0])["exit_code"] == 0


def test_an_endless_answer_is_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/zero").open(encoding="utf-8") as endless, monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", endless)
        assert len(read_answer()) == 1000
