"""What is read of YAML, what is refused, and how fast a hostile file is done with."""

import gc
import re
import time
import tracemalloc
from collections.abc import Callable
from math import isnan

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from confsync.config.tree import File, Mapping, Node, Pair, Scalar, Sequence, plain_value
from confsync.config.yaml import MAX_BYTES, MAX_ERRORS, parse_yaml, resolve_scalar
from tests.campaigns import campaign
from tests.config.reading import file, reported, tree, value


def test_the_c_parser_is_the_one_in_use() -> None:
    assert yaml.__with_libyaml__
    assert parse_yaml.__globals__["CParser"] is yaml.CSafeLoader.__mro__[1]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("0123", "0123"),
        ("-012", "-012"),
        ("+15551234567", "+15551234567"),
        ("15551234567", 15551234567),
        ("1_000", "1_000"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T00:00:00Z", "2024-01-31T00:00:00Z"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("~", None),
        ("nULL", "nULL"),
        ("none", "none"),
        ("0", 0),
        ("-0", 0),
        ("12", 12),
        ("-12", -12),
        ("--1", "--1"),
        ("-", "-"),
        (".", "."),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("0O17", "0O17"),
        ("0x1F", 31),
        ("0xg", "0xg"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        ("+1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        ("1e", "1e"),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("inf", "inf"),
        ("nan", "nan"),
        ("0x" + "f" * 31, "0x" + "f" * 31),
        ("9" * 32, int("9" * 32)),
        ("9" * 33, "9" * 33),
        ("9" * 5000, "9" * 5000),
        ("1e999", float("inf")),
        ("١٢", "١٢"),
        ("12a", "12a"),
        ("1 2", "1 2"),
    ],
)
def test_an_unquoted_scalar_has_the_type_of_the_core_schema(text: str, meant: object) -> None:
    found = resolve_scalar(text)
    assert (type(found), found) == (type(meant), meant)


def test_nan_is_a_number() -> None:
    found = resolve_scalar(".nan")
    assert isinstance(found, float)
    assert isnan(found)


CORE_SCHEMA = [
    (re.compile(r"(null|Null|NULL|~|)"), type(None)),
    (re.compile(r"(true|True|TRUE|false|False|FALSE)"), bool),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), int),
    (re.compile(r"0x[0-9a-fA-F]+"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?(\.inf|\.Inf|\.INF)"), float),
    (re.compile(r"(\.nan|\.NaN|\.NAN)"), float),
]
"""The table of YAML 1.2.2, section 10.3.2, as it stands there."""

OURS = re.compile(r"\+[0-9]+|-?0[0-9]+")
"""What the core schema takes for an integer, and we leave as text."""

scalars = st.one_of(
    st.text(alphabet="0123456789+-.eExXoOabfinNFITRUEtruealsu~_:", max_size=8),
    st.from_regex(r"\A[-+]?[0-9]{0,4}\.?[0-9]{0,4}([eE][-+]?[0-9]{1,3})?\Z"),
    st.sampled_from(["null", "true", "False", ".inf", "-.Inf", ".NaN", "0x1f", "0o7", "NO", "on", "1:30"]),
)


@given(scalars)
@settings(deadline=None)
def test_types_agree_with_the_table_of_the_yaml_specification(text: str) -> None:
    expected = next((kind for pattern, kind in CORE_SCHEMA if pattern.fullmatch(text)), str)
    assert type(resolve_scalar(text)) is (str if OURS.fullmatch(text) else expected)


@given(st.integers(-(10**18), 10**18))
def test_a_whole_number_is_itself(number: int) -> None:
    assert resolve_scalar(str(number)) == number


def test_what_is_quoted_is_text() -> None:
    assert value("""a: "1"\nb: 'true'\nc: ""\nd: '~'\n""") == {"a": "1", "b": "true", "c": "", "d": "~"}


def test_block_scalars_keep_their_lines() -> None:
    assert value("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |\n  1\n") == {
        "a": "one\ntwo\n",
        "b": "one two",
        "c": "1\n",
    }


def test_json_is_yaml() -> None:
    assert value('{"a": {"b": [1, true, null, "x"]}}') == {"a": {"b": [1, True, None, "x"]}}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n", "---\n# nothing\n...\n", b"\xef\xbb\xbf"])
def test_a_file_that_says_nothing_is_no_mistake(text: str | bytes) -> None:
    assert parse_yaml(file(text)) == (None, [])


def test_a_byte_order_mark_is_passed_over() -> None:
    found, mistakes = parse_yaml(file("﻿a: 1\n"))
    assert not mistakes
    assert found is not None
    assert str(found.items["a"].position) == "a.yaml:1:1"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "a: &x 1\nb: *x\n",
            [
                "a.yaml:1:4 CS1011 anchors are not supported - remove the `&name`",
                "a.yaml:2:4 CS1012 aliases are not supported - write out the value",
            ],
        ),
        (
            "a: !x 1\n",
            ["a.yaml:1:4 CS1013 tags are not supported - remove the `!tag`; quote the value to make it text"],
        ),
        (
            "a: !!str 1\n",
            ["a.yaml:1:4 CS1013 tags are not supported - remove the `!tag`; quote the value to make it text"],
        ),
        (
            "a: !!python/object/apply:os.system [x]\n",
            ["a.yaml:1:4 CS1013 tags are not supported - remove the `!tag`; quote the value to make it text"],
        ),
        ("<<: {a: 1}\n", ["a.yaml:1:1 CS1014 merge keys are not supported - write out what it would merge"]),
        ("'<<': {a: 1}\n", []),
        ("a: <<\n", []),
        ("a: 1\nb: 2\na: 3\n", ["a.yaml:3:1 CS1015 'a' is written twice - remove one of them; the first is on line 1"]),
        ("a: {b: 1, b: 2}\n", ["a.yaml:1:11 CS1015 'b' is written twice - remove one of them; the first is on line 1"]),
        ("1: a\n", ["a.yaml:1:1 CS1016 a key must be text, but YAML reads this one as a number - quote it"]),
        ("1.5: a\n", ["a.yaml:1:1 CS1016 a key must be text, but YAML reads this one as a number - quote it"]),
        ("true: a\n", ["a.yaml:1:1 CS1016 a key must be text, but YAML reads this one as true or false - quote it"]),
        ("~: a\n", ["a.yaml:1:1 CS1016 a key must be text, but YAML reads this one as null - quote it"]),
        ("?\n: a\n", ["a.yaml:1:2 CS1016 a key has no name"]),
        ("? [a]\n: b\n", ["a.yaml:1:3 CS1016 a key must be text, not a mapping or a list"]),
        ("? {a: b}\n: b\n", ["a.yaml:1:3 CS1016 a key must be text, not a mapping or a list"]),
        ("'1': a\n+15551234567: b\nNO: c\n", []),
        (
            "a:\n",
            ["a.yaml:1:1 CS1017 'a' is empty - remove the key; `null` clears a field that can be cleared"],
        ),
        ("a: null\nb: ~\nc: ''\nd: []\ne: {}\n", []),
        (
            "a: {b}\n",
            ["a.yaml:1:5 CS1017 'b' is empty - remove the key; `null` clears a field that can be cleared"],
        ),
        (
            "? a\n",
            ["a.yaml:1:3 CS1017 'a' is empty - remove the key; `null` clears a field that can be cleared"],
        ),
        ("a:\n  - x\n  -\n", ["a.yaml:3:4 CS1017 an item of this list is empty - write its value, or remove the line"]),
        (
            "services:\n  # support:\n  #   roles: {}\nversion: 1\n",
            ["a.yaml:1:1 CS1017 'services' is empty - remove the key; `null` clears a field that can be cleared"],
        ),
        (
            "a: 1\n---\nb: 1\n",
            [("a.yaml:2:1 CS1009 a second YAML document in one file - move it to another file, or remove the `---`")],
        ),
        ("%YAML 1.2\n---\na: 1\n", ["a.yaml:1:1 CS1008 directives are not supported - remove the line"]),
        ("- a\n", ["a.yaml:1:1 CS1010 a configuration must be keys and values - begin with `version: 1`"]),
        ("hello\n", ["a.yaml:1:1 CS1010 a configuration must be keys and values - begin with `version: 1`"]),
        ("null\n", ["a.yaml:1:1 CS1010 a configuration must be keys and values - begin with `version: 1`"]),
        (
            "a${{ var.x }}: 1\n",
            [
                (
                    "a.yaml:1:1 CS3009 a key cannot contain a reference"
                    " - a key is part of an address; use the variable in the field for the name"
                )
            ],
        ),
        (b"a: 1\nb: \xff\n", ["a.yaml:2:1 CS1002 this line is not UTF-8 - save the file as UTF-8"]),
        (
            "a: 'x\u202ey'\n",
            [
                (
                    "a.yaml:1:6 CS1003 an invisible character, U+202E"
                    ' - remove it, or write it in double quotes as "\\u202E" so that it can be seen'
                )
            ],
        ),
        (
            "a: 1\nb: \x1b[31m\n",
            [
                (
                    "a.yaml:2:4 CS1003 an invisible character, U+001B"
                    ' - remove it, or write it in double quotes as "\\u001B" so that it can be seen'
                )
            ],
        ),
        (
            "a: {b: ${{ var.x }}}\n",
            [
                (
                    "a.yaml:1:9 CS1004 this is not YAML: did not find expected ',' or '}', "
                    "while parsing a flow mapping in line 1"
                    " - quote a value that contains `${{` between brackets or braces"
                )
            ],
        ),
        (
            "a: 1\n b: 2\n",
            ["a.yaml:2:3 CS1004 this is not YAML: mapping values are not allowed in this context"],
        ),
        ("a: @b\n", ["a.yaml:1:4 CS1004 this is not YAML: no value can begin with @ - put quotes around the value"]),
        ("a: [1\n", ["a.yaml:2:1 CS1004 this is not YAML: did not find expected ',' or ']'"]),
        (
            "a:\n\t- b\n",
            ["a.yaml:2:1 CS1004 this is not YAML: a tab indents this line - write spaces instead of the tab"],
        ),
    ],
)
def test_a_rejected_construct_is_reported_with_its_position_and_a_hint(text: str | bytes, lines: list[str]) -> None:
    found = reported(text)
    assert len(found) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(found, lines, strict=True)), found


