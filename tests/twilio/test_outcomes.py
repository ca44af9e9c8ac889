"""The table of outcomes, row by row as in the safety design."""

import socket
import ssl

import httpx
import pytest

from confsync.errors import ConfsyncError
from confsync.twilio.messages import Operation, Response
from confsync.twilio.outcomes import (
    AttemptOutcome,
    UnreachedProxyError,
    classify,
    is_transient,
    is_unknown_host,
    unreached_proxy,
)
from confsync.twilio.retry import RetryDecision, decide_retry

SID = "RL" + "1" * 32
OPERATIONS = (Operation.READ, Operation.DELETE, Operation.UPDATE, Operation.CREATE)


def response(status: int, body: dict[str, object] | None = None) -> Response:
    return Response(status, {}, body)


def because(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


A = "ambiguous: retry, retry, recover, recover"
N = "not_sent: retry, retry, retry, retry"
UNSENDABLE = "unsendable: stop, stop, stop, stop"
R = "rejected: retry, retry, retry, retry"
F = "final: stop, stop, stop, stop"

# What happened, and for READ, DELETE, UPDATE and CREATE what to do next.
ROWS: list[tuple[object, str]] = [
    (httpx.ConnectError("refused"), N),
    (httpx.ConnectTimeout("slow"), N),
    (httpx.PoolTimeout("full"), N),
    (httpx.ProxyError("407"), N),
    (because(httpx.ConnectError("tls"), ssl.SSLCertVerificationError("self-signed")), UNSENDABLE),
    (httpx.UnsupportedProtocol("ftp"), UNSENDABLE),
    (httpx.InvalidURL("odd"), UNSENDABLE),
    (httpx.ReadTimeout("silence"), A),
    (httpx.WriteTimeout("stuck"), A),
    (httpx.ReadError("reset"), A),
    (httpx.WriteError("reset"), A),
    (httpx.CloseError("reset"), A),
    (httpx.RemoteProtocolError("gibberish"), A),
    (httpx.LocalProtocolError("too short"), A),
    (ssl.SSLError("bad record"), A),
    (OSError("no route"), A),
    (TimeoutError(), A),
    (response(301), A),
    (response(302), A),
    (response(304), A),
    (response(307), A),
    (response(408), A),
    (response(408, {"code": 50391}), A),
    (response(500), A),
    (response(500, {"code": 20500}), A),
    (response(502), A),
    (response(503, {"code": 20503}), A),
    (response(503, {"code": 50391}), A),
    (response(504), A),
    (response(599), A),
    (response(700), A),
    (response(429), R),
    (response(429, {"code": 20429}), R),
    (response(429, {"code": 50063}), R),
    *[(response(409, {"code": code}), R) for code in (20162, 50391, 50213, 50349, 50419, 50449)],
    (response(400, {"code": 50391}), R),
    (response(400), F),
    (response(400, {"code": "50391"}), F),
    (response(400, {"code": True}), F),
    (response(401, {"code": 20003}), F),
    (response(403), F),
    (response(405), F),
    (response(409), F),
    (response(409, {"code": 50201}), F),
    (response(410), F),
    (response(422), F),
    (response(404), "final: stop | done: finish | final: stop | ambiguous: recover"),
    (response(404, {"code": 50391}), "final: stop | done: finish | final: stop | ambiguous: recover"),
    (response(200, {"sid": SID}), "done: finish, finish, finish, finish"),
    (response(201, {"sid": SID}), "done: finish, finish, finish, finish"),
    (response(200, {}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (response(200, {"sid": SID + "1"}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (response(200, {"sid": None}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (response(200), "ambiguous: retry | done: finish | ambiguous: recover | ambiguous: recover"),
    (response(204), "ambiguous: retry | done: finish | ambiguous: recover | ambiguous: recover"),
]


@pytest.mark.parametrize(("happened", "expected"), [pytest.param(*row, id=f"{row[0]!r}"[:70]) for row in ROWS])
def test_every_response_is_classified_as_the_table_says(happened: Response | Exception, expected: str) -> None:
    outcomes = [classify(happened, operation) for operation in OPERATIONS]
    decisions = [decide_retry(outcome, operation) for outcome, operation in zip(outcomes, OPERATIONS, strict=True)]
    assert as_row(outcomes, decisions) == expected


def as_row(outcomes: list[AttemptOutcome], decisions: list[RetryDecision]) -> str:
    names = [decision.name.lower() for decision in decisions]
    if len(set(outcomes)) == 1:
        return f"{outcomes[0].name.lower()}: {', '.join(names)}"
    return " | ".join(f"{outcome.name.lower()}: {name}" for outcome, name in zip(outcomes, names, strict=True))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 20001, False),
        (401, 20003, False),
        (404, 20404, False),
        (409, 50201, False),
        (409, 50391, True),
        (408, 0, True),
        (429, 20429, True),
        (499, 0, False),
        (500, 0, True),
        (503, 50391, True),
    ],
)
def test_the_errors_that_may_pass_are(status: int, code: int, *, expected: bool) -> None:
    assert is_transient(status, code) is expected


def test_the_causes_of_an_error_name_the_proxy_that_could_not_be_reached() -> None:
    unknown = UnreachedProxyError("proxy.example:3128", socket.gaierror(socket.EAI_NONAME, "unknown"))
    error = because(httpx.ConnectError("dns"), unknown)
    assert (unreached_proxy(error), is_unknown_host(error)) == ("proxy.example:3128", True)
    assert str(unknown) == "the proxy proxy.example:3128 cannot be reached"
    untrusted = UnreachedProxyError("proxy.example", ssl.SSLCertVerificationError("self-signed"))
    assert classify(because(httpx.ConnectError("tls"), untrusted), Operation.READ) is AttemptOutcome.UNSENDABLE
    assert unreached_proxy(because(httpx.ConnectError("refused"), OSError("refused"))) == ""


def test_a_cycle_of_causes_ends() -> None:
    first, second = httpx.ConnectError("one"), OSError("two")
    first.__cause__, second.__cause__ = second, first
    assert classify(first, Operation.READ) is AttemptOutcome.NOT_SENT


def test_no_error_of_confsync_is_a_transport_error() -> None:
    assert not issubclass(ConfsyncError, (httpx.HTTPError, OSError))
