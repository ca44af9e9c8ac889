"""Faults after which a response is missing: the request may or may not have taken effect."""

from confsync.emulator.faults.fault import Close, Drip, Effect, Hang, Phase, Reset
from tests.faults.causes import struck
from tests.faults.columns import ROLE_LEAD
from tests.faults.expected import (
    CREATE,
    DELETE,
    PLAN,
    READ,
    SINGLETON,
    TAKEN_EFFECT,
    TAKEN_EFFECT_ALWAYS,
    UNCERTAIN,
    UNCERTAIN_ALWAYS,
    UPDATE,
    with_texts,
)
from tests.faults.row import AFTER, BEFORE, Cell, Cells, Row, Section

SENT_AGAIN = (
    "confsync sends a read or a delete again. Before it repeats a create or an update, it checks whether the first "
    "request took effect. For a create, the check takes up to 10 seconds."
)
CONTINUES = (
    "After a create or an update, confsync finds out that the request took effect, and continues. It tries a read or a "
    "delete five times, and then gives up. The outcome of a delete is then unknown."
)
GIVES_UP = (
    "confsync tries a read or a delete five times, and a create or an update twice. Then it gives up. The outcome of "
    "the create, update or delete is unknown."
)
RERUN = "Run the same command again."
LOOK_AND_RERUN = f"{RERUN} Before confsync repeats a create, it looks for the resource."
SILENCE = Hang(seconds=0)
IMMEDIATE = "there was no response in time"


def lost(name: str, happens: str, phase: Phase, effect: Effect, *, took_effect: bool) -> Row:
    """A response that is lost once."""
    return Row(
        name=name,
        happens=happens,
        does=SENT_AGAIN,
        cause=struck(phase, effect),
        cells=TAKEN_EFFECT if took_effect else UNCERTAIN,
    )


def always(name: str, happens: str, phase: Phase, effect: Effect, cells: Cells) -> Row:
    """A response that is lost every time."""
    return Row(
        name=name,
        happens=happens,
        does=CONTINUES if phase is Phase.AFTER_COMMIT else GIVES_UP,
        advice=RERUN if phase is Phase.AFTER_COMMIT else LOOK_AND_RERUN,
        cause=struck(phase, effect, times=None),
        cells=cells,
    )


# The first create takes effect after the client has given up, but before the last look.
LATE = {
    PLAN: Cell(code=0, requests=7, account=BEFORE),
    READ: Cell(code=0, requests=10, account=AFTER),
    # the looks after 0 and 2 seconds find nothing, the one after 5 seconds does
    CREATE: Cell(code=0, requests=11, account=AFTER),
    UPDATE: Cell(code=0, requests=11, account=AFTER),
    SINGLETON: Cell(code=0, requests=11, account=AFTER),
    DELETE: Cell(code=0, requests=12, account=AFTER),
}

RESPONSE = Section(
    "When a response does not arrive",
    (
        lost(
            "reset before commit",
            "The connection is reset before Twilio carries out the request.",
            Phase.BEFORE_COMMIT,
            Reset(),
            took_effect=False,
        ),
        lost(
            "reset before read",
            "The connection is reset before Twilio reads the request.",
            Phase.BEFORE_READ,
            Reset(),
            took_effect=False,
        ),
        lost(
            "keep-alive race",
            "Twilio closes an idle connection just before it receives a request.",
            Phase.BEFORE_READ,
            Close(),
            took_effect=False,
        ),
        lost(
            "reset after commit",
            "The connection is reset after Twilio carries out the request.",
            Phase.AFTER_COMMIT,
            Reset(),
            took_effect=True,
        ),
        lost(
            "reset in headers",
            "The response ends in the middle of its headers.",
            Phase.MID_HEADERS,
            Reset(),
            took_effect=True,
        ),
        lost(
            "reset in body",
            "The connection is reset in the middle of the response body.",
            Phase.MID_BODY,
            Reset(),
            took_effect=True,
        ),
        lost(
            "closed in body",
            "The connection is closed in the middle of the response body.",
            Phase.MID_BODY,
            Close(),
            took_effect=True,
        ),
        lost(
            "timeout before commit",
            "No response arrives in time, and Twilio does not carry out the request.",
            Phase.BEFORE_COMMIT,
            SILENCE,
            took_effect=False,
        ),
        lost(
            "timeout after commit",
            "No response arrives in time, but Twilio carries out the request.",
            Phase.AFTER_COMMIT,
            SILENCE,
            took_effect=True,
        ),
        lost(
            "slow response",
            "The response is not complete in time.",
            Phase.AFTER_COMMIT,
            Drip(),
            took_effect=True,
        ),
        Row(
            name="very late commit",
            happens=(
                "No response to a create arrives in time, but Twilio creates the resource more than 10 seconds later."
            ),
            does=(
                "confsync looks for the resource for 10 seconds, and then sends the create again. The next plan shows "
                "a [probable duplicate](duplicates.md)."
            ),
            advice="Run `repair duplicates`.",
            cause=struck(Phase.LATE_COMMIT, SILENCE, delay=30.0),
            cells={
                CREATE: Cell(
                    code=0,
                    requests=13,
                    account=AFTER,
                    says_again=("Probable duplicates (1):", "confsync repair duplicates"),
                    finally_=(f"+ {ROLE_LEAD}", f"+ {ROLE_LEAD}"),
                )
            },
        ),
        Row(
            name="late commit",
            happens="No response arrives in time, but Twilio carries out the request up to 10 seconds later.",
            does=SENT_AGAIN,
            cause=struck(Phase.LATE_COMMIT, SILENCE, delay=3.0),
            cells=LATE,
        ),
        always(
            "always reset before commit",
            "The connection is reset on every attempt, before Twilio carries out the request.",
            Phase.BEFORE_COMMIT,
            Reset(),
            with_texts(UNCERTAIN_ALWAYS, "cannot be reached", code=4),
        ),
        always(
            "always reset after commit",
            "The connection is reset on every attempt, after Twilio carries out the request.",
            Phase.AFTER_COMMIT,
            Reset(),
            with_texts(TAKEN_EFFECT_ALWAYS, "cannot be reached", code=4),
        ),
        always(
            "always timeout before commit",
            "No attempt gets a response in time, and Twilio does not carry out the request.",
            Phase.BEFORE_COMMIT,
            SILENCE,
            with_texts(UNCERTAIN_ALWAYS, "cannot be reached", code=4),
        ),
        always(
            "always timeout after commit",
            "No attempt gets a response in time, but Twilio carries out the request.",
            Phase.AFTER_COMMIT,
            SILENCE,
            with_texts(TAKEN_EFFECT_ALWAYS, "cannot be reached", code=4),
        ),
    ),
)
