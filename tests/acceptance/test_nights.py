"""Every night, `drift` names each difference and the side that changed, and nothing else.

A test run samples 4 sequences of nights; `--hypothesis-profile long` tries 50, which are more than 250 nights.
"""

from hypothesis import given

from confsync.account.results import DriftReport
from tests.acceptance.nights import NIGHTS, Account, Action, simulate
from tests.campaigns import campaign


def check(account: Account, report: DriftReport) -> None:
    """Compare all that a drift reports with what happened."""
    drift, harness = report.drift, account.harness
    found = {f"{each.change.address}{f'#{each.path}' if each.path else ''}": each.side for each in drift.fields}
    assert found == account.sides()
    assert len(found) == len(drift.fields)  # each of them once
    assert {str(each.address) for each in drift.deleted_outside} == account.deleted()
    assert {str(each.address) for each in drift.plan.orphaned} == account.orphaned()
    added = {str(each.resource.address) for each in drift.added_outside}
    unmanaged = {str(each.address) for each in drift.unmanaged}
    assert (added, unmanaged) == ((account.undeclared(), set()) if account.exclusive else (set(), account.undeclared()))
    assert (drift.counts["duplicates"], drift.counts["expiring"]) == (0, 0)
    roles = drift.coverage.get("roles")
    assert ((roles.managed, roles.live) if roles else (0, 0)) == account.covered_roles()
    assert harness.writes == []
    check_attribution(account, report)


def check_attribution(account: Account, report: DriftReport) -> None:
    """Compare who changed what; without a change in Twilio, nobody was asked."""
    drift = report.drift
    sids = {each.change.sid: str(each.change.address) for each in drift.fields if each.change.sid}
    changed = {sids[sid]: by.actor for sid, by in drift.changed_by.items() if sid in sids}
    assert changed == account.changed_by()
    asked = sum(each.path == "/v1/Events" for each in account.harness.emulator.log)
    assert asked == len(changed) + len(drift.deleted_outside) + len(drift.added_outside)
    creators = {
        str(each.resource.address): drift.changed_by[each.resource.found.sid].actor
        for each in drift.added_outside
        if each.resource.found.sid
    }
    assert {name: actor for name, actor in creators.items() if name in account.strangers} == (
        account.strangers if account.exclusive else {}
    )


@campaign(4, 50)
@given(NIGHTS)
def test_every_night_names_each_difference_and_its_side(nights: list[list[Action]]) -> None:
    for account, report in simulate(nights):
        check(account, report)
