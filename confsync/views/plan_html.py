"""A plan as an HTML page: what is destroyed first, then the rest, service by service."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from confsync.twilio.origin import is_twilio
from confsync.views import wording
from confsync.views.change_html import DESTROYS, Links, card, levels, link, risk_markup, sign
from confsync.views.documents import Document
from confsync.views.outline_html import Leaf, outline
from confsync.views.page_html import NOTHING, Markup, diagnostic_markup, element, facts, joined, page
from confsync.views.plan_document import ChangePart, DriftDocument, GuardrailPart, OrphanedPart, PlannedDocument
from confsync.views.report_html import report_as_html
from confsync.views.severity import LEVELS, sorted_risks


def document_as_html(document: Document) -> str:
    """Render the page of any document."""
    if not isinstance(document, PlannedDocument):
        return report_as_html(document)
    cards = {f"c{number}": change for number, change in enumerate(document.changes, 1)}
    links = {change.address: name for name, change in reversed(cards.items())}
    return page(
        f"{_title(document)}: {_sentence(document)}",
        _header(document),
        _body(document, cards, links),
        facets=_facets(document),
        outline=_outline(cards),
    )


def _title(document: PlannedDocument) -> str:
    return "Drift" if isinstance(document, DriftDocument) else "Plan"


def _sentence(document: PlannedDocument) -> str:
    """Count the actions, most severe first."""
    counts = [f"{count:,} to {action}" for action, count in _counts(document).items()]
    return ", ".join(counts) or ("Nothing can be applied." if document.guardrails else wording.plan_summary(document))


def _counts(document: PlannedDocument) -> Mapping[str, int]:
    """Count the changes of each action, most severe first and unknown ones last."""
    counted = Counter[str](action for change in document.changes for action in change.actions)
    return {action: counted[action] for action in dict.fromkeys((*wording.SYMBOLS, *counted)) if counted[action]}


def _header(document: PlannedDocument) -> Markup:
    counts = [
        element("span", element("b", f"{count:,}"), f" to {action}", data_actions=action, class_="count")
        for action, count in _counts(document).items()
    ]
    badges = [element("span", each, class_="badge") for each in _badges(document)]
    return element(
        "header",
        element("h1", _title(document), *badges),
        element("p", *(counts or (_sentence(document),)), class_="counts"),
        facts(_facts(document)),
    )


def _badges(document: PlannedDocument) -> Iterator[str]:
    if document.target.emulator:
        yield "emulator"
    if document.destroy:
        yield "destroy"
    if not document.complete:
        yield "a part of the configuration only"
    if not document.applyable:
        yield "blocked"


def _facts(document: PlannedDocument) -> Iterator[tuple[str, Markup]]:
    target, ledger, requests = document.target, document.ledger, document.requests
    yield "account", element("code", target.account_sid)
    yield "environment", joined([target.environment or "none (account not checked)"])
    if target.region:
        yield "region", joined([target.region])
    if not target.emulator and not is_twilio(target.base_url):
        yield "server", element("code", target.base_url)
    yield "ledger", joined(["none" if ledger.serial is None else f"serial {ledger.serial}"])
    yield "configuration", joined([", ".join(document.configuration.files)])
    if git := document.configuration.git:
        yield "revision", joined([wording.commit_text(git)])
    yield from ((name.lower(), element("code", text)) for name, text in wording.intent_lines(document))
    yield "requests", joined([f"{requests.reads:,} read, {requests.writes:,} to write"])
    made = element("time", document.created_at.replace("T", " "), datetime=document.created_at)
    yield "made", joined([made, f" by confsync {document.confsync_version}"])


def _facets(document: PlannedDocument) -> Iterator[Markup]:
    """Render the filters for the changes."""
    actions = _counts(document)
    if actions:
        yield _facet("Actions", "action", actions)
    found = Counter(level for change in document.changes for level in levels(change))
    if found:
        yield _facet("Risks", "risk", {level: found[level] for level in LEVELS if found[level]})


def _facet(title: str, name: str, counts: Mapping[str, int]) -> Markup:
    choices = [
        element(
            "label",
            element("input", type="checkbox", name=name, value=each),
            sign(each, wording.SYMBOLS.get(each, "•")),
            element("span", f"{each} risk" if name == "risk" else each),
            element("small", f"{count:,}"),
        )
        for each, count in counts.items()
    ]
    return element("fieldset", element("legend", title, class_="unseen"), *choices)


def _outline(cards: Mapping[str, ChangePart]) -> Markup:
    if not cards:
        return NOTHING
    leaves = [Leaf(tuple(change.address.split("/")), change, name) for name, change in cards.items()]
    return element("details", element("summary", "Resources"), element("nav", outline(leaves)), id="outline", open=True)


def _body(document: PlannedDocument, cards: Mapping[str, ChangePart], links: Links) -> Iterator[Markup]:
    yield from (_guardrail(each, links) for each in document.guardrails)
    yield from map(diagnostic_markup, document.diagnostics)
    yield _risks(cards)
    destroyed = {name: change for name, change in cards.items() if DESTROYS.intersection(change.actions)}
    others = {name: change for name, change in cards.items() if name not in destroyed}
    yield _changes("Destroyed", destroyed, links)
    yield _changes("Changed" if destroyed else "Changes", others, links)
    yield _left_alone(wording.ORPHANED, list(map(_orphan, document.orphaned)))
    yield _left_alone(wording.FORGOTTEN, list(map(_orphan, document.forgotten)))
    yield _left_alone(wording.UNMANAGED, list(_unmanaged(document)))


def _guardrail(guardrail: GuardrailPart, links: Links) -> Markup:
    """Render a reason why the plan is blocked, and what to type to allow it."""
    about = [element("li", link(each, links)) for each in guardrail.addresses]
    hint = element("code", guardrail.override) if guardrail.override else element("span", "nothing")
    return element(
        "section",
        element("h2", f"Blocked: {guardrail.rule}"),
        element("p", guardrail.text),
        element("ul", *about) if about else NOTHING,
        element("p", "To allow it: ", hint),
        class_="guardrail",
    )


def _risks(cards: Mapping[str, ChangePart]) -> Markup:
    """Render every risk, most severe first, with a link to its change."""
    names = {id(change): name for name, change in cards.items()}
    rows = [
        element("li", risk_markup(risk), " ", element("a", change.address, href=f"#{names[id(change)]}"))
        for change, risk in sorted_risks(cards.values())
    ]
    return element("section", _headed("Risks", len(rows)), element("ul", *rows), class_="risks") if rows else NOTHING


def _changes(title: str, cards: Mapping[str, ChangePart], links: Links) -> Markup:
    """Render changes grouped by service: a browser lays out only the groups in sight."""
    groups: dict[str, list[Markup]] = {}
    for name, change in cards.items():
        groups.setdefault("/".join(change.address.split("/")[:2]), []).append(card(change, name, links))
    if not groups:
        return NOTHING
    shown = [element("div", *each, class_="group") for each in groups.values()]
    return element("section", _headed(title, len(cards)), *shown, class_="changes")


def _headed(title: str, count: int) -> Markup:
    return element("h2", f"{title} ", element("small", f"{count:,}"))


def _orphan(orphan: OrphanedPart) -> Markup:
    """Render a resource that is left alone, why, and what to write to change that."""
    why = element("span", f"{orphan.reason}; {orphan.advice}" if orphan.advice else orphan.reason)
    named = wording.has_other_name(orphan.name, orphan.address)
    name = (" ", element("span", wording.quoted(orphan.name or ""))) if named else ()
    return element("div", element("dt", orphan.address), element("dd", element("code", orphan.sid), *name, " ", why))


def _unmanaged(document: PlannedDocument) -> Iterator[Markup]:
    for each in document.unmanaged:
        yield element("div", element("dt", each.address), element("dd", element("code", each.sid or "")))


def _left_alone(title: str, rows: Sequence[Markup]) -> Markup:
    if not rows:
        return NOTHING
    return element("details", element("summary", _headed(title, len(rows))), element("dl", *rows), class_="left-alone")
