"""Measures how long an HTML plan takes to build, to open in Chromium, and to filter.

Needs the `browser` extra and a Chromium. A page is open when the browser has loaded it and run its script. It is
filtered when the next frame is drawn. An empty page is opened too, for comparison.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from measurement import ROOT, Effort, Figure, missing

sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Page

from confsync.views.plan.html import plan_page
from tests.views.sample_plans import desks

IN_A_SERVICE = 5
OPENED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
FILTERED = """async (word) => {
  const began = performance.now();
  document.querySelector("#search").value = word;
  document.querySelector("#search").dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return performance.now() - began;
}"""


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each size."""
    if not find_spec("playwright") or not shutil.which("chromium"):
        yield missing("html.open", "open an HTML plan", "Chromium or the extra `browser` is not installed")
        return
    with chromium() as page:
        for changes in (10,) if effort.sample else (10, 100, 1_000):
            yield from figures_for(page, changes, effort.times(5))


@contextmanager
def chromium() -> "Iterator[Callable[[], Page]]":
    """Start a browser and yield a function that opens a tab."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 — only the extra `browser` installs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page
        browser.close()


def figures_for(page: "Callable[[], Page]", changes: int, runs: int) -> Iterator[Figure]:
    """Measure one size."""
    plan = desks(changes // IN_A_SERVICE)
    began = time.perf_counter()
    text = plan_page(plan)
    built = (time.perf_counter() - began) * 1000
    found = [opened(page, text) for _ in range(runs)]
    empty = [opened(page, "<!DOCTYPE html><title>empty</title><input id=search>")[0] for _ in range(runs)]
    what = f"an HTML plan with {len(plan.changes):,} changes"
    yield Figure(f"html.build.{changes}", f"build {what}", "ms", [built], note=f"{len(text) / 1024:.0f} KiB")
    yield Figure(f"html.open.{changes}", f"open {what}", "ms", [each for each, _ in found])
    yield Figure(f"html.filter.{changes}", f"filter {what}", "ms", [each for _, each in found])
    yield Figure(f"html.empty.{changes}", "open an empty page", "ms", empty)


def opened(new_page: "Callable[[], Page]", text: str) -> tuple[float, float]:
    """Open a page in a new tab and filter it down to a few changes. Return the milliseconds of both."""
    with tempfile.TemporaryDirectory() as folder, new_page() as page:
        path = Path(folder) / "plan.html"
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        return page.evaluate(OPENED), page.evaluate(FILTERED, "desk-1 lead")
