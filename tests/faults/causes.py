"""How the rows of the fault matrix make faults happen."""

import socket
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import httpx

from confsync.emulator.faults.fault import Effect, Fault, OtherRequest, Phase, Respond, Send, path_matches
from tests.faults.row import Cause, Column

if TYPE_CHECKING:
    from tests.faults.scene import Scene

BEFORE_COMMIT, AFTER_COMMIT = Phase.BEFORE_COMMIT, Phase.AFTER_COMMIT


def struck(
    phase: Phase, effect: Effect, *, times: int | None = 1, delay: float = 0.0, path: str | None = None
) -> Cause:
    """Strike the column's request, or every GET of a path, once or every time."""

    def cause(scene: "Scene") -> None:
        method = scene.setting.method if path is None else "GET"
        where = path or scene.setting.path
        scene.faults.inject([Fault(phase=phase, effect=effect, method=method, path=where, times=times, delay=delay)])

    return cause


def answered(
    status: int,
    *,
    code: int = 0,
    body: object = None,
    phase: Phase = BEFORE_COMMIT,
    times: int | None = 1,
    headers: Mapping[str, str] | None = None,
) -> Cause:
    """Answer the column's request with a status, Twilio's code, a body and headers."""
    return struck(phase, Respond(status=status, code=code, headers=headers or {}, body=body), times=times)


def never_sent(error: Callable[[], Exception], *, times: int = 1_000) -> Cause:
    """Let the column's request fail before anything is sent."""

    def cause(scene: "Scene") -> None:
        left = times

        def refuse(request: httpx.Request) -> Exception | None:
            nonlocal left
            setting = scene.setting
            if not left or request.method != setting.method or not path_matches(setting.path, request.url.path):
                return None
            left -= 1
            return error()

        scene.transport.refuse = refuse

    return cause


def connection_refused() -> Exception:
    """Fail as httpx does if nothing listens."""
    return httpx.ConnectError("All connection attempts failed")


def unknown_host() -> Exception:
    """Fail as httpx does if the name of the host cannot be resolved."""
    return _caused_by(httpx.ConnectError("unknown"), socket.gaierror(socket.EAI_NONAME, "Name or service not known"))


def rejected_certificate() -> Exception:
    """Fail as httpx does if the certificate of the host is not trusted."""
    rejected = ssl.SSLCertVerificationError("certificate verify failed")
    rejected.verify_message = "self-signed certificate"
    return _caused_by(httpx.ConnectError("failed"), rejected)


def _caused_by(error: Exception, reason: Exception) -> Exception:
    error.__cause__ = reason
    return error


def in_turn(*causes: Cause) -> Cause:
    """Let several things happen."""

    def cause(scene: "Scene") -> None:
        for each in causes:
            each(scene)

    return cause


def someone_else(
    *requests: OtherRequest, method: str = "GET", path: str | None = None, skip: int = 0, after: bool = False
) -> Cause:
    """Let somebody else write immediately before confsync sends a request, or immediately after it.

    `{shop}` in a path stands for the path of the service, and `{sid}` for the last SID in the path of the request.
    `{agent}` in a form stands for the SID of the role.
    """

    def cause(scene: "Scene") -> None:
        sent = tuple(_in_scene(each, scene) for each in requests)
        phase = AFTER_COMMIT if after else BEFORE_COMMIT
        where = path or scene.setting.path
        fault = Fault(phase=phase, effect=Send(requests=sent), method=method, path=where, skip=skip)  # type: ignore[arg-type]  # one of three methods
        scene.faults.inject([fault])

    return cause


def _in_scene(other: OtherRequest, scene: "Scene") -> OtherRequest:
    form = {name: scene.role("agent") if value == "{agent}" else value for name, value in other.form.items()}
    return OtherRequest(method=other.method, path=other.path.replace("{shop}", scene.shop), form=form)


def by_column(**causes: Cause) -> Cause:
    """Let a different thing happen in each column."""

    def cause(scene: "Scene") -> None:
        causes[Column(scene.column).value](scene)

    return cause
