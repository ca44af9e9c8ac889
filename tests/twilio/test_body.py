"""What a body may be, and what not."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.twilio.body import MAX_BYTES, BadBody, parse_body, read_body

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def zipped(text: bytes) -> bytes:
    """Compress without the time of day in it, so that a test has the same name wherever it runs."""
    return gzip.compress(text, mtime=0)


@given(written=st.dictionaries(st.text(), values), escaped=st.booleans())
def test_every_decent_object_is_read_as_it_was_written(written: dict[str, object], *, escaped: bool) -> None:
    assert parse_body(json.dumps(written, ensure_ascii=escaped).encode()) == written


@given(st.binary())
def test_any_other_error_has_one_message(body: bytes) -> None:
    with suppress(BadBody):
        parse_body(body)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b"{", "is not JSON"),
        (b"{} {}", "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
        (b'{"a": 1, "a": 1}', "contains a key twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "contains a key twice"),
        (b'{"a": NaN}', "contains a number that is not finite"),
        (b'{"a": [-Infinity]}', "contains a number that is not finite"),
        (b'{"a": 1e999}', "contains a number that is not finite"),
        (b'{"a": "\\ud800"}', "contains a lone surrogate"),
        (b'{"\\uDfff": 1}', "contains a lone surrogate"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "is nested too deeply"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"a": "\x01"}', "is not JSON"),
    ],
)
def test_a_body_that_cannot_be_trusted_is_refused(body: bytes, how: str) -> None:
    with pytest.raises(BadBody, match=how):
        parse_body(body)


def test_a_whole_pair_of_halves_is_a_character() -> None:
    assert parse_body(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_thirty_two_levels_are_not_too_many() -> None:
    assert parse_body(b'{"a":' * 32 + b"1" + b"}" * 32)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def reading(encoding: str, *parts: bytes) -> bytes:
    return asyncio.run(read_body(chunks(*parts), encoding))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("", b"hello"), ("identity", b"hello"), ("GZIP", zipped(b"hello")), ("deflate", zlib.compress(b"hello"))],
)
def test_a_body_is_unpacked_however_it_is_cut(encoding: str, packed: bytes) -> None:
    assert reading(encoding, packed) == b"hello"
    assert reading(encoding, *(packed[at : at + 1] for at in range(len(packed)))) == b"hello"


@pytest.mark.parametrize(
    ("encoding", "packed", "how"),
    [
        ("br", b"hello", "not requested"),
        ("gzip, gzip", zipped(zipped(b"hello")), "not requested"),
        ("gzip", b"hello", "badly compressed"),
        ("gzip", zipped(b"hello")[:-4], "badly compressed"),
        ("gzip", zipped(b"0" * (MAX_BYTES + 1)), "longer than 8 MiB"),
        ("", b"0" * (MAX_BYTES + 1), "longer than 8 MiB"),
    ],
)
def test_a_body_that_is_badly_packed_or_too_long_is_refused(encoding: str, packed: bytes, how: str) -> None:
    with pytest.raises(BadBody, match=how):
        reading(encoding, packed)


def test_a_body_of_exactly_the_most_is_read() -> None:
    assert len(reading("gzip", zipped(b"0" * MAX_BYTES))) == MAX_BYTES


def test_what_follows_a_compressed_body_is_not_kept() -> None:
    assert reading("gzip", zipped(b"hello"), b"more") == b"hello"
    received = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal received
        yield zipped(b"hello")
        while True:
            received += 64 * 1024
            yield b"0" * 64 * 1024

    tracemalloc.start()
    with pytest.raises(BadBody, match="longer than 8 MiB"):
        asyncio.run(read_body(endless(), "gzip"))
    assert tracemalloc.get_traced_memory()[1] < MAX_BYTES // 4
    tracemalloc.stop()
    assert received <= MAX_BYTES


def test_a_bomb_is_left_before_it_has_grown() -> None:
    async def endless() -> AsyncIterator[bytes]:
        packer = zlib.compressobj()
        while True:
            yield packer.compress(b"0" * 1_000_000)

    with pytest.raises(BadBody, match="longer than 8 MiB"):
        asyncio.run(read_body(endless(), "deflate"))
