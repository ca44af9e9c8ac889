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
from confsync.twilio.echo import without
from confsync.twilio.outcomes import Verb, certificate_refusal, is_unknown_host
from confsync.twilio.outgoing import Outgoing
from confsync.twilio.reply import Reply
from confsync.twilio.retry import Ending

LONGEST_MESSAGE = 300
LONGEST_SEARCHED = 4000
LINK = re.compile(r"https://([a-z0-9-]+\.)*twilio\.com/[A-Za-z0-9/._#-]{0,200}")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def failure_of(outgoing: Outgoing, ending: Ending, host: str) -> TwilioError:
    """Make the error for a request that did not end well."""
    if ending.doubtful and outgoing.verb is not Verb.READ:
        return _unknown(outgoing, ending)
    if isinstance(ending.happened, Reply):
        return _answered(outgoing, ending, ending.happened)
    return _lost(outgoing, ending, ending.happened, host)


def _unknown(outgoing: Outgoing, ending: Ending) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{outgoing} was sent, and {_ill(outgoing, ending.happened)}, so nobody can say whether it happened.",
        changed="Whether this one write happened is not known.",
        next_step=_later(ending.come_back) or "Run `confsync plan`: it reads what is there now.",
    )


def _answered(outgoing: Outgoing, ending: Ending, reply: Reply) -> TwilioError:
    if reply.status < HTTPStatus.BAD_REQUEST:
        return MalformedAnswer(
            f"{outgoing}: {_ill(outgoing, reply)}{_after(ending.tries)}.", next_step="Run it again later."
        )
    return refusal(outgoing, reply, _later(ending.come_back))


def refusal(outgoing: Outgoing, reply: Reply, next_step: str = "") -> ApiError:
    """Make the error for an answer that says no."""
    answer = _answer(outgoing, reply)
    match reply.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return NotAuthorised(answer, next_step="Check the credentials, and what they are allowed to do.")
        case HTTPStatus.NOT_FOUND:
            return NotFound(answer, next_step=next_step)
        case _:
            return ApiError(answer, next_step=next_step)


def _answer(outgoing: Outgoing, reply: Reply) -> Answer:
    told = reply.body or {}
    return Answer(
        method=outgoing.method,
        path=outgoing.path,
        status=reply.status,
        code=reply.code,
        message=_message(told.get("message"), outgoing, reply.status),
        more_info=_matching(LINK, told.get("more_info"), outgoing),
        request_id=_matching(REQUEST_ID, reply.headers.get("twilio-request-id"), outgoing),
    )


def _message(told: object, outgoing: Outgoing, status: int) -> str:
    if isinstance(told, str) and (text := legible(told, outgoing.hidden)):
        return text
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"


def legible(told: str, hidden: tuple[str, ...] = ()) -> str:
    """Make a foreign text fit to be shown: one bounded line of visible characters, without what is hidden."""
    whole = " ".join(told[:LONGEST_SEARCHED].split())
    visible = "".join(each for each in whole if unicodedata.category(each) not in INVISIBLE)
    text = without(visible, hidden)
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _matching(form: re.Pattern[str], told: object, outgoing: Outgoing) -> str:
    fits = isinstance(told, str) and form.fullmatch(told) and without(told, outgoing.hidden) == told
    return str(told) if fits else ""


def _lost(outgoing: Outgoing, ending: Ending, trouble: Exception, host: str) -> Unreachable:
    if refused := certificate_refusal(trouble):
        return Unreachable(
            f"{outgoing}: the certificate of {host} was not accepted: {legible(refused.verify_message)}.",
            next_step="If a proxy of your own stands between, name its certificates in SSL_CERT_FILE.",
        )
    if is_unknown_host(trouble):
        return Unreachable(
            f"{outgoing}: there is no host {host}.", next_step="Check the network, the region and the edge."
        )
    return Unreachable(
        f"{outgoing}: {host} cannot be reached: {_ill(outgoing, trouble)}{_after(ending.tries)}.",
        next_step="Check the network, and run it again.",
    )


def _ill(outgoing: Outgoing, happened: Reply | Exception) -> str:
    """Say in a few words what went wrong with the last try."""
    match happened:
        case Reply() if happened.status >= HTTPStatus.BAD_REQUEST:
            return f"Twilio answered {happened.status}"
        case Reply() if not happened.good:
            return f"Twilio answered {happened.status}, a redirect, and none is followed"
        case Reply():
            return f"the body of the answer {happened.fault or 'names no SID'}"
        case TimeoutError():
            return "no answer came in time"
        case _:
            return legible(str(happened), outgoing.hidden) or f"the connection broke ({type(happened).__name__})"


def _after(tries: int) -> str:
    return f" ({tries} tries)" if tries > 1 else ""


def _later(moment: datetime | None) -> str:
    return f"Twilio asks to be left alone until {moment:%Y-%m-%d %H:%M:%S} UTC; run it again then." if moment else ""
