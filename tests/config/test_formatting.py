"""The canonical layout of a file, which changes neither its meaning nor a comment."""

from collections import Counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.tree import plain_value
from confsync.config.writing.comments import comments_in
from confsync.config.writing.formatting import format_file
from confsync.config.writing.splices import Source
from confsync.config.yaml import parse_yaml
from confsync.errors import UsageError
from tests.config.reading import file

LONG = "[" + ", ".join(f"permission{number}" for number in range(10)) + "]"
WORDS = " ".join(["word"] * 30)

ROWS = {
    "indentation": ("a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"),
    "lists are indented": ("a:\n- b\n-   c\n", "a:\n  - b\n  - c\n"),
    "spaces in brackets": ("a: { b: 1,c: [ 2,3 ] }\n", "a: {b: 1, c: [2, 3]}\n"),
    "brackets that fit are on one line": ("a: {\n  b: 1,\n  c: 2,\n}\n", "a: {b: 1, c: 2}\n"),
    "wide brackets become a block": (
        f"a: {{b: 1, c: {LONG}}}\n",
        "a:\n  b: 1\n  c:\n" + "".join(f"    - permission{number}\n" for number in range(10)),
    ),
    "brackets with a comment become a block": (
        "a: [ # all\n  b, # one\n  # two\n  c\n  # end\n] # last\n",
        "# last\na:     # all\n  - b  # one\n  # two\n  - c\n  # end\n",
    ),
    "empty brackets stay": ("a: { }\nb: [ # none\n]\n", "a: {}\n# none\nb: []\n"),
    "needless quotes": ('a: \'b\'\n"c": "d: e"\n', 'a: b\nc: "d: e"\n'),
    "quotes where YAML 1.1 reads something else": (
        "a: [NO, on, 0123, 1:30, 2026-11-01, y, '+15551230000', '1', 'true', '', 'null']\n",
        'a: ["NO", "on", "0123", "1:30", "2026-11-01", "y", "+15551230000", "1", "true", "", "null"]\n',
    ),
    "quotes around references": ("a: ${{ var.x }}\n", 'a: "${{ var.x }}"\n'),
    "single quotes instead of escapes": ('a: "b\\\\d \\"c\\": e"\n', "a: 'b\\d \"c\": e'\n"),
    "words": ("a: ~\nb: TRUE\nc: 0x1F\nd: Null\n", "a: null\nb: true\nc: 0x1F\nd: null\n"),
    "blank lines": ("\n\na: 1\n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"),
    "trailing spaces and line ends": ("a: 1   \r\nb: 2 # c  \r\n", "a: 1\nb: 2  # c\n"),
    "a byte order mark": ("\ufeffa: 1\n", "a: 1\n"),
    "no line end at the end": ("a: |\n  b", "a: |-\n  b\n"),
    "comments of neighbouring lines": (
        "a: 1 # one\nbcd: 2      # two\n\ne: 3 # three\n",
        "a: 1    # one\nbcd: 2  # two\n\ne: 3  # three\n",
    ),
    "comments belong to what they are indented like": (
        "a:\n    b: 1\n    # in a\n# before c\nc: 2\n  # at the end\n",
        "a:\n  b: 1\n  # in a\n# before c\nc: 2\n# at the end\n",
    ),
    "a comment behind a key": ("a: # why\n    b: 1\nc: # what\n  d\n", "a:  # why\n  b: 1\n# what\nc: d\n"),
    "blocks of lines": (
        "a:\n    b: |+  # why\n        x\n          y\n\n    c: >-\n     z\n     z\nd: |2\n   x\n",
        "a:\n  b: |+  # why\n    x\n      y\n\n  c: >-\n    z\n    z\nd: |2\n   x\n",
    ),
    "a text over several lines": ("a: b\n  c\n", "a: b c\n"),
    "a wide text over several lines": (
        f"a: {WORDS}\n      {WORDS} # c\nb: '{WORDS}\n\n {WORDS}'\n",
        f"a: {WORDS}\n  {WORDS}  # c\nb: '{WORDS}\n\n  {WORDS}'\n",
    ),
    "mappings in lists": (
        "a:\n-   b: 1\n    c: 2\n-\n  # why\n  d: [x]\n",
        "a:\n  - b: 1\n    c: 2\n  # why\n  - d: [x]\n",
    ),
    "lists in lists": ("a:\n- - b # c\n  - d\n- []\n", "a:\n  - - b  # c\n    - d\n  - []\n"),
    "a document": ("# first\n---  # begin\n{a: 1}\n...\n# last\n", "# first\n---  # begin\na: 1\n# last\n"),
    "explicit keys": ("? a\n: b\n", "a: b\n"),
    "nothing": ("\n\n# only\n\n\n# comments\n\n", "# only\n\n# comments\n"),
    "an empty file": ("", ""),
}


@pytest.mark.parametrize(("text", "after"), ROWS.values(), ids=ROWS)
def test_a_file_has_one_layout(text: str, after: str) -> None:
    assert format_file(file(text.encode())) == after
    assert format_file(file(after)) == after


def test_a_file_whose_meaning_would_change_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confsync.config.writing.formatting.write_text", lambda text, in_flow=False: f"{text}{in_flow}")
    with pytest.raises(UsageError, match="cannot be formatted"):
        format_file(file("a: b\n"))


TEXTS = st.sampled_from(
    [
        "x",
        "NO",
        "1:30",
        "a: b",
        "# no",
        "é",
        " pad ",
        "x\ny",
        "x\n\ny\n",
        "\n",
        " a\nb",
        "it's",
        '"',
        "\\",
        "-",
        "? a",
        "a,b",
        "${{ var.x }}",
        WORDS,
        f"{WORDS}\n{WORDS}",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=12,
)
STYLES = st.sampled_from([None, True, False])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """YAML in any layout, with comments and blank lines wherever they do not change the content."""
    content = draw(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
    dumped: str = yaml.safe_dump(
        content,
        default_flow_style=draw(STYLES),
        default_style=draw(st.sampled_from([None, None, '"', "'", "|", ">"])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([20, 80, 1000])),
        allow_unicode=True,
        sort_keys=False,
    )
    lines = dumped.splitlines()
    for number in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(lines)))
        kind = draw(st.sampled_from(["own", "behind", "blank"]))
        changed = list(lines)
        if kind == "behind" and place < len(lines):
            changed[place] += f" # {number}"
        elif kind == "own":
            changed.insert(place, f"{' ' * draw(st.integers(0, 6))}# {number}")
        else:
            changed.insert(place, "")
        if read("\n".join(changed)) == repr(content):
            lines = changed
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


def read(text: str) -> str:
    node, errors = parse_yaml(file(text.encode("utf-8", "surrogatepass")))
    return "" if errors or node is None else repr(plain_value(node))


def comments(text: str) -> Counter[str]:
    source = file(text)
    return Counter(each.text for each in comments_in(Source(source), parse_yaml(source)[0]))


@given(documents())
def test_formatting_keeps_the_content_and_every_comment_and_twice_is_the_same_as_once(text: str) -> None:
    if not read(text):
        return  # what our parser does not accept, such as an invisible character
    once = format_file(file(text))
    assert read(once) == read(text)
    assert comments(once) == comments(text)
    assert format_file(file(once)) == once
