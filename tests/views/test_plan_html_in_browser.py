"""The page of a plan in a browser: keyboard control, dark mode, and no network."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from msgspec.structs import replace

from confsync.views import doctor, documents
from confsync.views import plan_document as plan_parts
from confsync.views.apply import document as report_parts
from tests.browser import browser
from tests.views.rendering import document_as_html
from tests.views.sample_plans import SOURCE, change, desks, document, risk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

pytestmark = pytest.mark.needs_tools

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
BLOCKED = replace(
    PLAN,
    applyable=False,
    guardrails=[
        plan_parts.GuardrailPart(
            rule="delete",
            addresses=["services/legacy"],
            text="deleting services/legacy needs permission",
            override="`--allow-delete services/legacy`, or `allow_delete: {services/legacy: IS1}`",
        ),
        plan_parts.GuardrailPart(
            rule="rename", addresses=["services/other"], text="services/other has another name", override=None
        ),
    ],
)
FAR = documents.RangePart(
    file="a.yaml",
    start=documents.PositionPart(line=7, column=301),
    end=documents.PositionPart(line=7, column=305),
)
ERRORS = documents.DiagnosticsDocument(
    exit_code=3,
    diagnostics=[
        documents.DiagnosticPart(
            severity=severity,
            code="CS2003",
            summary=f"unknown key '{'k' * 200}'",
            detail="did you mean `x`?",
            range=FAR,
            snippet=f"  {'y' * 298}rolse: {'z' * 300}",
        )
        for severity in ("error", "warning")
    ],
)
CHECKS = doctor.DoctorDocument(
    exit_code=9,
    diagnostics=[],
    checks=[
        doctor.CheckPart(name="git", status="ok", text="all of it", hint=""),
        doctor.CheckPart(name="ledger", status="warning", text="l" * 300, hint="Run `confsync plan`."),
        doctor.CheckPart(name="credentials", status="failed", text="refused", hint="Check them."),
    ],
    summary=doctor.DoctorSummaryPart(ok=1, warning=1, failed=1),
)
SUPPORT, AGENT, LEAD_ROLE, LEGACY = (each.address for each in PLAN.changes)


def outcome(address: str, status: Any, reason: str = "") -> report_parts.OutcomePart:  # noqa: ANN401 — a literal
    """Return the outcome of a create."""
    error = report_parts.ErrorPart(summary="Twilio says no", hint="Fix it.", answer=None, source=SOURCE)
    return report_parts.OutcomePart(
        address=address,
        action="create",
        actions=["create"],
        status=status,
        sid=None,
        request_id=None,
        error=error if status == "failed" else None,
        reason=reason,
    )


REPORT = report_parts.ApplyDocument(
    exit_code=5,
    diagnostics=ERRORS.diagnostics[1:],
    configuration=PLAN.configuration,
    target=PLAN.target,
    ledger=PLAN.ledger,
    complete=True,
    outcomes=[
        outcome(SUPPORT, "done"),
        outcome(AGENT, "failed"),
        outcome(LEAD_ROLE, "not_started", "it requires services/support/roles/agent, which failed"),
    ],
    summary=report_parts.ApplySummaryPart(
        **{**dict.fromkeys(report_parts.ApplySummaryPart.__struct_fields__, 0), "created": 1, "failed": 1}
    ),
    requests=PLAN.requests,
)
PAGES = {"plan": BLOCKED, "drift": desks(2), "apply": REPORT, "errors": ERRORS, "doctor": CHECKS}


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
    # The inner text is empty until it is rendered.
    texts: list[str] = page.locator(".change h3:visible").all_text_contents()
    return texts


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
        *("banner", "main", "search", 'complementary "Filter and outline"', 'searchbox "Search the page"'),
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


CONTRASTS = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
  };
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
    if (!own || ["SCRIPT", "STYLE"].includes(element.tagName) || !element.checkVisibility()) continue;
    const sides = [parse(getComputedStyle(element).color), behind(element)].map(luminance).sort();
    const name = `${element.tagName}.${element.className}: ${element.textContent}`;
    found.push([(sides[1] + 0.05) / (sides[0] + 0.05), name]);
  }
  return found;
}"""
"""The contrast of every visible text with what is behind it, as WCAG 2 defines it."""


PAPER: dict[Literal["light", "dark"], str] = {"light": "rgb(252, 251, 249)", "dark": "rgb(20, 22, 26)"}


