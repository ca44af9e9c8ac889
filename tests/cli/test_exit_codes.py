"""Every exit code."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from confsync.apply.mismatch import Mismatch
from confsync.apply.report import Outcome, Report, Status
from confsync.cli import rendering, verdict
from confsync.cli.error_handler import exit_of_error
from confsync.cli.formats import FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.progress import Progress
from confsync.cli.rendering import RENDERERS
from confsync.cli.results import ApplyResult, Result
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from confsync.errors import (
    NOTHING_CHANGED,
    ApiError,
    ConfsyncError,
    ErrorResponse,
    LocalFileError,
    MalformedResponse,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    Stale,
    Unreachable,
)
from confsync.exit_codes import ERROR_CODES, ExitCode, code_of_error
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.harness import Harness

OTHER_ACCOUNT = "AC" + "b" * 32


@pytest.fixture
def twilio(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Serve an emulator, and set the credentials for it."""
    assert folder.is_dir()
    with Emulator() as emulator, running(emulator) as url:
        monkeypatch.setenv("CONFSYNC_BASE_URL", url)
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        yield emulator


Arrange = Callable[[pytest.MonkeyPatch, Path], None]


def nothing(_patch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Leave everything as it is."""


def environment(name: str, value: str) -> Arrange:
    return lambda patch, _: patch.setenv(name, value)


def written(text: str) -> Arrange:
    def write(_patch: pytest.MonkeyPatch, folder: Path) -> None:
        (folder / "confsync.yaml").write_text(text, "utf-8")

    return write


PROD = f"environments: {{prod: {{account_sid: {OTHER_ACCOUNT}}}}}\n"
TWO = f"environments: {{prod: {{account_sid: {OTHER_ACCOUNT}}}, dev: {{account_sid: {ACCOUNT_SID}}}}}\n"
LOOKUP = "version: 1\nservices: {nobody: {lifecycle: {lookup: true}}}\n"

CASES: dict[str, tuple[Arrange, str, int]] = {
    "a plan": (nothing, "plan", 0),
    "a plan with changes, in detail": (nothing, "plan --detailed-exitcode", 2),
    "drift": (nothing, "drift", 2),
    "an apply": (nothing, "apply --auto-approve", 0),
    "a validation": (nothing, "validate", 0),
    "an unknown option": (nothing, "apply --auto-approve --dry-run", 3),
    "an unknown verb": (nothing, "aply", 3),
    "no verb": (nothing, "", 3),
    "a saved plan next to an option that approves": (nothing, "apply --auto-approve saved.plan", 3),
    "a value of the wrong type": (nothing, "plan --parallelism many", 3),
    "a value that is not a number": (nothing, "plan --timeout nan", 3),
    "a variable without a value": (nothing, "plan --var x", 3),
    "an emulator's file without the emulator": (nothing, "apply --auto-approve --emulator-db x.db", 3),
    "an environment variable of the wrong type": (environment("CONFSYNC_PARALLELISM", "many"), "plan", 3),
    "a mistake in the configuration": (written("version: 2\n"), "plan", 3),
    "no such environment": (nothing, "plan -e prod", 3),
    "several environments and no choice": (written(CONFIGURATION + TWO), "plan", 3),
    "an override for something that is not declared": (nothing, "apply --auto-approve --allow-recreate services/x", 3),
    "no server": (environment("CONFSYNC_BASE_URL", "http://127.0.0.1:1"), "plan", 4),
    "a guardrail, in detail": (written(LOOKUP), "plan --detailed-exitcode", 8),
    "a guardrail, shown": (written(LOOKUP), "plan", 0),
    "a guardrail, as drift": (written(LOOKUP), "drift", 2),
    "a guardrail, on the way to an apply": (written(LOOKUP), "apply --auto-approve", 8),
    "the wrong account": (written(CONFIGURATION + PROD), "plan", 8),
    "nobody to ask": (nothing, "apply", 8),
    "nobody to ask in CI": (environment("CI", "true"), "apply", 8),
    "the wrong token": (environment("TWILIO_AUTH_TOKEN", "wrong"), "plan", 9),
    "no credentials": (lambda patch, _: patch.delenv("TWILIO_AUTH_TOKEN"), "plan", 9),
    "a fingerprint key that is not text": (environment("CONFSYNC_FINGERPRINT_KEY", "\udcff"), "plan", 3),
    "a version of many digits": (written(f'version: 1\nrequires: ">={"9" * 5_000}"\n'), "validate", 3),
    "a path that is too long": (nothing, f"validate -f {'x' * 5_000}", 11),
    "a disk that is full": (nothing, "plan --output /dev/full", 11),
    "a token that is not text": (environment("TWILIO_AUTH_TOKEN", "\udcff"), "plan", 9),
    "an output that cannot be opened": (nothing, "plan --output no/such/folder", 11),
}
if not Path("/dev/full").exists():  # only Linux has it
    del CASES["a disk that is full"]


@pytest.mark.usefixtures("twilio")
@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_code_in_text_and_in_json(
    case: str, folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange, arguments, code = CASES[case]
    arrange(monkeypatch, folder)
    in_text = confsync(*arguments.split())
    assert in_text.code == code, in_text.err
    if code >= ExitCode.INVALID:
        assert all(len(line) > len("State: ") for line in in_text.three_lines)
    if code == ExitCode.LOCAL:
        return
    in_json = confsync(*arguments.split(), "--json")
    assert in_json.document["exit_code"] == in_json.code
    assert in_json.code == code or arguments == "apply --auto-approve"


@pytest.mark.usefixtures("twilio")
def test_a_corrupt_ledger_is_a_local_error(folder: Path, confsync: Confsync) -> None:
    assert confsync("apply", "--auto-approve").code == 0
    (ledger,) = (folder / ".confsync").rglob("confsync.ledger.json")
    ledger.write_text("<<<<<<< HEAD\n", "utf-8")
    said = confsync("plan", "--json")
    assert said.code == ExitCode.LOCAL
    assert said.document["kind"] == "diagnostics"


def test_a_bug_prints_an_id_and_the_traceback_only_with_debug(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_request: object) -> None:
        raise ZeroDivisionError("a value that may be secret")

    monkeypatch.setattr("confsync.account.configuration.load_configuration", break_down)
    quiet, loud = confsync("plan"), confsync("plan", "--debug")
    assert (quiet.code, loud.code) == (ExitCode.BUG, ExitCode.BUG)
    assert re.search(r"\[id [0-9a-f]{8}\]", quiet.three_lines[0])
    assert quiet.three_lines[0] == loud.three_lines[0]
    assert "secret" not in quiet.err
    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err


@pytest.mark.parametrize("format_", ["json", "markdown", "html", "github"])
def test_a_bug_in_a_renderer_ends_like_any_other(
    format_: str, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise KeyError("canary")

    monkeypatch.setattr(rendering, "render", fail)
    run = confsync("plan", "--emulator", "--format", format_)
    assert (run.code, run.out) == (1, "")
    assert "This is a bug in confsync: KeyError" in run.err
    assert "canary" not in run.err


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_can_print_any_result(format_: str) -> None:
    assert (Result, format_) in RENDERERS


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_with_three_lines(number: signal.Signals, code: int, folder: Path) -> None:
    waiting = "from confsync.account import configuration; import time; "
    waiting += "configuration.load_configuration = lambda _: (print('on', flush=True), time.sleep(30)); "
    program = waiting + "from confsync.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "plan"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        started.send_signal(number)
        _, err = started.communicate(timeout=20)
    assert started.returncode == code
    assert [line.partition(":")[0] for line in err.splitlines()][-3:] == ["Error", "State", "Next"]


ANSWER = ErrorResponse("POST", "/v1/Services", 400, 50123, "no")
REFUSED, FORBIDDEN = ApiError(ANSWER), NotAuthorised(ANSWER)
AWAY, LOST, MOVED = Unreachable("nobody there"), OutcomeUnknown("who knows"), Stale("somebody was here")

REPORTS: dict[str, tuple[list[tuple[Status, ConfsyncError | None]], ExitCode]] = {
    "all done": ([(Status.DONE, None)] * 3, ExitCode.DONE),
    "one failed": ([(Status.DONE, None), (Status.FAILED, REFUSED), (Status.NOT_STARTED, None)], ExitCode.PARTIAL),
    "the first one failed": ([(Status.FAILED, REFUSED), *[(Status.NOT_STARTED, None)] * 2], ExitCode.PARTIAL),
    "nothing was reached": ([(Status.FAILED, AWAY), *[(Status.NOT_STARTED, None)] * 2], ExitCode.UNREACHABLE),
    "something was done before": ([(Status.DONE, None), *[(Status.FAILED, AWAY)] * 2], ExitCode.PARTIAL),
    "not allowed": (
        [(Status.DONE, None), (Status.FAILED, REFUSED), (Status.FAILED, FORBIDDEN)],
        ExitCode.NOT_AUTHORISED,
    ),
    "somebody changed one": ([(Status.DONE, None), (Status.FAILED, REFUSED), (Status.FAILED, MOVED)], ExitCode.STALE),
    "somebody changed one, and then nothing was allowed": (
        [(Status.FAILED, MOVED), (Status.FAILED, FORBIDDEN), (Status.NOT_STARTED, None)],
        ExitCode.NOT_AUTHORISED,
    ),
    "one unknown": ([(Status.FAILED, FORBIDDEN), (Status.UNKNOWN, LOST), (Status.DONE, None)], ExitCode.UNKNOWN),
}


@pytest.mark.parametrize("case", REPORTS)
def test_the_worst_outcome_decides_the_code_of_an_apply(case: str, harness: Harness) -> None:
    plan = harness.plan(CONFIGURATION)
    outcomes, code = REPORTS[case]
    changes = [change for change in plan.changes if change.actions]
    assert len(changes) == len(outcomes)
    report = Report(
        plan,
        tuple(Outcome(change, status, None, error) for change, (status, error) in zip(changes, outcomes, strict=True)),
        writes=0,
    )
    ended = verdict.exit_of_report(report)
    assert ended.code is code
    assert bool(ended.happened) is ended.code.failure


@pytest.mark.parametrize(
    ("error", "code"), [(None, ExitCode.STORED_DIFFERENTLY), (REFUSED, ExitCode.PARTIAL), (MOVED, ExitCode.STALE)]
)
def test_a_failure_decides_the_code_before_a_value_that_is_stored_differently(
    harness: Harness, error: ConfsyncError | None, code: ExitCode
) -> None:
    plan = harness.plan(CONFIGURATION)
    change = next(each for each in plan.changes if each.actions)
    outcome = Outcome(change, Status.FAILED if error else Status.DONE, None, error)
    ended = verdict.exit_of_report(Report(plan, (outcome,), 1, (Mismatch(change, "friendly_name", "a", "b"),)))
    assert ended.code is code
    assert ended.happened


def test_every_error_has_the_code_of_its_nearest_listed_class() -> None:
    assert code_of_error(NotFound(ANSWER)) is ExitCode.UNREACHABLE
    assert code_of_error(MalformedResponse("odd")) is ExitCode.UNREACHABLE
    assert code_of_error(KeyError("bug")) is ExitCode.BUG
    classes = {each for each in ConfsyncError.__subclasses__() if each.__module__ == ConfsyncError.__module__}
    assert classes <= ERROR_CODES.keys()


def test_each_code_says_what_it_means() -> None:
    assert all(code.meaning for code in ExitCode)
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130, 143]


def test_an_error_after_an_empty_apply_says_that_nothing_was_changed(harness: Harness) -> None:
    invocation = Invocation(["apply"])
    progress = Progress(invocation.console, quiet=False)
    progress.finish(Report(harness.plan("version: 1\n"), (), 0))
    invocation.keep(ApplyResult(progress=progress))
    assert exit_of_error(LocalFileError("The disk is full."), invocation).changed == NOTHING_CHANGED
