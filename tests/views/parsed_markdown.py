"""Markdown as a renderer parses it: its nodes, and the text in them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

OURS = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "fence", "html_block"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("text", "softbreak", "code_inline", "strong_open", "strong_close"),
}
"""Every type of node in our comments."""

_OBEYED = re.compile(r"[@#_*~\[\]<>|\\&`]|://|\bwww\.|\w\.\w|:\w+:|\b[0-9a-fA-F]{7,}\b|\b[A-Za-z]+-\d", re.IGNORECASE)
"""What GitHub interprets in plain words: mentions, references, hosts, emoji, commits, issues."""


@lru_cache(maxsize=2)
def nodes(text: str) -> tuple[Token, ...]:
    """Return every node of a document, including inline ones. Several checks of one document parse it once."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return tuple(each for token in tokens for each in (token, *(token.children or ())))


def strange(text: str) -> list[str]:
    """Return what a renderer would find in a document that we did not put there: nodes, references, tags."""
    found = nodes(text)
    kinds = [each.type for each in found if each.type not in OURS]
    words = [each.content for each in found if each.type == "text" and _OBEYED.search(each.content)]
    return kinds + words + [tag for each in found if each.type == "html_block" for tag in _Tags.of(each.content)]


def shape(text: str) -> list[str]:
    """Return the nodes of a document; adjacent words and code spans count as one."""
    kinds = ("words" if each.type in ("text", "code_inline") else each.type for each in nodes(text))
    return [kind for kind, before in _with_the_one_before(kinds) if not kind == before == "words"]


def read_by_people(text: str) -> str:
    """Return the words of a document, with white space collapsed."""
    words = "".join(each.content for each in nodes(text) if each.type in ("text", "code_inline"))
    return " ".join(words.split())


def _with_the_one_before(kinds: Iterator[str]) -> Iterator[tuple[str, str]]:
    before = ""
    for kind in kinds:
        yield kind, before
        before = kind


class _Tags(HTMLParser):
    """Finds tags that are not ours or are in the wrong place."""

    @classmethod
    def of(cls, text: str) -> list[str]:
        parser = cls()
        parser.strange, parser.bare = [], text.strip()
        if not _COMMENT.fullmatch(parser.bare):
            parser.feed(text)
            parser.close()
        return parser.strange

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("details", "summary", "code") or attrs:
            self.strange.append(tag)

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    strange: list[str]
    bare: str


_COMMENT = re.compile(r"<!-- confsync [a-z]+(: (?:(?!--)[\w.~%-])+)? -->", re.ASCII)
