"""What stands above the changes of a plan: whom it is for, what was read, and what a person wanted of it."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from confsync.plan.guardrail_rules import OVERRIDES, Override, OverrideValue
from confsync.plan.intent import Intent, Selection
from confsync.plan.plan import Revision, Target
from confsync.twilio.origin import is_twilio
from confsync.views.configuration_text import files_of
from confsync.views.escaping import printable

SHORT_COMMIT = 12

DESTROY = "everything that confsync made is to go, and nothing is made"


def target_text(target: Target) -> str:
    """Name account, environment and ledger; another host than Twilio's stands beside the account."""
    host = " (EMULATOR)" if target.emulator else "" if is_twilio(target.base_url) else f" at {target.base_url}"
    environment = f"environment {target.environment}" if target.environment else "no environment (account not checked)"
    ledger = "none" if target.ledger is None else f"serial {target.ledger}"
    return printable(f"account {target.account_sid}{host}, {environment}, ledger {ledger}")


def revision_text(revision: Revision) -> str:
    """Name the files that were read, and their commit."""
    if not revision.commit:
        return files_of(revision.files)
    return f"{files_of(revision.files)}, {commit_text(revision.commit, dirty=revision.dirty)}"


def commit_text(commit: str, *, dirty: bool) -> str:
    """Name a commit; without what is not committed it is only half of what was read."""
    return printable(f"commit {commit[:SHORT_COMMIT]}{' and what is not committed yet' if dirty else ''}")


def intent_parts(intent: Intent) -> Iterator[tuple[str, str]]:
    """Tell what a person wanted of one plan, part by part; nothing where it is an ordinary one."""
    if intent.destroy:
        yield "Destroy", DESTROY
    if intent.selection:
        yield "Partial", selection_text(intent.selection)
    if lifted := override_options(intent.overrides):
        yield "Lifted", lifted


def selection_text(selection: Selection) -> str:
    """Tell which part was planned, as a person types it."""
    return selected_options(selection.targets, selection.excludes, selection.kinds)


def selected_options(targets: Iterable[str], excludes: Iterable[str], kinds: Iterable[str]) -> str:
    """Write a selection as options of the command line."""
    return _options((("--target", targets), ("--exclude", excludes), ("--kind", kinds)))


def override_options(overrides: object) -> str:
    """Write overrides as options of the command line. `overrides` has a field for each that is declared."""
    return printable(" ".join(option for each in OVERRIDES for option in _typed(each, getattr(overrides, each.name))))


def _typed(override: Override, value: Any) -> Iterator[str]:  # noqa: ANN401 — each kind of override has its own type
    match override.value:
        case OverrideValue.ADDRESSES:
            yield from (f"{override.flag} {shlex.quote(each)}" for each in sorted(map(str, value)))
        case OverrideValue.NUMBER:
            yield from () if value is None else (f"{override.flag} {value}",)
        case OverrideValue.SWITCH:
            yield from (override.flag,) if value else ()


def _options(said: Iterable[tuple[str, Iterable[str]]]) -> str:
    return printable(" ".join(f"{name} {shlex.quote(each)}" for name, values in said for each in values))
