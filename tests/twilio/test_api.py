"""What is sent, and what is made of the answer."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable

import httpx
import pytest

from confsync import __version__
from confsync.errors import ApiError, ConfsyncError, MalformedResponse, NotAuthorised, NotFound, OutcomeUnknown
from confsync.secret import Secret
from confsync.twilio.api import create_api
from confsync.twilio.credentials import Credentials
from confsync.twilio.limits import WRITES_PER_SECOND
from confsync.twilio.origin import Origin
from tests.twilio.scripted_api import (
    ACCOUNT_SID,
    CERTIFICATE_CANARY,
    SERVICE,
    SERVICE_PATH,
    TOKEN,
    VERBS,
    api_at,
    create,
    reported,
)
from tests.twilio.scripted_server import Line, Scripted, Step, answer, reset
from tests.twilio.still_clock import StillClock

GOOD = answer(200, SERVICE)


def test_a_request_has_the_signature_and_nothing_that_makes_twilio_call_webhooks() -> None:
    _, server, _, _ = asyncio.run(reported(VERBS["read"], GOOD))
    (seen,) = server.seen
    signature = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert seen.headers == {
        "host": f"127.0.0.1:{server.port}",
        "authorization": f"Basic {signature}",
        "user-agent": f"confsync/{__version__}",
        "accept": "application/json",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_write_is_a_form_in_which_secrets_are_revealed_and_keys_may_repeat(verb: str) -> None:
    async def write() -> Scripted:
        async with Scripted(GOOD) as server, api_at(server.base_url) as api:
            params = [
                ("Filters", "a b"),
                ("Filters", "c&d"),
                ("PrivateKey", Secret("k=+\n")),
                ("Name", "Zoë"),
                ("X", ""),
            ]
            assert await getattr(api, verb)("/v1/Things", params) == SERVICE
            return server

    (seen,) = asyncio.run(write()).seen
    assert (seen.method, seen.target) == ("POST", "/v1/Things")
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.body == b"Filters=a+b&Filters=c%26d&PrivateKey=k%3D%2B%0A&Name=Zo%C3%AB&X="


def test_a_list_is_filtered_on_every_page_and_any_sid_can_identify_its_items() -> None:
    async def read() -> tuple[list[object], list[str]]:
        first, second = ({"conversation_sid": f"CH{number:032x}"} for number in (1, 2))
        onward = "https://conversations.twilio.com/v1/Rooms?PageSize=1&Page=1"
        server = Scripted(
            answer(200, {"rooms": [first], "meta": {"next_page_url": onward}}),
            answer(200, {"rooms": [first, second], "meta": {"next_page_url": None}}),
        )
        async with server, api_at(server.base_url) as api:
            filters = [("Type", "a b"), ("Type", "c")]
            pages = api.pages("/v1/Rooms", "rooms", 1, filters=filters, id_key="conversation_sid")
            return [item["conversation_sid"][-1] async for page in pages for item in page], server.targets

    assert asyncio.run(read()) == (
        ["1", "2"],
        ["GET /v1/Rooms?Type=a+b&Type=c&PageSize=1", "GET /v1/Rooms?Type=a+b&Type=c&PageSize=1&Page=1"],
    )


@pytest.mark.parametrize("ahead", [False, True])
def test_the_further_pages_of_a_list_can_go_ahead_of_what_waits(*, ahead: bool) -> None:
    async def read() -> list[str]:
        onward = "https://conversations.twilio.com/v1/Services?PageSize=1&Page=1"
        first, other = ({"sid": f"IS{number:032x}"} for number in (1, 2))
        server = Scripted(
            answer(200, {"services": [first], "meta": {"next_page_url": onward}}),
            *[answer(200, {"services": [other], "meta": {"next_page_url": None}, **SERVICE})] * 3,
        )
        async with server, api_at(server.base_url, concurrency=1) as api:

            async def list_services() -> None:
                async for _ in api.pages("/v1/Services", "services", 1, ahead=ahead):
                    pass

            await asyncio.gather(list_services(), api.get(SERVICE_PATH), api.get(SERVICE_PATH))
            return [target.partition("?")[2] or "waits" for target in server.targets]

    first_page, next_page, waits = "PageSize=1", "PageSize=1&Page=1", ["waits"] * 2
    # a request that waits has been admitted by the time that the next page is known
    expected = [waits[0], next_page, waits[1]] if ahead else [*waits, next_page]
    assert asyncio.run(read()) == [first_page, *expected]


def test_a_write_is_repeated_with_the_same_bytes() -> None:
    async def write() -> Scripted:
        async with Scripted(answer(429), GOOD) as server, api_at(server.base_url) as api:
            await api.create("/v1/Things", iter([("Name", "x")]))
            return server

    first, second = asyncio.run(write()).seen
    assert first == second


def test_reads_and_writes_are_counted_as_they_were_sent() -> None:
    async def use() -> None:
        async with Scripted(answer(503), GOOD) as server, api_at(server.base_url) as api:
            await api.get(SERVICE_PATH)
            await api.delete(SERVICE_PATH)
            await create(api)
            assert api.requests == {"reads": 2, "writes": 2}

    asyncio.run(use())


@pytest.mark.parametrize("username", ["SK" + "b" * 32, ACCOUNT_SID])
def test_the_account_is_what_the_api_says_and_not_what_the_credentials_say(username: str) -> None:
    async def ask() -> str:
        async with Scripted(answer(200, {"account_sid": "AC" + "c" * 32})) as server:
            credentials = Credentials(ACCOUNT_SID, username, Secret(TOKEN))
            async with create_api(Origin(server.base_url), credentials) as api:
                return await api.account()

    assert asyncio.run(ask()) == "AC" + "c" * 32


@pytest.mark.parametrize(
    "sid", [None, 7, "", "AC", "IS" + "a" * 32, "AC" + "a" * 31, "AC" + "A" * 32, "AC" + "a" * 32 + "\n"]
)
def test_a_response_that_names_no_account_is_malformed(sid: object) -> None:
    how, server, _, _ = asyncio.run(reported(lambda api: api.account(), answer(200, {"account_sid": sid})))
    assert (how, server.targets) == ("MalformedResponse", ["GET /v1/Configuration"])


def error_of(verb: str, *steps: Step) -> ConfsyncError:
    async def use() -> ConfsyncError:
        async with Scripted(*steps) as server, api_at(server.base_url) as api:
            with pytest.raises(ConfsyncError) as caught:
                await VERBS[verb](api)
            return caught.value

    return asyncio.run(use())


def test_an_error_names_method_path_status_code_message_link_and_request() -> None:
    body = {
        "code": 20404,
        "message": "Not\tfound\n",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }
    error = error_of("read", answer(404, body, Twilio_Request_Id="RQ" + "1" * 32))
    assert isinstance(error, NotFound)
    assert str(error) == (
        f"GET {SERVICE_PATH} -> 404 (Twilio 20404): Not found https://www.twilio.com/docs/errors/20404"
        f" [request RQ{'1' * 32}]"
    )


def test_an_error_without_a_body_has_the_usual_name_of_its_status() -> None:
    assert str(error_of("read", answer(401))) == f"GET {SERVICE_PATH} -> 401: Unauthorized"
    assert isinstance(error_of("update", answer(403)), NotAuthorised)


@pytest.mark.parametrize(
    "returned",
    [
        {"message": 7, "code": "x", "more_info": []},
        {"message": "", "code": None, "more_info": "javascript:alert(1)"},
        {"message": None, "more_info": "https://twilio.com.evil.example/"},
        {"message": "   ", "more_info": "https://www.twilio.com/ \x1b[31m"},
    ],
)
def test_an_odd_error_body_is_left_out(returned: dict[str, object]) -> None:
    error = error_of("read", answer(400, returned, Twilio_Request_Id="x" * 65))
    assert str(error) == f"GET {SERVICE_PATH} -> 400: Bad Request"


def test_a_long_message_is_cut() -> None:
    error = error_of("read", answer(400, {"message": "x" * 1000}))
    assert isinstance(error, ApiError)
    assert error.response.message == "x" * 299 + "…"


def test_a_page_token_does_not_stand_in_the_way_of_reading_an_error() -> None:
    how, _, _, _ = asyncio.run(reported(lambda api: api.get("/v1/Services?PageToken=PTabc"), answer(400)))
    assert how == "ApiError"


def test_a_long_retry_after_is_reported_with_the_time_to_try_again() -> None:
    error = error_of("create", answer(429, {"code": 20429}, Retry_After="3600"))
    assert error.hint == "Twilio accepts no requests until 2026-05-04 13:00:00 UTC; run the command again then."
    assert error.changed == "Nothing was changed."


def test_a_write_with_an_unknown_outcome_says_so() -> None:
    error = error_of("create", reset)
    assert isinstance(error, OutcomeUnknown)
    assert error.happened.startswith("POST /v1/Services was sent, but ")
    assert error.happened.endswith(", so it may or may not have taken effect.")
    assert error.changed == "It is not known whether this one write took effect."


def test_a_malformed_body_is_not_quoted() -> None:
    error = error_of("read", answer(200, b"<html>canary</html>"))
    assert isinstance(error, MalformedResponse)
    assert str(error) == f"GET {SERVICE_PATH}: the body of the response is not JSON (5 attempts)."


def echoing(status: int) -> Step:
    """Answer with everything that was sent, in message, link, request id and a header."""
    server_says = {"code": 20001, "status": status}

    async def step(line: Line) -> None:
        sent = f"{CERTIFICATE_CANARY} {TOKEN} {base64.b64encode(f'{ACCOUNT_SID}:{TOKEN}'.encode()).decode()}"
        body = {**server_says, "message": sent, "more_info": f"https://www.twilio.com/{TOKEN}", "details": sent}
        await answer(status, body, Twilio_Request_Id=TOKEN)(line)

    return step


def every_text_of(error: BaseException | None) -> str:
    parts = []
    while error is not None:
        parts += [str(error), repr(error), repr(vars(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    return " ".join(parts)


@pytest.mark.parametrize("step", [*map(echoing, (200, 302, 400, 401, 404, 409, 429, 500)), reset])
@pytest.mark.parametrize("verb", ["create", "update"])
def test_no_error_and_no_log_contains_a_secret(step: Step, verb: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def use() -> None:
        async with Scripted(step) as server, api_at(server.base_url) as api:
            seen.append(repr(api) + repr(vars(api)))
            try:
                await getattr(api, verb)("/v1/Credentials", [("PrivateKey", Secret(CERTIFICATE_CANARY))])
            except ConfsyncError as error:
                seen.append(every_text_of(error) + error.hint)
            assert CERTIFICATE_CANARY.split()[3].encode()[:4] in server.seen[0].body

    asyncio.run(use())
    ours = [record.getMessage() for record in caplog.records if "receive_response" not in record.getMessage()]
    for text in [*seen, *ours]:
        assert TOKEN not in text
        assert "MIIcanary" not in text


@pytest.mark.parametrize("path", [".evil.example/v1", "@evil.example/v1", "x", "", "http://evil.example/"])
def test_a_path_cannot_change_the_host(path: str) -> None:
    how, server, _, _ = asyncio.run(reported(lambda api: api.get(path), GOOD))
    assert (how, server.seen) == ("ValueError", [])


def test_a_complete_response_counts_even_if_closing_the_connection_fails() -> None:
    class Body(httpx.ByteStream):
        async def aclose(self) -> None:
            raise httpx.CloseError("reset")

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            return httpx.Response(201, stream=Body(json.dumps(SERVICE).encode()))

    async def use() -> object:
        credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(TOKEN))
        async with create_api(Origin("http://127.0.0.1"), credentials, transport=Transport()) as api:
            return await create(api)

    assert asyncio.run(use()) == SERVICE


def test_a_request_is_cut_short_when_its_task_is_cancelled_and_the_place_is_free_again() -> None:
    async def use() -> None:
        arrived = asyncio.Event()

        async def slow(line: Line) -> None:
            arrived.set()
            await line.reader.read()

        async with Scripted(slow, GOOD) as server, api_at(server.base_url, concurrency=1) as api:
            doomed = asyncio.create_task(api.get(SERVICE_PATH))
            await arrived.wait()
            doomed.cancel()
            with pytest.raises(asyncio.CancelledError):
                await doomed
            assert await api.get(SERVICE_PATH) == SERVICE

    asyncio.run(use())


@pytest.mark.parametrize(("concurrency", "most"), [(3, 3), (40, 40)])
def test_as_many_requests_at_once_as_allowed_and_never_more(concurrency: int, most: int) -> None:
    under_way: list[int] = [0, 0]

    async def busy(line: Line) -> None:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0.2)
        under_way[0] -= 1
        await GOOD(line)

    async def use() -> None:
        async with Scripted(busy) as server, api_at(server.base_url, concurrency=concurrency) as api:
            await asyncio.gather(*(api.get(SERVICE_PATH) for _ in range(2 * most + 16)))
            assert len(server.seen) == 2 * most + 16

    asyncio.run(use())
    assert under_way[1] == most


def test_a_rate_limit_is_respected() -> None:
    _, _, _, clock = asyncio.run(reported(VERBS["read"], answer(503), GOOD, max_rps=0.01))
    assert max(clock.slept) > 90


def test_writes_outside_a_service_are_limited_once_twilio_has_refused_one() -> None:
    async def seconds_for(*steps: Step) -> float:
        clock = StillClock()
        async with Scripted(*steps) as server, api_at(server.base_url, clock) as api:
            for _ in range(WRITES_PER_SECOND + 1):
                await api.create("/v1/Things", [("Name", "x")])
        return sum(clock.slept)

    assert asyncio.run(seconds_for(GOOD)) == 0
    assert asyncio.run(seconds_for(answer(429), GOOD)) >= 1


def test_a_rate_limit_is_respected_by_requests_that_waited() -> None:
    clock = StillClock()
    began: list[float] = []

    async def note(line: Line) -> None:
        began.append(clock.monotonic())
        await GOOD(line)

    async def use() -> None:
        async with Scripted(note) as server, api_at(server.base_url, clock, concurrency=1, max_rps=1.0) as api:
            await asyncio.gather(*(api.get(SERVICE_PATH) for _ in range(3)))

    asyncio.run(use())
    assert began == [0, 1, 2]


@pytest.mark.parametrize("answered", [lambda body: body, lambda body: {**body, "new_field": [1]}])
def test_what_twilio_adds_one_day_does_no_harm(answered: Callable[[dict[str, str]], dict[str, object]]) -> None:
    how, _, _, _ = asyncio.run(reported(VERBS["create"], answer(201, answered(SERVICE))))
    assert how == "done"


def test_the_clock_of_this_machine_is_used_unless_another_is_given() -> None:
    assert create_api(Origin("http://127.0.0.1:9"), Credentials(None, "SK", Secret("x"))) is not None
    assert StillClock().slept == []
