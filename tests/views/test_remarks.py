"""What is left alone or was not checked: every format counts the same, and no more and no less than it shows."""

import re
from html import unescape

import pytest
from msgspec.structs import replace

from confsync.views import wording
from confsync.views.plan.markdown import plan_as_markdown
from confsync.views.plan.text import plan_as_text
from confsync.views.plan_document import (
    OrphanedPart,
    PlannedDocument,
    ProbableDuplicatePart,
    UncheckedPart,
    UnmanagedPart,
)
from confsync.views.remarks import MOST_SHOWN
from tests.views.rendering import document_as_html
from tests.views.sample_plans import document

TITLES = (
    wording.UNMANAGED,
    wording.PROBABLE_DUPLICATES,
    wording.ORPHANED,
    wording.FORGOTTEN,
    wording.UNCHECKED,
)


def unmanaged(collection: str, number: int) -> list[UnmanagedPart]:
    return [
        UnmanagedPart(address=f"{collection}/r{each:02}", kind="roles", type="role", name="r", sid="RL" + "0" * 32)
        for each in range(number)
    ]


def duplicates(number: int) -> list[ProbableDuplicatePart]:
    return [
        ProbableDuplicatePart(
            address=f"services/d{each}",
            kind="services",
            type="service",
            sid="IS" + "0" * 32,
            created="2026-03-01T12:00:00Z",
            duplicate_sid="IS" + "1" * 32,
            duplicate_created="2026-03-01T12:00:30Z",
        )
        for each in range(number)
    ]


def orphans(number: int) -> list[OrphanedPart]:
    return [
        OrphanedPart(address=f"services/o{each}", sid="IS" + "0" * 32, reason="gone", advice="one; two")
        for each in range(number)
    ]


def unchecked(number: int) -> list[UncheckedPart]:
    return [
        UncheckedPart(address=f"credentials/c{each}", path="secret", secret=True, reference=f"C{each}", reason="unset")
        for each in range(number)
    ]


CASES = [
    document(unmanaged=unmanaged("services/a/roles", 13)),
    document(unmanaged=[*unmanaged("services/a/roles", 13), *unmanaged("services/b/roles", 2)]),
    document(unmanaged=unmanaged("services", MOST_SHOWN), orphaned=orphans(3), forgotten=orphans(1)),
    document(unchecked=unchecked(12)),
    document(probable_duplicates=duplicates(2), orphaned=orphans(1)),
]


def sections(text: str, heading: str, line: str) -> dict[str, tuple[int, int]]:
    """For each title: the number in the heading, and the number of lines below it and of those left out."""
    found = {}
    for title in TITLES:
        match = re.search(heading.format(title=re.escape(title)), text, re.DOTALL)
        if match:
            more = re.search(r"and ([\d,]+) more", match[2])
            shown = len(re.findall(line, match[2], re.MULTILINE))
            found[title] = int(match[1].replace(",", "")), shown + (int(more[1].replace(",", "")) if more else 0)
    return found


@pytest.mark.parametrize("plan", CASES)
def test_each_heading_counts_its_lines_and_all_formats_agree(plan: PlannedDocument) -> None:
    text = sections(plan_as_text(plan), r"{title} \(([\d,]+)\):\n(.*?)\n\n", r"^  [?! ] (?!and )\S")
    comment = sections(plan_as_markdown(plan), r"{title} \(([\d,]+)\)</summary>\n\n(.*?)</details>", r"^- (?!and )")
    page = sections(unescape(document_as_html(plan)), r"{title} <small>([\d,]+)</small>(.*?)</details>", r"<dt>")
    expected = [
        len(each) for each in (plan.unmanaged, plan.probable_duplicates, plan.orphaned, plan.forgotten, plan.unchecked)
    ]
    numbers = {title: (number, number) for title, number in zip(TITLES, expected, strict=True) if number}
    assert text == numbers
    assert comment == numbers
    assert page == numbers


def test_the_sentence_counts_the_secrets_of_the_remark() -> None:
    plan = replace(document(), unchecked=unchecked(12))
    sentence = "No differences found; 12 secrets were not checked (C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more)."
    assert sentence in plan_as_text(plan)
    assert sentence in plan_as_markdown(plan).replace("\\", "")
    assert sentence in unescape(document_as_html(plan))
