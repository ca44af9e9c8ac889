"""A plan as an HTML page: what blocks it, what it risks, what it destroys, then the rest, service by service."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from confsync.views import wording
from confsync.views.consequence import RiskRow, risk_rows
from confsync.views.html.diagnostics import errors_of, warnings_of
from confsync.views.html.outline import outline
from confsync.views.html.page import (
    NOTHING,
    Markup,
    count_markup,
    element,
    facet,
    facts,
    headed,
    header,
    joined,
    left_alone,
    page,
    prose,
    sign,
)
from confsync.views.plan.change_html import Links, card, level_markup, levels, link
from confsync.views.plan_document import (
    ChangePart,
    GuardrailPart,
    LeftAloneDocument,
    MissingSecretPart,
    PlannedDocument,
)
from confsync.views.remarks import remarks_of, unmanaged_count
from confsync.views.severity import LEVELS, Severity
from confsync.views.summary import plan_summary

_FEW = 3
"""A row of risks names up to this many resources; the others can be unfolded."""


def plan_page(document: PlannedDocument) -> str:
    """Render the page of a plan."""
    cards = {f"c{number}": change for number, change in enumerate(document.changes, 1)}
    links = {change.address: name for name, change in reversed(cards.items())}
    return page(
        f"Plan: {'blocked; ' if wording.blocked_text(document) else ''}{_sentence(document)}",
        _header(document, links),
        _body(document, cards, links),
        facets=_facets(document),
        outline=outline({name: (change.address, change.actions) for name, change in cards.items()}),
    )


def _sentence(document: PlannedDocument) -> str:
    """Count the actions, most severe first."""
    counts = [f"{count:,} to {action}" for action, count in _counts(document).items()]
    return ", ".join(counts) or ("Nothing can be applied." if document.guardrails else plan_summary(document))


def _counts(document: PlannedDocument) -> Mapping[str, int]:
    """Count the changes of each action, most severe first and unknown ones last."""
    counted = Counter[str](action for change in document.changes for action in change.actions)
    return {action: counted[action] for action in dict.fromkeys((*wording.SYMBOLS, *counted)) if counted[action]}


def _header(document: PlannedDocument, links: Links) -> Markup:
    counts = [count_markup(count, f"to {action}", data_actions=action) for action, count in _counts(document).items()]
    changes = {change.address: change for change in document.changes}
    return header(
        "Plan",
        badges(document),
        counts or [joined([_sentence(document)])],
        *as_of_line(document),
        element("p", wording.target_text(document.target, document.ledger), class_="target"),
        *errors_of(document),
        element(
            "section",
            *(guardrail_card(each, changes, links) for each in document.guardrails),
            *(_missing_secret(each, changes) for each in document.missing_secrets),
        ),
        facts(plan_facts(document)),
    )


def badges(document: LeftAloneDocument) -> Iterator[Markup]:
    """Mark a page that is blocked, or that is about less than the whole account."""
    if wording.blocked_text(document):
        yield element("strong", "Blocked", class_="badge blocked")
    if document.target.emulator:
        yield element("span", "emulator", class_="badge")
    if document.destroy:
        yield element("span", "destroy", class_="badge")
    if document.as_of:
        yield element("span", "against a snapshot", class_="badge")
    if wording.is_partial(document):
        yield element("span", "a part of the configuration only", class_="badge")


def as_of_line(document: LeftAloneDocument) -> Iterator[Markup]:
    """Say that a plan was made against a snapshot, and when that was taken."""
    if as_of := wording.as_of_text(document):
        yield element("p", element("strong", as_of))


def plan_facts(document: LeftAloneDocument) -> Iterator[tuple[str, Markup]]:
    """Say what the page was made from."""
    requests, made = document.requests, document.created_at
    yield "configuration", joined([wording.configuration_text(document.configuration)])
    yield from ((name.lower(), element("code", text)) for name, text in wording.intent_lines(document))
    yield "requests", joined([f"{requests.reads:,} read, {requests.writes:,} to write"])
    time = element("time", made.replace("T", " "), datetime=made)
    yield "made", joined([time, f" by confsync {document.confsync_version}"])


def _facets(document: PlannedDocument) -> Iterator[Markup]:
    """Render the filters for the entries."""
    found = Counter(level for change in document.changes for level in levels(change))
    risks = {level: found[level] for level in LEVELS if found[level]}
    yield facet("Actions", "actions", _counts(document), lambda action: (sign([action]), element("span", action)))
    yield facet("Risks", "risks", risks, lambda level: (_dot(level), element("span", f"{level} risk")))


def _dot(level: str) -> Markup:
    return element("i", "•", class_="sign", data_level=level, aria_hidden="true")


def _body(document: PlannedDocument, cards: Mapping[str, ChangePart], links: Links) -> Iterator[Markup]:
    yield from warnings_of(document)
    yield _risks(cards)
    destroyed = {name: change for name, change in cards.items() if Severity.of(change) is Severity.LOSS}
    others = {name: change for name, change in cards.items() if name not in destroyed}
    yield _changes("Destroyed", destroyed, links)
    yield _changes("Changed" if destroyed else "Changes", others, links)
    yield from map(left_alone, remarks_of(document, most=None))
    if unmanaged := unmanaged_count(document):
        yield element("p", prose(unmanaged))


def guardrail_card(guardrail: GuardrailPart, changes: Mapping[str, ChangePart], links: Links) -> Markup:
    """Render a reason why the plan is blocked, and what to type to allow it."""
    about = [changes[each] for each in guardrail.addresses if each in changes]
    others = [element("li", link(each, links)) for each in guardrail.addresses if each not in guardrail.text]
    return element(
        "section",
        element("h2", f"Blocked: {guardrail.rule}"),
        element("p", *_with_links(guardrail.text, guardrail.addresses, links)),
        element("ul", *others) if others else NOTHING,
        element("p", prose(wording.permission_text(guardrail), class_="chip")),
        class_="guardrail entry",
        **_data(about),
    )


def _missing_secret(missing: MissingSecretPart, changes: Mapping[str, ChangePart]) -> Markup:
    """Render a secret that an apply has to send and that has no value here."""
    place = element("code", wording.place_text(missing.source)) if missing.source else NOTHING
    return element(
        "section",
        element("h2", "Blocked: secret"),
        element("p", f"{missing.address}: {missing.text} ", place),
        element("p", prose(f"To allow it: {missing.hint}", class_="chip")),
        class_="guardrail entry",
        **_data([changes[missing.address]] if missing.address in changes else []),
    )


def _with_links(text: str, addresses: Iterable[str], links: Links) -> Iterator[Markup]:
    """Render a sentence, in which each address that has a card links to it."""
    known = sorted((each for each in addresses if each in links), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, known))})", text) if known else [text]
    yield from (link(each, links) if number % 2 else prose(each) for number, each in enumerate(pieces))


def _risks(cards: Mapping[str, ChangePart]) -> Markup:
    """Render every risk, most severe first, with links to its changes."""
    names = {id(change): name for name, change in cards.items()}
    rows = [_risk(row, names) for row in risk_rows(cards.values())]
    if not rows:
        return NOTHING
    titles = element("tr", *(element("th", each, scope="col") for each in ("Level", "Resource", "Risk")))
    table = element("table", element("thead", titles), element("tbody", *rows))
    return element("section", headed("Risks", len(rows)), table, class_="risks")


def _risk(row: RiskRow, names: Mapping[int, str]) -> Markup:
    about = [element("a", each.address, href=f"#{names[id(each)]}") for each in row.changes]
    more = element("summary", f"and {len(about) - _FEW:,} more")
    rest = element("details", more, *(element("p", each) for each in about[_FEW:])) if about[_FEW:] else NOTHING
    return element(
        "tr",
        element("td", level_markup(row.level)),
        element("td", *(element("p", each) for each in about[:_FEW]), rest),
        element("td", prose(row.text)),
        class_="entry",
        data_actions=_data(row.changes)["data_actions"],
        data_risks=row.level,
    )


def _data(changes: Sequence[ChangePart]) -> dict[str, str]:
    """Return the attributes by which an entry about changes is filtered."""
    actions = dict.fromkeys(chain.from_iterable(each.actions for each in changes))
    return {
        "data_actions": " ".join(actions),
        "data_risks": " ".join({level: "" for each in changes for level in levels(each)}),
    }


def _changes(title: str, cards: Mapping[str, ChangePart], links: Links) -> Markup:
    """Render changes grouped by service."""
    groups: dict[str, list[Markup]] = {}
    for name, change in cards.items():
        groups.setdefault("/".join(change.address.split("/")[:2]), []).append(card(change, name, links))
    if not groups:
        return NOTHING
    shown = [element("div", *each, class_="group") for each in groups.values()]
    return element("section", headed(title, len(cards)), *shown, class_="changes")
