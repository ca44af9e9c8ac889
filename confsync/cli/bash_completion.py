"""Completion in bash: which words a line consists of, and what bash inserts for a suggestion.

bash keeps the beginning of a word, up to its opening quote or to the last character of `COMP_WORDBREAKS`, and replaces
the rest by a suggestion, which it does not quote. So a suggestion is cut and quoted here.
"""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from click.shell_completion import CompletionItem, ShellComplete

_SCRIPT = """\
%(complete_func)s() {
    local response type value
    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")

    while IFS=, read -r type value; do
        if [[ $type == dir ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == file ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == plain ]]; then
            COMPREPLY+=("$value")
            [[ $value == *= ]] && compopt -o nospace
        fi
    done <<< "$response"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class BashCompletion(ShellComplete):
    """Completes a line of bash, and quotes what bash would split or expand."""

    name = "bash"
    source_template = _SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words between the command and the cursor, and the word at the cursor."""
        *before, last = _words(os.environ["COMP_LINE"])
        return [_meaning(each) for each in before[1:]], _meaning(last)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return what bash inserts for each completion that can follow what has been typed."""
        word = _words(os.environ["COMP_LINE"])[-1]
        found = super().get_completions(args, incomplete)
        return [item for each in found for item in _insertions(word, each, os.environ["COMP_WORDBREAKS"])]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Write what the script reads: a type and a value."""
        return f"{item.type},{item.value}"


class _Piece(NamedTuple):
    """A character of a line, with the backslash before it; what it means; and the quote that is open after it."""

    typed: str
    meant: str
    quote: str


_TOKENS = {
    "": re.compile(r"""(?P<quote>["'])|\\(?P<escaped>.?)|(?P<plain>.)""", re.DOTALL),
    '"': re.compile(r"""(?P<end>")|\\(?P<escaped>["$`\\]|$)|(?P<plain>.)""", re.DOTALL),
    "'": re.compile(r"""(?P<end>')|(?P<plain>.)""", re.DOTALL),
}
"""What bash reads next: outside quotes, and inside each of them."""


def _pieces(line: str) -> Iterator[_Piece]:
    quote, position = "", 0
    while token := _TOKENS[quote].match(line, position):
        position = token.end()
        if token.lastgroup in ("quote", "end"):
            quote = token[0] if token.lastgroup == "quote" else ""
            yield _Piece(token[0], "", quote)
        else:
            yield _Piece(token[0], token[token.lastgroup or 0], quote)


def _words(line: str) -> list[Sequence[_Piece]]:
    """Split a line that ends at the cursor. After a space, its last word is empty."""
    runs = [(space, tuple(run)) for space, run in groupby(_pieces(line), key=_is_space)]
    words: list[Sequence[_Piece]] = [run for space, run in runs if not space]
    return [*words, ()] if not runs or runs[-1][0] else words


def _is_space(piece: _Piece) -> bool:
    return piece.typed in " \t\n" and not piece.quote


def _meaning(pieces: Sequence[_Piece]) -> str:
    return "".join(each.meant for each in pieces)


def _insertions(word: Sequence[_Piece], item: CompletionItem[str], breaks: str) -> Iterator[CompletionItem[str]]:
    """Yield a completion as bash must insert it: nothing if that is not possible. bash finds files itself."""
    if item.type != "plain":
        yield item
        return
    typed = _meaning(word)
    option, equals, _ = typed.partition("=")
    completed = f"{option}{equals}{item.value}" if equals and option.startswith("-") else item.value
    quoted_before = any(not each.meant and not each.quote for each in word)
    if quoted_before or not completed.startswith(typed) or not completed.isprintable():
        return
    quote = word[-1].quote if word else ""
    kept = _kept_by_bash(word, quote, breaks)
    inserted = _quoted(completed[len(_meaning(kept)) :], quote)
    if inserted is not None:
        yield CompletionItem(inserted)


def _kept_by_bash(word: Sequence[_Piece], quote: str, breaks: str) -> Sequence[_Piece]:
    """Return the beginning of a word that bash does not replace."""
    if quote:
        opening = max(index for index, each in enumerate(word) if not each.meant)
        return word[: opening + 1]
    breaking = max((index for index, each in enumerate(word) if each.typed in breaks), default=-1)
    replaced_as_well = breaking >= 0 and word[breaking].typed in _REPLACED_BREAKS
    return word[: breaking if replaced_as_well else breaking + 1]


_REPLACED_BREAKS = "@$"
"""The breaks that bash counts among the word that begins there."""


def _quoted(text: str, quote: str) -> str | None:
    """Write a text so that bash reads it as it is, inside a quote that is open; None if that is not possible."""
    if quote == "'":
        return None if "'" in text else text
    if quote == '"':  # bash keeps a backslash before `!`, and adds no closing quote to a text that ends with one
        return None if "!" in text or text.endswith(quote) else re.sub(r'["$`\\]', r"\\\g<0>", text)
    return re.sub(r"[^\w/%.,+@:=-]", r"\\\g<0>", text)
