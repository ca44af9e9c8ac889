"""What an answer, or the lack of one, means for the request: the one place that decides it.

The table is that of the safety design, section 1. A create is the sharp case: Twilio takes no idempotency key, so
one that may have happened is never sent again from here.
"""

import socket
import ssl
from collections.abc import Iterator
from enum import Enum, auto
from http import HTTPStatus

import httpx

from confsync.twilio.response import Response

LOST = (httpx.HTTPError, httpx.InvalidURL, OSError)
"""Every exception that a transport raises where an answer should have been. All timeouts are among them."""

CONCURRENT_CHANGE = frozenset({20162, 50213, 50349, 50391, 50419, 50449})
"""Codes of requests that Twilio rejected because somebody else was changing the same thing; repeating is its advice."""

MOST_LOOKUPS = 3
"""So often a host may be unknown before it is believed not to exist."""


class Operation(Enum):
    """What a request does, as far as repeating it goes."""

    READ = auto()
    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()


class Outcome(Enum):
    """What became of one try."""

    DONE = auto()
    NOT_SENT = auto()  # Twilio has not seen it
    NEVER = auto()  # Twilio has not seen it, and never will
    REJECTED = auto()  # Twilio surely did nothing, and may do it next time
    AMBIGUOUS = auto()  # it happened, or it did not
    FINAL = auto()  # Twilio said no


UNSENT = frozenset({Outcome.NOT_SENT, Outcome.NEVER})


class Move(Enum):
    """What to do after a try."""

    FINISH = auto()  # it is done
    AGAIN = auto()  # send it once more
    STOP = auto()  # tell why not
    RECOVER = auto()  # look at what is there before anything is sent


SPECIAL: dict[int, dict[Operation, Outcome]] = {
    HTTPStatus.TOO_MANY_REQUESTS: dict.fromkeys(Operation, Outcome.REJECTED),
    HTTPStatus.REQUEST_TIMEOUT: dict.fromkeys(Operation, Outcome.AMBIGUOUS),
    HTTPStatus.NOT_FOUND: {Operation.CREATE: Outcome.AMBIGUOUS, Operation.DELETE: Outcome.DONE},
}
"""The statuses from 400 to 499 that are more than a no."""


def classify(happened: Response | Exception, verb: Operation, tries: int = 1) -> Outcome:
    """Say what became of the try with this number."""
    return _of_reply(happened, verb) if isinstance(happened, Response) else _of_loss(happened, tries)


def next_move(outcome: Outcome, verb: Operation) -> Move:
    """Say what to do next, as far as tries, time and budget allow."""
    match outcome:
        case Outcome.DONE:
            return Move.FINISH
        case Outcome.NOT_SENT | Outcome.REJECTED:
            return Move.AGAIN
        case Outcome.AMBIGUOUS:
            return Move.AGAIN if verb in {Operation.READ, Operation.DELETE} else Move.RECOVER
        case Outcome.NEVER | Outcome.FINAL:
            return Move.STOP


def _of_reply(reply: Response, verb: Operation) -> Outcome:
    if reply.good:
        return Outcome.DONE if _has_the_shape_asked_for(reply, verb) else Outcome.AMBIGUOUS
    if not HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.AMBIGUOUS
    if reply.code in CONCURRENT_CHANGE and reply.status not in SPECIAL:
        return Outcome.REJECTED
    return SPECIAL.get(reply.status, {}).get(verb, Outcome.FINAL)


def _has_the_shape_asked_for(reply: Response, verb: Operation) -> bool:
    match verb:
        case Operation.READ | Operation.UPDATE:
            return reply.body is not None
        case Operation.CREATE:
            return reply.has_sid
        case Operation.DELETE:
            return True


def _of_loss(trouble: Exception, tries: int) -> Outcome:
    match trouble:
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return Outcome.NEVER
        case httpx.ConnectError() if certificate_refusal(trouble):
            return Outcome.NEVER
        case httpx.ConnectError() if is_unknown_host(trouble):
            return Outcome.NEVER if tries >= MOST_LOOKUPS else Outcome.NOT_SENT
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return Outcome.NOT_SENT
        case _:
            return Outcome.AMBIGUOUS


def certificate_refusal(trouble: Exception) -> ssl.SSLCertVerificationError | None:
    """Find the reason where a server's certificate was not accepted."""
    reasons = (each for each in _chain(trouble) if isinstance(each, ssl.SSLCertVerificationError))
    return next(reasons, None)


def is_unknown_host(trouble: Exception) -> bool:
    """Whether the name of the host led nowhere."""
    return any(isinstance(each, socket.gaierror) for each in _chain(trouble))


def _chain(trouble: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = trouble
    while each is not None and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__ or each.__context__
