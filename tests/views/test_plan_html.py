"""The page of a plan: it shows everything, obeys no text of others, and loads nothing."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from confsync.errors import InvalidConfiguration
from confsync.views import doctor, documents
from confsync.views import plan_document as plan_parts
from confsync.views.apply import document as report_parts
from confsync.views.escaping import printable
from confsync.views.html.page import Markup, element, joined, verbatim
from confsync.views.plan_builder import plan_document
from confsync.views.summary import NO_CHANGES, NOTHING_LEFT
from tests.harness import Harness
from tests.views.conftest import PlanOf
from tests.views.rendering import document_as_html, drift_of
from tests.views.sample_plans import MADE, SOURCE, change, difference, document, risk
from tests.views.test_escaping import azure_obeys, github_obeys
from tests.views.test_plan_text import BASE, HOSTILE, STORIES

VOID = frozenset({"meta", "input", "wbr"})
HARMFUL = st.text(
    st.sampled_from("<>&\"'/= `${}#[:\x00\n\u2028\u202e\ud800") | st.characters(), max_size=20
) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "</title></style><img src=x onerror=alert(1)>",
        '" onfocus="alert(1)" autofocus="',
        "<!-- --> ]]> <![CDATA[",
        "$body ${script} $$",
        "javascript:alert(1)",
    ]
)


class Page(HTMLParser):
    """A page as a parser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.nodes: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.declarations: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"}.intersection(self.open):
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    @property
    def text(self) -> str:
        """The visible text."""
        return "".join(self.words)

    @property
    def codec(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every element with the names of its attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.nodes]

    def values(self, name: str) -> Iterator[str]:
        """The values of an attribute."""
        return (found for _, attributes in self.nodes if (found := attributes.get(name)) is not None)


def everything(text: str) -> plan_parts.PlanDocument:
    """Return a plan with one text in every place that others fill."""
    address = f"services/{text}"
    place = documents.RangePart(
        file=text, start=documents.PositionPart(line=1, column=1), end=documents.PositionPart(line=1, column=2)
    )
    parts = [
        plan_parts.JsonDifferencePart(path=text, before=text, after=None),
        plan_parts.JsonDifferencePart(path=text, before="", after=""),
    ]
    differences = [
        difference(f"a{text}", before=f"before {text} middle", after=f"before {text} centre"),
        difference(f"b{text}", added=[text], removed=[text]),
        difference(f"c{text}", parts=parts),
        difference(f"d{text}", before=[text], after=None),
    ]
    changes = [
        change(
            address,
            "update",
            sid=text,
            previous_address=f"x{text}",
            reason=f"x{text}",
            before={f"e{text}": text},
            after={f"e{text}": text, f"f{text}": {"add": [text], "remove": [text]}, f"g{text}": text},
            differences=differences,
            sensitive=[f"f{text}"],
            source=replace(SOURCE, file=text),
            risk=[plan_parts.RiskPart(rule=text, level="high", text=f"x{text}")],
            also_deleted=[f"y{text}"],
            blast_radius=plan_parts.BlastRadiusPart(counts=[], facts=[text]),
        ),
        change(f"x{text}", f"x{text}", references=["r"], after={"r": address, "s": text, "t": True}),
        change(f"z{text}", "delete", name=text, also_deleted=[text]),
    ]
    return document(
        *changes,
        guardrails=[plan_parts.GuardrailPart(rule=text, addresses=[address, text], text=text, override=f"x{text}")],
        diagnostics=[
            documents.DiagnosticPart(
                severity="warning", code="CS4001", summary=text, detail=f"x{text}", snippet=f"x{text}", range=place
            )
        ],
        unmanaged=[plan_parts.UnmanagedPart(address=text, kind=text, sid=text)],
        orphaned=[plan_parts.OrphanedPart(address=text, sid=text, reason=text, name=f"n{text}", advice=text)],
        forgotten=[plan_parts.OrphanedPart(address=text, sid=text, reason=text)],
        selection=plan_parts.SelectionPart(targets=[text], excludes=[text], kinds=[text]),
        overrides=plan_parts.OverridesPart(allow_delete=[text], allow_recreate=[text]),
        configuration=plan_parts.ConfigurationPart(
            digest=text, files=[text], git=plan_parts.GitPart(commit=text, dirty=True)
        ),
    )