def test_all_errors_of_a_file_are_reported_at_once() -> None:
    text = "a: &x 1\nb:\nc: *x\na: 2\n1: x\n<<: {}\nd: !t x\n"
    assert [line.split()[1] for line in reported(text)] == [
        "CS1011",
        "CS1017",
        "CS1012",
        "CS1015",
        "CS1016",
        "CS1014",
        "CS1013",
    ]


def test_a_mistake_shows_the_line_as_written() -> None:
    _, mistakes = parse_yaml(file("version: 1\r\nroles: # none\r\n"))
    assert [each.snippet for each in mistakes] == ["roles: # none"]


def test_what_is_escaped_can_be_seen_and_is_let_through() -> None:
    assert value(r'a: "\u202E\x1b\u200f"') == {"a": "\u202e\x1b\u200f"}


def test_an_alias_is_empty_so_that_nothing_else_is_reported() -> None:
    found, _ = parse_yaml(file("a: &x 1\nb: *x\n"))
    assert found is not None
    node = found.get("b")
    assert node is not None
    assert node.empty


def test_positions_count_characters_not_bytes() -> None:
    found = tree("é: {ü: '𝄞', ß: x}\n")
    inner = found.get("é")
    assert isinstance(inner, Mapping)
    assert str(inner.items["ß"].position) == "a.yaml:1:13"


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: b\n", "a", (1, 4, 1, 5)),
        ("a:\n  b: c\n  d: [e, f]\n\n\nz: 1\n", "a", (2, 3, 3, 12)),
        ("a: {b: c}\n", "a", (1, 4, 1, 10)),
        ("a:\n  - b\n  - c\n\nz: 1\n", "a", (2, 3, 3, 6)),
        ("a: 'b'\n", "a", (1, 4, 1, 7)),
    ],
)
def test_a_value_knows_where_it_begins_and_ends(text: str, path: str, place: tuple[int, int, int, int]) -> None:
    node = tree(text).get(path)
    assert node is not None
    span = node.range
    assert (span.start.line, span.start.column, span.end_line, span.end_column) == place


