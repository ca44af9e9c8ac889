"""Lists are paginated, and each page links to its neighbours."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.emulator.client import Client


@pytest.fixture
def seven(client: Client) -> list[str]:
    """The SIDs of all seven services."""
    for number in range(6):
        client.made("/Services", {"FriendlyName": f"service {number}"})
    return [each["sid"] for each in client.get("/Services").body["services"]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as a client sees it."""

    number: int
    sids: list[str]
    previous: str | None
    following: str | None


def follow(client: Client, url: str | None) -> Page:
    """Fetch the page at an absolute URL."""
    assert url is not None
    parts = urlsplit(url)
    body = client.get(parts.path.removeprefix("/v1"), parts.query).body
    meta = body["meta"]
    sids = [each["sid"] for each in body["services"]]
    return Page(meta["page"], sids, meta["previous_page_url"], meta["next_page_url"])


def test_a_single_page_has_no_next_or_previous_page(client: Client) -> None:
    assert client.get("/Services").body["meta"] == {
        "page": 0,
        "page_size": 50,
        "first_page_url": "http://127.0.0.1/v1/Services?PageSize=50&Page=0",
        "previous_page_url": None,
        "url": "http://127.0.0.1/v1/Services?PageSize=50&Page=0",
        "next_page_url": None,
        "key": "services",
    }


def test_following_the_next_page_returns_everything_once(client: Client, seven: list[str]) -> None:
    page = follow(client, "/v1/Services?PageSize=3")
    pages = [page]
    while page.following:
        page = follow(client, page.following)
        pages.append(page)
    assert [page.sids for page in pages] == [seven[:3], seven[3:6], seven[6:]]
    assert [page.number for page in pages] == [0, 1, 2]


def test_following_the_previous_page_leads_back_to_the_first(client: Client, seven: list[str]) -> None:
    last = follow(client, follow(client, "/v1/Services?PageSize=4").following)
    first = follow(client, last.previous)
    assert first.sids == seven[:4]
    assert first.previous is None
    assert follow(client, first.following).sids == seven[4:]


def test_deleting_an_earlier_row_does_not_shift_a_page(client: Client, seven: list[str]) -> None:
    second = follow(client, "/v1/Services?PageSize=3").following
    client.delete(f"/Services/{seven[1]}")
    assert follow(client, second).sids == seven[3:6]


def test_a_page_whose_rows_were_deleted_is_empty(client: Client, seven: list[str]) -> None:
    second = follow(client, "/v1/Services?PageSize=6").following
    client.delete(f"/Services/{seven[6]}")
    emptied = follow(client, second)
    assert (emptied.sids, emptied.following) == ([], None)
    assert follow(client, emptied.previous).sids == seven[:6]


def test_the_next_page_has_the_host_of_the_request(client: Client, seven: list[str]) -> None:
    assert len(seven) == 7
    elsewhere = Client(client.emulator, host="localhost:8080")
    next_page = elsewhere.get("/Services", "PageSize=2").body["meta"]["next_page_url"]
    assert next_page.startswith("http://localhost:8080/v1/Services?PageSize=2&Page=1&PageToken=PT")
