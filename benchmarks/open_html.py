"""Measure how long an HTML plan takes to build, to open in Chromium, and to filter.

`python benchmarks/open_html.py [--changes 10 100 1000] [--runs 5]`. Needs the `browser` extra and a Chromium. A page is
open when the browser has loaded it and run its script. It is filtered when the next frame is drawn. The last column is
the time to open an empty page, for comparison.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from confsync.views.plan_html import plan_page
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


def main() -> None:
    """Measure each size and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--changes", type=int, nargs="+", default=(10, 100, 1_000))
    options = asked.parse_args()
    print("| changes | page | build | open | filter | empty page |")
    print("|---:|---:|---:|---:|---:|---:|")
    with chromium() as page:
        for changes in options.changes:
            print(f"| {' | '.join(row(page, changes, options.runs))} |")


@contextmanager
def chromium() -> Iterator[Callable[[], Page]]:
    """Start a browser and yield a function that opens a tab."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page
        browser.close()


def row(page: Callable[[], Page], changes: int, runs: int) -> Iterator[str]:
    """Measure one size."""
    plan = desks(changes // IN_A_SERVICE)
    began = time.perf_counter()
    text = plan_page(plan)
    made = (time.perf_counter() - began) * 1000
    found = [opened(page, text) for _ in range(runs)]
    empty = [opened(page, "<!DOCTYPE html><title>empty</title><input id=search>")[0] for _ in range(runs)]
    yield f"{len(plan.changes):,}"
    yield f"{len(text) / 1024:.0f} KiB"
    yield f"{made:.0f} ms"
    yield f"{statistics.median(each for each, _ in found):.0f} ms"
    yield f"{statistics.median(each for _, each in found):.0f} ms"
    yield f"{statistics.median(empty):.0f} ms"


def opened(new_page: Callable[[], Page], text: str) -> tuple[float, float]:
    """Open a page in a new tab and filter it down to a few changes. Return the milliseconds of both."""
    with tempfile.TemporaryDirectory() as folder, new_page() as page:
        path = Path(folder) / "plan.html"
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        return page.evaluate(OPENED), page.evaluate(FILTERED, "desk-1 lead")


if __name__ == "__main__":
    main()
