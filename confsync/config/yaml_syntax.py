"""Explains a syntax error of the YAML parser: what is wrong, and what to write instead."""

from yaml.error import MarkedYAMLError


def explain_syntax_error(error: MarkedYAMLError, line: str) -> tuple[str, str]:
    """Return a summary and a hint; `line` is the one at which the parser stopped. Neither quotes a value."""
    mark, problem = error.problem_mark, str(error.problem)
    character = line[mark.column : mark.column + 1] if mark else ""
    begins = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
    if problem == _NO_TOKEN:
        return _explain_character(character)
    summary = f"this is not YAML: {problem}{f', {error.context}{begins}' if error.context else ''}"
    if "${{" in line:
        return summary, "quote a value that contains `${{` between brackets or braces"
    hint = next((text for words, text in _HINTS.items() if words in f"{problem}, {error.context}"), "")
    return summary, hint.format(begins=begins)


_NO_TOKEN = "found character that cannot start any token"  # noqa: S105 — the parser's message


def _explain_character(character: str) -> tuple[str, str]:
    if character == "\t":
        return "this is not YAML: a tab indents this line", "write spaces instead of the tab"
    return f"this is not YAML: no value can begin with {character}", "put quotes around the value"


_HINTS = {
    "mapping values are not allowed": (
        "put quotes around a value that contains a colon, a space after the colon of a key, "
        "or indent the line like the keys above it"
    ),
    "expected ',' or '}'": "close it with a brace, or put quotes around a value that contains a colon or a bracket",
    "expected ',' or ']'": "close it with a bracket, or put quotes around a value that contains a colon or a bracket",
    "could not find expected ':'": "write a colon after the key{begins}",
    "end of stream, while scanning a quoted scalar": "close the quotation mark{begins}",
    "while parsing a block mapping": "indent the line like the keys above it, and remove brackets that close nothing",
    "unknown escape character": "write the backslash twice, or use single quotes",
    "while scanning an alias": "put quotes around a value that begins with an asterisk",
    "while scanning an anchor": "put quotes around a value that begins with an ampersand",
}
"""What to do, by a part of the parser's message."""
