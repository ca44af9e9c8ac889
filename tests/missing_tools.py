"""The test files that cannot be imported without an extra of confsync, and what is missing."""

from collections.abc import Iterator
from importlib.util import find_spec

from tests.browser import missing_browser


def not_collected() -> Iterator[tuple[str, str]]:
    """Yield each file, as a path in `tests/`, with what it lacks."""
    if missing := missing_browser():
        yield "views/test_plan_html_in_browser.py", missing
        yield "views/test_accessibility.py", missing
    if not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk") and find_spec("opentelemetry.exporter")):
        yield "cli/test_telemetry.py", "OpenTelemetry is not installed; run scripts/install otel"
