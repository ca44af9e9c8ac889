"""Several files as one tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.merge import merge_files, merge_layers
from confsync.config.tree import File, Mapping, plain_value
from confsync.config.yaml import parse_yaml
from tests.config.reading import lines, tree


def merged(*texts: str) -> tuple[object, list[str]]:
    trees = [parse_yaml(File(f"{name}.yaml", text.encode()))[0] for name, text in zip("abc", texts, strict=False)]
    whole, mistakes = merge_files([each for each in trees if each])
    return plain_value(whole), lines(mistakes)


@pytest.mark.parametrize(
    ("texts", "whole", "reported"),
    [
        (["a: 1\n"], {"a": 1}, []),
        (["a: 1\n", "b: 2\n", "c: 3\n"], {"a": 1, "b": 2, "c": 3}, []),
        (["s: {x: {p: 1}}\n", "s: {x: {q: 2}, y: {}}\n"], {"s": {"x": {"p": 1, "q": 2}, "y": {}}}, []),
        (["version: 1\nrequires: '>1'\n", "version: 1\nrequires: '>1'\n"], {"version": 1, "requires": ">1"}, []),
        (
            ["version: 1\n", "version: 2\n"],
            {"version": 1},
            ["b.yaml:1:1 CS1018 'version' is written in two files - also in a.yaml:1:1: keep one of them"],
        ),
        (
            ["version: 1\n", "version: true\n"],
            {"version": 1},
            ["b.yaml:1:1 CS1018 'version' is written in two files - also in a.yaml:1:1: keep one of them"],
        ),
        (
            ["s: {version: 1}\n", "s: {version: 1}\n"],
            {"s": {"version": 1}},
            ["b.yaml:1:5 CS1018 'version' is written in two files - also in a.yaml:1:5: keep one of them"],
        ),
        (
            ["a:\n  b: [1]\n", "a:\n  b: [1]\n"],
            {"a": {"b": [1]}},
            ["b.yaml:2:3 CS1018 'b' is written in two files - also in a.yaml:2:3: keep one of them"],
        ),
        (
            ["a: 1\n", "a: {b: 1}\n", "a: [1]\n"],
            {"a": 1},
            [
                "b.yaml:1:1 CS1018 'a' is written in two files - also in a.yaml:1:1: keep one of them",
                "c.yaml:1:1 CS1018 'a' is written in two files - also in a.yaml:1:1: keep one of them",
            ],
        ),
        (["a:\n", "a: {b: 1}\n"], {"a": {"b": 1}}, []),
        (["a: {b: 1}\n", "a:\n"], {"a": {"b": 1}}, []),
    ],
)
def test_files_of_a_folder_are_put_together(texts: list[str], whole: object, reported: list[str]) -> None:
    assert merged(*texts) == (whole, reported)


@pytest.mark.parametrize(
    ("base", "over", "whole"),
    [
        ("a: 1\n", "a: 2\n", {"a": 2}),
        ("a: [1, 2]\n", "a: [3]\n", {"a": [3]}),
        ("a: {b: 1, c: 2}\n", "a: {c: 3, d: 4}\n", {"a": {"b": 1, "c": 3, "d": 4}}),
        ("a: {b: 1}\n", "a: null\n", {"a": None}),
        ("a: 1\n", "a: {b: 1}\n", {"a": {"b": 1}}),
        ("a: {b: 1}\n", "a: {}\n", {"a": {"b": 1}}),
        ("a: 1\nb: 2\n", "c: 3\n", {"a": 1, "b": 2, "c": 3}),
    ],
)
def test_the_upper_layer_wins(base: str, over: str, whole: object) -> None:
    assert plain_value(merge_layers(tree(base), tree(over))) == whole


def test_a_value_keeps_the_place_that_it_came_from() -> None:
    found = merge_layers(tree("a: 1\nb: 2\n", "base.yaml"), tree("b: 3\n", "over.yaml"))
    assert [str(entry.position) for entry in found.items.values()] == ["base.yaml:1:1", "over.yaml:1:1"]


names = st.sampled_from(["a", "b", "c"])
documents = st.dictionaries(names, st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(names, inner)))


def as_tree(document: dict[str, object]) -> Mapping:
    return tree(repr(document))


@given(documents)
def test_a_layer_over_itself_changes_nothing(document: dict[str, object]) -> None:
    assert plain_value(merge_layers(as_tree(document), as_tree(document))) == document


@given(documents, documents)
def test_where_nothing_is_written_twice_the_order_of_files_does_not_matter(
    one: dict[str, object], two: dict[str, object]
) -> None:
    whole, mistakes = merge_files([as_tree(one), as_tree(two)])
    turned, turned_mistakes = merge_files([as_tree(two), as_tree(one)])
    assert len(mistakes) == len(turned_mistakes)
    assert mistakes or plain_value(whole) == plain_value(turned)


def test_the_files_themselves_stay_as_they_were() -> None:
    first, second = tree("a: {b: 1}\n"), tree("a: {c: 2}\n")
    merge_files([first, second])
    merge_layers(first, second)
    assert (plain_value(first), plain_value(second)) == ({"a": {"b": 1}}, {"a": {"c": 2}})
