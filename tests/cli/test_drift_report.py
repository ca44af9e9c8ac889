"""`confsync drift --report` renders a history without an account, a configuration or credentials."""

from pathlib import Path

import pytest

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
    assert report(confsync, "-e", "other") == []


def test_the_report_writes_nothing(confsync: Confsync, past: Path) -> None:
    before = past.read_bytes(), sorted(past.parent.iterdir())
    report(confsync)
    assert (past.read_bytes(), sorted(past.parent.iterdir())) == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--report",), 3, "--report needs --history FILE."),
        (("--report", "--history", "history.db", "--kind", "roles"), 3, "remove --target, --exclude and --kind"),
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
