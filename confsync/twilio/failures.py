"""Turns the way a request ended into the error that a person reads."""

import re
import unicodedata
from datetime import datetime
from http import HTTPStatus

from confsync.errors import (
    Answer,
    ApiError,
    MalformedAnswer,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    TwilioError,
    Unreachable,
)
from confsync.redaction import redact
from confsync.twilio.outcomes import Operation, certificate_refusal, is_unknown_host
from confsync.twilio.request import Request
from confsync.twilio.response import Response
from confsync.twilio.retry import Settled

Hidden = tuple[str, ...]

LONGEST_MESSAGE = 300
LONGEST_SEARCHED = 4000
LINK = re.compile(r"https://([a-z0-9-]+\.)*twilio\.com/[A-Za-z0-9/._#-]{0,200}")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def failure_of(outgoing: Request, ending: Settled, host: str, hidden: Hidden = ()) -> TwilioError:
    """Make the error for a request that did not end well; no text in `hidden` will stand in it."""
    if ending.linted and outgoing.verb is not Operation.READ:
        return _unknown(outgoing, ending, hidden)
    if not isinstance(ending.happened, Response):
        return _lost(outgoing, ending, ending.happened, host, hidden)
    if ending.happened.status < HTTPStatus.BAD_REQUEST:
        return _malformed(outgoing, ending, hidden)
    return _refused(_answer(outgoing, ending.happened, hidden), _later(ending.retry_at))


def _unknown(outgoing: Request, ending: Settled, hidden: Hidden) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{outgoing} was sent, and {_ill(ending.happened, hidden)}, so nobody can say whether it happened.",
        changed="Whether this one write happened is not known.",
        hint=_later(ending.retry_at) or "Run `confsync plan`: it reads what is there now.",
    )


def _malformed(outgoing: Request, ending: Settled, hidden: Hidden) -> MalformedAnswer:
    return MalformedAnswer(
        f"{outgoing}: {_ill(ending.happened, hidden)}{_after(ending.tries)}.", hint="Run it again later."
    )


def _lost(outgoing: Request, ending: Settled, trouble: Exception, host: str, hidden: Hidden) -> Unreachable:
    if refused := certificate_refusal(trouble):
        return Unreachable(
            f"{outgoing}: the certificate of {host} was not accepted: {legible(refused.verify_message)}.",
            hint="If a proxy of your own stands between, name its certificates in SSL_CERT_FILE.",
        )
    if is_unknown_host(trouble):
        return Unreachable(f"{outgoing}: there is no host {host}.", hint="Check the network, the region and the edge.")
    return Unreachable(
        f"{outgoing}: {host} cannot be reached: {_ill(trouble, hidden)}{_after(ending.tries)}.",
        hint="Check the network, and run it again.",
    )


def _refused(answer: Answer, hint: str) -> ApiError:
    match answer.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return NotAuthorised(answer, hint="Check the credentials, and what they are allowed to do.")
        case HTTPStatus.NOT_FOUND:
            return NotFound(answer, hint=hint)
        case _:
            return ApiError(answer, hint=hint)


def _answer(outgoing: Request, reply: Response, hidden: Hidden) -> Answer:
    told = reply.body or {}
    return Answer(
        method=outgoing.method,
        path=outgoing.path,
        status=reply.status,
        code=reply.code,
        message=_message(told.get("message"), hidden) or _phrase(reply.status),
        more_info=_matching(LINK, told.get("more_info"), hidden),
        request_id=_matching(REQUEST_ID, reply.headers.get("twilio-request-id"), hidden),
    )


def _message(told: object, hidden: Hidden) -> str:
    return legible(told, hidden) if isinstance(told, str) else ""


def legible(told: str, hidden: Hidden = ()) -> str:
    """Make a foreign text fit to be shown: one bounded line of visible characters, without what is hidden."""
    whole = " ".join(told[:LONGEST_SEARCHED].split())
    visible = "".join(each for each in whole if unicodedata.category(each) not in INVISIBLE)
    text = redact(visible.strip(), hidden)
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"


def _matching(form: re.Pattern[str], told: object, hidden: Hidden) -> str:
    fits = isinstance(told, str) and form.fullmatch(told) and redact(told, hidden) == told
    return str(told) if fits else ""


def _ill(happened: Response | Exception, hidden: Hidden) -> str:
    """Say in a few words what went wrong with the last try."""
    match happened:
        case Response() if happened.status >= HTTPStatus.BAD_REQUEST:
            return f"Twilio answered {happened.status}"
        case Response() if not happened.good:
            return f"Twilio answered {happened.status}, a redirect, and none is followed"
        case Response():
            return f"the body of the answer {happened.fault or 'names no SID'}"
        case TimeoutError():
            return "no answer came in time"
        case _:
            return legible(str(happened), hidden) or f"the connection broke ({type(happened).__name__})"


def _after(tries: int) -> str:
    return f" ({tries} tries)" if tries > 1 else ""


def _later(moment: datetime | None) -> str:
    return f"Twilio asks to be left alone until {moment:%Y-%m-%d %H:%M:%S} UTC; run it again then." if moment else ""
