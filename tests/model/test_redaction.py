"""What must not be shown is hidden: tokens in URLs, secrets on quoted lines, secrets in responses."""

import base64
import html
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Scalar, error_at
from confsync.diagnostics import Diagnostic
from confsync.redaction import hide_ranges, is_suspicious_url, redact
from confsync.twilio.failures import legible
from tests.config.reading import SUPPORT, ios, tree
from tests.twilio.scripted_api import CERTIFICATE_CANARY as PEM

REPEATED = {
    "plain": PEM,
    "in one line": " ".join(PEM.split()),
    "as a form": urlencode({"PrivateKey": PEM}),
    "percent": quote(PEM, safe=""),
    "plus": quote_plus(PEM),
    "JSON": json.dumps(PEM),
    "JSON in JSON": json.dumps(json.dumps(PEM)),
    "HTML": html.escape(PEM),
    "repr": repr(PEM),
    "upper": PEM.upper(),
    "lower": PEM.lower(),
    "hex": PEM.encode().hex(),
    "reversed": PEM[::-1],
    "base64": base64.b64encode(PEM.encode()).decode(),
    "base64, shifted by 1": base64.b64encode(b"x" + PEM.encode()).decode(),
    "base64, shifted by 2": base64.b64encode(b"xy" + PEM.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(PEM.encode()).decode(),
    "its first half": PEM[: len(PEM) // 2],
    "its last part": PEM[-25:],
    "its middle": PEM[20:45],
}


def longest_common(one: str, other: str) -> int:
    lengths = range(min(len(one), len(other)), 0, -1)
    return next((n for n in lengths if any(one[i : i + n] in other for i in range(len(one) - n + 1))), 0)


@pytest.mark.parametrize("repeated", REPEATED.values(), ids=REPEATED.keys())
def test_a_repeated_secret_is_masked_in_every_encoding(repeated: str) -> None:
    shown = legible(f"Invalid value '{repeated}' given", (PEM,))
    assert "(sensitive)" in shown
    assert longest_common(shown.replace("(sensitive)", ""), repeated) < 12


def test_the_text_around_a_masked_secret_stays() -> None:
    assert redact("Key hunter22hunter22 is bad.", ["hunter22hunter22"]) == "Key (sensitive) is bad."


def test_a_short_secret_is_masked_only_as_a_whole() -> None:
    assert redact("pin 1234, not 123", ["1234"]) == "pin (sensitive), not 123"


def test_an_empty_secret_masks_nothing() -> None:
    assert redact("all is well", [""]) == "all is well"


@given(st.text(), st.lists(st.text(min_size=1), max_size=3), st.text())
def test_no_complete_secret_remains(before: str, secrets: list[str], after: str) -> None:
    for secret in secrets:
        shown = redact(before + secret + after, secrets)
        assert secret.casefold() not in shown.casefold() or secret.casefold() in "(sensitive)" * 2


@given(st.text())
def test_a_message_is_one_bounded_line_of_visible_characters(message: str) -> None:
    shown = legible(message)
    assert len(shown) <= 300
    assert shown.isprintable()
    assert shown == shown.strip()


def test_characters_that_control_a_terminal_or_reorder_text_are_dropped() -> None:
    assert legible("a\x1b[31mb\u202ec\r\nd\u2028e\x9bf\u200bg") == "a[31mbc d ef g".replace(" g", "g")


def test_a_secret_that_is_cut_at_the_limit_leaves_no_part() -> None:
    shown = legible("x" * 290 + PEM, (PEM,))
    assert "BEGIN" not in shown


@pytest.mark.parametrize(
    ("url", "suspicious"),
    [
        ("https://hooks.example.com/x", False),
        ("https://hooks.example.com/x?room=1&lang=en", False),
        ("https://user@hooks.example.com/", True),
        ("https://user:pass@hooks.example.com/", True),
        ("https://hooks.example.com/x?token=abc", True),
        ("https://hooks.example.com/x?a=1&access_token=abc", True),
        ("https://hooks.example.com/x?apiKey=abc", True),
        ("https://hooks.example.com/x?api_key=abc", True),
        ("https://hooks.example.com/x?X-Amz-Signature=abc", True),
        ("https://hooks.example.com/x?sig=abc", True),
        ("https://hooks.example.com/x?code=abc", True),
        ("https://hooks.example.com/x?client_secret=abc", True),
        ("https://hooks.example.com/x#access_token=abc", True),
        ("https://hooks.example.com/x?token=", False),
        ("https://hooks.example.com/x?monkey=1&design=2&tokens=3", False),
        ("HTTPS://U:P@example.com", True),
        ("mailto:user@example.com", False),
        ("user@example.com", False),
        ("https://[broken", False),
        ("not a url", False),
        ("", False),
    ],
)
def test_a_url_with_user_information_or_a_token_is_suspicious(url: str, suspicious: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_suspicious_url(url) is suspicious


@given(st.text())
def test_any_text_can_be_checked_for_a_suspicious_url(text: str) -> None:
    assert is_suspicious_url(text) in {True, False}


def secret_of(mapping: Mapping) -> Scalar:
    found = mapping.get("private_key")
    assert isinstance(found, Scalar)
    return found


def test_a_hidden_literal_and_what_follows_it_are_not_quoted() -> None:
    mapping = ios()
    secret = secret_of(mapping)
    before = error_at(mapping.items["type"], Code.EMPTY, "before")
    itself = error_at(secret, Code.SECRET_LITERAL, "itself")
    after = error_at(mapping.items["sandbx"], Code.EMPTY, "after")
    hidden = hide_ranges([before, itself, after], [secret.range])
    shown = "    ios: {type: apn, private_key: (sensitive)"
    assert [each.snippet for each in hidden] == [shown, shown, None]


def test_every_line_of_a_hidden_literal_is_hidden() -> None:
    services = tree(SUPPORT).get("services")
    assert isinstance(services, Mapping)
    support = services.get("support")
    assert isinstance(support, Mapping)
    secret = support.get("pem")
    assert isinstance(secret, Scalar)
    inside = Scalar(secret.file, 6, 7, 6, 8, None)
    at_start = Scalar(secret.file, 6, 1, 6, 2, None)
    hidden = hide_ranges([error_at(inside, Code.EMPTY, "x"), error_at(at_start, Code.EMPTY, "x")], [secret.range])
    assert [each.snippet for each in hidden] == [None, "(sensitive)"]


def test_other_lines_than_the_hidden_ones_stay() -> None:
    others = [error_at(tree(SUPPORT).items["services"], Code.EMPTY, "x"), Diagnostic("error", "CS0000", "nowhere")]
    assert hide_ranges(others, [secret_of(ios()).range]) == others
