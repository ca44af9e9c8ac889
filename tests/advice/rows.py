"""All rows: importing the files of scenarios fills the list."""

from tests.advice import (
    about_accounts,
    about_applies,
    about_ci,
    about_commands,
    about_duplicates,
    about_emulator,
    about_files,
    about_guardrails,
    about_histories,
    about_notifications,
    about_orphans,
    about_pulls,
    about_remotes,
    about_replacements,
    about_rest,
    about_saved_plans,
    about_shared_accounts,
    about_snapshots,
    about_starting,
    about_terraform,
)
from tests.advice.row import ROWS, Row

FILES = (
    about_accounts,
    about_applies,
    about_ci,
    about_commands,
    about_duplicates,
    about_emulator,
    about_files,
    about_guardrails,
    about_histories,
    about_notifications,
    about_orphans,
    about_pulls,
    about_remotes,
    about_replacements,
    about_rest,
    about_saved_plans,
    about_shared_accounts,
    about_snapshots,
    about_starting,
    about_terraform,
)

__all__ = ("FILES", "ROWS", "Row")
