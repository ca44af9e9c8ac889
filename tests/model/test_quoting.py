"""Text that others chose is quoted unless it is plain, so that nobody takes it for more than a name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.names import Address
from confsync.quoting import in_quotes, list_item, listed, name_in_sentence, quoted, shown_address

MEANT = st.text(st.sampled_from("ab1 :,+-~/\"\\'()[]{}#->?!`\n") | st.characters(), max_size=30)
"""Mostly what has a meaning in a line of a plan."""

SEPARATORS = (": ", ", ", " -> ", "(", ")", "[", "]", '"', "`", ";", "  ", "\n", " + ", " - ", " ~ ", " and 3 more")


def is_quoted(shown: str, text: str) -> bool:
    """Whether it is one JSON string that contains the text, and no other quotation mark ends it earlier."""
    value, end = json.JSONDecoder().raw_decode(shown) if shown.startswith('"') else (None, 0)
    return value == text and end == len(shown)


@given(MEANT)
def test_an_item_is_plain_words_or_quoted(text: str) -> None:
    shown = list_item(text)
    assert is_quoted(shown, text) or (shown == text and not any(each in f" {shown} " for each in SEPARATORS))


@given(MEANT)
def test_a_name_in_a_sentence_is_one_plain_word_or_quoted(text: str) -> None:
    shown = name_in_sentence(text)
    assert is_quoted(shown, text) or (
        shown == text and " " not in shown and not any(map(shown.__contains__, SEPARATORS))
    )


@given(st.lists(MEANT.filter(bool), min_size=1, max_size=4))
def test_an_address_consists_of_plain_keys_or_is_quoted(keys: list[str]) -> None:
    address = str(Address.of("services", *keys))
    shown = shown_address(address)
    plain = shown == address and not any(each in f" {shown}/" for each in SEPARATORS)
    assert is_quoted(shown, address) or plain


@pytest.mark.parametrize(
    "address",
    [
        "services/support/roles/channel admin",
        "account/addresses/whatsapp:+15551230000",
        "account/addresses/desk@example.com",
        "services/Zürich/users/o'neil",
        "services/a%2Fb/roles/v1.2",
    ],
)
def test_an_ordinary_address_is_not_quoted(address: str) -> None:
    assert shown_address(address) == address


@pytest.mark.parametrize(
    "key", ["x: 1, + role", "a (deleted)", "a -> b", "- b", "a and 3 more", "a  b", 'a"b', "a,b", "ends:", "#x y: z"]
)
def test_an_address_that_looks_like_more_is_quoted(key: str) -> None:
    address = Address.of("services", key)
    assert f"{address}" == listed([address]) == json.dumps(str(address))


def test_a_gap_cannot_move_the_rest_to_another_line() -> None:
    assert quoted(f"a{' ' * 200}b") == f'"a{chr(92)}u0020' + r"\u0020" * 199 + 'b"'


@pytest.mark.parametrize("text", ["none", "nothing"])
def test_a_name_is_not_taken_for_the_lack_of_one(text: str) -> None:
    assert name_in_sentence(text) == f'"{text}"'


@given(MEANT)
def test_single_quotes_are_ended_by_nothing_in_the_text(text: str) -> None:
    shown = in_quotes(text)
    assert is_quoted(shown, text) or (shown == f"'{text}'" and "'" not in text)
