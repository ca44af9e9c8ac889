"""The table of outcomes, row by row as the safety design has it."""

import socket
import ssl

import httpx
import pytest

from confsync.errors import ConfsyncError
from confsync.twilio.outcomes import Move, Operation, Outcome, classify, next_move
from confsync.twilio.response import Response

SID = "RL" + "1" * 32
VERBS = (Operation.READ, Operation.DELETE, Operation.UPDATE, Operation.CREATE)


def reply(status: int, body: dict[str, object] | None = None) -> Response:
    return Response(status, {}, body)


def because(trouble: Exception, cause: Exception) -> Exception:
    trouble.__cause__ = cause
    return trouble


A = "ambiguous: again, again, recover, recover"
N = "not_sent: again, again, again, again"
NEVER = "never: stop, stop, stop, stop"
R = "rejected: again, again, again, again"
F = "final: stop, stop, stop, stop"

# What happened, and for READ, DELETE, UPDATE and CREATE what to do next.
ROWS: list[tuple[object, str]] = [
    (httpx.ConnectError("refused"), N),
    (httpx.ConnectTimeout("slow"), N),
    (httpx.PoolTimeout("full"), N),
    (httpx.ProxyError("407"), N),
    (because(httpx.ConnectError("tls"), ssl.SSLCertVerificationError("self-signed")), NEVER),
    (httpx.UnsupportedProtocol("ftp"), NEVER),
    (httpx.InvalidURL("odd"), NEVER),
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
    (reply(301), A),
    (reply(302), A),
    (reply(304), A),
    (reply(307), A),
    (reply(408), A),
    (reply(408, {"code": 50391}), A),
    (reply(500), A),
    (reply(500, {"code": 20500}), A),
    (reply(502), A),
    (reply(503, {"code": 20503}), A),
    (reply(503, {"code": 50391}), A),
    (reply(504), A),
    (reply(599), A),
    (reply(700), A),
    (reply(429), R),
    (reply(429, {"code": 20429}), R),
    (reply(429, {"code": 50063}), R),
    *[(reply(409, {"code": code}), R) for code in (20162, 50391, 50213, 50349, 50419, 50449)],
    (reply(400, {"code": 50391}), R),
    (reply(400), F),
    (reply(400, {"code": "50391"}), F),
    (reply(400, {"code": True}), F),
    (reply(401, {"code": 20003}), F),
    (reply(403), F),
    (reply(405), F),
    (reply(409), F),
    (reply(409, {"code": 50201}), F),
    (reply(410), F),
    (reply(422), F),
    (reply(404), "final: stop | done: finish | final: stop | ambiguous: recover"),
    (reply(404, {"code": 50391}), "final: stop | done: finish | final: stop | ambiguous: recover"),
    (reply(200, {"sid": SID}), "done: finish, finish, finish, finish"),
    (reply(201, {"sid": SID}), "done: finish, finish, finish, finish"),
    (reply(200, {}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (reply(200, {"sid": SID + "1"}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (reply(200, {"sid": None}), "done: finish | done: finish | done: finish | ambiguous: recover"),
    (reply(200), "ambiguous: again | done: finish | ambiguous: recover | ambiguous: recover"),
    (reply(204), "ambiguous: again | done: finish | ambiguous: recover | ambiguous: recover"),
]


@pytest.mark.parametrize(("happened", "expected"), [pytest.param(*row, id=f"{row[0]!r}"[:70]) for row in ROWS])
def test_every_answer_means_what_the_table_says(happened: Response | Exception, expected: str) -> None:
    outcomes = [classify(happened, verb) for verb in VERBS]
    moves = [next_move(outcome, verb) for outcome, verb in zip(outcomes, VERBS, strict=True)]
    assert as_row(outcomes, moves) == expected


def as_row(outcomes: list[Outcome], moves: list[Move]) -> str:
    names = [move.name.lower() for move in moves]
    if len(set(outcomes)) == 1:
        return f"{outcomes[0].name.lower()}: {', '.join(names)}"
    return " | ".join(f"{outcome.name.lower()}: {name}" for outcome, name in zip(outcomes, names, strict=True))


def test_an_unknown_host_is_believed_to_be_none_after_three_tries() -> None:
    trouble = because(httpx.ConnectError("dns"), because(OSError("dns"), socket.gaierror(-2, "no name")))
    assert [classify(trouble, Operation.CREATE, tries) for tries in (1, 2, 3)] == [
        Outcome.NOT_SENT,
        Outcome.NOT_SENT,
        Outcome.NEVER,
    ]


def test_a_circle_of_causes_is_no_trap() -> None:
    first, second = httpx.ConnectError("one"), OSError("two")
    first.__cause__, second.__cause__ = second, first
    assert classify(first, Operation.READ) is Outcome.NOT_SENT


def test_an_error_of_ours_is_never_taken_for_an_answer() -> None:
    assert not issubclass(ConfsyncError, (httpx.HTTPError, OSError))
