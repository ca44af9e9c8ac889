"""A row of the fault matrix: how to make a fault, what to assert in each column, and what the documentation says."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tests.faults.scene import Scene


class Column(StrEnum):
    """What confsync is doing when the fault strikes."""

    PLAN = "plan"
    """`plan` reads a list."""

    READ = "read"
    """`apply` reads a resource again, immediately before it updates it."""

    CREATE = "create"
    UPDATE = "update"
    SINGLETON = "singleton"
    DELETE = "delete"


WRITES = (Column.CREATE, Column.UPDATE, Column.SINGLETON, Column.DELETE)


class Account(StrEnum):
    """The state of the account."""

    BEFORE = "as it was before"
    AFTER = "as configured"


Content = Account | tuple[str, ...]
"""The state of the account, or how it differs from before: `+ role lead: sendMessage`."""

BEFORE, AFTER = Account.BEFORE, Account.AFTER

SNAPSHOT_READS = 3


class Cell(Struct, frozen=True, kw_only=True):
    """What is asserted: exit code, requests sent, the account afterwards, and texts on stderr.

    A complete apply sends `snapshot_reads` more, for its snapshot. By default, after a change in the shop, that reads
    the list of services, and the shop's configuration and roles, without what the apply has read after the change.

    `again` is the exit code of an apply once the fault is over, `says_again` are texts that it prints, and `finally_`
    is the account after that.
    """

    code: int
    requests: int
    account: Content
    says: tuple[str, ...] = ()
    again: int = 0
    says_again: tuple[str, ...] = ()
    finally_: Content = AFTER
    snapshot_reads: int | None = None


Cells = Mapping[Column, Cell]

Cause = Callable[["Scene"], None]
"""Makes a fault happen; called before the command runs."""


class Row(Struct, frozen=True, kw_only=True):
    """A fault.

    `happens`, `does` and `advice` are what the documentation says. `waits` is for how many seconds confsync waits at
    least. A row without cells is about faults that kill or
    interrupt a process; `tested_in` names the test.
    """

    name: str
    happens: str
    does: str
    advice: str = ""
    cause: Cause | None = None
    cells: Cells = {}
    waits: float = 0.0
    codes: str = ""
    tested_in: str = ""


class Section(Struct, frozen=True):
    """Rows that belong together, under one heading of the documentation."""

    heading: str
    rows: tuple[Row, ...]


class Page(Struct, frozen=True):
    """Sections that are on one page of the documentation, and what its index says about the page."""

    file: str
    title: str
    about: str
    sections: tuple[Section, ...]
