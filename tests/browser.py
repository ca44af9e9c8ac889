"""The Chromium that some tests run in, and the fixture that starts it."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("CONFSYNC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def missing_browser() -> str | None:
    """Say what is missing, or nothing where a browser can be started."""
    if not (find_spec("playwright") and find_spec("axe_playwright_python")):
        return "Playwright's client or axe is not installed; run scripts/install browser"
    if not CHROMIUM:
        return "there is no Chromium; install Debian's `chromium`, or set CONFSYNC_CHROMIUM"
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start one browser for a file. It blocks `asyncio.run` until the file ends."""
    if missing := missing_browser():
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 — it may not be installed

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
