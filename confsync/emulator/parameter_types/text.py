"""Text: free text, identifiers, secrets, URLs and JSON documents."""

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from confsync.emulator.api_error import INVALID_VALUE, invalid_parameter
from confsync.emulator.parameter_types.base import KEEP, Keep, PlainType, StoredValue

LOCAL_URL: Final = re.compile(r"http://localhost:[0-9]", re.ASCII | re.IGNORECASE)
"""Twilio refuses `http://localhost:3000`, and accepts `https://localhost` at least for an address."""


class String(PlainType, frozen=True):
    """Free text."""

    at_most: int | None = None
    too_long: int = INVALID_VALUE
    when_empty: Literal["clear", "store", "keep"] = "clear"
    cleared_by: str = ""

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue | Keep:
        """Reject text that is too long. `when_empty`: "" clears the value, is stored as it is, or keeps the value."""
        text = sent[0]
        if self.at_most is not None:
            _check_length(name, text, self.at_most, self.too_long)
        if text == "" and self.when_empty == "keep":
            return KEEP
        return None if text == self.cleared_by and self.when_empty != "store" else text


class Identifier(PlainType, frozen=True):
    """Text that can take the place of a SID in a path, and so must not look like one."""

    at_most: int
    too_long: int
    sid_prefix: str
    like_sid: int
    reserved: tuple[str, ...] = ()
    is_reserved: int = INVALID_VALUE

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Store it as it was sent; "" clears it."""
        text = sent[0]
        _check_length(name, text, self.at_most, self.too_long)
        if re.fullmatch(f"{self.sid_prefix}[0-9a-fA-F]{{32}}", text):
            raise invalid_parameter(name, self.like_sid, "it has the form of a SID")
        if text in self.reserved:
            raise invalid_parameter(name, self.is_reserved, "the name is reserved")
        return text or None


class SecretString(Struct, frozen=True):
    """A secret. Only its digest is stored, which shows whether it changed and nothing else."""

    @property
    def is_secret(self) -> bool:
        """Whether values must be neither stored nor logged."""
        return True

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Hash it."""
        del name
        return sha256(sent[0].encode()).hexdigest() if sent[0] else None


class WebUrl(PlainType, frozen=True):
    """An absolute http or https URL."""

    wrong: int
    when_empty: Literal["clear", "reject"] = "clear"
    at_most: int | None = None
    too_long: int = INVALID_VALUE
    local: Literal["accept", "reject"] = "accept"

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Store it as it was sent."""
        url = sent[0]
        if self.at_most is not None:
            _check_length(name, url, self.at_most, self.too_long)
        if url == "" and self.when_empty == "clear":
            return None
        if not _is_web_url(url):
            raise invalid_parameter(name, self.wrong, "not an http or https URL")
        if self.local == "reject" and LOCAL_URL.match(url):
            raise invalid_parameter(name, self.wrong, "a port of localhost cannot be reached")
        return url


class JsonString(PlainType, frozen=True):
    """A JSON document with a maximum size in bytes."""

    at_most: int
    too_long: int = 50303
    malformed: int = 50304
    stored: Literal["as_sent", "reserialised"] = "as_sent"

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Reject what is not JSON or too large."""
        if len(sent[0].encode()) > self.at_most:
            raise invalid_parameter(name, self.too_long, f"longer than {self.at_most} bytes")
        try:
            value = json.loads(sent[0], parse_constant=_reject_constant)
        except (ValueError, RecursionError):
            raise invalid_parameter(name, self.malformed, "not valid JSON") from None
        return sent[0] if self.stored == "as_sent" else json.dumps(value, separators=(",", ":"))


class JsonObjectList(PlainType, frozen=True):
    """A list of JSON objects, each sent as a value of its own. It has no column; its content is stored elsewhere."""

    at_most: int

    def parse(self, name: str, sent: Sequence[str]) -> Keep:
        """Reject too many objects, and values that are not JSON objects."""
        if len(sent) > self.at_most:
            raise invalid_parameter(name, why=f"more than {self.at_most}")
        for each in sent:
            if not _is_json_object(each):
                raise invalid_parameter(name, why="not a JSON object")
        return KEEP


def _check_length(name: str, text: str, at_most: int, code: int) -> None:
    if len(text) > at_most:
        raise invalid_parameter(name, code, f"longer than {at_most} characters")


def _is_json_object(text: str) -> bool:
    try:
        value = json.loads(text, parse_constant=_reject_constant)
        # An escape may be half of a surrogate pair, which cannot be encoded.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def _reject_constant(constant: str) -> None:
    """Reject `NaN` and `Infinity`, which Python accepts and JSON does not."""
    raise ValueError(constant)


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