HARMLESS = "ab"


@given(HARMFUL.filter(lambda text: text and "/" not in text and "; " not in text))  # "; " separates pieces of advice
@example(" `0`")
def test_a_hostile_text_creates_no_node_anywhere(text: str) -> None:
    page, harmless = Page(document_as_html(everything(text))), Page(document_as_html(everything(HARMLESS)))

    # words of two values that differ, and what is in backticks; neither has an attribute that the text can choose
    marks = (("b", ()), ("code", ()), ("code", ("class",)))
    assert [each for each in page.codec if each not in marks] == [each for each in harmless.codec if each not in marks]
    assert printable(text) in page.text
    assert page.open == []


@given(HARMFUL)
def test_no_line_of_a_page_is_a_command_to_a_runner(text: str) -> None:
    lines = document_as_html(everything(text)).splitlines()

    assert not any(github_obeys(line) or azure_obeys(line) for line in lines)


@given(HARMFUL)
def test_text_that_is_not_markup_is_escaped(text: str) -> None:
    page = Page(element("p", text, element("b", text), verbatim(text), title=text, hidden=False, open=True))

    assert page.codec == [("p", ("title", "open")), ("b", ())]
    assert page.text == printable(text) * 3
    assert list(page.values("title")) == [printable(text)]
    assert joined([Markup("<i></i>"), "<"]) == "<i></i>&lt;"


def test_a_hostile_live_name_is_shown_unchanged(desk: Harness) -> None:
    desk.client.post("/Services", {"FriendlyName": f"<b>{HOSTILE}"})
    page = Page(document_as_html(plan_document(desk.plan("version: 1\nservices: {}\n"), 0, created_at=MADE)))

    assert "<b>" in page.text
    assert not any(tag == "b" for tag, _ in page.nodes)


