"""A few cases of each campaign, by the command that runs all of them; and bugs that the campaigns find."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns.__main__ import CAMPAIGNS
from tests.campaigns.report import CampaignReport, read_report
from tests.campaigns.transports import Transport
from tests.repository.paths import ROOT

SAMPLED = sorted(CAMPAIGNS.keys() - {"histories"})
"""A test of its own samples the histories."""

OVER_SOCKETS = {
    "kill-points": ("--match", "first-apply after the commit of POST /v1/Credentials"),
    "ambiguous-responses": ("--points", "10"),
    "signals": ("--points", "1"),
}
"""Which cases of these campaigns run over sockets."""

RUN = """
import faulthandler, sys
faulthandler.dump_traceback_later(240, exit=True)  # a run that hangs says where
from tests.campaigns.__main__ import main
sys.exit(main())
"""

NO_LOOKING = """
from confsync.apply import duplicates
from confsync.planning import make, warnings
warnings.find_namesakes = make.find_probable_duplicates = lambda *_: ()
duplicates._duplicates_of = lambda *_: ()
"""
NO_BEGIN = """
from confsync.state.journal import Journal
from confsync.state.replay import Begin
append = Journal.append
Journal.append = lambda journal, events: append(journal, [each for each in events if not isinstance(each, Begin)])
"""
NO_BEGIN_OF_REPLACE = NO_BEGIN.replace("Begin", "BeginReplace")
LEFTOVERS = "from confsync.state import atomic_file; atomic_file._delete_leftovers = lambda path: None\n"
ONE_LOOK = "from confsync.twilio import recovery; recovery.LOOKS = (0.0,)\n"
SENT_AGAIN = """
import httpx
from confsync.twilio.http_connection import HttpConnection
send = HttpConnection.handle_async_request
async def send_again(connection, request):
    try:
        return await send(connection, request)
    except httpx.ReadError:
        return await send(connection, request)
HttpConnection.handle_async_request = send_again
"""
NO_LOCK = "import fcntl; fcntl.flock = lambda file, how: None\n"
NO_GIT_LOCK = "from confsync.state.git_lock import GitLock; GitLock._acquire = lambda lock: True\n"
BUGS = {
    "creates are not in the journal": (
        NO_BEGIN,
        ("kill-points", "--match", "first-apply after the commit of POST /v1/Credentials"),
        "the ledger lacks",
    ),
    "undeclared values of a replacement are not in the journal": (
        NO_BEGIN_OF_REPLACE,
        ("kill-points", "--match", "second-apply after the commit of DELETE"),
        "attributes is {} and not",
    ),
    "a temporary file stays": (
        LEFTOVERS,
        ("kill-points", "--match", "first-apply before replace", "--points", "1"),
        "files that an undisturbed run does not leave",
    ),
    "the search for a create ends too early": (
        ONE_LOOK,
        ("ambiguous-responses", "--seed", "8", "--points", "5"),
        "exists twice, although nothing committed after the settle window",
    ),
    "nobody looks for duplicates": (
        NO_LOOKING,
        ("ambiguous-responses", "--seed", "8", "--points", "5"),
        "nobody reports",
    ),
    "a connection sends a request again": (
        SENT_AGAIN,
        ("ambiguous-responses", "--transport", "sockets", "--seed", "8", "--points", "8"),
        "exists twice, although nothing committed after the settle window",
    ),
    "the lock locks nothing": (NO_LOCK, ("races", "--points", "4"), "the exit codes are"),
    "the lock on Git locks nothing": (NO_GIT_LOCK, ("git-races", "--points", "1"), "too many: "),
}
"""What the bug is, how it is planted, which campaign finds it, and what that campaign says."""


def run_campaign(planted: str, directory: Path, *arguments: str) -> CampaignReport:
    command = [sys.executable, "-c", planted + RUN, *arguments, "--json", str(directory)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    saved = list(directory.glob("*.json"))
    assert len(saved) == 1, ran.stderr
    report = read_report(saved[0])
    assert ran.returncode == bool(report.violations)
    return report


pytestmark = pytest.mark.campaign


@pytest.mark.parametrize("campaign", SAMPLED)
def test_a_sample_of_a_campaign_finds_no_violation(campaign: str, tmp_path: Path) -> None:
    report = run_campaign("", tmp_path, campaign, "--sample")
    assert report.violations == ()
    assert report.cases == CAMPAIGNS[campaign].sample


@pytest.mark.parametrize("campaign", OVER_SOCKETS)
def test_a_sample_over_sockets_finds_no_violation(campaign: str, tmp_path: Path) -> None:
    report = run_campaign("", tmp_path, campaign, "--transport", Transport.SOCKETS, *OVER_SOCKETS[campaign])
    assert report.violations == ()
    assert report.transport is Transport.SOCKETS
    assert report.cases
    assert not report.facts.get("points that were not reached")


@pytest.mark.parametrize("bug", BUGS)
def test_a_campaign_finds_a_bug(bug: str, tmp_path: Path) -> None:
    planted, arguments, expected = BUGS[bug]
    report = run_campaign(planted, tmp_path, *arguments)
    assert expected in str(report.violations)
