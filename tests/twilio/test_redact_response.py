"""What was sent does not come back to anyone's eyes."""

import base64
import html
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.twilio.failures import legible
from confsync.twilio.redact_response import redact
from tests.twilio.scripted_api import CERTIFICATE_CANARY as PEM

ECHOES = {
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


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_an_echo_is_masked_in_every_encoding(echo: str) -> None:
    shown = legible(f"Invalid value '{echo}' given", (PEM,))
    assert "(sensitive)" in shown
    assert longest_common(shown.replace("(sensitive)", ""), echo) < 12


def test_what_stands_around_an_echo_stays() -> None:
    assert redact("Key hunter22hunter22 is bad.", ["hunter22hunter22"]) == "Key (sensitive) is bad."


def test_a_short_secret_is_masked_where_it_stands_whole() -> None:
    assert redact("pin 1234, not 123", ["1234"]) == "pin (sensitive), not 123"


def test_an_empty_secret_masks_nothing() -> None:
    assert redact("all is well", [""]) == "all is well"


@given(st.text(), st.lists(st.text(min_size=1), max_size=3), st.text())
def test_no_secret_survives_whole(before: str, secrets: list[str], after: str) -> None:
    for secret in secrets:
        shown = redact(before + secret + after, secrets)
        assert secret.casefold() not in shown.casefold() or secret.casefold() in "(sensitive)" * 2


@given(st.text())
def test_a_message_is_one_bounded_line_of_visible_characters(told: str) -> None:
    shown = legible(told)
    assert len(shown) <= 300
    assert shown.isprintable()
    assert shown == shown.strip()


def test_characters_that_steer_a_terminal_or_turn_text_around_are_dropped() -> None:
    assert legible("a\x1b[31mb\u202ec\r\nd\u2028e\x9bf\u200bg") == "a[31mbc d ef g".replace(" g", "g")


def test_a_secret_that_is_cut_by_the_bound_leaves_no_part() -> None:
    shown = legible("x" * 290 + PEM, (PEM,))
    assert "BEGIN" not in shown
