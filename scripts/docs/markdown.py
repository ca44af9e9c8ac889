"""What generated pages consist of: tables, blocks of code, code and links within a text."""

import re
from collections.abc import Iterable, Sequence

from confsync.views.escaping import longest_run

_CODE = re.compile(r"(`[^`]*`)")
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*(?: [A-Z]{2,}\b)?|\bCONFSYNC_\w+")
_PAGE = re.compile(r"\bdocs/([\w-]+\.md)\b")


def page(title: str, blocks: Iterable[str]) -> str:
    """Put a page together; an empty block is left out."""
    return "\n\n".join((f"# {title}", *filter(None, blocks))) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table of cells."""
    return "\n".join((_row(columns), f"|{'---|' * len(columns)}", *map(_row, rows)))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def code_block(language: str, text: str) -> str:
    """Fence a text with more backticks than it contains in a row."""
    fence = "`" * max(3, longest_run(text) + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def link_pages(text: str) -> str:
    """Turn each `docs/PAGE.md` in a text into a link from a page in a folder of docs/."""
    return _PAGE.sub(r"[\1](../\1)", text)


def options_as_code(text: str) -> str:
    """Format the options and environment variables that a text names as code."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _OPTION.sub(r"`\g<0>`", part) for part in parts)


def join(words: Sequence[str], conjunction: str = "and") -> str:
    """List words in a sentence."""
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
