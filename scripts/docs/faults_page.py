"""The pages on what confsync does about each fault, from the rows of the fault matrix."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.faults.row import Column, Page, Row, Section

INTRODUCTION = """\
# What happens if …

The following pages list {faults} faults. For each fault, they say what confsync does and what you have to do:

| what goes wrong | page |
|---|---|
{pages}

{cells} tests in `tests/faults/` trigger these faults at different points in a run. The pages are generated from these
tests.

## What is always true

* You can safely run the same command again. The second run makes the remaining changes, unless a table says that you
  have to do something else first.
* If confsync cannot find out whether a write took effect, it says so, and exits with code 6.
* An apply that exits with code 4 has changed nothing. If a fault that would cause code 4 happens after the apply has
  made a change, the apply exits with code 5 instead.

[When a job fails](ci-failures.md) explains each exit code. [Failures](failures.md) explains the rules behind the
tables.

## How to read the tables

Faults that confsync treats alike share a row. The five columns in the middle show exit codes. The exit code depends on
what confsync is doing when the fault happens:

| column | what confsync is doing |
|---|---|
| plan | `plan`, `drift` or `apply` is reading lists of resources to make a plan. |
| read | `apply` is reading a resource again, immediately before it changes the resource. |
| create, update, delete | `apply` is making such a change, or is about to. The plan has no other changes. |

If a cell is empty, the fault cannot happen at that point, or the tests do not cover this case. If a cell contains two
codes, the row says when each of them occurs. `killed` means that the process ended abruptly, without its own exit code.

The tables use these terms:

* A *create* is a request that creates a resource. A *write* is a create, an update or a delete.
* *On every attempt* means that the fault happens every time that confsync sends the same request. If a row about a
  request does not say *on every attempt*, the fault happens only once.
* *In time* means within 20 seconds, or within the limit that you set with `--timeout`.
* *confsync checks* or *finds out* means that confsync checks whether a write took effect. After an update, it reads the
  resource. After a create, it [looks for the resource](failures.md#when-the-outcome-of-a-create-is-unknown).
* *confsync gives up* means that it does not send the request again. If confsync was making a plan, the run ends. If it
  was making a change, the change [counts as failed](failures.md#when-a-change-fails), unless the row says that the
  outcome is unknown.
* The [ledger](ledger.md) records what confsync owns. The [journal](journal.md) records what a running apply has done.
"""

PAGE = """\
# {title}

This page is part of [What happens if …](what-happens-if.md). The columns from *plan* to *delete* show exit codes. [How
to read the tables](what-happens-if.md#how-to-read-the-tables) explains all columns and terms.
"""

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
    )
    return {"what-happens-if.md": index, **{page.file: _page(page) for page in pages}}


def _page(page: Page) -> str:
    return "\n".join((PAGE.format(title=page.title), *(_section(each) for each in page.sections)))


def _capitalised(text: str) -> str:
    return text if text.startswith("confsync") else f"{text[0].upper()}{text[1:]}"


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
