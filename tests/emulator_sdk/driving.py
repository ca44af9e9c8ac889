"""Helpers for Twilio's SDK: all pages of a list, and the error of a failed call."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, RequestHandler

Sdk = Any  # the client comes without types


class SwitchableHandler:
    """The handler behind a shared server. It forwards to the emulator of the current test."""

    def __init__(self) -> None:
        self.emulator: RequestHandler | None = None

    def use(self, emulator: Emulator) -> None:
        """Forward to another emulator."""
        self.emulator = emulator

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request."""
        assert self.emulator is not None
        return self.emulator.handle(request)


def pages(resource: Sdk, size: int, name: str = "sid", **filters: object) -> list[list[object]]:
    """Fetch all pages of a list, and return one value of each item."""
    page, found = resource.page(page_size=size, **filters), []
    while page is not None:
        found.append([getattr(each, name) for each in page])
        page = page.next_page()
    return found


def api_error(call: Callable[[], object]) -> tuple[int, int]:
    """Return the status and Twilio's error code of a failed call."""
    with pytest.raises(TwilioException) as raised:
        call()
    if isinstance(raised.value, TwilioRestException):
        return raised.value.status, raised.value.code
    _, response = raised.value.args  # for a page, the SDK raises the response itself
    return response.status_code, json.loads(response.text)["code"]


def is_missing(resource: Sdk, **changed: object) -> bool:
    """Return whether fetch, delete and (given values to change) update all answer 404."""
    calls = [resource.fetch, resource.delete, *([partial(resource.update, **changed)] if changed else [])]
    return {api_error(call) for call in calls} == {(404, 20404)}


def unused_sid(prefix: str) -> str:
    """Return a SID that no resource has."""
    return prefix + "f" * 32
