"""Stands between the emulator and its clients, and makes chosen requests fail."""

import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import to_builtins
from msgspec.structs import replace

from confsync.emulator.api_error import ErrorResponse
from confsync.emulator.authentication import check_host_header
from confsync.emulator.faults.fault import (
    Close,
    Drip,
    Effect,
    Fault,
    Hang,
    Kill,
    NextPage,
    OtherRequest,
    Phase,
    Reset,
    Respond,
    Send,
    parse_faults,
)
from confsync.emulator.http import (
    Cut,
    Delivery,
    Disconnect,
    EmulatorRequest,
    EmulatorResponse,
    RequestHandler,
    json_response,
)
from confsync.errors import UsageError

Schedule = Callable[[float, Callable[[], object]], object]
"""Calls a function after some seconds, without waiting for it."""

CONTROL_PATH: Final = "/_faults"
FOREIGN_PAGE: Final = "https://conversations.example.com/v1/Services?Page=1"
_COMMITTED: Final = frozenset({Phase.AFTER_COMMIT, Phase.MID_HEADERS, Phase.MID_BODY, Phase.AFTER_RESPONSE})
_CUTS: Final = {Phase.MID_HEADERS: Cut.MID_HEADERS, Phase.MID_BODY: Cut.MID_BODY, Phase.AFTER_RESPONSE: Cut.AFTER_BODY}
_DISCONNECTS: Final = {Hang: Disconnect.HANG, Reset: Disconnect.RESET, Close: Disconnect.CLOSE}


def run_after(seconds: float, function: Callable[[], object]) -> None:
    """Call a function in a thread of its own after some seconds; the process does not wait for it."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class FaultLayer:
    """Passes requests to an emulator, and injects faults. Safe to use from several threads.

    The first fault in the list that claims a request strikes it; the faults after it do not count the request. `struck`
    lists what happened, in order. With `control`, clients can read, replace and remove the faults at CONTROL_PATH.
    """

    def __init__(
        self,
        emulator: RequestHandler,
        faults: Iterable[Fault] = (),
        *,
        control: bool = False,
        schedule: Schedule = run_after,
    ) -> None:
        self.struck: list[tuple[EmulatorRequest, Fault]] = []
        self._emulator = emulator
        self._control = control
        self._schedule = schedule
        self._lock = threading.Lock()
        self.inject(faults)

    def inject(self, faults: Iterable[Fault]) -> None:
        """Replace all faults. Requests are counted from 1 again."""
        with self._lock:
            self.requests = 0
            self._remaining = [_RemainingFault(fault) for fault in faults]

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer a request, with the fault that affects it."""
        return self.answer(request, self.claim(request))

    def claim(self, head: EmulatorRequest) -> Fault | None:
        """Count a request, of which only the head may be read so far, and return the fault that strikes it."""
        if self._is_control(head):
            return None
        with self._lock:
            self.requests += 1
            for each in self._remaining:
                if each.claims(head, self.requests):
                    self.struck.append((head, each.fault))
                    return each.fault
        return None

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer a request that was counted, with the fault that claimed it."""
        if self._is_control(request):
            return self._answer_control(request)
        if fault is None:
            return self._emulator.handle(request)
        if isinstance(fault.effect, Send):
            return self._answer_with_others(fault, fault.effect, request)
        response = self._emulator.handle(request) if fault.phase in _COMMITTED else EmulatorResponse(0)
        if fault.phase is Phase.LATE_COMMIT:
            self._schedule(fault.delay, lambda: self._emulator.handle(request))
        return _affected_response(fault, fault.effect, response)

    def _answer_with_others(self, fault: Fault, effect: Send, request: EmulatorRequest) -> EmulatorResponse:
        first = self._emulator.handle(request) if fault.phase in _COMMITTED else None
        for other in effect.requests:
            self._emulator.handle(_as_other_client(other, request))
        return first or self._emulator.handle(request)

    def _is_control(self, request: EmulatorRequest) -> bool:
        return self._control and request.path == CONTROL_PATH

    def _answer_control(self, request: EmulatorRequest) -> EmulatorResponse:
        try:
            check_host_header(request)
            if request.method in {"PUT", "DELETE"}:
                self.inject(parse_faults(request.body) if request.method == "PUT" else ())
                self.struck.clear()
        except ErrorResponse as error:
            return error.as_response()
        except UsageError as error:
            return json_response(400, {"message": error.happened, "status": 400})
        struck = [{"method": each.method, "path": each.path, **to_builtins(fault)} for each, fault in list(self.struck)]
        return json_response(200, {"requests": self.requests, "struck": struck})


class _RemainingFault:
    """A fault, and how many requests it still lets pass and strikes."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._skip = fault.skip
        self._times = fault.times

    def claims(self, request: EmulatorRequest, number: int) -> bool:
        """Count a request, and return whether the fault strikes it."""
        if self._times == 0 or not self.fault.affects(request, number):
            return False
        if self._skip:
            self._skip -= 1
            return False
        if self._times is not None:
            self._times -= 1
        return True


