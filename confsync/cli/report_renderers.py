"""What renders a result for programs other than ours: as tests for CI systems, and as metrics for Prometheus."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from confsync.cli.renderers import Rendering, diagnostics_document

if TYPE_CHECKING:
    from confsync.views.openmetrics import RunMetrics


def diagnostics_junit(rendering: Rendering) -> str:
    """Render a run without a document of its own as tests: its mistakes, or what is valid."""
    from confsync.views.junit import diagnostics_as_junit

    environments = getattr(rendering.result, "environments", ()) or (rendering.environment or "configuration",)
    return diagnostics_as_junit(rendering.complete(diagnostics_document(rendering)), environments)


def drift_junit(rendering: Rendering) -> str:
    """Render a drift as tests."""
    from confsync.views.junit import drift_as_junit

    return drift_as_junit(rendering.document, rendering.result.fail_on)


def drift_openmetrics(rendering: Rendering) -> str:
    """Render the numbers of a drift."""
    from confsync.views.openmetrics import drift_as_openmetrics

    return drift_as_openmetrics(rendering.document, _run_metrics(rendering))


def failed_run_openmetrics(rendering: Rendering) -> str:
    """Render a run that failed before it could compare anything."""
    from confsync.views.openmetrics import failed_run_as_openmetrics

    return failed_run_as_openmetrics(_run_metrics(rendering))


def _run_metrics(rendering: Rendering) -> "RunMetrics":
    from confsync.views.openmetrics import RunMetrics

    config = rendering.result.config
    return RunMetrics(
        account=(config.environment.account_sid if config else None) or rendering.account,
        environment=rendering.environment or "",
        exit_code=rendering.code,
        seconds=rendering.seconds,
        previous=_previous(rendering.path),
    )


def _previous(path: str | None) -> str:
    """Read the file that a result replaces; whatever is not a file of ours has nothing to say."""
    if not path or not os.path.isfile(path):  # noqa: PTH113 — no `pathlib`
        return ""
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 — no `pathlib`
        return file.read(_LONGEST_METRICS)
    return ""


_LONGEST_METRICS = 1_000_000
