"""Conversations on tape: what is said on each, and how a tape is made and played."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import vcr  # type: ignore[import-untyped]  # it ships no types

from confsync.emulator.http import EmulatorRequest, EmulatorResponse, RequestHandler
from confsync.errors import ApiError
from confsync.secret import Secret
from confsync.twilio.api import Api, create_api
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from tests.twilio.scripted_api import ACCOUNT_SID, CERTIFICATE_CANARY
from tests.twilio.still_clock import StillClock

CASSETTES = Path(__file__).parent / "cassettes"
PORT = 18099
BASE_URL = f"http://127.0.0.1:{PORT}"
SECRET_PARAMETERS = re.compile(rb"(Certificate|PrivateKey|ApiKey|Secret)=[^&]*")

Results = list[object]
"""What came of a conversation, to be compared with what was expected."""


async def paging(api: Api) -> Results:
    for name in ("One", "Two", "Three", "Four"):
        await api.create("/v1/Services", [("FriendlyName", name)])
    pages = [page async for page in api.pages("/v1/Services", "services", 2)]
    return [[service["friendly_name"] for service in page] for page in pages]


async def too_many_requests(api: Api) -> Results:
    service = await api.create("/v1/Services", [("FriendlyName", "Support")])
    return [service["friendly_name"], api.requests["writes"]]


async def refusals(api: Api) -> Results:
    missing = f"/v1/Services/IS{'0' * 32}"
    odd: list[tuple[str, str | Secret]] = [("Type", "pigeon"), ("Secret", Secret(CERTIFICATE_CANARY))]
    default = (await api.get("/v1/Configuration"))["default_chat_service_sid"]
    return [
        await refusal_of(api.get(missing)),
        await refusal_of(api.create("/v1/Services", [])),
        await refusal_of(api.create("/v1/Credentials", odd)),
        await refusal_of(api.update(f"/v1/Services/{default}", [("FriendlyName", "New")])),
    ]


async def wrong_token(api: Api) -> Results:
    return [await refusal_of(api.account())]


async def refusal_of(asking: Awaitable[object]) -> str:
    """Tell an error by its kind, status, code and message."""
    try:
        await asking
    except ApiError as error:
        return f"{type(error).__name__} {error.response.status} {error.response.code}: {error.response.message}"
    return "no error"


@dataclass(frozen=True)
class Tape:
    """A conversation and its end; `busy` answers are put before the emulator's own, which knows no 429."""

    talk: Callable[[Api], Awaitable[Results]]
    expected: Results
    token: str = "emulatortoken"
    busy: tuple[Mapping[str, str], ...] = ()


TAPES = {
    "paging": Tape(paging, [["Default Conversations Service", "One"], ["Two", "Three"], ["Four"]]),
    "too_many_requests": Tape(
        too_many_requests,
        ["Support", 3],
        busy=(
            {"Retry-After": "2"},
            {"Retry-After": "Mon, 04 May 2026 12:00:05 GMT", "Date": "Mon, 04 May 2026 12:00:00 GMT"},
        ),
    ),
    "refusals": Tape(
        refusals,
        [
            f"NotFound 404 20404: The requested resource /Services/IS{'0' * 32} was not found",
            "ApiError 400 20001: Missing required parameter FriendlyName in the post body",
            "ApiError 400 52003: Invalid value for parameter Type: must be one of apn, gcm, fcm",
            "ApiError 405 20004: Method POST is not allowed for this resource",
        ],
    ),
    "wrong_token": Tape(wrong_token, ["NotAuthorised 401 20003: Authenticate"], token="wrong-token"),
}


async def conversation(tape: Tape, clock: StillClock) -> Results:
    """Hold the conversation of a tape with whatever answers at its address."""
    credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(tape.token))
    transport = httpx.AsyncHTTPTransport()  # what the tapes replace
    async with create_api(Origin(BASE_URL), credentials, transport=transport, clock=clock) as api:
        return await tape.talk(api)


class Busy:
    """Says "too many requests" a few times, then hands on to the emulator."""

    def __init__(self, emulator: RequestHandler, refusals: tuple[Mapping[str, str], ...]) -> None:
        self._emulator = emulator
        self._refusals = list(refusals)

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        if not self._refusals:
            return self._emulator.handle(request)
        body = b'{"code":20429,"message":"Too many requests","more_info":"https://www.twilio.com/docs/errors/20429","status":429}'
        return EmulatorResponse(429, {"Content-Type": "application/json", **self._refusals.pop(0)}, body)


def cassette(name: str, *, record: bool) -> AbstractContextManager[Any]:
    """Open a tape: a new one to record on, or one that is only played."""
    recorder = vcr.VCR(
        cassette_library_dir=str(CASSETTES),
        record_mode="all" if record else "none",
        match_on=("method", "scheme", "host", "port", "path", "query", "body"),
        filter_headers=("authorization", "user-agent"),
        before_record_request=_without_secrets,
        before_record_response=_always_the_same,
    )
    return recorder.use_cassette(f"{name}.yaml", allow_playback_repeats=False)  # type: ignore[no-any-return]


class Asked(Protocol):
    """A request as the recorder has it."""

    body: bytes | None


def _without_secrets(request: Asked) -> Asked:
    if request.body:
        request.body = SECRET_PARAMETERS.sub(rb"\1=left-out", request.body)
    return request


def _always_the_same(response: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    response["headers"].pop("twilio-request-duration", None)
    if "twilio-request-id" in response["headers"]:
        response["headers"]["twilio-request-id"] = [f"RQ{'0' * 32}"]
    return response
