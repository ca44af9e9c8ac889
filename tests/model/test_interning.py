"""Equal values are kept once, and never confused with others."""

from collections.abc import Callable, Mapping

import pytest

from confsync.interning import Interner


def text(*parts: str) -> str:
    return "".join(parts)


@pytest.mark.parametrize(
    ("interned", "one", "same", "other"),
    [
        (Interner.text, text("send", "Message"), text("sendMess", "age"), "addParticipant"),
        (Interner.texts, frozenset({text("a", "b"), "c"}), frozenset({"c", text("ab", "")}), frozenset({"ab"})),
        (Interner.mapping, {"a": "b", "c": "d"}, {"a": "b", "c": "d"}, {"a": "d", "c": "b"}),
        (Interner.mapping, {}, {}, {"a": "b"}),
        (Interner.mapping, {"a": True}, {"a": True}, {"a": 1}),
    ],
)
@pytest.mark.parametrize("most", [None, 2])
def test_equal_values_become_one_object(
    interned: Callable[[Interner, object], object], one: object, same: object, other: object, most: int | None
) -> None:
    interner = Interner(most)
    first = interned(interner, one)
    assert first == one
    assert interned(interner, same) is first
    assert repr(interned(interner, other)) == repr(other)
    assert first == one


def test_the_members_of_different_sets_are_shared_too() -> None:
    interner = Interner()
    first, second = interner.texts(frozenset({text("a", "b")})), interner.texts(frozenset({text("a", "b"), "c"}))
    assert next(iter(first)) is next(each for each in second if each == "ab")


def test_the_order_of_a_mapping_is_kept() -> None:
    interner = Interner()
    mappings: list[Mapping[str, str]] = [{"a": "b", "c": "d"}, {"c": "d", "a": "b"}]
    assert [list(interner.mapping(each).items()) for each in mappings] == [list(each.items()) for each in mappings]


def test_further_values_are_not_kept_once_there_are_as_many_as_allowed() -> None:
    interner = Interner(1)
    kept, late = interner.text(text("k", "ept")), text("la", "te")
    assert interner.text(late) is late
    assert interner.text(text("la", "te")) is not late
    assert interner.text(text("ke", "pt")) is kept
