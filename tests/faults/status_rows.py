"""Responses with which Twilio refuses a request, or reports that it failed."""

from collections.abc import Mapping
from http import HTTPStatus

from confsync.emulator.faults.fault import Phase, Respond
from tests.faults.causes import AFTER_COMMIT, answered, struck
from tests.faults.expected import (
    AT_ONCE,
    CREATE,
    DELETE,
    PLAN,
    READ,
    REJECTED,
    REJECTED_FIVE_TIMES,
    SINGLETON,
    TAKEN_EFFECT,
    TAKEN_EFFECT_ALWAYS,
    UNCERTAIN,
    UNCERTAIN_ALWAYS,
    UPDATE,
    with_texts,
    without,
)
from tests.faults.response_rows import CONTINUES, GIVES_UP, LOOK_AND_RERUN, RERUN, SENT_AGAIN
from tests.faults.row import AFTER, BEFORE, Cell, Cells, Row, Section

TODAY = "Mon, 04 May 2026 10:00:00 GMT"
IN_FOUR_SECONDS = "Mon, 04 May 2026 10:00:04 GMT"
AGAIN_AFTER = "confsync waits as long as Twilio asks, and then sends the request again."
AGAIN_SOON = "confsync sends the request again after a short pause."
TOO_LONG = ("Twilio accepts no requests until", "run the command again then")
ELSEWHERE = {"Location": "https://conversations.example.com/v1/Services"}
FINAL = "confsync gives up immediately."
GATEWAY = "<html><h1>Bad gateway</h1></html>"


def limited(name: str, happens: str, does: str, waits: float = 0.0, headers: Mapping[str, str] | None = None) -> Row:
    """A request that exceeds Twilio's rate limit, once."""
    return Row(
        name=name,
        happens=happens,
        does=does,
        waits=waits,
        cause=answered(429, code=20429, headers=headers),
        cells=REJECTED if headers is None else without(REJECTED, READ, SINGLETON, DELETE),
    )


def failing(status: int, *, after: bool, times: int | None) -> Row:
    """Report an error of Twilio's own, before or after the request takes effect."""
    table = {
        (False, 1): UNCERTAIN,
        (True, 1): TAKEN_EFFECT,
        (False, None): UNCERTAIN_ALWAYS,
        (True, None): TAKEN_EFFECT_ALWAYS,
    }[after, times]
    shown = f"{status} ({HTTPStatus(status).phrase})"
    outcome = "but Twilio carries out the request" if after else "and Twilio does not carry out the request"
    return Row(
        name=f"{status} {'after' if after else 'before'} commit{'' if times else ', always'}",
        happens=f"The status is {shown}{'' if times else ' on every attempt'}, {outcome}.",
        does=SENT_AGAIN if times else CONTINUES if after else GIVES_UP,
        advice="" if times else RERUN if after else LOOK_AND_RERUN,
        cause=answered(
            status,
            phase=AFTER_COMMIT if after else Phase.BEFORE_COMMIT,
            times=times,
            body=GATEWAY if status == HTTPStatus.BAD_GATEWAY else None,
        ),
        cells=with_texts(table, f"-> {status}", code=4),
    )


REFUSED = {
    PLAN: Cell(code=4, requests=6, account=BEFORE),
    READ: Cell(code=4, requests=7, account=BEFORE),
    CREATE: Cell(code=5, requests=7, account=BEFORE),
    UPDATE: Cell(code=5, requests=8, account=BEFORE),
    SINGLETON: Cell(code=5, requests=8, account=BEFORE),
    DELETE: Cell(code=5, requests=10, account=BEFORE),
}
"""A refusal is final. Before the first write, it is a failure to read."""


def refused_with(code: int) -> Cells:
    """Stop with one exit code."""
    numbers = {PLAN: 6, READ: 7, CREATE: 7, UPDATE: 8, SINGLETON: 8, DELETE: 10}
    return {column: Cell(code=code, requests=number, account=BEFORE) for column, number in numbers.items()}


