"""axe finds nothing serious on any page, light and dark, on a phone and on a desktop."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from msgspec.structs import replace

from confsync.history.run import StateChange
from confsync.views.drift.document import DriftDocument, with_change
from confsync.views.drift.history import history_document
from confsync.views.drift.history_html import history_page
from confsync.views.drift.record import run_of_document
from confsync.views.lists import listing, sids
from confsync.views.lists.pages import list_page, sids_page
from tests.browser import browser
from tests.configurations import GeneratedConfiguration
from tests.harness import harness_of
from tests.history.runs import FIRST_NIGHT, STAGING, finding, night, random_nights, recorded
from tests.views.rendering import document_as_html, drift_of
from tests.views.sample_plans import desks
from tests.views.test_plan_html_in_browser import BLOCKED, CHECKS, ERRORS, REPORT
from tests.views.test_plan_text import STORIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]

pytestmark = pytest.mark.needs_tools

Scheme = Literal["light", "dark"]

SEVERE = ("serious", "critical")
PAGES = ("plan", "apply", "list", "drift", "history", "large plan", "errors", "doctor", "output", "first run")
WAYS: tuple[tuple[Scheme, int], ...] = (("light", 400), ("dark", 400), ("light", 1280), ("dark", 1280))
LISTED = listing.ListDocument(
    exit_code=0,
    diagnostics=ERRORS.diagnostics,
    environment="prod",
    resources=[
        listing.ListedPart(
            address=f"services/support/roles/{state}",
            kind="roles",
            type="conversation role",
            sid="RL" + "0" * 32,
            name=state,
            managed=state == "managed",
            state=state,
            environment=None,
        )
        for state in ("managed", "unmanaged")
    ],
    summary=listing.ListSummaryPart(managed=1, others=1),
)
SIDS = sids.SidsDocument(exit_code=0, diagnostics=[], environment=None, resources=[])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Render every page once."""
    folder = tmp_path_factory.mktemp("histories")
    runs = [*random_nights(16, seed=5), *random_nights(6, seed=9, target=STAGING)]
    many, first = recorded(folder / "many.db", runs), recorded(folder / "first.db", [night(0)])
    documents = {"plan": BLOCKED, "large plan": desks(4), "apply": REPORT, "errors": ERRORS, "doctor": CHECKS}
    return {
        **{name: document_as_html(document) for name, document in documents.items()},
        "list": list_page(LISTED),
        "output": sids_page(SIDS),
        "drift": document_as_html(drifted()),
        "history": history_page(history_document(many.contents(), FIRST_NIGHT + timedelta(days=16), 0)),
        "first run": history_page(history_document(first.contents(), FIRST_NIGHT, 0)),
    }


def drifted() -> DriftDocument:
    """Return a drift with what is new, edited and repaired."""
    with harness_of(GeneratedConfiguration({"version": 1}, {"FCM": "a secret"})) as desk:
        document = drift_of(STORIES["changed"](desk))
    new, edited, *_ = run_of_document(document).findings
    change = StateChange(since=FIRST_NIGHT, new=(new,), edited=(edited,), repaired=(finding("repaired"),))
    return replace(with_change(document, change), diagnostics=ERRORS.diagnostics)


def violations(browser: "Browser", text: str, scheme: Scheme, width: int) -> list[str]:
    """Run axe on a page with everything unfolded, and name each serious violation with the first element."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 — it may not be installed

    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.set_content(text)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']} {each['nodes'][0]['html']}" for each in found if each["impact"] in SEVERE]


@pytest.mark.parametrize(("scheme", "width"), WAYS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(
    name: str, scheme: Scheme, width: int, browser: "Browser", pages: dict[str, str]
) -> None:
    assert violations(browser, pages[name], scheme, width) == []


def test_axe_finds_what_is_wrong(browser: "Browser") -> None:
    low = "<!DOCTYPE html><html lang=en><title>x</title><main><h1>x</h1><p style='color: #ccc'>pale</p></main>"
    assert [each.partition(":")[0] for each in violations(browser, low, "light", 1280)] == ["color-contrast"]
