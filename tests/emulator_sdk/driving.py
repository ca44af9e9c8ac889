"""Short ways to say what the client did: which pages it turned, and how it was refused."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import Request, RequestHandler, Response

Sdk = Any  # the client comes without types


class Stage:
    """What a server plays: the emulator of the test that is running."""

    def __init__(self) -> None:
        self.emulator: RequestHandler | None = None

    def play(self, emulator: Emulator) -> None:
        """Change the play."""
        self.emulator = emulator

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        assert self.emulator is not None
        return self.emulator.handle(request)


def pages(resource: Sdk, size: int, name: str = "sid", **filters: object) -> list[list[object]]:
    """Turn all pages of a list, and give one value of each thing."""
    page, found = resource.page(page_size=size, **filters), []
    while page is not None:
        found.append([getattr(each, name) for each in page])
        page = page.next_page()
    return found


def refusal(of: Callable[[], object]) -> tuple[int, int]:
    """Give the status and Twilio's number for it; of a refused page, the client hands on the answer itself."""
    with pytest.raises(TwilioException) as refused:
        of()
    if isinstance(refused.value, TwilioRestException):
        return refused.value.status, refused.value.code
    _, answer = refused.value.args
    return answer.status_code, json.loads(answer.text)["code"]


def is_lost(one: Sdk, **changed: object) -> bool:
    """Whether a thing is not there, whatever one wants of it; kinds that never change are not asked to."""
    ways = [one.fetch, one.delete, *([partial(one.update, **changed)] if changed else [])]
    return {refusal(way) for way in ways} == {(404, 20404)}


def nowhere(prefix: str) -> str:
    """Give a SID that nothing has."""
    return prefix + "f" * 32