RATE = Section(
    "When Twilio limits the request rate",
    (
        limited("429", "The status is 429 (Too Many Requests), without a `Retry-After`.", AGAIN_SOON),
        limited(
            "429 seconds",
            "The status is 429, with a `Retry-After` of at most 60 seconds.",
            AGAIN_AFTER,
            3,
            headers={"Retry-After": "3"},
        ),
        limited(
            "429 date",
            "The status is 429, with a `Retry-After` date that is at most 60 seconds in the future.",
            "confsync waits until that time, according to Twilio's clock, and then sends the request again.",
            4,
            headers={"Retry-After": IN_FOUR_SECONDS, "Date": TODAY},
        ),
        limited("429 zero", "The status is 429, with `Retry-After: 0`.", AGAIN_SOON, headers={"Retry-After": "0"}),
        limited(
            "429 negative",
            "The status is 429, with a negative `Retry-After`.",
            AGAIN_SOON,
            headers={"Retry-After": "-5"},
        ),
        limited(
            "429 past",
            "The status is 429, with a `Retry-After` date in the past.",
            AGAIN_SOON,
            headers={"Retry-After": TODAY, "Date": IN_FOUR_SECONDS},
        ),
        limited(
            "429 garbage",
            "The status is 429, with an invalid `Retry-After`.",
            AGAIN_SOON,
            headers={"Retry-After": "soon"},
        ),
        Row(
            name="429 huge",
            happens="The status is 429, with a `Retry-After` of more than 60 seconds.",
            does="confsync gives up, and says when Twilio will accept requests again.",
            advice="Run the same command again after that time.",
            cause=answered(429, code=20429, headers={"Retry-After": "3600"}, times=None),
            cells=with_texts(AT_ONCE, "-> 429 (Twilio 20429)", *TOO_LONG),
        ),
        Row(
            name="429 always",
            happens="The status is 429 on every attempt.",
            does="confsync gives up after five attempts. Twilio has changed nothing.",
            advice="Run the same command again later, or with a lower `--max-rps`.",
            cause=answered(429, code=20429, times=None),
            cells=with_texts(REJECTED_FIVE_TIMES, "-> 429 (Twilio 20429)"),
        ),
    ),
)

STATUS = Section(
    "When Twilio fails",
    (
        *(failing(status, after=False, times=1) for status in (408, 500, 502, 503, 504)),
        *(failing(status, after=True, times=1) for status in (500, 503)),
        failing(503, after=False, times=None),
        failing(503, after=True, times=None),
        Row(
            name="redirect",
            happens="Twilio redirects a request to another URL.",
            does=f"confsync does not follow the redirect. It{SENT_AGAIN.removeprefix('confsync')}",
            cause=answered(302, body="", headers=ELSEWHERE),
            cells=UNCERTAIN,
        ),
        Row(
            name="redirect, always",
            happens="Twilio redirects every attempt to another URL.",
            does=f"confsync does not follow the redirects. It{GIVES_UP.removeprefix('confsync')}",
            advice="Check the proxy and the region. Then run the same command again.",
            cause=answered(302, body="", times=None, headers=ELSEWHERE),
            cells=with_texts(UNCERTAIN_ALWAYS, "Twilio responded 302, a redirect", code=4),
        ),
    ),
)

READ_NOT_FOUND = {
    PLAN: Cell(code=4, requests=6, account=BEFORE, says=("-> 404",)),
    READ: Cell(code=7, requests=7, account=BEFORE, says=("someone else changed the same resource",)),
}

WRITE_NOT_FOUND = {
    CREATE: UNCERTAIN[CREATE],
    UPDATE: Cell(code=5, requests=8, account=BEFORE, says=("1 of 1 changes failed: services/shop/roles/agent",)),
    SINGLETON: Cell(code=5, requests=8, account=BEFORE, says=("1 of 1 changes failed: services/shop/configuration",)),
    # the delete counts as done, but four reads show that the resource exists
    DELETE: Cell(code=12, requests=14, account=BEFORE, says=("Twilio stored a value differently: services/shop",)),
}

