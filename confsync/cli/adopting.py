"""The adoption of everything that matches: show it, ask for confirmation, and record it in the ledger."""

from msgspec.structs import replace

from confsync.cli.account import open_account
from confsync.cli.applying import account_name, ask_for_consent, check_consent_possible, ledger_change_noted
from confsync.cli.configuration import read_config
from confsync.cli.invocation import Invocation
from confsync.cli.progress import Progress
from confsync.cli.rendering import show_result
from confsync.cli.results import AdoptionResult
from confsync.views.wording import counted


def adopt_everything(invocation: Invocation, *, auto_approve: bool) -> AdoptionResult:
    """Plan, ask for confirmation, and record what the plan adopts. Raises what `Account.adopt` raises."""
    review = "Review the adoptions in the output of `confsync plan`"
    check_consent_possible(invocation, "An adoption", review, auto_approve=auto_approve)
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with (
        open_account(invocation, config, progress) as account,
        account.locked(),
        ledger_change_noted(invocation, account.account.connection),
    ):
        with progress.reading():
            plan = account.plan()
        found = AdoptionResult(config=config, plan=plan)
        if not plan.adoptions:
            return found
        show_result(invocation, found)
        if not auto_approve:
            named = "this resource" if len(plan.adoptions) == 1 else f"these {counted(len(plan.adoptions), 'resource')}"
            ask_for_consent(invocation, f"Adopt {named} on {account_name(plan.live.target)}?")
        account.adopt(plan)
    return replace(found, recorded=True)
