"""The dependents of a resource, as text and as JSON."""

import pytest
from msgspec import to_builtins

from confsync.plan.risk import BlastRadius, Count, Noun
from confsync.views.consequence import blast_radius_part, blast_radius_text

CONVERSATIONS = Noun("conversation", "conversations")
PHONE_ADDRESSES = Noun("phone address", "phone addresses")
PUSH_BINDINGS = Noun("push binding", "push bindings")
USERS = Noun("user", "users")

DEFAULT = "it is the account's default service"


def some(*counts: Count, facts: tuple[str, ...] = ()) -> BlastRadius:
    return BlastRadius(counts, facts)


def exactly(number: int) -> Count:
    return Count(USERS, number, complete=True)


def at_least(number: int) -> Count:
    return Count(CONVERSATIONS, number, complete=False)


@pytest.mark.parametrize(
    ("radius", "text"),
    [
        (some(), "none found"),
        (some(exactly(0)), "none found"),
        (some(exactly(1)), "1 user"),
        (some(exactly(2)), "2 users"),
        (some(exactly(1_234_567)), "1,234,567 users"),
        (some(at_least(1)), "at least 1 conversation"),
        (some(at_least(1_000), exactly(300)), "at least 1,000 conversations, 300 users"),
        (some(at_least(0)), "an unknown number of conversations"),
        (some(at_least(7), exactly(0)), "at least 7 conversations"),
        (some(Count(PHONE_ADDRESSES, 1, complete=True)), "1 phone address"),
        (some(Count(PHONE_ADDRESSES, 2, complete=True)), "2 phone addresses"),
        (some(exactly(2), facts=(DEFAULT,)), f"2 users; {DEFAULT}"),
        (some(exactly(0), facts=(DEFAULT, "more")), f"none found; {DEFAULT}; more"),
        (some(facts=("messages to it begin a conversation",)), "messages to it begin a conversation"),
        (some(facts=("\x1b[31mred\n::set-output",)), r"\x1b[31mred\n::set-output"),
    ],
)
def test_dependents_are_listed_in_one_line(radius: BlastRadius, text: str) -> None:
    assert blast_radius_text(radius) == text


def test_the_document_also_has_counts_of_zero() -> None:
    radius = some(at_least(1_000), exactly(0), Count(PUSH_BINDINGS, 1, complete=True), facts=(DEFAULT,))
    assert to_builtins(blast_radius_part(radius)) == {
        "counts": [
            {"what": "conversations", "number": 1_000, "complete": False},
            {"what": "users", "number": 0, "complete": True},
            {"what": "push bindings", "number": 1, "complete": True},
        ],
        "facts": [DEFAULT],
    }


def test_a_lone_surrogate_is_escaped_in_a_document() -> None:
    assert blast_radius_part(some(facts=("\ud800",))).facts == ["\\ud800"]
