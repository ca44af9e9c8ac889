"""Turns a failed request into the error that a person reads."""

import re
import unicodedata
from datetime import datetime
from http import HTTPStatus

from confsync.errors import (
    ApiError,
    ErrorResponse,
    MalformedResponse,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    TwilioError,
    Unreachable,
)
from confsync.redaction import redact
from confsync.twilio.attempt import REQUEST_ID
from confsync.twilio.messages import Operation, Request, Response
from confsync.twilio.outcomes import certificate_error, is_unknown_host, unreached_proxy
from confsync.twilio.retry import Settled

Secrets = tuple[str, ...]

LONGEST_MESSAGE = 300
LONGEST_SEARCHED = 4000
LINK = re.compile(r"https://([a-z0-9-]+\.)*twilio\.com/[A-Za-z0-9/._#-]{0,200}")
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def failure_of(request: Request, settled: Settled, host: str, secrets: Secrets = ()) -> TwilioError:
    """Create the error for a request that failed; its texts contain none of the secrets."""
    if settled.ambiguous and request.operation is not Operation.READ:
        return _outcome_unknown(request, settled, secrets)
    if not isinstance(settled.result, Response):
        return _unreachable(request, settled, settled.result, host, secrets)
    if settled.result.status < HTTPStatus.BAD_REQUEST:
        return _malformed(request, settled, secrets)
    return _api_error(_error_response(request, settled.result, secrets), _retry_hint(settled.retry_at))


def _outcome_unknown(request: Request, settled: Settled, secrets: Secrets) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{request} was sent, but {_reason(settled.result, secrets)}, so it may or may not have taken effect.",
        changed="It is not known whether this one write took effect.",
        hint=_retry_hint(settled.retry_at) or "Run `confsync plan`: it reads what Twilio holds now.",
    )


def _malformed(request: Request, settled: Settled, secrets: Secrets) -> MalformedResponse:
    return MalformedResponse(
        f"{request}: {_reason(settled.result, secrets)}{_attempts(settled)}.", hint="Run the command again later."
    )


def _unreachable(request: Request, settled: Settled, error: Exception, host: str, secrets: Secrets) -> Unreachable:
    proxy = unreached_proxy(error)
    peer = f"the proxy {legible(proxy, secrets)}" if proxy else host
    if rejected := certificate_error(error):
        return Unreachable(
            f"{request}: the certificate of {peer} was rejected: {legible(rejected.verify_message)}.",
            hint="If you use a proxy, set SSL_CERT_FILE to a file that contains its CA certificates.",
        )
    if is_unknown_host(error):
        return Unreachable(
            f"{request}: {peer if proxy else f'the host {host}'} does not exist.",
            hint=f"Check the network{' and HTTPS_PROXY' if proxy else ', region and edge'}.",
        )
    return Unreachable(
        f"{request}: {peer} cannot be reached: {_reason(error, secrets)}{_attempts(settled)}.",
        hint=f"Check the network{' and HTTPS_PROXY' if proxy else ''}, then run the command again.",
    )


def _api_error(response: ErrorResponse, hint: str) -> ApiError:
    match response.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return NotAuthorised(response, hint="Check the credentials and their permissions.")
        case HTTPStatus.NOT_FOUND:
            return NotFound(response, hint=hint)
        case _:
            return ApiError(response, hint=hint)


def _error_response(request: Request, response: Response, secrets: Secrets) -> ErrorResponse:
    body = response.body or {}
    message = body.get("message")
    return ErrorResponse(
        method=request.method,
        path=request.path,
        status=response.status,
        code=response.code,
        message=(legible(message, secrets) if isinstance(message, str) else "") or _status_phrase(response.status),
        more_info=_if_matching(LINK, body.get("more_info"), secrets),
        request_id=_if_matching(REQUEST_ID, response.headers.get("twilio-request-id"), secrets),
    )


def legible(text: str, secrets: Secrets = ()) -> str:
    """Make somebody else's text safe to show: one short line of visible characters, without secrets."""
    line = " ".join(text[:LONGEST_SEARCHED].split())
    visible = "".join(each for each in line if unicodedata.category(each) not in INVISIBLE)
    shown = redact(visible.strip(), secrets)
    return shown if len(shown) <= LONGEST_MESSAGE else shown[: LONGEST_MESSAGE - 1] + "…"


def _status_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"


def _if_matching(pattern: re.Pattern[str], value: object, secrets: Secrets) -> str:
    matches = isinstance(value, str) and pattern.fullmatch(value) and redact(value, secrets) == value
    return str(value) if matches else ""


def _reason(result: Response | Exception, secrets: Secrets) -> str:
    """Describe in a few words why the last attempt failed."""
    match result:
        case Response() if result.status >= HTTPStatus.BAD_REQUEST:
            return f"Twilio responded {result.status}"
        case Response() if not result.is_success:
            return f"Twilio responded {result.status}, a redirect, which confsync does not follow"
        case Response():
            return f"the body of the response {result.fault or 'contains no SID'}"
        case TimeoutError():
            return "there was no response in time"
        case _:
            return legible(str(result), secrets) or f"the connection failed ({type(result).__name__})"


def _attempts(settled: Settled) -> str:
    return f" ({settled.attempts} attempts)" if settled.attempts > 1 else ""


def _retry_hint(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"Twilio accepts no requests until {moment:%Y-%m-%d %H:%M:%S} UTC; run the command again then."
