"""A few cases of each campaign, by the command that runs all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns.__main__ import CAMPAIGNS
from tests.campaigns.report import read_report
from tests.repository.paths import ROOT


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_sample_of_a_campaign_finds_no_violation(campaign: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.campaigns", campaign, "--sample", "--json", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = read_report(tmp_path / f"{campaign}.json")
    assert report.violations == ()
    assert report.cases >= CAMPAIGNS[campaign].sample
