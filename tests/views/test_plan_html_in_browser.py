"""The page of a plan in a browser: keyboard control, dark mode, and no network."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from confsync.views import documents
from confsync.views import plan_document as plan_parts
from confsync.views import report_document as report_parts
from confsync.views.plan_html import document_as_html
from tests.views.browser import CHROMIUM
from tests.views.sample_plans import change, desks, document, risk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Look = Callable[..., "Page"]

PLAN = document(
    change("services/support", "create", after={"friendly_name": "Support desk"}),
    change(
        "services/support/roles/agent",
        "update",
        after={"permissions": ["sendMessage"]},
        risk=[risk("medium", "grants access")],
    ),
    change("services/support/roles/lead", "create", after={"type": "service"}),
    change("services/legacy", "delete", risk=[risk("high", "loses data"), risk("medium", "revokes access")]),
    unmanaged=[plan_parts.UnmanagedPart(address="services/other", kind="services", sid=None)],
)
SUPPORT, AGENT, LEAD_ROLE, LEGACY = (each.address for each in PLAN.changes)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start a browser. Without one, this file is not collected."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 — it may not be installed

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def look(browser: "Browser", tmp_path: Path) -> Iterator[Look]:
    """Open the page of a plan, and fail on any request, console message or exception."""
    asked: list[str] = []
    complaints: list[str] = []
    path = tmp_path / "plan.html"
    with ExitStack() as contexts:

        def opened(plan: documents.Document = PLAN, **how: Any) -> "Page":  # noqa: ANN401 — whatever Playwright takes
            path.write_text(document_as_html(plan), "utf-8")
            page = contexts.enter_context(browser.new_context(**how)).new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(path.as_uri())
            return page

        yield opened
    assert set(asked) == {path.as_uri()}
    assert complaints == []


def press(page: "Page", *keys: str) -> None:
    """Press keys one after another."""
    for key in keys:
        page.keyboard.press(key)


def shown(page: "Page") -> list[str]:
    """The addresses of the visible changes."""
    return page.locator(".change h3:visible").all_text_contents()  # the inner text is empty until it is rendered


def focus(page: "Page") -> str:
    """The text of the focused element."""
    text: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
    return text


def test_everything_is_shown_without_a_script(look: Look) -> None:
    page = look(java_script_enabled=False)

    assert shown(page) == [LEGACY, SUPPORT, AGENT, LEAD_ROLE]
    assert not page.locator("#filter").is_visible()
    assert page.locator(".tree .node:visible").count() == 6
    page.locator(".tree a", has_text="lead").click()
    assert page.url.endswith("#c3")


def test_a_slash_focuses_the_search_and_escape_clears_it(look: Look) -> None:
    page = look()

    press(page, "/")
    page.keyboard.type("SENDMESSAGE agent")
    assert shown(page) == [AGENT]
    assert page.locator("#shown").inner_text() == "1 of 4 changes"
    assert page.evaluate("[...CSS.highlights.get('found')].map(String).length") == 2

    press(page, "Escape")
    assert page.locator("#shown").inner_text() == "4 changes"
    assert len(shown(page)) == 4

    page.keyboard.type("nowhere/")
    assert page.locator("#nothing").is_visible()
    assert page.locator("#search").input_value() == "nowhere/"


def test_actions_and_risks_are_chosen_by_keyboard(look: Look) -> None:
    page = look()

    press(page, "/", "Tab", "Tab", "Space")
    assert shown(page) == [SUPPORT, LEAD_ROLE]
    press(page, "Tab", "Space")
    assert shown(page) == [SUPPORT, AGENT, LEAD_ROLE]
    press(page, "Tab", "Space")
    assert shown(page) == []
    press(page, "Tab", "Space")
    assert shown(page) == [AGENT]
    assert page.locator(".tree a:visible span:first-of-type").all_inner_texts() == ["support", "agent"]
    assert page.locator("section.changes:visible").count() == 1


def test_enter_opens_the_first_result(look: Look) -> None:
    page = look()

    press(page, "/")
    page.keyboard.type("lead")
    press(page, "Enter")

    assert page.evaluate("document.activeElement.closest('.change').id") == "c3"


def test_arrow_keys_move_in_the_tree(look: Look) -> None:
    page = look()
    page.locator("[role=treeitem][tabindex='0']").focus()
    walked = [focus(page)]
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "End", "Home", "ArrowRight", "ArrowLeft", "ArrowLeft", "End"):
        press(page, key)
        walked.append(focus(page))

    services, support = "·services4 changes", "+support create"
    assert walked[:4] == [services, support, "·roles2 changes", "~agent update"]
    assert walked[4:] == ["-legacy delete", services, support, support, services, "-legacy delete"]
    assert page.locator("[role=treeitem][tabindex='0']").count() == 1


def test_a_branch_is_folded_and_unfolded_by_keyboard(look: Look) -> None:
    page = look()
    branch = page.get_by_role("treeitem", name="roles")
    branch.focus()

    for key, expanded in (("ArrowLeft", "false"), ("ArrowRight", "true"), ("Enter", "false"), ("Space", "true")):
        press(page, key)
        assert branch.get_attribute("aria-expanded") == expanded
        assert page.get_by_role("treeitem", name="agent").is_visible() == (expanded == "true")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_node_opens_its_change_and_escape_comes_back(key: str, look: Look) -> None:
    page = look()
    page.evaluate("document.querySelector('#c2').open = false")
    page.get_by_role("treeitem", name="agent").focus()

    press(page, key)
    assert page.evaluate("document.querySelector('#c2').open")
    assert page.evaluate("document.activeElement.closest('.change').id") == "c2"
    press(page, key)
    assert not page.evaluate("document.querySelector('#c2').open")
    press(page, "Escape")
    assert focus(page) == "~agent update"


def test_a_screen_reader_finds_landmarks_a_tree_and_named_boxes(look: Look) -> None:
    heard = look().locator("body").aria_snapshot()

    for line in (
        *("banner", "main", "search", 'complementary "Filter and outline"', 'searchbox "Search the changes"'),
        *('group "Actions"', 'group "Risks"', 'checkbox "delete 1"', "status: 4 changes", 'button "Fold all"'),
        *('tree "Resources"', 'treeitem "support create" [expanded] [level=2]', 'treeitem "legacy delete" [level=2]'),
        *('heading "Destroyed 1" [level=2]', f'heading "{LEGACY}" [level=3]', "insertion"),
    ):
        assert f"- {line}" in heard


def test_the_focus_is_visible(look: Look) -> None:
    page = look()
    seen = []
    for _ in range(12):
        press(page, "Tab")
        style = "getComputedStyle(document.activeElement)"
        seen.append(page.evaluate(f"[{style}.outlineStyle, {style}.outlineWidth]"))

    assert seen == [["solid", "2px"]] * 12


def test_what_is_not_managed_is_folded(look: Look) -> None:
    page = look()
    stranger = page.get_by_text("services/other")

    assert not stranger.is_visible()
    page.get_by_role("heading", name="Not managed, left alone").locator("..").focus()
    press(page, "Enter")
    assert stranger.is_visible()


def test_all_changes_fold_at_once(look: Look) -> None:
    page = look()

    page.get_by_role("button", name="Fold all").press("Enter")
    assert page.locator(".change[open]").count() == 0
    page.get_by_role("button", name="Unfold all").press("Enter")
    assert page.locator(".change[open]").count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_the_light_and_in_the_dark(scheme: str, look: Look) -> None:
    page = look(color_scheme=scheme)
    paper, *inks = (
        luminance(page.evaluate(f"getComputedStyle(document.querySelector({selector!r})).{what}"))
        for selector, what in (
            *(("body", "backgroundColor"), ("body", "color"), (".facts dt", "color"), (".actions", "color")),
            *((".change ins", "color"), (".why", "color"), (".tree .sign", "color"), (".count", "color")),
        )
    )

    assert (paper < 0.1) == (scheme == "dark")
    assert min((max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) for ink in inks) >= 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(…)`, as WCAG defines it."""
    parts = [int(each) / 255 for each in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_nothing_overflows_at_any_window_width(width: int, look: Look) -> None:
    long = change(f"services/{'a' * 300}/roles/{'b' * 300}", "update", after={"x" * 200: "y" * 900}, reason="z" * 900)
    page = look(document(long, *PLAN.changes), viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_thousand_changes_are_filtered_by_keyboard(look: Look) -> None:
    page = look(desks(200))
    assert page.locator("#shown").inner_text() == "1,000 changes"
    assert page.locator("[role=treeitem]:visible").count() == 201

    press(page, "/")
    page.keyboard.type("desk-177 lead")
    assert shown(page) == ["services/desk-177/roles/lead"]
    assert page.locator(".tree a:visible span:first-of-type").all_inner_texts() == ["desk-177", "lead"]

    press(page, "Escape", "Tab", "Space")
    assert page.locator("#shown").inner_text() == "20 of 1,000 changes"
    assert shown(page)[0] == "services/desk-0/roles/lead"


def test_a_hostile_name_runs_nothing(look: Look) -> None:
    hostile = "</script><img src=x onerror=document.title=1><script>document.title=1</script>"
    page = look(document(change("services/a", "create", after={"friendly_name": hostile}, reason=hostile)))

    assert page.title() == "Plan: 1 to create"
    assert page.locator("img").count() == 0


def test_the_outcomes_of_an_apply_are_visible(look: Look) -> None:
    done = report_parts.OutcomePart(
        address=SUPPORT, action="create", status="done", sid=None, request_id=None, error=None
    )
    counts = dict.fromkeys(report_parts.ApplySummaryPart.__struct_fields__, 0)
    report = report_parts.ApplyDocument(
        exit_code=0,
        diagnostics=[],
        configuration=PLAN.configuration,
        target=PLAN.target,
        outcomes=[done],
        summary=report_parts.ApplySummaryPart(**counts),
        requests=PLAN.requests,
    )

    assert look(report).locator("h3:visible").all_inner_texts() == [SUPPORT]


@pytest.mark.parametrize("plan", [document(), documents.DiagnosticsDocument(exit_code=3, diagnostics=[])])
def test_a_page_without_changes_has_no_sidebar_and_no_errors(plan: documents.Document, look: Look) -> None:
    page = look(plan)
    press(page, "/", "Escape", "ArrowDown")

    assert not page.locator("aside").is_visible()
    assert page.locator("header").is_visible()
