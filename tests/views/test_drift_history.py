"""The history of drift in every format, with no run, one run and a thousand."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from confsync.history.history import FindingSpan, TargetHistory
from confsync.history.run import DetailedRun, DriftTarget
from confsync.history.trend import MOST_PERIODS
from confsync.views.drift.history import (
    HistoryDocument,
    duration_text,
    history_as_markdown,
    history_as_text,
    history_document,
    target_title,
)
from confsync.views.drift.history_html import MOST_OPEN, history_page
from tests.history.runs import FIRST_NIGHT, PROD, STAGING, finding, night, random_nights, recorded


def document(tmp_path: Path, runs: list[DetailedRun], now: datetime = FIRST_NIGHT) -> HistoryDocument:
    return history_document(recorded(tmp_path / "history.db", runs).contents(), now, 0)


def test_a_history_without_a_run_says_so(tmp_path: Path) -> None:
    empty = document(tmp_path, [])
    assert history_as_text(empty) == "The history contains no run.\n"
    assert "The history contains no run." in history_as_markdown(empty)
    assert "The history contains no run." in history_page(empty)


def test_one_run_has_a_chart_of_its_own_day(tmp_path: Path) -> None:
    page = history_page(document(tmp_path, [night(0, [finding("agent")])]))
    assert "2026-03-01: 1 changed in Twilio" in page
    assert page.count('class="gap"') == 13
    assert "From 2026-03-01 to 2026-03-01, the most were 1 on 2026-03-01" in page


def test_partial_runs_alone_have_no_chart(tmp_path: Path) -> None:
    page = history_page(document(tmp_path, [night(0, complete=False)]))
    assert "<svg" not in page
    assert "There is no complete run yet" in page


def test_a_thousand_runs_make_a_page_of_bounded_size() -> None:
    runs = tuple(night(number, [finding(str(number % 9))], complete=number % 7 != 0) for number in range(1_000))
    spans = (
        FindingSpan(
            finding=finding(f"role {number}"),
            opened=runs[number].at,
            closed=runs[number + 1].at if number % 2 else None,
        )
        for number in range(999)
    )
    page = history_page(history_document([TargetHistory(PROD, runs, tuple(spans))], FIRST_NIGHT, 0))
    assert len(page) < 200_000
    assert page.count("<g>") <= MOST_PERIODS
    assert f"And {500 - MOST_OPEN:,} more." in page
    assert "Each bar is the last complete run of a month." in page


def test_the_text_and_the_document_have_the_same_numbers(tmp_path: Path) -> None:
    nights = [night(0, [finding("agent")]), night(1, [finding("agent"), finding("x", sort="unmanaged")]), night(2)]
    found = document(tmp_path, [*nights, night(3, [finding("clerk")])], FIRST_NIGHT + timedelta(days=4, hours=2))
    (only,) = found.targets
    assert (only.runs, only.partial_runs, only.runs_without_differences) == (4, 0, 1)
    assert to_builtins(only.differences) == {
        "name": "differences",
        "open": 1,
        "found": 2,
        "repaired": 1,
        "mean_seconds_to_repair": 2 * 86_400.0,
    }
    assert [each.name for each in only.sorts] == ["live", "unmanaged"]
    assert [(each.name, each.open) for each in only.sections] == [("roles", 1)]
    text = history_as_text(found)
    assert "  Mean time to repair: 2 d (1 of 2 differences repaired)." in text.splitlines()
    assert "  services/desk/roles/clerk#permissions  changed in Twilio  1 d 2 h" in text.splitlines()
    assert text.splitlines()[-1] == "1 open difference after 4 runs."
    assert all("services/desk/roles/clerk" in each for each in (history_as_markdown(found), history_page(found)))


def test_the_table_has_every_number_of_the_chart(tmp_path: Path) -> None:
    found = document(tmp_path, list(random_nights(40, seed=3)))
    (only,) = found.targets
    page = history_page(found)
    table = re.search(r'aria-label="Findings over time".*?</table>', page, re.DOTALL)
    assert table
    for period in only.periods:
        row = re.search(rf">{period.start}</th>(.*?)</tr>", table[0])
        assert row
        numbers = [int(each) for each in re.findall(r">(\d+)</td>", row[1])]
        assert sorted(filter(None, numbers[:-1])) == sorted(filter(None, (period.counts or {}).values()))
        shown = sum(count for sort, count in (period.counts or {}).items() if sort != "unmanaged")
        assert numbers[-1:] == ([] if period.counts is None else [shown])


def test_every_environment_has_a_section(tmp_path: Path) -> None:
    runs = [night(0, target=target) for target in (PROD, STAGING)]
    page = history_page(document(tmp_path, runs))
    assert re.findall(r'<h2 id="t\d">(\w+)', page) == ["prod", "staging"]
    assert re.findall(r'href="#t\d">(\w+)', page) == ["prod", "staging"]


class Nodes(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(name for name, _ in attrs)]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt;</title></style></svg>",
    "\u202e\u0000\x1b[31m",
    "$body ${style} %s",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_adds_no_element(name: str, tmp_path: Path) -> None:
    target = DriftTarget(account_sid="AC", environment="prod", region=None, host="twilio.com")

    def page(text: str) -> list[str]:
        found = replace(finding("x"), address=f"services/{text}", section=text, path=text, shown=text)
        run = night(0, [found], target=replace(target, environment=text))
        nodes = Nodes()
        nodes.feed(history_page(document(tmp_path, [run])))
        (tmp_path / "history.db").unlink()
        return nodes.found

    assert page(name) == page("harmless")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "none"),
        (5, "under 1 min"),
        (60, "1 min"),
        (3_700, "1 h 1 min"),
        (90_061, "1 d 1 h"),
        (8_640_000, "100 d"),
    ],
)
def test_a_duration_has_two_units(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_target_is_named_with_what_tells_it_from_others(tmp_path: Path) -> None:
    other = DriftTarget(account_sid="ACb", environment=None, region="ie1", host="127.0.0.1:80")
    (only,) = document(tmp_path, [night(0, target=other)]).targets
    assert target_title(only) == "account ACb in region ie1 at 127.0.0.1:80"


def test_the_page_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    page = unescape(history_page(document(tmp_path, [night(0, [finding("agent")])])))
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert json.dumps("style=") not in page
