"""The benchmarks run, in a small way, so that they work when they are needed; and their figures become tables."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.docs.performance_page import read_results, scale_table, target_table, times_table
from tests.repository.paths import ROOT, run

SAMPLED = ("counts", "diff", "parse", "plan", "apply", "scale", "drift", "start-up")
FIGURE = {"name": "x", "figure": "a plan", "target": "P1", "unit": "s", "note": "", "at_least": False}
DOCUMENT = {
    "date": "2026-11-29",
    "revision": "abcdef0",
    "effort": "quick",
    "machine": {"system": "Linux", "cores": 2, "python": "3.11.7", "load": 0.1},
}


def with_figures(folder: Path, *figures: dict[str, Any]) -> Path:
    """Write the file of one benchmark."""
    (folder / "plan.json").write_text(json.dumps(DOCUMENT | {"figures": figures}), "utf-8")
    return folder


@pytest.mark.campaign
def test_a_sample_of_the_benchmarks_yields_figures(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    ended = run([sys.executable, "benchmarks/run.py", *SAMPLED, "--sample", "--json", str(written)], ROOT)

    assert ended.returncode == 0, ended.stderr
    documents = json.loads(written.read_text("utf-8"))
    assert tuple(documents) == SAMPLED
    figures = {each["name"]: each for document in documents.values() for each in document["figures"]}
    assert figures["plan.wall.10.32"]["note"].startswith("44 requests")
    # three creates in each of two services, whose roles are then listed once
    assert figures["apply.creates.128"]["note"].startswith("8 requests")
    for name in ("counts.reads.10", "counts.writes.10", "drift.requests.10", "diff.deepdiff"):
        assert figures[name]["runs"] > 0
        assert figures[name]["max"] == 0, name
    assert {each["target"] for each in figures.values()} >= {"P4", "P5", "P7", "P8", "P9", "P10", "P12", "P13"}


@pytest.mark.campaign
def test_two_revisions_can_be_compared() -> None:
    ended = run([sys.executable, "benchmarks/compare.py", "HEAD", "HEAD", "start-up", "--sample"], ROOT)
    if "No matching distribution" in ended.stderr:
        pytest.skip("the package index is not available")

    assert ended.returncode == 0, ended.stderr
    assert "| `confsync version` (x) |" in ended.stdout


def test_an_unknown_benchmark_is_refused() -> None:
    ended = run([sys.executable, "benchmarks/run.py", "plans"], ROOT)

    assert ended.returncode == 2
    assert "unknown: plans" in ended.stderr


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (
            {"runs": 3, "median": 1.0, "min": 0.9, "max": 1.2, "limit": 1.5, "holds": True},
            "| | a plan | at most 1.5 s | 1.00 s (0.90 to 1.20) | 3 | yes |",
        ),
        (
            {"runs": 1, "median": 2.0, "min": 2.0, "max": 2.0, "limit": 1.5, "holds": False},
            "| | a plan | at most 1.5 s | 2.00 s | 1 | **no** |",
        ),
        (
            {"runs": 0, "limit": None, "holds": None, "note": "a tool is not installed"},
            "| | a plan |  | not measured: a tool is not installed |  |  |",
        ),
    ],
)
def test_the_table_says_whether_a_target_holds(measured: dict[str, Any], expected: str, tmp_path: Path) -> None:
    rows = list(target_table(read_results(with_figures(tmp_path, FIGURE | measured))))

    assert expected in rows
    assert "| | not measured yet | | | | |" in rows
    assert rows[-1] == ("* 2026-11-29, commit `abcdef0`, Linux, 2 cores, Python 3.11.7, quick run: `plan` (load 0.1).")


def test_the_table_for_users_has_a_row_for_each_size_that_was_measured(tmp_path: Path) -> None:
    plan = FIGURE | {
        "name": "plan.wall.1000.128",
        "runs": 3,
        "median": 3.733,
        "note": "4,014 requests; lower bound 1 s",
    }
    memory = FIGURE | {"name": "plan.memory.1000.128", "runs": 3, "median": 84.7, "unit": "MB"}
    apply = FIGURE | {"name": "first-apply.wall.1000.128", "runs": 3, "median": 10.565}
    unmeasured = FIGURE | {"name": "plan.wall.1.128", "runs": 0}
    rows = list(times_table(read_results(with_figures(tmp_path, plan, memory, apply, unmeasured))))

    assert rows[2:] == ["| 1,000 | 3.7 s | 4,014 | 85 MB | 10.6 s |"]


def test_a_fleet_is_computed_from_two_measurements(tmp_path: Path) -> None:
    small = FIGURE | {"name": "plan.wall.10.128", "runs": 1, "median": 0.5}
    large = FIGURE | {"name": "plan.wall.1000.128", "runs": 1, "median": 0.5 + 3.969}
    rows = list(scale_table(read_results(with_figures(tmp_path, small, large))))

    assert "| each further read, *r* | 1.00 ms | computed from the two rows above |" in rows  # 4,014 reads and 44
    assert "| plans of 10,000 accounts with 10 services each, one after another | 1.4 h | **computed** |" in rows
