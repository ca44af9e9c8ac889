"""Text that others wrote has no effect in Markdown, in HTML within it, or on a runner."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from confsync.views.escaping import (
    github_message,
    github_property,
    html,
    markdown,
    markdown_code,
    markdown_comment,
    markdown_fence,
    printable,
)
from tests.views.parsed_markdown import nodes, read_by_people, strange

PIECES = (
    *(
        "`",
        "``",
        "```",
        "~~~",
        "*",
        "_",
        "**x**",
        "[a](b)",
        "![a](b)",
        "<b>",
        "<!--",
        "-->",
        "</details>",
        "&lt;",
        "\\",
    ),
    *("@team", "#1", "GH-12", "JIRA-1", "https://x.example", "www.x.example", "a@b.c", ":tada:", "deadbeef0", "x.com"),
    *("1.", "2)", "-", "+", "#", "##", ">", "|", "---", "===", "    ", " ", "\t", "\n", "\n\n", "\r", "'", '"', "("),
    *(
        "::error::x",
        "##[group]",
        "##vso[x]",
        "%0A",
        "%25",
        ":",
        ",",
        "services/support",
        "a",
        "é",
        "日本",
        "\u202e",
        "\x1b",
    ),
)
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=8
).map(" ".join)


@given(HOSTILE)
@example("`a``b` `@c`.`@d")
@example("1. x")
def test_a_sentence_stays_words_and_code(text: str) -> None:
    shown = markdown(text)
    assert "\n" not in shown
    assert strange(shown) == []
    assert {each.type for each in nodes(shown)} <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "code_inline",
    }


@pytest.mark.parametrize("piece", ["a/", "a-", "a'", "' ", "`", " `", "a`b ", "(", ".", ".a", "abcdef1", "@a "])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    """With backtracking, this would take exponential time."""
    assert markdown(f"{piece * 50_000}!_")


@given(HOSTILE.filter(lambda text: "`" not in text))
def test_a_sentence_keeps_its_words(text: str) -> None:
    assert read_by_people(markdown(text)) == " ".join(printable(text).split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("services/support is named 'Help desk'; v1 cannot.", "services/support is named 'Help desk'; v1 cannot."),
        ("keep `friendly_name: Support desk`.", "keep `friendly_name: Support desk`."),
        ("ask '@team', not www.x.example", "ask '`@team`', not `www.x.example`"),
        ("a`b", "``a`b``"),
        ("lifecycle.protect: false", "`lifecycle.protect`: false"),
    ],
)
def test_only_what_a_renderer_would_interpret_is_code(text: str, shown: str) -> None:
    assert markdown(text) == shown


@given(HOSTILE)
def test_a_piece_of_code_is_one_node_with_the_whole_text(text: str) -> None:
    (inline,) = (each for each in nodes(f"x {markdown_code(text)} x") if each.type == "inline")
    assert [each.type for each in inline.children or ()] == ["text", "code_inline", "text"]
    assert (inline.children or [])[1].content == (printable(text) or " ")


@given(st.lists(HOSTILE.map(lambda text: f"+ {printable(text)}"), max_size=4))
def test_a_block_of_code_ends_where_we_end_it(lines: list[str]) -> None:
    fence, after = (each for each in nodes(f"{markdown_fence(lines, 'diff')}\n\nx") if each.type in ("fence", "inline"))
    assert fence.content == "".join(f"{line}\n" for line in lines)
    assert after.content == "x"


@given(HOSTILE)
def test_a_text_between_tags_creates_no_tag(text: str) -> None:
    assert strange(f"<details><summary><code>{html(text)}</code></summary>\n\nx\n\n</details>") == []


@given(HOSTILE, HOSTILE)
def test_a_hidden_comment_ends_where_we_end_it_and_identifies_one_text(text: str, other: str) -> None:
    shown = markdown_comment(text)
    (comment,) = nodes(f"<!-- confsync plan: {shown} -->")
    assert comment.type == "html_block"
    assert not re.search(r"--|[<>\s]", shown)
    assert (shown == markdown_comment(other)) is (text == other)


def runner_commands(line: str) -> tuple[dict[str, str], str]:
    """Parse a command as the runner does: properties up to the first `::`, then the message, then the escapes."""
    head, _, message = line.removeprefix("::").partition("::")
    _, _, shown = head.partition(" ")
    properties = dict(each.split("=", 1) for each in shown.split(","))
    return {name: _decoded(value, "\r\n:,%") for name, value in properties.items()}, _decoded(message, "\r\n%")


def _decoded(text: str, special: str) -> str:
    for each in special:
        text = text.replace(f"%{ord(each):02X}", each)
    return text


@given(HOSTILE, HOSTILE)
def test_a_runner_command_contains_its_texts_and_no_other_command(name: str, text: str) -> None:
    line = f"::error file={github_property(name)},line=1::{github_message(text)}"
    properties, message = runner_commands(line)
    assert len(line.splitlines()) == 1
    assert "##[" not in line
    assert properties == {"file": printable(name), "line": "1"}
    assert message == "\n".join(printable(each) for each in text.split("\n"))
