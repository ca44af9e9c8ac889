"""The test files that cannot be imported without an extra of confsync, and what is missing."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

CHROMIUM = os.environ.get("CONFSYNC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def missing_browser() -> str | None:
    """Say what is missing, or nothing where a browser can be started."""
    if not (find_spec("playwright") and find_spec("axe_playwright_python")):
        return "Playwright's client or axe is not installed; run scripts/install browser"
    if not CHROMIUM:
        return "there is no Chromium; install Debian's `chromium`, or set CONFSYNC_CHROMIUM"
    return None


def not_collected() -> Iterator[tuple[str, str]]:
    """Yield each file, as a path in `tests/`, with what it lacks."""
    if missing := missing_browser():
        yield "views/test_plan_html_in_browser.py", missing
        yield "views/test_accessibility.py", missing
    if not find_spec("opentelemetry"):
        yield "cli/test_telemetry.py", "OpenTelemetry is not installed; run scripts/install otel"
