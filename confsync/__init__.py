"""Twilio Conversations configuration as code: the public library.

config = confsync.load("confsync.yaml", environment="prod")
async with confsync.connect(config) as account:
    plan = await account.plan()
    report = await account.apply(plan)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.account.account import Account
    from confsync.account.blocking import BlockingAccount, connect_sync
    from confsync.account.configuration import load
    from confsync.account.connect import connect
    from confsync.account.connection import Settings
    from confsync.account.exporting import write_export
    from confsync.account.importing import import_terraform
    from confsync.account.offline import plan_against, plan_against_sync
    from confsync.account.results import Plan, Report
    from confsync.account.saved_plans import load_plan
    from confsync.config.config import Config
    from confsync.errors import (
        ApiError,
        ConfigurationNotFound,
        ConfsyncError,
        ContradictoryRead,
        CorruptLedger,
        GitRemoteError,
        InvalidConfiguration,
        LocalFileError,
        Locked,
        MalformedResponse,
        MissingCredentials,
        NotAuthorised,
        NotFound,
        OutcomeUnknown,
        Refused,
        RunStopped,
        Stale,
        TwilioError,
        Unreachable,
        UsageError,
    )
    from confsync.plan.exported import ExportScope
    from confsync.plan.intent import Intent, Overrides, Selection
    from confsync.plan.rehearsal import Rehearsal
    from confsync.planfile.file import SavedPlan
    from confsync.rehearsal.rehearse import rehearse

__all__ = [
    "Account",
    "ApiError",
    "BlockingAccount",
    "Config",
    "ConfigurationNotFound",
    "ConfsyncError",
    "ContradictoryRead",
    "CorruptLedger",
    "ExportScope",
    "GitRemoteError",
    "Intent",
    "InvalidConfiguration",
    "LocalFileError",
    "Locked",
    "MalformedResponse",
    "MissingCredentials",
    "NotAuthorised",
    "NotFound",
    "OutcomeUnknown",
    "Overrides",
    "Plan",
    "Refused",
    "Rehearsal",
    "Report",
    "RunStopped",
    "SavedPlan",
    "Selection",
    "Settings",
    "Stale",
    "TwilioError",
    "Unreachable",
    "UsageError",
    "__version__",
    "connect",
    "connect_sync",
    "import_terraform",
    "load",
    "load_plan",
    "plan_against",
    "plan_against_sync",
    "rehearse",
    "write_export",
]

_MODULES = {
    "Account": "confsync.account.account",
    "BlockingAccount": "confsync.account.blocking",
    "Config": "confsync.config.config",
    "ExportScope": "confsync.plan.exported",
    "Intent": "confsync.plan.intent",
    "Overrides": "confsync.plan.intent",
    "Plan": "confsync.account.results",
    "Rehearsal": "confsync.plan.rehearsal",
    "Report": "confsync.account.results",
    "SavedPlan": "confsync.planfile.file",
    "Selection": "confsync.plan.intent",
    "Settings": "confsync.account.connection",
    "connect": "confsync.account.connect",
    "connect_sync": "confsync.account.blocking",
    "import_terraform": "confsync.account.importing",
    "load": "confsync.account.configuration",
    "plan_against": "confsync.account.offline",
    "plan_against_sync": "confsync.account.offline",
    "load_plan": "confsync.account.saved_plans",
    "rehearse": "confsync.rehearsal.rehearse",
    "write_export": "confsync.account.exporting",
}
"""Where each public name is defined; a name that is not listed is an error class."""


if not TYPE_CHECKING:  # or a type checker would accept any name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used. Importing all of them at once would take half a second."""
        if name not in __all__:
            raise AttributeError(f"module 'confsync' has no attribute '{name}'")
        value = getattr(import_module(_MODULES.get(name, "confsync.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
