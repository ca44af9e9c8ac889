"""The Chromium that some tests run in. Without one, those tests are not collected, and the run says so."""

import os
import shutil
from importlib.util import find_spec

CHROMIUM = os.environ.get("CONFSYNC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
NEEDS_BROWSER = ("views/test_plan_html_in_browser.py", "views/test_accessibility.py")


def missing_browser() -> str | None:
    """Say what is missing, or nothing where a browser can be started."""
    if not (find_spec("playwright") and find_spec("axe_playwright_python")):
        return "Playwright's client or axe is not installed; run scripts/install browser"
    if not CHROMIUM:
        return "there is no Chromium; install Debian's `chromium`, or set CONFSYNC_CHROMIUM"
    return None
