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