def _affected_response(fault: Fault, effect: Effect, true: EmulatorResponse) -> EmulatorResponse:
    match effect:
        case Respond():
            return _other_response(effect, true)
        case NextPage():
            return _with_next_page(effect, true)
        case Drip():
            return replace(true, delivery=Delivery(bytes_per_second=effect.bytes_per_second))
        case Hang() | Reset() | Close():
            return replace(true, delivery=_cut_delivery(fault, effect))
        case Kill():
            return _response_of_the_killed(fault, effect, true)
        case Send():
            raise AssertionError("a fault that sends other requests is answered before")


def _cut_delivery(fault: Fault, effect: Hang | Reset | Close) -> Delivery:
    cut = _CUTS.get(fault.phase, Cut.BEFORE_HEADERS)
    seconds = effect.seconds if isinstance(effect, Hang) else 0.0
    return Delivery(cut=cut, disconnect=_DISCONNECTS[type(effect)], seconds=seconds)


def _response_of_the_killed(fault: Fault, effect: Kill, true: EmulatorResponse) -> EmulatorResponse:
    def kill() -> None:
        os.kill(effect.pid or os.getpid(), getattr(signal, f"SIG{effect.signal}"))

    if fault.phase is Phase.AFTER_RESPONSE:
        return replace(true, delivery=Delivery(afterwards=kill))
    kill()
    # a signal may take a moment, and until then the client must see neither a response nor the end of the connection
    return replace(true, delivery=Delivery(cut=Cut.BEFORE_HEADERS, disconnect=Disconnect.HANG, seconds=60.0))


def _other_response(effect: Respond, true: EmulatorResponse) -> EmulatorResponse:
    """Build the response that a fault sends instead of the true one, with the request id of the true one."""
    request_id = {name: value for name, value in true.headers.items() if name == "Twilio-Request-Id"}
    if isinstance(effect.body, str):
        content_type = "text/html" if effect.body.lstrip().startswith("<") else "text/plain"
        sent = EmulatorResponse(effect.status, {"Content-Type": content_type}, effect.body.encode())
    else:
        body = json.dumps(_error(effect) if effect.body is None else effect.body)
        sent = EmulatorResponse(effect.status, {"Content-Type": "application/json"}, body.encode())
    return replace(sent, headers={**sent.headers, **request_id, **effect.headers})


def _error(effect: Respond) -> dict[str, Any]:
    code = {"code": effect.code} if effect.code else {}
    return {**code, "message": "A fault was injected", "status": effect.status}


def _with_next_page(effect: NextPage, true: EmulatorResponse) -> EmulatorResponse:
    content = json.loads(true.body)
    links = {"itself": content["meta"]["url"], "elsewhere": FOREIGN_PAGE}
    content["meta"]["next_page_url"] = links.get(effect.to, effect.to)
    return replace(true, body=json.dumps(content).encode())


def _as_other_client(other: OtherRequest, affected: EmulatorRequest) -> EmulatorRequest:
    sids = re.findall(r"[A-Z]{2}[0-9a-f]{32}", affected.path)
    path = other.path.replace("{sid}", sids[-1] if sids else "")
    body = urlencode(dict(other.form), doseq=True).encode()
    headers = {**affected.headers, "content-type": "application/x-www-form-urlencoded"}
    return EmulatorRequest(other.method, path, "", headers, body, affected.host)