@pytest.mark.parametrize("name", PAGES)
def test_every_text_can_be_read_in_the_light_and_in_the_dark(name: str, look: Look) -> None:
    page = look(PAGES[name])
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    for scheme, paper in PAPER.items():
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(CONTRASTS)

        assert len(found) > 8
        assert [each for each in found if each[0] < 4.5] == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def too_wide(page: "Page", *widths: int) -> list[int]:
    """Return the widths of a window in which the page scrolls sideways."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(name: str, look: Look) -> None:
    page = look(PAGES[name])
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    assert too_wide(page, 360, 400, 800, 1600) == []


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_what_blocks_a_plan_is_seen_at_once(script: bool, look: Look) -> None:  # noqa: FBT001
    page = look(BLOCKED, viewport={"width": 400, "height": 800}, java_script_enabled=script)
    badge, first = (page.locator(each).first.bounding_box() for each in (".blocked", ".guardrail"))

    assert badge is not None
    assert first is not None
    assert badge["y"] < 50
    assert first["y"] + first["height"] < 400


def test_the_filter_applies_to_guardrails_and_risks(look: Look) -> None:
    page = look(BLOCKED)

    def visible() -> tuple[int, int]:
        return page.locator(".guardrail:visible").count(), page.locator("tbody tr:visible").count()

    assert visible() == (2, 3)
    press(page, "/")
    page.keyboard.type("needs")
    assert (visible(), shown(page)) == ((1, 0), [])
    assert not page.get_by_role("heading", name="Risks").is_visible()
    press(page, "Escape")
    page.get_by_role("checkbox", name="high risk").check()
    assert (visible(), shown(page)) == ((1, 1), [LEGACY])
    page.get_by_role("checkbox", name="high risk").uncheck()
    page.get_by_role("checkbox", name="update").check()
    assert (visible(), shown(page)) == ((0, 1), [AGENT])


def test_a_search_unfolds_what_is_left_alone_until_it_ends(look: Look) -> None:
    page = look()
    stranger = page.get_by_text("services/other")

    press(page, "/")
    page.keyboard.type("other")
    assert stranger.is_visible()
    assert not page.locator("#nothing").is_visible()
    press(page, "Escape")
    assert not stranger.is_visible()


def test_the_outcomes_of_an_apply_are_filtered_too(look: Look) -> None:
    page = look(REPORT)

    assert shown(page) == [AGENT, LEAD_ROLE, SUPPORT]
    page.get_by_role("checkbox", name="not started").check()
    assert shown(page) == [LEAD_ROLE]
    page.get_by_role("treeitem", name="support create").press("Enter")
    assert page.evaluate("document.activeElement.id") == "c1"


@pytest.mark.parametrize("how", ["click", "Enter"])
def test_a_chip_is_copied_without_backticks(how: str, look: Look) -> None:
    page = look(BLOCKED)
    chip = page.get_by_role("button", name="Copy --allow-delete services/legacy")
    if how == "click":
        chip.click()
    else:
        chip.press(how)
    page.get_by_text("Copied --allow-delete services/legacy").wait_for(state="attached")

    page.locator("#search").press("Control+V")
    assert page.locator("#search").input_value() == "--allow-delete services/legacy"


UNDRAWN = """[...document.querySelectorAll(".group, .tree li")].filter(
  (each) => each.parentElement.checkVisibility()
    && !each.firstElementChild.checkVisibility({contentVisibilityAuto: true})
).length"""


def test_a_screenshot_of_a_whole_page_has_no_blank_cards(look: Look) -> None:
    assert look(desks(10)).evaluate(UNDRAWN) == 0

    page = look(desks(100))
    page.locator(".group.drawn").nth(109).wait_for(state="attached")
    assert page.evaluate(UNDRAWN.replace(", .tree li", "")) == 0
    assert look(desks(100), java_script_enabled=False).locator(".group").count() == 110


def test_a_printed_page_shows_every_change_and_no_filter(look: Look) -> None:
    page = look(desks(50))
    page.emulate_media(media="print")

    assert not page.locator("aside").is_visible()
    assert page.evaluate(UNDRAWN) == 0


def test_nothing_overflows_at_any_window_width(look: Look) -> None:
    long = change(f"services/{'a' * 300}/roles/{'b' * 300}", "update", after={"x" * 200: "y" * 900}, reason="z" * 900)

    assert too_wide(look(document(long, *PLAN.changes)), 360, 800, 1600) == []


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


@pytest.mark.parametrize("plan", [document(), documents.DiagnosticsDocument(exit_code=3, diagnostics=[])])
def test_a_page_without_changes_has_no_sidebar_and_no_errors(plan: documents.Document, look: Look) -> None:
    page = look(plan)
    press(page, "/", "Escape", "ArrowDown")

    assert not page.locator("aside").is_visible()
    assert page.locator("header").is_visible()
