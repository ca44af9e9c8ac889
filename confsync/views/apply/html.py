"""An apply as an HTML page: what failed, what was not started and why, then what is done."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import asdict

from confsync.views import wording
from confsync.views.apply.document import ApplyDocument, MismatchPart, OutcomePart
from confsync.views.apply.text import outcome_groups, report_summary, stored_text
from confsync.views.html.diagnostics import errors_of, warnings_of
from confsync.views.html.outline import outline
from confsync.views.html.page import (
    NOTHING,
    Markup,
    address_markup,
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
from confsync.views.remarks import unchecked_remark

_Cards = Mapping[str, OutcomePart]


def apply_page(document: ApplyDocument) -> str:
    """Render the page of an apply."""
    counts = {name: count for name, count in asdict(document.summary).items() if count}
    large = [count_markup(count, _words(name), data_status=name) for name, count in counts.items()]
    large = large if document.outcomes else []
    sentence = ", ".join(f"{count:,} {_words(name)}" for name, count in counts.items())
    sentence = sentence if document.outcomes else report_summary(document)
    target = element("p", wording.target_text(document.target), class_="target")
    errors = errors_of(document)
    cards = {f"c{number}": each for number, each in enumerate(document.outcomes, 1)}
    return page(
        f"Apply: {sentence}",
        header("Apply", _badges(document), large or [joined([sentence])], target, *errors, facts(_facts(document))),
        _body(document, cards),
        facets=_facets(document),
        outline=outline({name: (each.address, each.actions) for name, each in cards.items()}),
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _badges(document: ApplyDocument) -> Iterator[Markup]:
    if document.target.emulator:
        yield element("span", "emulator", class_="badge")


def _facts(document: ApplyDocument) -> Iterator[tuple[str, Markup]]:
    yield "configuration", joined([wording.configuration_text(document.configuration)])
    yield "requests", joined([f"{document.requests.reads:,} read, {document.requests.writes:,} written"])
    yield "exit code", joined([str(document.exit_code)])
    yield "made", joined([f"by confsync {document.confsync_version}"])


def _facets(document: ApplyDocument) -> Iterator[Markup]:
    """Render the filters for the outcomes."""
    statuses = Counter[str](each.status for _, outcomes in outcome_groups(document) for each in outcomes)
    actions = Counter[str](action for each in document.outcomes for action in each.actions)
    yield facet("Outcomes", "status", statuses, _status)
    yield facet("Actions", "actions", actions, lambda action: (sign([action]), element("span", action)))


def _status(status: str) -> Sequence[Markup]:
    return element("i", "•", class_="sign", data_status=status, aria_hidden="true"), element("span", _words(status))


def _body(document: ApplyDocument, cards: _Cards) -> Iterator[Markup]:
    yield from warnings_of(document)
    names = {id(each): name for name, each in cards.items()}
    for title, outcomes in outcome_groups(document):
        yield _section(title, [_outcome(each, names[id(each)]) for each in outcomes])
    if document.mismatches:
        yield _section(wording.MISMATCHES, list(map(_mismatch, document.mismatches)))
    yield left_alone(unchecked_remark(document.unchecked))


def _section(title: str, rows: Sequence[Markup]) -> Markup:
    return element("section", headed(title, len(rows)), element("div", *rows, class_="group"))


def _outcome(outcome: OutcomePart, name: str) -> Markup:
    """Render how one change ended; unless it is done, also why and what to do."""
    status = element("span", f"{', '.join(outcome.actions)}: {_words(outcome.status)}", class_="actions")
    why = element("p", prose(outcome.reason)) if outcome.reason else NOTHING
    body = joined((why, *_error(outcome)))
    return element(
        "div",
        element("div", sign(outcome.actions), address_markup(outcome.address), status, class_="line"),
        element("div", body, class_="body") if body else NOTHING,
        class_="change entry",
        id=name,
        tabindex="-1",
        data_actions=" ".join(outcome.actions),
        data_status=outcome.status,
    )


def _error(outcome: OutcomePart) -> Iterator[Markup]:
    if outcome.error:
        yield element("p", prose(outcome.error.summary), class_="loss")
        yield element("p", prose(outcome.error.hint)) if outcome.error.hint else NOTHING
        yield element("p", element("code", wording.place_text(outcome.error.source)), class_="why")


def _mismatch(mismatch: MismatchPart) -> Markup:
    """Render a value that Twilio stored differently, and what to paste to accept it."""
    hint = element(
        "p",
        "To accept it, paste under ",
        element("code", "lifecycle"),
        ": ",
        element("code", mismatch.accept, class_="chip"),
    )
    body = (
        element("p", stored_text(mismatch)),
        hint if mismatch.accept else NOTHING,
        element("p", element("code", wording.place_text(mismatch.source)), class_="why"),
    )
    place = f"{mismatch.address}#{mismatch.path}" if mismatch.path else mismatch.address
    line = element("div", address_markup(place), class_="line")
    return element("div", line, element("div", *body, class_="body"), class_="change")
