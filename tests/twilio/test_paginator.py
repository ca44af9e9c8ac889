"""Lists, from page to page, and what a list must not do to us."""

import asyncio
from collections.abc import Sequence

import pytest

from confsync.errors import MalformedResponse
from confsync.twilio.origin import Origin
from confsync.twilio.paginator import Paginator
from tests.twilio.scripted_api import api_at
from tests.twilio.scripted_server import Line, Scripted, Step, answer

PATH = "/v1/Services"


def sid(number: int) -> str:
    return f"IS{number:032x}"


def page(*numbers: int, onward: object = None) -> dict[str, object]:
    return {"services": [{"sid": sid(number)} for number in numbers], "meta": {"next_page_url": onward}}


class Linked:
    """Pages of which each names the next one on its own server, or on the one that is given."""

    def __init__(self, *pages: Sequence[int], base_url: str = "") -> None:
        self._pages = pages
        self._base_url = base_url
        self.server = Scripted(*(self._step(number) for number in range(len(pages))))

    def _step(self, number: int) -> Step:
        async def step(line: Line) -> None:
            last = number + 1 == len(self._pages)
            url = f"{self._base_url or self.server.base_url}{PATH}?PageSize=2&Page={number + 1}&PageToken=PT{number}"
            await answer(200, page(*self._pages[number], onward=None if last else url))(line)

        return step


async def walked(server: Scripted) -> list[list[int]]:
    numbers = {sid(number): number for number in range(10)}
    async with server, api_at(server.base_url) as api:
        return [[numbers[item["sid"]] for item in items] async for items in api.pages(PATH, "services", 2)]


def test_a_list_is_followed_to_its_end() -> None:
    linked = Linked([1, 2], [3, 4], [5])
    assert asyncio.run(walked(linked.server)) == [[1, 2], [3, 4], [5]]
    assert linked.server.targets == [
        "GET /v1/Services?PageSize=2",
        "GET /v1/Services?PageSize=2&Page=1&PageToken=PT0",
        "GET /v1/Services?PageSize=2&Page=2&PageToken=PT1",
    ]


def test_an_item_that_moves_to_a_later_page_is_counted_once() -> None:
    assert asyncio.run(walked(Linked([1, 2], [2, 3]).server)) == [[1, 2], [3]]


def test_an_empty_list_is_one_empty_page() -> None:
    assert asyncio.run(walked(Linked([]).server)) == [[]]


def test_behind_a_proxy_twilio_still_names_itself_and_the_request_stays_with_us() -> None:
    linked = Linked([1], [2], base_url="https://conversations.twilio.com")
    assert asyncio.run(walked(linked.server)) == [[1], [2]]
    assert len(linked.server.seen) == 2


CANARY_SHAPES = [
    "http://{canary}/v1/Services?Page=1",
    "https://{canary}/v1/Services?Page=1",
    "//{canary}/v1/Services?Page=1",
    "http://{own}@{canary}/v1/Services?Page=1",
    "http://{canary}\\@{own}/v1/Services?Page=1",
    "http://{canary}#@{own}/v1/Services?Page=1",
    "http://{canary}?@{own}/v1/Services?Page=1",
    "http:\\\\{canary}\\v1/Services?Page=1",
    "http:/{canary}/v1/Services?Page=1",
    "http:///{canary}/v1/Services?Page=1",
    "http://user:word@{canary}/v1/Services?Page=1",
    "http://{own}.{canary}/v1/Services?Page=1",
    "http://{canary}/\r\nHost: {own}/v1/Services?Page=1",
    "\thttp://{canary}/v1/Services?Page=1",
    "HTTP://{canary}/v1/Services?Page=1",
    "http://localhost:{port}/v1/Services?Page=1",
    "http://[::ffff:127.0.0.1]:{port}/v1/Services?Page=1",
    "https://conversations.twilio.com@{canary}/v1/Services?Page=1",
    "https://conversations.twilio.com.{canary}/v1/Services?Page=1",
    "https://conversations.twilio.com:{port}/v1/Services?Page=1",
    "http://conversations.twilio.com/v1/Services?Page=1",
    "ftp://{own}/v1/Services?Page=1",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("shape", CANARY_SHAPES)
def test_a_next_page_elsewhere_is_refused_and_nothing_is_sent_there(shape: str) -> None:
    async def follow() -> None:
        async with Scripted(answer(200, page(2))) as canary, Scripted(answer(200, page(1))) as first:
            url = shape.format(
                canary=f"127.0.0.1:{canary.port}", own=first.base_url.removeprefix("http://"), port=canary.port
            )
            server = Scripted(answer(200, page(1, onward=url)))
            with pytest.raises(MalformedResponse, match="next page"):
                await walked(server)
            assert (len(server.seen), canary.seen, first.seen) == (1, [], [])

    asyncio.run(follow())


@pytest.mark.parametrize(
    "shape",
    [
        "http://{canary}/v1/Services",
        "//{canary}/v1/Services",
        "https://{canary}/",
        "/v1/Elsewhere",
        "",
        "http:\\\\{canary}",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int, shape: str) -> None:
    async def follow() -> None:
        async with Scripted(answer(200, page(2))) as canary:
            location = shape.format(canary=f"127.0.0.1:{canary.port}")
            server = Scripted(answer(status, Location=location))
            with pytest.raises(MalformedResponse, match="a redirect, which confsync does not follow"):
                await walked(server)
            assert canary.seen == []
            assert set(server.targets) == {"GET /v1/Services?PageSize=2"}

    asyncio.run(follow())


def new_paginator() -> Paginator:
    return Paginator(Origin("https://conversations.twilio.com"), PATH, "services", 50)


def own(query: str) -> str:
    return f"https://conversations.twilio.com{PATH}?{query}"


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ({"meta": {"next_page_url": None}}, "has no list 'services'"),
        ({"roles": []}, "has no list 'services'"),
        ({"services": None}, "has no list 'services'"),
        ({"services": {"sid": sid(1)}}, "has no list 'services'"),
        ({"services": [None]}, "not an object with a SID"),
        ({"services": ["IS"]}, "not an object with a SID"),
        ({"services": [{"friendly_name": "x"}]}, "not an object with a SID"),
        ({"services": [{"sid": "../../v1/Credentials"}]}, "not an object with a SID"),
    ],
)
def test_a_page_without_a_proper_list_is_malformed(body: dict[str, object], how: str) -> None:
    with pytest.raises(MalformedResponse, match=how):
        new_paginator().new_items(body)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ({}, "does not say whether"),
        ({"meta": None}, "does not say whether"),
        ({"meta": {}}, "does not say whether"),
        (page(onward=7), "not an address"),
        (page(onward=[]), "not an address"),
        (page(onward=""), "not an address|another host"),
        (page(onward="https://[::1/v1/Services?Page=1"), "not an address"),
        (page(onward=own("PageSize=50")), "returns to an earlier page"),
        (page(onward="https://conversations.twilio.com/v1/Credentials?Page=1"), "another list"),
        (page(onward="https://conversations.twilio.com/v1/Services"), "another list"),
        (page(onward="https://conversations.twilio.com/v1/Services/../Credentials?Page=1"), "another list"),
        (page(onward=own("Page=1") + "#part"), "another list"),
    ],
)
def test_a_page_without_a_proper_next_one_is_malformed(body: dict[str, object], how: str) -> None:
    with pytest.raises(MalformedResponse, match=how):
        new_paginator().next_target(body)


