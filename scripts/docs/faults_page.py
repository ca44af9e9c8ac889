"""The pages on what confsync does about each fault, from the rows of the fault matrix."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.faults.row import Column, Page, Row, Section

INTRODUCTION = """\
# What happens if …

These pages list what can go wrong, what confsync does about it, and what you have to do:

| what goes wrong | page |
|---|---|
{pages}

There are {faults} faults on these pages, and {cells} tests. The tests make each fault happen in different kinds of
requests. They check the exit code, the message, the number of requests, the content of the account afterwards, and what
a second run does. `scripts/docs` generates the pages from the tests, in `tests/faults/`.

## What is always true

* It is safe to run the same command again. It makes the remaining changes, unless the last column says otherwise.
* If confsync cannot find out whether a write took effect, it says so, and exits with code 6.
* If an apply stops with exit code 4, it has changed nothing. If it had already made other changes, the exit code is 5.

[When a job fails](ci-failures.md) says what each exit code means. [Recovery](recovery.md) shows what to do, step by
step, and [Failures](failures.md) explains the rules behind the tables.

## How to read the tables

For example, this is a row of the first page:

{example}

If no connection can be established, confsync tries five times and exits with code 4, whatever it is doing. Two faults
are in the same row, because confsync treats them alike.

The five columns in the middle show the exit code. They say what confsync is doing when the fault happens:

| column | what confsync is doing |
|---|---|
| plan | `plan`, `drift` or `apply` is reading lists of resources to make a plan. |
| read | `apply` is reading a resource again, immediately before it changes the resource. |
| create, update, delete | `apply` is making a change of this kind, or is about to. It makes no other changes. |

A cell is empty if the fault cannot happen there, or if the tests do not cover it.

The other columns use these words:

* A *create* is a request that creates a resource. *Read*, *update* and *delete* are requests too. A *write* is any of
  them except a read.
* *confsync finds out* that a create or an update took effect, or had no effect: after an update, it reads the resource.
  After a create, it [looks for the resource](failures.md#when-the-outcome-of-a-create-is-unknown).
* *Every attempt* means every attempt to send the same request. All other requests succeed. Unless a row says this, a
  fault happens once, and Twilio then responds as usual.
* The [ledger](ledger.md) records what confsync owns. The [journal](ledger.md#the-journal) records what a running apply
  has done.
"""

PAGE = """\
# {title}

This page is one of those that say [what happens if something goes wrong](what-happens-if.md). The columns *plan* to
*delete* show the exit code, which depends on what confsync is doing: see [How to read the
tables](what-happens-if.md#how-to-read-the-tables).
"""

EXAMPLE = "Every connection is refused."

SHOWN = {
    "plan": (Column.PLAN,),
    "read": (Column.READ,),
    "create": (Column.CREATE,),
    "update": (Column.UPDATE, Column.SINGLETON),
    "delete": (Column.DELETE,),
}
"""The columns of the tables; a resource that exists once per parent is updated like any other."""


def faults_pages(pages: Iterable[Page]) -> Mapping[str, str]:
    """Write the index and the pages, by the names of their files."""
    pages = tuple(pages)
    sections = [section for page in pages for section in page.sections]
    rows = [row for section in sections for row in section.rows]
    index = INTRODUCTION.format(
        pages="\n".join(f"| {_capitalised(each.about)} | [{each.title}]({each.file}) |" for each in pages),
        faults=len(rows),
        cells=sum(len(row.cells) for row in rows),
        example=_example(sections),
    )
    return {"what-happens-if.md": index, **{page.file: _page(page) for page in pages}}


def _page(page: Page) -> str:
    return "\n".join((PAGE.format(title=page.title), *(_section(each) for each in page.sections)))


def _capitalised(text: str) -> str:
    return text if text.startswith("confsync") else f"{text[0].upper()}{text[1:]}"


def _example(sections: Iterable[Section]) -> str:
    """Return the head of a table and one row of it."""
    tables = (list(_table(section)) for section in sections)
    head, line, row = next((*table[:2], row) for table in tables for row in table[2:] if EXAMPLE in row)
    return f"{head}\n{line}\n{row}"


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
    """Give the exit code in each column of the table; empty where the fault is not possible or not tested."""
    found = [
        dict.fromkeys(str(row.cells[each].code) for each in columns if each in row.cells) for columns in SHOWN.values()
    ]
    return tuple(" or ".join(each) or ("" if row.cells else row.codes) for each in found)


def _shown(codes: Iterable[str]) -> str:
    return next(filter(None, codes), "")
