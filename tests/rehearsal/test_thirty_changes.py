"""A plan with 30 changes is rehearsed within half a minute; an ordinary test run rehearses five."""

import asyncio
import time

import pytest

from confsync.exit_codes import ExitCode
from confsync.plan.rehearsal import Rehearsal, RehearsedFault
from confsync.rehearsal.rehearse import FAULTS, rehearse
from tests.campaigns import campaign
from tests.harness import Harness
from tests.rehearsal.planted_bug import send_creates_again

CHANGES = campaign(sample=5, at_length=30).max_examples
HALF_A_MINUTE = 30.0


@pytest.fixture
def configuration() -> str:
    """Declare a service with as many roles as there are other changes, one of which is a default."""
    roles = "".join(f"      role {n}: {{type: conversation, permissions: [sendMessage]}}\n" for n in range(CHANGES - 2))
    default = "    configuration: {default_conversation_role: role 0}\n"
    return f"version: 1\nservices:\n  support:\n    roles:\n{roles}{default}"


def rehearsed(harness: Harness, text: str) -> Rehearsal:
    """Rehearse a configuration in time: what other processes do to the machine meanwhile does not count."""
    started = time.process_time()
    account = harness.account(harness.config(text))
    saved = account.plan().save(harness.folder.parent / f"{harness.folder.name}.plan")
    harness.emulator.log.clear()
    found = asyncio.run(rehearse(account.account, saved))
    assert time.process_time() - started < HALF_A_MINUTE
    return found


def test_every_run_ends_well_in_time_and_nothing_reaches_the_account(harness: Harness, configuration: str) -> None:
    found = rehearsed(harness, configuration)
    assert (found.changes, len(found.writes)) == (CHANGES, CHANGES)
    assert len(found.runs) == 1 + CHANGES * len(FAULTS)
    assert (found.code, found.failures) == (ExitCode.DONE, ())
    assert sum(run.waited for run in found.runs) > found.seconds  # on the simulated clock
    assert harness.emulator.log.writes() == ()


def test_a_create_that_is_sent_again_after_a_reset_is_found_everywhere(
    harness: Harness, configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_creates_again(monkeypatch)
    found = rehearsed(harness, configuration)
    assert found.code is ExitCode.UNKNOWN
    creates = [each for each in found.writes if not each.address.endswith("configuration")]
    failed = [(run.fault, run.write) for run in found.failures]
    assert failed == [(RehearsedFault.RESET_AFTER, each) for each in creates]
    assert all(run.duplicates for run in found.failures)
