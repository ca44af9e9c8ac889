"""The words that standard terms have replaced stay out of names, headings, JSON keys and output."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.repository.paths import DOCS, ROOT
from tests.repository.sources import Name, names_in, python_files, shown, texts_in


def separate(words: str) -> frozenset[str]:
    """Split a list of words at its spaces."""
    return frozenset(words.split())


IN_ANY_NAME = separate("""
anew amended beside books coherence deed deeds doubt doubts doubtful ending endings forgone furnish furnished gravity
ingredients initially lane lanes lift lifts lifted lifting mend mends mended newcomer newcomers outgoing outlet patient
rail rails spoilt surroundings telling tied told toll transmissible trouble troubles unmoved untold wanted
""")
"""No part of a name is one of these."""

AS_A_NAME = separate("""
bad broken_off carries come_back documented door echo ended era folding foreign fresh kept kept_otherwise known
labelled last_words later lead losses marks needed next_step only pace reach record relations refusal reply shapes
standing take_up terms together told_apart_by too_late turns walk way_out well whole wording
""")
"""Nothing but a local variable is called one of these, which have an ordinary sense as well."""

IN_THE_EMULATOR = frozenset({"door", "place", "refusal"})

IN_SENTENCES = frozenset({"beside", "ending", "foreign", "told", "trouble", "wanted"})
"""What the name of a test, which is a sentence, may have in it."""

EXCEPTIONS = {
    "only": "`lifecycle.only` is a key of the configuration language",
    "fresh": "the name of a plan whose text is checked in",
    "record": "the verb",
    "wording": "views/wording.py holds the wording of the output",
}

IN_OUTPUT = re.compile(
    r"\b(anew|come back|doubtful|forgone|hangs? on|kept otherwise|last words|lifts?|lifted by|mend(?:s|ed)?|rails?|"
    r"spoilt|take up|toll|told apart|unmoved|untold|way out)\b"
)

CODE = ("confsync", "scripts", "benchmarks", "tests")


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Split a name into its words: `ReadBack` and `read_back` are two each."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(part.lower() for part in parts)


def is_replaced(name: Name) -> bool:
    """Whether a name is, or has in it, a word that another has replaced."""
    words = words_of(name.text)
    replaced = IN_ANY_NAME.intersection(words)
    if words[:1] == ("test",):
        replaced -= IN_SENTENCES
    names = IN_THE_EMULATOR if "emulator" in name.file else frozenset()
    return bool(replaced) or "_".join(words) in (names if name.is_local else names | AS_A_NAME)


def report(names: Iterable[Name]) -> list[str]:
    replaced = (each for each in names if is_replaced(each) and each.text not in EXCEPTIONS)
    return sorted({f"{each.file}:{each.line}: {each.text}" for each in replaced})


def headings() -> Iterator[Name]:
    for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")):
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            if line.startswith("#"):
                yield from (Name(word, shown(page), number) for word in re.findall(r"\w+", line))


def keys(node: Any, file: str) -> Iterator[Name]:  # noqa: ANN401 — JSON
    """Give the names of the properties that a schema describes, however deep."""
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from (Name(key, file, 0) for key in (properties if isinstance(properties, dict) else {}))
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from keys(each, file)


@pytest.mark.parametrize("name", ["lifted_by", "Told", "way_out", "WayOut", "Kept", "untold", "told"])
def test_a_replaced_word_is_recognised(name: str) -> None:
    assert is_replaced(Name(name, "confsync/x.py", 1))


@pytest.mark.parametrize(
    "name", ["KnownValues", "is_known_to_exist", "OnlyIf", "liftoff", "placed", "retold", "test_it_is_told"]
)
def test_a_standard_term_is_not_one(name: str) -> None:
    assert not is_replaced(Name(name, "confsync/x.py", 1))


@pytest.mark.parametrize("folder", CODE)
def test_no_name_in_the_code_is_a_replaced_word(folder: str) -> None:
    assert report(each for path in python_files(folder) for each in names_in(path)) == []


def test_no_heading_has_a_replaced_word() -> None:
    assert [each for each in headings() if each.text.lower() in IN_ANY_NAME] == []


def test_no_key_of_a_document_is_a_replaced_word() -> None:
    schemas = (ROOT / "schemas").glob("*.json")
    assert report(each for path in schemas for each in keys(json.loads(path.read_text("utf-8")), path.name)) == []


def test_no_text_that_is_printed_has_a_replaced_word() -> None:
    texts = (each for path in python_files("confsync") for each in texts_in(path))
    found = [f"{each.file}:{each.line}: {each.text!r}" for each in texts if IN_OUTPUT.search(each.text)]
    assert found == []
