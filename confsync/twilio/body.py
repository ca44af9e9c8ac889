"""Reads the body of a response without trusting it."""

import json
import re
import zlib
from collections.abc import AsyncIterable
from typing import Any, TypeAlias

from confsync.strict_json import StrictJsonError, parse_strict_json

Json: TypeAlias = dict[str, Any]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class BadBody(Exception):
    """A body that breaks the API's contract; the message continues "the body", and quotes nothing from it."""


async def read_body(chunks: AsyncIterable[bytes], encoding: str, limit: int = MAX_BYTES) -> bytes:
    """Read and decompress a body, up to `limit` bytes, compressed as well as decompressed.

    Raises:
        BadBody: it is too long, has an encoding that was not requested, or is badly compressed.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return await _read_plain(chunks, limit)
        case "gzip" | "deflate":
            return await _read_compressed(chunks, limit)
        case _:
            raise BadBody("has an encoding that was not requested")


async def _read_plain(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        _check_size(size, limit)
    return b"".join(parts)


async def _read_compressed(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    decompressor = zlib.decompressobj(GZIP_OR_ZLIB)
    parts: list[bytes] = []
    size = received = 0
    async for chunk in chunks:
        received += len(chunk)
        _check_size(received, limit)
        if decompressor.eof:
            continue  # the decompressor would collect what follows
        try:
            part = decompressor.decompress(chunk, limit + 1 - size)
        except zlib.error:
            raise BadBody("is badly compressed") from None
        parts.append(part)
        size += len(part)
        _check_size(size, limit)
    if parts and not decompressor.eof:
        raise BadBody("is badly compressed")
    return b"".join(parts)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BadBody(f"is longer than {limit // 1024 // 1024} MiB")


def parse_body(body: bytes) -> Json:
    """Parse a JSON object strictly: no duplicate keys, NaN or lone surrogates, and at most 32 levels.

    Raises:
        BadBody: it is anything else.
    """
    try:
        found = parse_strict_json(body.decode())
    except UnicodeDecodeError:
        raise BadBody("is not UTF-8") from None
    except StrictJsonError as fault:
        raise BadBody(str(fault)) from None
    if not isinstance(found, dict):
        raise BadBody("is not a JSON object")
    _check_depth(found)
    if ESCAPED_SURROGATE.search(body):
        _check_characters(found)
    return found


def _check_depth(found: Json) -> None:
    level: list[Any] = [found]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise BadBody("is nested too deeply")


def _check_characters(found: Json) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadBody("contains a lone surrogate") from None
