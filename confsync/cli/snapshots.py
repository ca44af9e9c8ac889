"""What commands do with snapshots: leave one behind, and plan against one."""

from collections.abc import Mapping
from typing import Any

from confsync.account.blocking import BlockingAccount
from confsync.account.offline import plan_against_place, snapshot_place
from confsync.account.results import Plan, Report
from confsync.cli.account import intent_of, ledger_path, note_warnings
from confsync.cli.configuration import read_config
from confsync.cli.invocation import Invocation
from confsync.errors import ConfsyncError
from confsync.views.escaping import printable


def leave_snapshot(invocation: Invocation, account: BlockingAccount, plan: Plan, report: Report | None = None) -> None:
    """Leave a snapshot behind; if that fails, only warn."""
    try:
        account.save_snapshot(plan, report)
    except ConfsyncError as error:
        invocation.remark(printable(f"Warning: no snapshot was saved. {error.happened}"))


def plan_against_snapshot(invocation: Invocation, path: str | None, intended: Mapping[str, Any]) -> Plan:
    """Plan against the snapshot in a file; without a path, against the one next to the ledger."""
    config = read_config(invocation)
    place = snapshot_place(config, path, invocation.environ, ledger_path(invocation, config))
    plan = invocation.stop.run(plan_against_place(config, place, intent_of(invocation, intended)))
    note_warnings(invocation, plan)
    return plan
