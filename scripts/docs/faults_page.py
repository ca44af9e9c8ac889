"""The page on what confsync does about each fault, from the rows of the fault matrix."""

from collections.abc import Iterable, Iterator, Sequence

from tests.faults.row import Column, Row, Section

INTRODUCTION = """\
# What happens if …

This page lists what can go wrong, what confsync does about it, and what you have to do. [When a job
fails](ci-failures.md) explains the exit codes. [failures.md](failures.md#when-a-request-fails) explains the rules that
confsync follows when a request fails. Two files are mentioned often: the [ledger](ledger.md) records which resources
confsync owns, and the [journal](ledger.md#the-journal) records which changes a running apply has made so far.

If the first column of a row lists several faults, confsync handles all of them in the same way. The five columns in the
middle show the exit code, which depends on what confsync is doing when the fault happens:

* **plan**: `plan`, `drift` or `apply` is reading lists of resources to make a plan.
* **read**: `apply` is reading a resource again, immediately before it changes the resource.
* **create**, **update**, **delete**: `apply` is making a change of this kind, or is about to make one.

Each apply in the tables makes a single change. If a fault stops an apply that has already made other changes, the exit
code is 5 instead of 4. An empty cell means that the fault cannot happen in this case, or that the tests do not cover
this case.

The other columns also use *read*, *create*, *update* and *delete* for requests to Twilio: a create, for example, is a
request that creates a resource.

Unless a row says otherwise, a fault happens only once, and Twilio then responds as usual. *Every attempt* means every
attempt to send the same request; all other requests succeed. It is always safe to run the same command again. When you
do, confsync makes the remaining changes, unless the last column says otherwise.

`scripts/docs` generates this page from the fault matrix in `tests/faults/`. Tests make each fault happen in one or more
kinds of request. They check the exit code, the message, the number of requests, the content of the account afterwards,
and what a second run does. There are {faults} faults and {cells} tests.
"""

SHOWN = {
    "plan": (Column.PLAN,),
    "read": (Column.READ,),
    "create": (Column.CREATE,),
    "update": (Column.UPDATE, Column.SINGLETON),
    "delete": (Column.DELETE,),
}
"""The columns of the page; a resource that exists once per parent is updated like any other."""


def faults_page(sections: Iterable[Section]) -> str:
    """Write the page."""
    sections = tuple(sections)
    rows = [row for section in sections for row in section.rows]
    introduction = INTRODUCTION.format(faults=len(rows), cells=sum(len(row.cells) for row in rows))
    return "\n".join((introduction, *(_section(each) for each in sections)))


def _section(section: Section) -> str:
    return "\n".join((f"## {section.heading}\n", *_table(section), ""))


def _table(section: Section) -> Iterator[str]:
    yield f"| what happens | what confsync does | {' | '.join(SHOWN)} | what to do |"
    yield f"|---|---|{'---:|' * len(SHOWN)}---|"
    for rows in _alike(section.rows):
        happens = "<br>".join(row.happens for row in rows)
        codes = (_shown(code) for code in zip(*map(_codes, rows), strict=True))
        yield f"| {happens} | {rows[0].does} | {' | '.join(codes)} | {rows[0].advice or 'Nothing.'} |"


def _alike(rows: Iterable[Row]) -> Iterable[Sequence[Row]]:
    """Put together the faults about which confsync does the same, with the same exit codes."""
    alike: list[list[Row]] = []
    for row in rows:
        together = next((each for each in alike if _is_alike(row, each[0])), None)
        if together:
            together.append(row)
        else:
            alike.append([row])
    return alike


def _is_alike(row: Row, other: Row) -> bool:
    same_codes = all(not (one and two) or one == two for one, two in zip(_codes(row), _codes(other), strict=True))
    return (row.does, row.advice) == (other.does, other.advice) and same_codes


def _codes(row: Row) -> tuple[str, ...]:
    """Give the exit code in each column of the page; empty where the fault is not possible or not tested."""
    found = [
        dict.fromkeys(str(row.cells[each].code) for each in columns if each in row.cells) for columns in SHOWN.values()
    ]
    return tuple(" or ".join(each) or ("" if row.cells else row.codes) for each in found)


def _shown(codes: Iterable[str]) -> str:
    return next(filter(None, codes), "")
