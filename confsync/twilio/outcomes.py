"""What a response, or the lack of one, means for the request. This is decided here only."""

# The table is in section 1 of the safety design. Creates need the most care: Twilio accepts no idempotency key, so a
# create that may have happened is never sent again from here.

import socket
import ssl
from enum import Enum, auto
from http import HTTPStatus

import httpx

from confsync.exception_chain import causes_of
from confsync.twilio.messages import Operation, Response

TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, OSError)
"""Every exception that a transport raises instead of returning a response, timeouts included."""


class UnreachedProxyError(Exception):
    """The proxy cannot be reached. `proxy` is its host, and its port if that is not the default one; no password."""

    def __init__(self, proxy: str, cause: Exception) -> None:
        super().__init__(f"the proxy {proxy} cannot be reached")
        self.proxy = proxy
        self.__cause__ = cause


CONCURRENT_CHANGE = frozenset({20162, 50213, 50349, 50391, 50419, 50449})
"""Twilio's codes for "somebody else is changing the same resource"; Twilio advises to repeat the request."""


class AttemptOutcome(Enum):
    """What one attempt did in Twilio."""

    DONE = auto()
    NOT_SENT = auto()  # Twilio has not received it
    UNSENDABLE = auto()  # Twilio has not received it, and never will
    REJECTED = auto()  # Twilio did nothing, and may accept it next time
    AMBIGUOUS = auto()  # Twilio may or may not have done it
    FINAL = auto()  # Twilio refused it


UNSENT = frozenset({AttemptOutcome.NOT_SENT, AttemptOutcome.UNSENDABLE})

SPECIAL: dict[int, dict[Operation, AttemptOutcome]] = {
    HTTPStatus.TOO_MANY_REQUESTS: dict.fromkeys(Operation, AttemptOutcome.REJECTED),
    HTTPStatus.REQUEST_TIMEOUT: dict.fromkeys(Operation, AttemptOutcome.AMBIGUOUS),
    HTTPStatus.NOT_FOUND: {
        Operation.CREATE: AttemptOutcome.AMBIGUOUS,
        Operation.DELETE: AttemptOutcome.DONE,
    },
}
"""The statuses from 400 to 499 that do not simply mean "refused"."""


def classify(result: Response | Exception, operation: Operation) -> AttemptOutcome:
    """Classify one attempt by its response, or by the exception that the transport raised."""
    return _classify_response(result, operation) if isinstance(result, Response) else _classify_error(result)


def _classify_response(response: Response, operation: Operation) -> AttemptOutcome:
    if response.is_success:
        return AttemptOutcome.DONE if _has_expected_body(response, operation) else AttemptOutcome.AMBIGUOUS
    if not HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return AttemptOutcome.AMBIGUOUS
    if response.code in CONCURRENT_CHANGE and response.status not in SPECIAL:
        return AttemptOutcome.REJECTED
    return SPECIAL.get(response.status, {}).get(operation, AttemptOutcome.FINAL)


def _has_expected_body(response: Response, operation: Operation) -> bool:
    match operation:
        case Operation.READ | Operation.UPDATE:
            return response.body is not None
        case Operation.CREATE:
            return response.has_sid
        case Operation.DELETE:
            return True


def _classify_error(error: Exception) -> AttemptOutcome:
    match error:
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return AttemptOutcome.UNSENDABLE
        case httpx.ConnectError() if certificate_error(error):
            return AttemptOutcome.UNSENDABLE
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return AttemptOutcome.NOT_SENT
        case _:
            return AttemptOutcome.AMBIGUOUS


def is_transient(status: int, code: int) -> bool:
    """Whether an error is about the moment rather than the request: the same request may succeed later."""
    passing = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in passing or code in CONCURRENT_CHANGE


def certificate_error(error: Exception) -> ssl.SSLCertVerificationError | None:
    """Find the reason why the server's certificate was rejected, if it was."""
    return next((each for each in causes_of(error) if isinstance(each, ssl.SSLCertVerificationError)), None)


def is_unknown_host(error: Exception) -> bool:
    """Whether the name of the host, or of the proxy, could not be resolved."""
    return any(isinstance(each, socket.gaierror) for each in causes_of(error))


def unreached_proxy(error: Exception) -> str:
    """Name the proxy if that is what could not be reached; otherwise, return an empty string."""
    return next((each.proxy for each in causes_of(error) if isinstance(each, UnreachedProxyError)), "")
