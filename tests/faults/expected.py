"""What the rows of the fault matrix expect in common, written down for each column."""

from collections.abc import Mapping

from msgspec.structs import replace

from tests.faults.row import AFTER, BEFORE, Cell, Cells, Column

PLAN, READ, CREATE, UPDATE, SINGLETON, DELETE = Column


def cells(
    code: int, *, plan: int, read: int, create: int, update: int, delete: int, account: str = "after", says: str = ""
) -> Cells:
    """Give each column its number of requests; a singleton is updated like anything else."""
    state = AFTER if account == "after" else BEFORE
    requests = {PLAN: plan, READ: read, CREATE: create, UPDATE: update, SINGLETON: update, DELETE: delete}
    return {
        column: Cell(code=code, requests=number, account=state, says=(says,) if says else ())
        for column, number in requests.items()
    }


def with_texts(table: Cells, *texts: str, code: int | None = None) -> Cells:
    """Expect these texts in every cell that fails, or in those with one exit code."""
    return {
        column: replace(cell, says=(*cell.says, *texts)) if cell.code and code in (None, cell.code) else cell
        for column, cell in table.items()
    }


def without(table: Cells, *columns: Column) -> Cells:
    """Leave out columns in which the fault makes no sense."""
    return {column: cell for column, cell in table.items() if column not in columns}


def changed(table: Cells, changes: Mapping[Column, Cell]) -> Cells:
    """Replace some cells."""
    return {**table, **changes}


NO_DIFFERENCE = cells(0, plan=6, read=9, create=8, update=9, delete=11)
"""The fault costs nothing."""

SENT_AGAIN = cells(0, plan=7, read=10, create=9, update=10, delete=12)
"""The request was not sent, which is certain, so it is sent a second time."""

FIVE_TIMES = cells(4, plan=10, read=11, create=11, update=12, delete=14, account="before")
"""Each attempt had no effect, which is certain; after the fifth one, confsync stops."""

REJECTED = changed(
    SENT_AGAIN, {UPDATE: Cell(code=0, requests=11, account=AFTER), SINGLETON: Cell(code=0, requests=11, account=AFTER)}
)
"""Twilio rejected the request, which is certain; an update is sent again only after another read."""

REJECTED_FIVE_TIMES = changed(
    FIVE_TIMES,
    {UPDATE: Cell(code=4, requests=16, account=BEFORE), SINGLETON: Cell(code=4, requests=16, account=BEFORE)},
)
"""Twilio rejected each attempt; there is a read between two attempts of an update."""

THREE_TIMES = cells(4, plan=8, read=9, create=9, update=10, delete=12, account="before")

AT_ONCE = cells(4, plan=6, read=7, create=7, update=8, delete=10, account="before")
"""Confsync stops at the first failure."""

UNCERTAIN = {
    PLAN: Cell(code=0, requests=7, account=BEFORE),
    READ: Cell(code=0, requests=10, account=AFTER),
    # four looks for the resource, then the second create
    CREATE: Cell(code=0, requests=13, account=AFTER),
    # a read, then the second update
    UPDATE: Cell(code=0, requests=11, account=AFTER),
    SINGLETON: Cell(code=0, requests=11, account=AFTER),
    DELETE: Cell(code=0, requests=12, account=AFTER),
}
"""One request had no effect, but confsync cannot know that."""

TAKEN_EFFECT = {
    PLAN: Cell(code=0, requests=7, account=BEFORE),
    READ: Cell(code=0, requests=10, account=AFTER),
    # the first look finds the resource
    CREATE: Cell(code=0, requests=9, account=AFTER),
    # the read shows that the update took effect
    UPDATE: Cell(code=0, requests=10, account=AFTER),
    SINGLETON: Cell(code=0, requests=10, account=AFTER),
    # the second delete finds nothing
    DELETE: Cell(code=0, requests=12, account=AFTER),
}
"""One request took effect, but its response is lost."""

UNKNOWN = ("unknown outcome",)

UNCERTAIN_ALWAYS = {
    PLAN: Cell(code=4, requests=10, account=BEFORE),
    READ: Cell(code=4, requests=11, account=BEFORE),
    # twice a create and four looks
    CREATE: Cell(code=6, requests=16, account=BEFORE, says=UNKNOWN),
    # twice an update and a read
    UPDATE: Cell(code=6, requests=11, account=BEFORE, says=UNKNOWN),
    SINGLETON: Cell(code=6, requests=11, account=BEFORE, says=UNKNOWN),
    DELETE: Cell(code=6, requests=14, account=BEFORE, says=UNKNOWN),
}
"""Every such request fails without an effect, and confsync cannot know that."""

TAKEN_EFFECT_ALWAYS = {
    PLAN: Cell(code=4, requests=10, account=BEFORE),
    READ: Cell(code=4, requests=11, account=BEFORE),
    CREATE: Cell(code=0, requests=9, account=AFTER),
    UPDATE: Cell(code=0, requests=10, account=AFTER),
    SINGLETON: Cell(code=0, requests=10, account=AFTER),
    DELETE: Cell(code=6, requests=14, account=AFTER, says=UNKNOWN),
}
"""Every such request takes effect, and its response is lost."""
