"""However somebody names things, no line of a plan can be mistaken for another line or field."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.names import Address
from confsync.quoting import list_item, name_in_sentence, quoted, shown_address
from confsync.views.escaping import printable
from confsync.views.plan.text import plan_as_text
from confsync.views.plan_builder import plan_document
from confsync.views.plan_document import JsonDifferencePart, OrphanedPart, PlanDocument, UnmanagedPart
from tests.harness import Harness
from tests.views.sample_plans import MADE, change, difference, document, risk

NAMES = st.text(
    st.sampled_from("ab :,+-~/\"\\'()[]{}->;#\n") | st.characters(categories=("L", "N", "P", "S", "Z")), min_size=1
)
ATTRIBUTES = "version: 1\nservices: {desk: {users: {alice: {attributes: {team: night}}}}}\n"


KEY, LIVE, PATH = "keykey", "livelive!", "pathpath"
"""Stand for the names in a plan whose names are harmless."""


def plan_of(key: str, live: str, path: str) -> PlanDocument:
    """Make a plan in which somebody else chose every key, live name and value."""
    address, sid = str(Address.of("services", key)), "IS" + "0" * 32
    part = JsonDifferencePart(path=path, before=None, after="1")
    orphan = OrphanedPart(address=address, sid=sid, name=live, reason="it is not declared", advice="")
    changes = (
        change(address, "delete", sid=sid, name=live, also_deleted=[address, address], consequence="everything in it"),
        change(
            address,
            "update",
            before={},
            risk=[risk("high", "it is risky")],
            differences=[
                difference("attributes", before="{}", after="{}", parts=[part, part]),
                difference("filters", before=[key], after=[], removed=[key, key]),
                difference("friendly_name", before=live, after=live),
            ],
        ),
        change(address, "create", differences=[difference("filters", after=[key] * 9)]),
    )
    unmanaged = UnmanagedPart(address=address, kind="services", sid=sid, name=live, type="service")
    return document(*changes, orphaned=[orphan], forgotten=[orphan], unmanaged=[unmanaged])


def expected(text: str, key: str, live: str, path: str) -> str:
    """Put names into the text of a plan, as they have to be shown, and join the lines of a long list."""
    names = {f"services/{KEY}": shown_address(str(Address.of("services", key))), KEY: list_item(key), PATH: path}
    names |= {json.dumps(LIVE): quoted(live)}
    found = re.compile("|".join(map(re.escape, names)))
    return found.sub(lambda each: printable(names[each[0]]), text)


def joined(text: str) -> str:
    return re.sub(r",\n {10}", ", ", text)


@given(NAMES, NAMES)
def test_a_name_changes_nothing_in_a_plan_but_itself(key: str, live: str) -> None:
    path, live = name_in_sentence(key), f"{live}!"
    harmless = joined(plan_as_text(plan_of(KEY, LIVE, PATH)))
    assert joined(plan_as_text(plan_of(key, live, path))) == expected(harmless, key, live, path)


@given(NAMES)
def test_a_long_list_breaks_only_between_its_items(item: str) -> None:
    made = document(change("services/a", "create", differences=[difference("filters", after=[item] * 60)]))
    shown = printable(list_item(item))
    lines = re.findall(r"^ {10}(.*)$", plan_as_text(made), re.MULTILINE)
    assert all(re.fullmatch(rf"(?:{re.escape(shown)}(?:, |,$|\]))+", line) for line in lines)


def with_attributes(harness: Harness, attributes: object) -> str:
    """Change the attributes in Twilio, and give the lines of the plan about them."""
    harness.apply(ATTRIBUTES)
    harness.client.post(harness.path("/Services/desk/Users/alice"), {"Attributes": json.dumps(attributes)})
    made = plan_document(harness.plan(), 0, created_at=MADE)
    return "\n".join(each for each in plan_as_text(made).splitlines() if each.startswith("      attributes"))


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({"team": "night", "x: 1, + role": 1}, 'attributes: - "x: 1, + role": 1'),
        ({"team": {"a.b": 1}}, 'attributes: team: {"a.b":1} -> "night"'),
        ({"team": "night", "": 1}, 'attributes: - "": 1'),
        (["team"], 'attributes: ["team"] -> {"team":"night"}'),
        ("team: x", 'attributes: "team: x" -> {"team":"night"}'),
    ],
)
def test_live_attributes_are_shown_as_what_they_are(attributes: object, line: str, harness: Harness) -> None:
    assert with_attributes(harness, attributes) == f"      {line}"
