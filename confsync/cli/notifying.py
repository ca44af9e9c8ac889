"""The notifications of a run of `drift`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confsync.cli.invocation import Invocation
from confsync.errors import ConfsyncError, UsageError

if TYPE_CHECKING:
    from confsync.account.notifying import Notifier
    from confsync.account.past_runs import History
    from confsync.cli.results import DriftResult
    from confsync.config.config import Config
    from confsync.diagnostics import Diagnostic


class Notifications:
    """Notifies the channels of a run, if there are any."""

    def __init__(self, invocation: Invocation, notifier: "Notifier | None") -> None:
        self._invocation = invocation
        self._notifier = notifier

    @contextmanager
    def notifying_failures(self, config: "Config") -> Iterator[None]:
        """Notify that the run failed if the block raises an error that confsync raises deliberately."""
        try:
            yield
        except ConfsyncError as error:
            if self._notifier:
                hint = self._invocation.add_target(error.hint)
                warnings = self._invocation.stop.run(self._notifier.notify_failure(config, error, hint))
                self._invocation.diagnose(warnings)
            raise

    def notify_change(self, result: "DriftResult") -> "tuple[Diagnostic, ...]":
        """Notify of what changed; return a warning for each channel that was not notified. Raises LocalFileError."""
        if self._notifier is None:
            return ()
        code = int(result.exit_result.code)
        return self._invocation.stop.run(self._notifier.notify_change(result.found, result.fail_on, code))


def open_notifications(invocation: Invocation, channels: tuple[str, ...], history: "History | None") -> Notifications:
    """Find the channels. Raises UsageError if one has no URL, or if the run cannot see what changed."""
    if not channels:
        return Notifications(invocation, None)
    if history is None:
        raise UsageError(
            "--notify needs --history, the file that says what each channel received before.",
            hint="Add --history FILE, and keep the file between the runs.",
        )
    if invocation.options.narrows:
        raise UsageError(
            "--notify needs a run that covers everything: a partial one does not see what was repaired.",
            hint="Remove --target, --exclude and --kind, or remove --notify.",
        )
    from confsync.account.notifying import Notifier

    return Notifications(invocation, Notifier(channels, history, invocation.environ))
