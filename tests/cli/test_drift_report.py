"""`confsync drift --report` renders a history without an account, a configuration or credentials."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cli.conftest import Confsync
from tests.history.runs import PROD, STAGING, night, random_nights, recorded


@pytest.fixture
def past(folder: Path) -> Path:
    (folder / "confsync.yaml").unlink()
    runs = (*random_nights(5, seed=1), *(night(each, target=STAGING) for each in range(3)))
    return recorded(folder / "history.db", runs).path


def report(confsync: Confsync, *more: str) -> list[str | None]:
    document = confsync("drift", "--history", "history.db", "--report", "--json", *more).document
    return [each["environment"] for each in document["targets"]]


@pytest.mark.usefixtures("past")
def test_the_page_is_the_default(confsync: Confsync, folder: Path) -> None:
    said = confsync("drift", "--history", "history.db", "--report", "--output", "page.html")
    assert (said.code, said.out, said.err) == (0, "", "")
    page = (folder / "page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Drift history" in page
    assert confsync("drift", "--history", "history.db", "--report").out.startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("past")
def test_another_format_can_be_asked_for(confsync: Confsync) -> None:
    said = confsync("drift", "--history", "history.db", "--report", "--format", "text")
    assert said.out.startswith("Drift history of environment prod, account ACa\n")
    assert report(confsync) == [PROD.environment, STAGING.environment]


@pytest.mark.usefixtures("past")
def test_one_environment_can_be_selected(confsync: Confsync) -> None:
    assert report(confsync, "-e", "staging") == ["staging"]


def test_the_report_writes_nothing(confsync: Confsync, past: Path) -> None:
    before = past.read_bytes(), sorted(past.parent.iterdir())
    report(confsync)
    assert (past.read_bytes(), sorted(past.parent.iterdir())) == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--report",), 3, "--report needs --history FILE."),
        (("--report", "--history", "history.db", "--kind", "roles"), 3, "--report is about complete runs"),
        (
            ("--report", "--history", "history.db", "-e", "other"),
            3,
            "no run of environment 'other'. It has prod, staging.",
        ),
        (("--report", "--history", "none.db"), 11, "There is no history none.db."),
    ],
)
def test_a_report_of_nothing_is_refused(
    arguments: tuple[str, ...], code: int, said: str, confsync: Confsync, past: Path
) -> None:
    refused = confsync("drift", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.three_lines[0]
    assert not (past.parent / "none.db").exists()


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("wrong", [("--also", "openmetrics=kept"), ("--format", "junit", "--also", "json=kept"), ()])
def test_a_report_that_is_refused_leaves_the_files_of_the_comparison(
    wrong: tuple[str, ...], confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "kept").write_text("confsync_exit_code 2\n", "utf-8")
    if not wrong:
        monkeypatch.setenv("CONFSYNC_ALSO", "openmetrics=kept")
    refused = confsync("drift", "--history", "history.db", "--report", *wrong)
    assert (refused.code, refused.out) == (3, "")
    assert "--report cannot be written as" in refused.three_lines[0]
    assert (folder / "kept").read_text("utf-8") == "confsync_exit_code 2\n"


def test_a_history_without_a_run_is_reported_for_each_environment(confsync: Confsync, folder: Path) -> None:
    recorded(folder / "history.db", ())
    assert report(confsync, "-e", "prod") == []


def test_an_environment_is_refused_if_no_run_had_one(confsync: Confsync, folder: Path) -> None:
    recorded(folder / "history.db", (night(0, target=replace(PROD, environment=None)),))
    refused = confsync("drift", "--history", "history.db", "--report", "-e", "prod")
    assert (refused.code, refused.three_lines[2]) == (3, "Next:  Remove -e.")
