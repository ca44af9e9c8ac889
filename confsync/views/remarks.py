"""What a plan leaves alone or did not check, as lines. Each format renders these lines and counts them."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from confsync.quoting import command_text, shown_address
from confsync.views import wording
from confsync.views.documents import TargetPart
from confsync.views.escaping import printable
from confsync.views.plan_document import (
    LeftAloneDocument,
    MissingSecretPart,
    OrphanedPart,
    ProbableDuplicatePart,
    UncheckedPart,
    UnmanagedCountPart,
    UnmanagedPart,
    UnrecordedPart,
)

MOST_SHOWN = 10
"""How many unmanaged resources of one collection text shows: an account may hold thousands."""


class RemarkLine(Struct, frozen=True):
    """One thing that is left alone or was not checked, and what a person may write about it.

    The text begins with the address. `mark` says what is different from the last run, in one word.
    """

    address: str
    text: str
    advice: tuple[str, ...] = ()
    mark: str = ""

    @property
    def marked_text(self) -> str:
        """The text with its mark."""
        return f"{self.text} [{self.mark}]" if self.mark else self.text


class Remark(Struct, frozen=True):
    """Lines with a heading. `more` says what the lines leave out, which are `hidden` resources.

    `things` is how many things the lines are about, if one thing may have several lines.
    """

    title: str
    lines: tuple[RemarkLine, ...]
    hidden: int = 0
    more: str = ""
    symbol: str = "?"
    things: int | None = None

    @property
    def number(self) -> int:
        """How many things the heading counts: those with a line, and those without."""
        return (len(self.lines) if self.things is None else self.things) + self.hidden


def remarks_of(document: LeftAloneDocument, most: int | None = MOST_SHOWN) -> Iterator[Remark]:
    """Yield the remarks that have anything to say. `most` limits the unmanaged resources shown of one collection."""
    duplicates = (duplicate_line(each, document.target) for each in document.probable_duplicates)
    found = (
        _unmanaged(document, most),
        Remark(wording.PROBABLE_DUPLICATES, tuple(duplicates), symbol="!"),
        Remark(wording.ORPHANED, tuple(map(orphan_line, document.orphaned))),
        Remark(wording.FORGOTTEN, tuple(map(orphan_line, document.forgotten))),
        Remark(wording.UNRECORDED, tuple(map(_unrecorded_line, document.unrecorded)), symbol=" "),
        unchecked_remark(document.unchecked),
    )
    return (each for each in found if each.number)


def unchecked_remark(unchecked: Iterable[UncheckedPart]) -> Remark:
    """List the declared values that were not compared."""
    return Remark(
        wording.UNCHECKED, tuple(RemarkLine(each.address, unchecked_line(each)) for each in unchecked), symbol=" "
    )


def unmanaged_count(document: LeftAloneDocument) -> str:
    """Say in one line how many services, credentials and addresses nobody manages; empty if there is none."""
    known = [each for each in document.unmanaged_counts if each.number]
    unread = [each.section for each in document.unmanaged_counts if not (each.number or each.complete)]
    counts = wording.enumerated([f"{'' if each.complete else 'at least '}{_number(each)}" for each in known])
    listed = f"Unmanaged across the account: {counts}; see {_list_command(document)}." if known else ""
    uncounted = f"Not counted, because Twilio did not let confsync read them: {', '.join(unread)}." if unread else ""
    return printable(" ".join(filter(None, (listed, uncounted))))


def _number(count: UnmanagedCountPart) -> str:
    suffix = "es" if count.section.endswith("sses") else "s"
    return f"{count.number:,} {count.section.removesuffix(suffix) if count.number == 1 else count.section}"


def unmanaged_line(unmanaged: UnmanagedPart) -> str:
    """Name a live resource that nothing declares, its type, its SID, and what else identifies it."""
    other = wording.has_other_name(unmanaged.name, unmanaged.address)
    name = f", named {wording.quoted(unmanaged.name or '')}" if other else ""
    what = " ".join(filter(None, (unmanaged.type, unmanaged.sid)))
    return printable(f"{shown_address(unmanaged.address)} ({what}{name})")


def unchecked_line(unchecked: UncheckedPart) -> str:
    """Name a value that was not compared, and say why."""
    return printable(f"{shown_address(unchecked.address)}#{unchecked.path}: {unchecked.reason}")


def _unrecorded_line(unrecorded: UnrecordedPart) -> RemarkLine:
    """Name a place, and say how many resources in it were not compared, and why."""
    declared = wording.counted(unrecorded.resources, "resource")
    text = f"{shown_address(unrecorded.address)} ({declared} declared): {unrecorded.reason}"
    return RemarkLine(unrecorded.address, printable(text))


def missing_line(missing: MissingSecretPart) -> str:
    """Name a secret that an apply has to send and that has no value."""
    place = f" ({wording.place_text(missing.source)})" if missing.source else ""
    return f"{printable(f'{shown_address(missing.address)}: {missing.text}')}{place}"


def _list_command(document: LeftAloneDocument) -> str:
    return command_text("list", "--unmanaged", options=document.target.options)


def duplicate_line(duplicate: ProbableDuplicatePart, target: TargetPart) -> RemarkLine:
    """Name both resources, and say how to delete the newer one."""
    other = f"{duplicate.duplicate_sid} (created {duplicate.duplicate_created})"
    ours = f"{duplicate.sid} (created {duplicate.created}), which confsync owns"
    text = f"{shown_address(duplicate.address)} ({duplicate.type}): {other} equals {ours}"
    repair = printable(command_text("repair duplicates", options=target.options))
    return RemarkLine(duplicate.address, printable(text), (f"{repair} to delete the newer one",))


def orphan_line(orphan: OrphanedPart) -> RemarkLine:
    """Name a resource that is no longer managed, and say what to write."""
    advice = tuple(printable(each) for each in orphan.advice.split("; ") if each)
    return RemarkLine(orphan.address, wording.orphan_line(orphan), advice)


def _unmanaged(document: LeftAloneDocument, most: int | None) -> Remark:
    lines: list[RemarkLine] = []
    hidden = 0
    collections = groupby(sorted(document.unmanaged, key=_collection), key=_collection)
    for _, members in collections:
        some = sorted(members, key=lambda each: each.address)
        lines += (RemarkLine(each.address, unmanaged_line(each)) for each in some[:most])
        hidden += len(some[most:]) if most else 0
    more = f"{hidden:,} more; {printable(_list_command(document))} shows all" if hidden else ""
    return Remark(wording.UNMANAGED, tuple(lines), hidden, more)


def _collection(unmanaged: UnmanagedPart) -> str:
    return unmanaged.address.rpartition("/")[0]
