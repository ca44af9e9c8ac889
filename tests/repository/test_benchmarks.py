"""The benchmarks run, in a small way, so that they are there when they are needed."""

import re
import sys

import pytest

from tests.repository.paths import ROOT, run


@pytest.mark.campaign
def test_planning_beside_the_sdk_is_measured() -> None:
    measured = run([sys.executable, "benchmarks/plan_in_sync.py", "--sample", "--parallelism", "32"], ROOT)

    assert measured.returncode == 0, measured.stderr
    assert re.findall(r"^\| (\d+) \| (\d+) \|", measured.stdout, re.MULTILINE) == [("1", "8"), ("10", "44")]


@pytest.mark.campaign
def test_a_drift_sends_no_more_requests_than_a_plan() -> None:
    options = ("--services", "1", "10", "--runs", "1")
    measured = run([sys.executable, "benchmarks/drift_in_sync.py", *options], ROOT)

    assert measured.returncode == 0, measured.stderr
    found = re.findall(r"^\| (\d+) .* \| (\d+) and (\d+) \|", measured.stdout, re.MULTILINE)
    assert found == [("1", "8", "8"), ("10", "44", "44")]
