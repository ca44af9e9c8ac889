"""One run writes its result in several formats."""

import json
import stat
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from confsync.cli.formats import ALL_FORMATS, FORMATS, file_formats
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.views.junit_schema import check_junit, verdicts
from tests.views.prometheus import samples_of

ALSO = ("--also", "junit=drift.xml", "--also", "openmetrics=confsync.prom", "--also", "json=drift.json")


@pytest.fixture
def applied(confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0


def numbers(text: str) -> Mapping[str, float]:
    """Return the sum of the samples of each metric."""
    found: defaultdict[str, float] = defaultdict(float)
    for (name, _), value in samples_of(text).items():
        found[name] += value
    return found


def test_a_drift_writes_its_result_in_every_format_that_is_asked_for(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    files = {name: folder / name for name in ("a.txt", "a.json", "a.md", "a.html", "a.xml", "a.prom")}
    also = (f"{format_}={name}" for format_, name in zip(file_formats(ALL_FORMATS), files, strict=True))
    said = confsync("drift", "--emulator", "--format", "github", *(word for each in also for word in ("--also", each)))
    texts = {name: path.read_text("utf-8") for name, path in files.items()}
    assert (said.code, said.out[:10]) == (2, "::warning ")
    assert texts["a.md"] == (folder / "summary.md").read_text("utf-8")
    assert texts["a.txt"].endswith("Drift: 3 changed in the configuration.\n")
    assert json.loads(texts["a.json"])["exit_code"] == 2
    assert "</html>" in texts["a.html"]
    assert set(verdicts(check_junit(texts["a.xml"])).values()) == {"failure configuration"}
    assert numbers(texts["a.prom"])["confsync_exit_code"] == 2
    assert not list(folder.glob(".*.tmp"))


@pytest.mark.parametrize("format_", file_formats(FORMATS))
def test_a_file_has_what_the_format_prints(format_: str, confsync: Confsync, folder: Path) -> None:
    said = confsync("list", "--emulator", "--format", format_, "--also", f"{format_}=also")
    assert (said.code, said.out) == (0, (folder / "also").read_text("utf-8"))


def test_an_apply_writes_its_plan_and_its_report(confsync: Confsync, folder: Path) -> None:
    said = confsync("apply", "--emulator", "--auto-approve", "--also", "text=a.txt", "--also", "json=a.json")
    assert (folder / "a.txt").read_text("utf-8") == said.out
    assert "Plan: 2 to create" in said.out
    assert json.loads((folder / "a.json").read_text("utf-8"))["kind"] == "apply"


@pytest.mark.usefixtures("applied")
def test_a_failed_run_writes_why(confsync: Confsync, folder: Path) -> None:
    assert confsync("drift", "--emulator", *ALSO).code == 0
    succeeded = numbers((folder / "confsync.prom").read_text("utf-8"))["confsync_last_success_timestamp_seconds"]
    said = confsync("drift", *ALSO)
    assert said.code == 9
    assert json.loads((folder / "drift.json").read_text("utf-8"))["exit_code"] == 9
    found = verdicts(check_junit((folder / "drift.xml").read_text("utf-8")))
    assert list(found.values()) == ["error CS9009"]
    metrics = numbers((folder / "confsync.prom").read_text("utf-8"))
    assert metrics["confsync_exit_code"] == 9
    assert metrics["confsync_last_success_timestamp_seconds"] == succeeded > 0


def test_a_validation_is_a_report_of_tests(confsync: Confsync, folder: Path) -> None:
    assert verdicts(check_junit(confsync("validate", "--format", "junit").out)) == {"configuration": "passed"}
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("agent}", "boss}"), "utf-8")
    said = confsync("validate", "--format", "junit")
    assert said.code == 3
    assert [each.partition(" ")[0] for each in verdicts(check_junit(said.out)).values()] == ["failure"]


@pytest.mark.parametrize("place", ["nowhere/a.json", ".confsync"])
def test_a_file_that_cannot_be_written_stops_a_run_before_it_reads(
    place: str, confsync: Confsync, folder: Path
) -> None:
    (folder / ".confsync").mkdir()
    said = confsync("apply", "--emulator", "--auto-approve", "--also", f"json={place}")
    assert said.code == {"nowhere/a.json": 11, ".confsync": 3}[place]
    assert not list((folder / ".confsync").iterdir())


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("command", "code"), [("drift", 11), ("apply --auto-approve", 0)])
def test_a_full_disk_is_an_error_unless_something_was_applied(
    command: str, code: int, confsync: Confsync, folder: Path
) -> None:
    said = confsync(*command.split(), "--emulator", "--also", f"html={FULL}", "--also", "json=a.json")
    assert said.code == code
    assert "The file /dev/full cannot be written: No space left on device." in said.err
    assert json.loads((folder / "a.json").read_text("utf-8"))["exit_code"] == code


def test_a_file_is_replaced_at_once_and_keeps_its_mode(confsync: Confsync, folder: Path) -> None:
    file = folder / "a.prom"
    file.write_text("before", "utf-8")
    file.chmod(0o640)
    with file.open() as reader:
        assert confsync("drift", "--emulator", "--also", "openmetrics=a.prom").code == 2
        assert reader.read() == "before"
    assert "confsync_exit_code" in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ("list --format junit", "'junit' is not one of 'text', 'json', 'markdown', 'github', 'html'."),
        ("--format junit list", "'junit' is not one of 'text', 'json', 'markdown', 'github', 'html'."),
        ("plan --format openmetrics", "'openmetrics' is not one of 'text', 'json', "),
        ("list --also junit=a", "'junit' is not one of 'text', 'json', 'markdown', 'html'."),
        ("--also openmetrics=a plan", "'openmetrics' is not one of 'text', 'json', 'markdown', 'html', 'junit'."),
        ("drift --also github=a", "'github' is not one of "),
        ("drift --also a.json", "'a.json' is not one of "),
        ("drift --also json=", "write FORMAT=FILE, such as json=result.json."),
        ("drift --also json=a --also html=./a", "--also html and --also json name the same file."),
        ("drift --output a --also json=a", "--also json and --output name the same file."),
        ("drift --also json=confsync.yaml", "--also json=confsync.yaml would overwrite a file of the configuration."),
        ("version --also json=a", "`version` has no result for --also."),
        ("--also json=a version", "`version` has no result for --also."),
    ],
)
def test_what_a_command_does_not_offer_is_a_usage_error(
    arguments: str, refused: str, confsync: Confsync, folder: Path
) -> None:
    said = confsync(*arguments.split())
    assert (said.code, said.out) == (3, "")
    assert refused in said.three_lines[0]
    assert {each.name for each in folder.iterdir()} == {"confsync.yaml"}
    assert (folder / "confsync.yaml").read_text("utf-8") == CONFIGURATION


def test_an_environment_variable_names_several_files(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFSYNC_ALSO", "json=a.json:html=a.html")
    assert confsync("plan", "--emulator").code == 0
    assert (folder / "a.json").exists()
    assert (folder / "a.html").exists()