def test_a_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    text = document_as_html(everything(HARMLESS))
    (policy,) = (each["content"] for _, each in Page(text).nodes if each.get("http-equiv"))
    found = [re.search(f"<{each}>(.*)</{each}>", text, re.DOTALL) for each in ("style", "script")]
    style, script = (b64encode(sha256(each[1].encode()).digest()).decode() for each in found if each)

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_page_refers_to_nothing_outside_itself() -> None:
    text = document_as_html(everything("https://example.com/x"))
    page = Page(text)

    assert all(each.startswith("#") for each in page.values("href"))
    assert not [name for _, names in page.codec for name in names if name in ("src", "srcset", "style", "action")]
    assert not [name for _, names in page.codec for name in names if name.startswith("on")]
    assert {tag for tag, _ in page.nodes}.isdisjoint({"link", "img", "iframe", "object", "embed", "base", "svg"})
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|WebSocket|innerHTML|eval\(", text)


@pytest.mark.parametrize("story", STORIES)
def test_every_change_of_a_plan_is_on_its_page_and_no_secret(story: str, story_plan: PlanOf) -> None:
    plan = story_plan(STORIES[story])
    built = plan_document(plan, 0, created_at=MADE)
    page = Page(document_as_html(built))

    assert "canary" not in page.text
    assert page.text.lstrip().startswith("Plan: ")
    assert list(page.values("class")).count("change entry") == len(built.changes)
    for parts in (built.changes, built.unmanaged, built.orphaned):
        assert all(each.address in page.text for each in parts)
    for guardrail in built.guardrails:
        assert printable(guardrail.text).replace("`", "") in page.text
        assert (guardrail.override or "Nothing allows it.").replace("`", "") in page.text


@pytest.mark.parametrize("story", STORIES)
def test_every_finding_of_a_drift_is_on_its_page_and_no_secret(story: str, story_plan: PlanOf) -> None:
    drift = drift_of(story_plan(STORIES[story]))
    page = Page(document_as_html(drift))

    assert "canary" not in page.text
    assert page.text.lstrip().startswith("Drift: ")
    for parts in (drift.differences, drift.deleted_outside, drift.unmanaged, drift.orphaned):
        assert all(each.address in page.text for each in parts)
    assert all(printable(each.text).replace("`", "") in page.text for each in drift.guardrails)
    assert list(page.values("class")).count("guardrail entry") == len(drift.guardrails)
    assert "`" not in page.text


def test_deletes_come_first_and_are_counted_first() -> None:
    page = Page(
        document_as_html(document(*(change(f"services/{each}", each) for each in ("create", "replace", "delete"))))
    )

    assert re.findall(r"services/(replace|delete|create)", page.text.partition("Destroyed")[2]) == [
        *("replace", "delete", "create")
    ]
    assert "Plan: 1 to delete, 1 to replace, 1 to create" in page.text


def test_an_unknown_action_is_shown_by_its_name() -> None:
    page = Page(document_as_html(document(change("services/a", "delete"), change("services/b", "hibernate"))))

    assert "1 to hibernate" in page.text
    assert [each["value"] for tag, each in page.nodes if tag == "input" and each.get("name") == "actions"] == [
        "delete",
        "hibernate",
    ]


def test_without_risks_there_is_no_filter_for_them() -> None:
    page = Page(document_as_html(document(change("services/a", "create"))))

    assert "risks" not in page.values("name")
    assert "Risk" not in page.text


def test_risks_and_the_dependents_of_a_delete_are_shown() -> None:
    conversations = plan_parts.CountPart(what="conversations", number=1000, complete=False)
    radius = plan_parts.BlastRadiusPart(counts=[conversations], facts=["it is the account's default service"])
    risks = [risk("low", "nobody knows it"), risk("high", "it is the last one"), risk("low", "it is old")]
    gone = change(
        *("services/a", "delete"),
        risk=risks,
        blast_radius=radius,
        consequence="everything in it: at least 1,000 conversations; it is the account's default service",
        also_deleted=["services/a/roles/b"],
        name="Desk A",
    )
    page = Page(document_as_html(document(gone, change("services/b", "create", risk=[risk("medium", "it is new")]))))

    loss = "Deletes services/a and everything in it: at least 1,000 conversations; it is the account's default service."
    assert loss in page.text
    assert "Also deleted: 1 managedservices/a/roles/b" in page.text
    assert 'named "Desk A"' in page.text
    cards = [each for _, each in page.nodes if each.get("class") == "change entry"]
    assert [each["data-risks"] for each in cards] == ["low high", "medium"]
    assert [each["value"] for tag, each in page.nodes if tag == "input" and each.get("name") == "risks"] == [
        *("high", "medium", "low")
    ]
    built = page.text.partition("Risks 4")[2].partition("Destroyed")[0]
    assert built == (
        "LevelResourceRiskhighservices/ait is the last onemediumservices/bit is new"
        "lowservices/anobody knows itlowservices/ait is old"
    )


def test_the_risk_of_a_delete_is_what_is_lost_and_names_no_sid() -> None:
    deleted = plan_parts.RiskPart(rule="deleted", level="high", text="deletes it, with 2 more of ours in it")
    lost = {"sid": "IS1", "risk": [deleted], "consequence": "everything in it: 42 users"}
    page = Page(document_as_html(document(*(change(f"services/{each}", "delete", **lost) for each in "abcde"))))

    rows = page.text.partition("Risks 1")[2].partition("Destroyed")[0]
    assert rows == (
        "LevelResourceRiskhighservices/aservices/bservices/cand 2 moreservices/dservices/e"
        "deletes it and everything in it: 42 users"
    )
    assert page.text.count("deletes it and everything in it: 42 users") == 6
    assert "with 2 more of ours" not in page.text


def test_what_blocks_a_plan_comes_first_with_a_chip_for_each_override() -> None:
    guardrail = plan_parts.GuardrailPart(
        rule="delete",
        addresses=["services/a"],
        text="deleting services/a needs permission",
        override="`--allow-delete services/a`, or `allow_delete: {services/a: IS1}`",
    )
    never = replace(guardrail, rule="made-up", override=None, addresses=["services/a", "services/c"])
    text = document_as_html(
        document(
            *(change("services/a", "delete"), change("services/b", "create")),
            applyable=False,
            guardrails=[guardrail, never],
        )
    )
    page = Page(text)

    assert page.text.lstrip().startswith("Plan: blocked; 1 to delete, 1 to create")
    assert "PlanBlocked1 to delete1 to create" in page.text
    assert '<code class="chip">--allow-delete services/a</code>, or <code class="chip">allow_delete: {' in text
    assert 'deleting <a href="#c1">services/a</a> needs permission' in text
    assert "needs permissionservices/cNothing allows it." in page.text
    assert "`" not in page.text
    assert text.index('class="guardrail entry"') < text.index("<aside") < text.index('class="change entry"')


def test_a_secret_that_is_missing_blocks_a_plan_too() -> None:
    page = Page(document_as_html(document(change("credentials/a", "create"), applyable=False)))

    assert "PlanBlocked" in page.text


@pytest.mark.parametrize("kept", [True, False])
def test_a_doctor_shows_every_check_and_each_error_once(kept: bool) -> None:  # noqa: FBT001 — a parameter
    failed = doctor.CheckPart(name="credentials", status="failed", text="Twilio refused them", hint="Write `x`.")
    fine = doctor.CheckPart(name="clock", status="ok", text="right", hint="")
    run = documents.DiagnosticPart(
        severity="error",
        code="CS9009",
        summary="Failed: credentials. Twilio refused them" if kept else "Something else",
        detail="",
        range=None,
        snippet=None,
    )
    page = Page(
        document_as_html(
            doctor.DoctorDocument(
                exit_code=9,
                diagnostics=[run],
                checks=[fine, failed],
                summary=doctor.DoctorSummaryPart(ok=1, warning=0, failed=1),
            )
        )
    )

    assert "okclockright" in page.text
    assert "failedcredentialsTwilio refused themWrite x." in page.text
    assert ("CS9009" in page.text) != kept
    assert page.text.lstrip().startswith("Doctor: 1 failed, 1 ok" if kept else "Doctor: 1 error, 1 failed, 1 ok")


def test_selection_overrides_and_destroy_are_shown_at_the_top() -> None:
    built = document(
        complete=False,
        destroy=True,
        ledger=plan_parts.LedgerPart(state="present", serial=1),
        selection=plan_parts.SelectionPart(targets=["services/a b"], kinds=["roles"]),
        overrides=plan_parts.OverridesPart(allow_delete=["services/a"], allow_rollback=True, max_deletes=0),
        configuration=plan_parts.ConfigurationPart(
            digest="0", files=["a.yaml"], git=plan_parts.GitPart(commit="0123456789abcdef", dirty=True)
        ),
    )
    page = Page(document_as_html(built))

    assert "partial--target 'services/a b' --kind roles" in page.text
    assert "overrides--allow-delete services/a --max-deletes 0 --allow-rollback" in page.text
    assert "configurationa.yaml, commit 0123456789ab and uncommitted changes" in page.text
    assert f"{NOTHING_LEFT.removesuffix('.')}; only the selected part was compared." in page.text


def test_a_superseded_resource_and_its_successor_are_two_cards_of_one_node() -> None:
    page = Page(
        document_as_html(document(change("services/a/roles/b", "create"), change("services/a/roles/b", "delete")))
    )

    assert [(each["data-cards"]) for tag, each in page.nodes if tag == "li"] == ["c2 c1"]
    assert [each["href"] for _, each in page.nodes if each.get("class") == "node"] == ["#c2"]


def test_an_orphaned_resource_shows_its_advice() -> None:
    orphan = plan_parts.OrphanedPart(
        address="services/a/roles/b", sid="RL1", name="Boss", reason="no longer here", advice="write `prune: [roles]`"
    )
    page = Page(document_as_html(document(orphaned=[orphan], forgotten=[orphan])))

    assert page.text.count('services/a/roles/b (RL1, named "Boss"): no longer herewrite prune: [roles]') == 2
    assert "To be forgotten, left as they are in Twilio" in page.text


def test_a_mismatch_shows_the_line_to_paste(desk: Harness) -> None:
    kept = report_parts.MismatchPart(
        address="services/a", path="url", desired="x", live=None, accept="ignore: [url]", source=SOURCE
    )
    built = replace(report_parts.report_document(desk.apply(BASE), 12), mismatches=[kept])

    assert 'services/a#urlTwilio stored null instead of "x"' in Page(document_as_html(built)).text
    assert "To accept it, paste under lifecycle: ignore: [url]" in Page(document_as_html(built)).text


def test_a_sensitive_value_shows_only_its_state() -> None:
    secret = difference("secret", before="canary", after="(sensitive, changed)")
    page = Page(
        document_as_html(
            document(change("credentials/a", "update", before={}, sensitive=["secret"], differences=[secret])),
        )
    )

    assert "secretsensitive, changed" in page.text
    assert "canary" not in page.text


def test_words_that_differ_are_marked_within_their_text() -> None:
    url = difference("url", before="https://a.example.com/old", after="https://a.example.com/new")
    text = document_as_html(document(change("services/a", "update", before={"url": ""}, differences=[url])))

    assert "<del>&quot;https://a.example.com/<b>old</b>&quot;</del>" in text
    assert "<ins>&quot;https://a.example.com/<b>new</b>&quot;</ins>" in text


def test_unchanged_fields_are_folded() -> None:
    kept = {"type": "service", "friendly_name": "a"}
    made = change("services/a", "update", before=kept, after={**kept, "secret": "x"})
    page = Page(document_as_html(document(made)))

    assert "2 fields unchanged" in page.text
    assert page.text.index('secret"x"') < page.text.index("2 fields unchanged")


def test_a_reference_without_a_sid_links_to_the_resource() -> None:
    role = change("services/a/roles/b", "create")
    uses = change("services/a/configuration", "update", references=["role"], after={"role": "services/a/roles/b"})
    text = document_as_html(document(role, uses))

    assert '<a href="#c1">services/a/roles/b</a><small> known after apply</small>' in text


def test_a_section_with_one_resource_shares_its_line() -> None:
    page = Page(document_as_html(document(change("services/a", "create"), change("services/a/roles/b", "create"))))

    assert [each["data-cards"] for tag, each in page.nodes if tag == "li"] == ["c1", "c2"]
    assert "services/a create+roles/b create" in page.text


def test_a_plan_without_changes_says_so() -> None:
    assert NO_CHANGES in Page(document_as_html(document())).text


def test_a_partial_plan_and_another_server_are_shown() -> None:
    target = replace(document().target, base_url="http://127.0.0.1:8080", region="ie1")
    page = Page(document_as_html(document(complete=False, applyable=False, target=target)))

    for text in ("a part of the configuration only", "Blocked", "at http://127.0.0.1:8080", "region ie1"):
        assert text in page.text


def test_an_apply_shows_each_outcome_and_each_error(desk: Harness) -> None:
    built = report_parts.report_document(desk.apply(BASE), 5)
    why = report_parts.ErrorPart(summary="Twilio <says> no", hint="Fix it.", answer=None, source=SOURCE)
    first = replace(built.outcomes[0], status="failed", error=why)
    waiting = replace(built.outcomes[1], status="not_started", reason="it requires services/a, which failed")
    page = Page(document_as_html(replace(built, outcomes=[*built.outcomes[2:], waiting, first])))

    assert "Apply: 3 created, 4 updated" in page.text
    assert f"{first.address}{first.action}: failedTwilio <says> noFix it.confsync.yaml:7" in page.text
    assert f"{waiting.address}{waiting.action}: not startedit requires services/a, which failed" in page.text
    headings = re.findall(r"Failed or unknown 1|Not started 1|Done 5", page.text)
    assert headings == ["Failed or unknown 1", "Not started 1", "Done 5"]
    assert all(each.address in page.text for each in built.outcomes)


def test_a_run_without_a_plan_shows_its_diagnostics(desk: Harness) -> None:
    with pytest.raises(InvalidConfiguration) as wrong:
        desk.plan("version: 1\nservices: {a: {rolse: {}}}\n")
    text = document_as_html(documents.diagnostics_document(wrong.value.diagnostics, 3))
    page = Page(text)

    assert "Diagnostics: 1 error" in page.text
    assert "error CS2003: unknown key 'rolse'" in page.text
    assert "confsync.yaml:2:16" in page.text
    assert "services: {a: {<mark>rolse</mark>: {}}}" in text
