"""`confsync drift`."""

from typing import TYPE_CHECKING, Any

import click

from confsync.cli.command import PlanningCommand, summary_flag
from confsync.cli.formats import DRIFT_FORMATS, FORMATS, HTML
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import OutputPath
from confsync.plan.drift_words import CHANNELS, FAIL_ON, FAIL_ON_DEFAULT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from confsync.account.past_runs import History, TargetHistory
    from confsync.cli.notifying import Notifications
    from confsync.cli.results import DriftResult, Result


class WordList(click.ParamType[tuple[str, ...]]):
    """Words of a list, separated by commas."""

    name = "list"

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split the text, and refuse an unknown word."""
        words = tuple(word.strip() for word in str(value).split(",") if word.strip())
        unknown = [word for word in words if word not in self._words]
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(self._words)}.", param, ctx)
        return words

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":
        """Complete the last word with those that the list does not contain yet."""
        from click.shell_completion import CompletionItem

        del ctx, param
        *before, last = incomplete.split(",")
        left = (word for word in self._words if word.startswith(last) and word not in before)
        return [CompletionItem(",".join((*before, word))) for word in left]


class DriftCommand(PlanningCommand):
    """The command, which compares or reports."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 — as in click
        """Refuse a report that cannot be made, before a file that another run wrote is replaced."""
        if ctx.params["report"]:
            _check_report(ctx.obj, ctx.params["history"])
        return super().invoke(ctx)


def _check_report(invocation: Invocation, history: str | None) -> None:
    """Raise UsageError for options that cannot be combined with --report."""
    from confsync.errors import UsageError

    options = invocation.options
    if history is None:
        hint = "Add --history FILE, the file that `confsync drift --history FILE` recorded runs in."
        raise UsageError("--report needs --history FILE.", hint=hint)
    if options.narrows:
        hint = "Remove --target, --exclude and --kind."
        raise UsageError("--report is about complete runs, and not about a part of the configuration.", hint=hint)
    for format_ in (options.format, *(each.format for each in options.also)):
        if format_ not in FORMATS:
            hint = f"Choose another format, or remove it: a report can be {', '.join(FORMATS)}."
            raise UsageError(f"--report cannot be written as {format_}, which is about one run.", hint=hint)


@click.command("drift", cls=DriftCommand, formats=DRIFT_FORMATS)
@summary_flag("Show only the number of findings of each sort.")
@click.option(
    "--fail-on",
    type=WordList(FAIL_ON),
    default=",".join(FAIL_ON_DEFAULT),
    show_default=True,
    metavar="LIST",
    envvar=variable_of("--fail-on"),
    show_envvar=True,
    help=f"Exit with code 2 if there is a finding of any of these sorts (comma-separated): {', '.join(FAIL_ON)}.",
)
@click.option(
    "--history",
    type=OutputPath(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--history"),
    show_envvar=True,
    help="Record the run in this SQLite file, and show what is new since the previous run.",
)
@click.option(
    "--notify",
    type=WordList(CHANNELS),
    default="",
    metavar="LIST",
    envvar=variable_of("--notify"),
    show_envvar=True,
    help=f"When findings change, notify these channels (comma-separated): {', '.join(CHANNELS)}. Requires --history. "
    "Set CONFSYNC_WEBHOOK_URL to the URL for `webhook`, and CONFSYNC_SLACK_URL to the URL for `slack`.",
)
@click.option(
    "--no-attribution",
    is_flag=True,
    envvar=variable_of("--no-attribution"),
    show_envvar=True,
    help="Do not ask Twilio Monitor who changed the resources.",
)
@click.option(
    "--report",
    is_flag=True,
    help="Render the runs in the --history file as a web page, or in the format that --format selects. "
    "Does not read Twilio or the configuration.",
)
@click.pass_obj
def drift(invocation: Invocation, /, *, history: str | None, report: bool, **how: Any) -> "Result":  # noqa: ANN401 — the other options
    """Show how Twilio differs from the configuration, and which of the two changed since the last apply.

    docs/drift.md explains the different sorts of findings, such as `live` and `unmanaged`. The exit code is 2 if there
    is a finding of a sort that --fail-on lists, or if a guardrail would block an apply.

    This command writes nothing to Twilio or to the ledger. Unless you pass --target, --exclude or --kind, it saves
    a snapshot for `confsync plan --against` next to the ledger.
    """
    if report and history is not None:
        return _past_runs(invocation, history)
    return _new_run(invocation, history, **how)


def _past_runs(invocation: Invocation, history: str) -> "Result":
    """Read the history, which is rendered as a page unless another format was asked for."""
    from datetime import UTC, datetime

    from confsync.account.past_runs import read_history
    from confsync.cli.results import HistoryResult

    environment = invocation.options.env
    past = read_history(history, environment)
    if environment and not past:
        _check_environment(environment, read_history(history))
    result = HistoryResult(past=past, read_at=datetime.now(UTC))
    invocation.given.take_default("format", HTML)  # an error is text
    return result


def _check_environment(environment: str, everything: "tuple[TargetHistory, ...]") -> None:
    """Raise UsageError if a history has runs, and none of them is of the environment."""
    from confsync.errors import UsageError

    names = sorted({each.target.environment for each in everything if each.target.environment})
    if everything:
        found = f"It has {', '.join(names)}." if names else "Its runs are for no environment."
        hint = f"Choose one: {' or '.join(f'`-e {each}`' for each in names)}." if names else "Remove -e."
        raise UsageError(f"The history has no run of environment '{environment}'. {found}", hint=hint)


def _new_run(
    invocation: Invocation,
    history: str | None,
    *,
    summary: bool,
    fail_on: tuple[str, ...],
    notify: tuple[str, ...],
    no_attribution: bool,
) -> "Result":
    """Compare, append the run to the history if there is one, and tell what changed."""
    from confsync.account.checks import check_intent
    from confsync.account.past_runs import open_history
    from confsync.cli.account import note_warnings, open_account, selection_of
    from confsync.cli.configuration import read_config
    from confsync.cli.notifying import open_notifications
    from confsync.cli.progress import Progress
    from confsync.cli.results import DriftResult
    from confsync.cli.snapshots import leave_snapshot
    from confsync.plan.intent import Intent

    config, selection = read_config(invocation), selection_of(invocation)
    check_intent(Intent(selection=selection), config)
    past = open_history(history) if history else None  # before a request that would be for nothing
    notifications = open_notifications(invocation, notify, past)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with (
        notifications.notifying_failures(config),
        open_account(invocation, config, progress) as account,
        progress.reading(),
    ):
        report = account.drift(selection, attribution=not no_attribution)
        leave_snapshot(invocation, account, report.plan)
    note_warnings(invocation, report.plan)
    result = DriftResult(config=config, found=report, fail_on=fail_on, brief=summary)
    return _append(invocation, result, past, notifications) if past else result


def _append(
    invocation: Invocation, result: "DriftResult", past: "History", notifications: "Notifications"
) -> "DriftResult":
    """Append a run to the history, and tell what changed. Raises LocalFileError, after printing the result."""
    from msgspec.structs import replace

    from confsync.cli.rendering import show_result
    from confsync.errors import LocalFileError

    try:
        recorded = replace(result, found=result.found.record(past))
        return replace(recorded, warnings=notifications.notify_change(recorded))
    except LocalFileError:
        show_result(invocation, result)  # what was found is not lost with the history
        raise
