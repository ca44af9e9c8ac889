"""Notifies channels of what changed about the drift of an account since they were last notified."""

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from confsync.account.results import DriftReport
from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.diagnostics import Diagnostic
from confsync.errors import ConfsyncError
from confsync.exit_codes import code_of_error
from confsync.history.deliveries import DeclaredTarget, Deliveries
from confsync.history.history import History
from confsync.notifications.channels import Channel, channels_of
from confsync.notifications.delivery import NotDelivered, deliver
from confsync.views.documents import timestamp
from confsync.views.drift.record import run_of_document
from confsync.views.notification import (
    FailurePart,
    NotificationDocument,
    NotifiedTargetPart,
    drift_notification,
    failure_notification,
    run_url_of,
)


class Notifier:
    """Notifies channels of the runs in a history, each at least once: what fails is sent again by the next run.

    Each method returns a warning for every channel that was not notified, and raises LocalFileError.
    """

    def __init__(self, names: Iterable[str], history: History, environ: Mapping[str, str] | None = None) -> None:
        """Find the URLs of the channels in the environment variables. Raises UsageError."""
        self._environ = os.environ if environ is None else environ
        self._channels = channels_of(names, self._environ)
        self._deliveries = Deliveries(history)

    async def notify_change(
        self, report: DriftReport, sorts: Collection[str], exit_code: int
    ) -> tuple[Diagnostic, ...]:
        """Notify of what changed in the last recorded run, if anything did. Only findings of some sorts count."""
        return tuple([each for name in self._channels for each in await self._notify(name, report, sorts, exit_code)])

    async def notify_failure(self, config: Config, error: ConfsyncError, hint: str) -> tuple[Diagnostic, ...]:
        """Notify that a run failed and what to do about it, unless the last one failed as well."""
        environment = config.environment
        target = NotifiedTargetPart(
            account_sid=environment.account_sid, environment=environment.name, region=environment.region
        )
        document = failure_notification(
            target,
            FailurePart(summary=error.happened, hint=hint),
            int(code_of_error(error)),
            created_at=timestamp(datetime.now(UTC)),
            run_url=run_url_of(self._environ),
        )
        warnings, declared = [], DeclaredTarget.of(environment)
        for channel in self._channels:
            if self._deliveries.is_failing(declared, channel.name):
                continue
            if warning := await _warning_of(channel, document):
                warnings.append(warning)
            else:
                self._deliveries.mark_failing(declared, channel.name, failing=True)
        return tuple(warnings)

    async def _notify(
        self, channel: Channel, report: DriftReport, sorts: Collection[str], exit_code: int
    ) -> tuple[Diagnostic, ...]:
        document = report.document()
        target, declared = run_of_document(document).target, DeclaredTarget.of(report.plan.live.config.environment)
        undelivered = self._deliveries.undelivered(target, channel.name, sorts)
        recovered = self._deliveries.is_failing(declared, channel.name)
        if not (undelivered.change.changed or recovered):
            return ()
        notification = drift_notification(
            document.target,
            undelivered,
            exit_code,
            created_at=document.created_at,
            recovered=recovered,
            run_url=run_url_of(self._environ),
        )
        if warning := await _warning_of(channel, notification):
            return (warning,)
        self._deliveries.mark_delivered(target, channel.name)
        if recovered:
            self._deliveries.mark_failing(declared, channel.name, failing=False)
        return ()


async def _warning_of(channel: Channel, document: NotificationDocument) -> Diagnostic | None:
    """Deliver a notification; return a warning if that failed."""
    try:
        await deliver(channel, document)
    except NotDelivered as failure:
        return Diagnostic(
            "warning",
            Code.NOT_DELIVERED,
            f"the notification to {channel.name} was not delivered: {failure}",
            "the next run sends it again, with what changed until then",
        )
    return None