def test_a_loop_over_several_pages_is_noticed() -> None:
    walking = new_paginator()
    walking.next_target(page(onward=own("Page=1")))
    walking.next_target(page(onward=own("Page=2")))
    with pytest.raises(MalformedResponse, match="earlier page"):
        walking.next_target(page(onward=own("Page=1")))


def test_pages_that_bring_nothing_new_are_not_followed_for_ever() -> None:
    walking = new_paginator()
    for _ in range(4):
        walking.new_items(page(1))
    with pytest.raises(MalformedResponse, match="anything new"):
        walking.new_items(page(1))


def test_a_list_has_an_end_somewhere() -> None:
    walking = new_paginator()
    for number in range(1, 10_000):
        walking.next_target(page(onward=own(f"Page={number}")))
    with pytest.raises(MalformedResponse, match=r"more than 10,000 pages"):
        walking.next_target(page(onward=own("Page=10000")))


BINDINGS = "/v1/Services/IS/Bindings"
NARROWED = (("BindingType", "apn"), ("BindingType", "fcm"), ("Identity", "a&b=c é"))
AS_SENT = "BindingType=apn&BindingType=fcm&Identity=a%26b%3Dc+%C3%A9"


def narrowed() -> Paginator:
    return Paginator(Origin("https://conversations.twilio.com"), BINDINGS, "bindings", 50, filters=NARROWED)


def test_a_filter_is_sent_with_the_first_page_and_may_be_repeated() -> None:
    assert narrowed().first_target == f"{BINDINGS}?{AS_SENT}&PageSize=50"
    assert new_paginator().first_target == f"{PATH}?PageSize=50"


@pytest.mark.parametrize(
    "query",
    [
        f"{AS_SENT}&PageSize=50&Page=1&PageToken=PTx%3D",
        "PageSize=50&Page=1&PageToken=PTx%3D",
        "BindingType=twilsock&PageSize=50&Identity=eve&Page=1&PageToken=PTx%3D",
        "PageSize=50&Binding%54ype=twilsock&Page=1&Identity&PageToken=PTx%3D&Identity=",
    ],
)
def test_the_filters_of_the_first_page_apply_to_every_next_page(query: str) -> None:
    onward = page(onward=f"https://conversations.twilio.com{BINDINGS}?{query}")
    assert narrowed().next_target(onward) == f"{BINDINGS}?{AS_SENT}&PageSize=50&Page=1&PageToken=PTx%3D"


def test_a_filtered_list_neither_loops_nor_leaves_its_path() -> None:
    for query, how in (("Identity=eve&PageSize=50", "earlier page"), ("Identity=eve#x", "another list")):
        with pytest.raises(MalformedResponse, match=how):
            narrowed().next_target(page(onward=f"https://conversations.twilio.com{BINDINGS}?{query}"))
    with pytest.raises(MalformedResponse, match="another list"):
        narrowed().next_target(page(onward=own("Page=1")))


def test_items_without_a_sid_are_identified_by_another_one() -> None:
    walking = Paginator(Origin("https://conversations.twilio.com"), PATH, "services", 50, id_key="conversation_sid")
    first, second = ({"conversation_sid": sid(number)} for number in (1, 2))
    assert walking.new_items({"services": [first]}) == [first]
    assert walking.new_items({"services": [first, second]}) == [second]
    with pytest.raises(MalformedResponse, match="not an object with a SID"):
        walking.new_items({"services": [{"sid": sid(3)}]})