names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_ éü", min_size=1, max_size=8).map(lambda text: f"k{text}k")
leaves = st.one_of(
    st.integers(-1000, 1000),
    st.booleans(),
    st.none(),
    st.text(max_size=20).filter(str.isprintable),
    st.sampled_from(["NO", "1:30", "0123", "~", "true", "${MESSAGE}"]),
)
documents = st.dictionaries(
    names,
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)),
    max_size=5,
)


class QuotingDumper(yaml.SafeDumper):
    """Writes every text in quotes: PyYAML knows YAML 1.1, in which `0E0` is a text without them."""


QuotingDumper.add_representer(str, lambda to, text: to.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@given(documents, st.booleans())
@settings(deadline=None)
def test_what_is_written_is_read(document: dict[str, object], flow: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    text = yaml.dump(document, Dumper=QuotingDumper, allow_unicode=True, default_flow_style=flow, width=1000)
    found, mistakes = parse_yaml(file(text))
    assert not mistakes
    assert (plain_value(found) if found else {}) == document


def all_scalars(node: Node) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Sequence():
            return [leaf for item in node.items for leaf in all_scalars(item)]
        case Mapping():
            return [leaf for entry in node.items.values() for leaf in [entry.key, *all_scalars(entry.node)]]


@given(documents)
@settings(deadline=None)
def test_positions_point_at_the_text(document: dict[str, object]) -> None:
    source = file(yaml.safe_dump(document, allow_unicode=True, width=10_000))
    found, _ = parse_yaml(source)
    for leaf in all_scalars(found) if found else []:
        if leaf.line == leaf.end_line:
            written = source.lines[leaf.line - 1][leaf.column - 1 : leaf.end_column - 1]
            assert value(f"x: {written}") == {"x": leaf.value}


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
@campaign(sample=100, at_length=10_000)
def test_no_bytes_raise(raw: bytes) -> None:
    parse_yaml(File("a.yaml", raw))


@given(st.text(alphabet="ab:-{}[],&*!|>'\"%@`?# \n\t\r<~01.$\\\u202e\x00", max_size=60))
@campaign(sample=150, at_length=10_000)
def test_no_text_raises_and_each_mistake_has_a_place(text: str) -> None:
    for mistake in parse_yaml(file(text))[1]:
        assert mistake.range is not None
        assert mistake.range.start.line >= 1
        assert mistake.range.start.column >= 1


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE: dict[str, Callable[[], str | bytes]] = {
    "billion laughs": lambda: BOMB,
    "deep lists": lambda: "a: " + "[" * 1_000_000,
    "deep mappings": lambda: "a: " + "{a: " * 250_000,
    "deep block lists": lambda: "- " * 500_000,
    "deep block mappings": lambda: "\n".join(" " * depth + "a:" for depth in range(1_400)),
    "deep keys": lambda: "? " * 500_000,
    "many values": lambda: "a: [" + "1," * 520_000 + "]",
    "many keys": lambda: "".join(f"k{number}: 1\n" for number in range(90_000)),
    "many duplicates": lambda: "a: 1\n" * 200_000,
    "many anchors": lambda: "".join(f"k{number}: &a{number} 1\n" for number in range(50_000)),
    "many directives": lambda: "".join(f"%TAG !{number}! x\n" for number in range(60_000)) + "---\na: 1\n",
    "many documents": lambda: "---\n" * 250_000,
    "many comments": lambda: "#\n" * 500_000,
    "many line ends": lambda: "\n" * 1_000_000,
    "many empty keys": lambda: "{" + "a," * 500_000 + "}",
    "one long line": lambda: "a: '" + "x" * 1_000_000 + "'",
    "one long plain scalar": lambda: "a: " + "x y " * 250_000,
    "one long number": lambda: "a: " + "9" * 1_000_000,
    "a long number of digits and a point": lambda: "a: 1." + "9" * 1_000_000,
    "one long escape": lambda: 'a: "' + r"\u0041" * 170_000 + '"',
    "one long key": lambda: "k" * 1_000_000 + ": 1",
    "an open quote": lambda: "a: '" + "x\n" * 400_000,
    "a long fold": lambda: "a: >\n" + "  x\n" * 200_000,
    "control characters": lambda: "\x00" * 1_000_000,
    "nothing but marks": lambda: "\ufeff" * 340_000,
    "utf-16": lambda: "a: 1\n".encode("utf-16") * 1000,
    "broken utf-8": lambda: b"\xff" * 1_000_000,
    "just too large": lambda: b"#" * (MAX_BYTES + 1),
    "exactly as large as allowed": lambda: b"#" * MAX_BYTES,
    "open references": lambda: "a: '" + "${{" * 300_000 + "'",
    "many colons": lambda: ":" * 1_000_000,
    "many question marks": lambda: "?\n" * 500_000,
    "many brackets closed": lambda: "]" * 1_000_000,
    "many tags": lambda: "- !a x\n" * 140_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_done_with_in_a_second(name: str) -> None:
    hostile = File("a.yaml", raw if isinstance(raw := HOSTILE[name](), bytes) else raw.encode())
    began = time.process_time()
    found, mistakes = parse_yaml(hostile)
    spent = time.process_time() - began
    assert spent < 1
    assert len(mistakes) <= MAX_ERRORS + 1
    assert found is None or isinstance(found, Mapping)


MANY_VALUES = pytest.param("many values", marks=pytest.mark.campaign)


@pytest.mark.parametrize("name", ["many keys", MANY_VALUES, "deep lists", "one long line", "many empty keys"])
def test_a_hostile_file_takes_little_memory(name: str) -> None:
    """An ordinary run measures one of the two that are read in full: this takes ten times as long as to read them."""
    made = HOSTILE[name]()
    hostile = File("a.yaml", made if isinstance(made, bytes) else made.encode())
    tracemalloc.start()
    try:
        parse_yaml(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: " + "[" * 33 + "]" * 33, "CS1005"),
        ("a: [" + "1," * 100_000 + "]", "CS1006"),
        ("a: 1\n" * 200, "CS1007"),
        (b"#" * (MAX_BYTES + 1), "CS1001"),
    ],
)
def test_beyond_a_limit_the_file_is_unusable(text: str | bytes, code: str) -> None:
    found, mistakes = parse_yaml(file(text))
    assert found is None
    assert mistakes[-1].code == code


def test_up_to_the_limits_all_is_read() -> None:
    assert not reported("a: " + "[" * 31 + "]" * 31)
    assert not reported("a: [" + "1," * 99_997 + "]")


def test_a_line_too_long_to_show_is_not_quoted() -> None:
    _, mistakes = parse_yaml(file("{a, b: " + "x" * 2_000 + "}"))
    assert [(each.code, each.snippet) for each in mistakes] == [("CS1017", None)]


@pytest.mark.parametrize("text", ["a: 1\n", "a: [\n"])
def test_the_garbage_collector_is_restored_afterwards(text: str) -> None:
    assert gc.isenabled()
    parse_yaml(file(text))
    assert gc.isenabled()
    gc.disable()
    try:
        parse_yaml(file(text))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_entry_knows_the_place_of_its_key() -> None:
    entry = tree("a:\n  role name: x\n").get("a")
    assert isinstance(entry, Mapping)
    found = entry.items["role name"]
    assert isinstance(found, Pair)
    assert (str(found.position), found.range.end_column) == ("a.yaml:2:3", 12)