REJECTION = Section(
    "When Twilio refuses a request",
    (
        Row(
            name="conflict",
            happens=(
                "Twilio rejects one attempt because someone else is changing the same resource (409 with code 50391)."
            ),
            does=("confsync sends the request again. Before it repeats an update, it reads the resource."),
            cause=answered(409, code=50391),
            cells=REJECTED,
        ),
        Row(
            name="conflict, always",
            happens=(
                "Twilio rejects every attempt because someone else is changing the same resource (409 with code 50391)."
            ),
            does="confsync gives up after five attempts. Twilio has changed nothing.",
            advice="Find out who is changing the resource. Run the same command again later.",
            cause=answered(409, code=50391, times=None),
            cells=with_texts(REJECTED_FIVE_TIMES, "-> 409 (Twilio 50391)"),
        ),
        Row(
            name="409 exists",
            happens=("Twilio refuses a create, and incorrectly says that the resource already exists (409)."),
            does=("confsync looks for the resource, finds nothing, and reports the create as failed."),
            advice="Run the same command again. If the fault occurs again, report it to Twilio.",
            cause=answered(409, code=50201),
            cells={CREATE: Cell(code=5, requests=8, account=BEFORE, says=("1 of 1 changes failed",))},
        ),
        Row(
            name="409 exists after commit",
            happens="Twilio creates a resource, and then says that the resource already exists (409).",
            does="confsync finds the new resource, and continues.",
            cause=answered(409, code=50201, phase=AFTER_COMMIT),
            cells={CREATE: Cell(code=0, requests=9, account=AFTER)},
        ),
        Row(
            name="404 to a read",
            happens="Twilio responds to a read with 404, although the resource exists.",
            does=(
                "If confsync is making a plan, it gives up. If it is about to update the resource, it does not send "
                "the update, and says that someone else changed the resource."
            ),
            advice="Run the same command again.",
            cause=answered(404, code=20404),
            cells=READ_NOT_FOUND,
        ),
        Row(
            name="404 without commit",
            happens="Twilio responds to a write with 404, and does not carry it out.",
            does=(
                "If the write is a create, confsync checks that it had no effect, and sends it again. If it is an "
                "update, confsync reports it as failed. If it is a delete, confsync reads the resource, and reports "
                "that the resource still exists."
            ),
            advice="Run the same command again.",
            cause=answered(404, code=20404),
            cells=WRITE_NOT_FOUND,
        ),
        Row(
            name="404 after commit",
            happens="Twilio responds to a write with 404, but carries it out.",
            does=(
                "If the write is a create, confsync finds out that it took effect, and continues. If it is an update, "
                "confsync reports it as failed. A delete counts as done."
            ),
            advice="Run the same command again.",
            cause=answered(404, code=20404, phase=AFTER_COMMIT),
            cells={
                CREATE: TAKEN_EFFECT[CREATE],
                UPDATE: Cell(code=5, requests=8, account=AFTER, says=("1 of 1 changes failed",)),
                SINGLETON: Cell(code=5, requests=8, account=AFTER, says=("1 of 1 changes failed",)),
                DELETE: Cell(code=0, requests=11, account=AFTER),
            },
        ),
        Row(
            name="400",
            happens="Twilio rejects a request as invalid (400).",
            does=FINAL,
            advice="Correct the configuration. Then run the same command again.",
            cause=answered(400, code=20001),
            cells=with_texts(with_texts(REFUSED, "-> 400 (Twilio 20001)", code=4), "1 of 1 changes failed", code=5),
        ),
        Row(
            name="405",
            happens="Twilio does not support the operation (405).",
            does=FINAL,
            advice="Check the proxy and the region. Then run the same command again.",
            cause=answered(405, code=20004),
            cells=with_texts(with_texts(REFUSED, "-> 405 (Twilio 20004)", code=4), "1 of 1 changes failed", code=5),
        ),
        *(
            Row(
                name=f"{status}",
                happens=f"Twilio rejects the credentials during the run ({status}).",
                does="confsync starts no further changes.",
                advice=(
                    "Run `confsync doctor`, and correct the credentials or their permissions. Then run the same "
                    "command again."
                ),
                cause=answered(status, code=20003),
                cells=with_texts(refused_with(9), "Check the credentials and their permissions."),
            )
            for status in (401, 403)
        ),
        Row(
            name="401 at the start",
            happens="Twilio rejects the credentials at the start.",
            does="confsync shows no plan and changes nothing.",
            advice="Run `confsync doctor`, and correct the credentials.",
            cause=struck(Phase.BEFORE_COMMIT, Respond(status=401, code=20003), path="/v1/Configuration"),
            cells={
                column: Cell(code=9, requests=1, account=BEFORE, says=("GET /v1/Configuration -> 401 (Twilio 20003)",))
                for column in (PLAN, CREATE, UPDATE, SINGLETON, DELETE)
            },
        ),
    ),
)
