"""When the declared certificates expire. Twilio never returns a certificate, so the declared one has to do.

Only the validity of a certificate is read, and nothing else of it is kept. The standard library has no public function
for that, and a library for X.509 would be a large dependency for one date.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from msgspec import Struct

from confsync.annotations import Trait
from confsync.config.tree import MissingSecret
from confsync.model import Field, Kind
from confsync.plan.change import Change
from confsync.plan.drift import ExpiringCertificate, UncheckedCertificate
from confsync.plan.plan import Plan
from confsync.secret import Secret

SOON = timedelta(days=30)
"""A certificate that expires within this time is reported."""


class CheckedCertificates(Struct, frozen=True):
    """The declared certificates that expire soon, and those whose expiry date is not known."""

    expiring: tuple[ExpiringCertificate, ...]
    unchecked: tuple[UncheckedCertificate, ...]


def check_certificates(plan: Plan, at: datetime) -> CheckedCertificates:
    """Find the declared certificates that expire within 30 days of a time, those that expired first."""
    found = tuple(each for change in plan.changes if not change.deletes for each in _check(change, at))
    expiring = (each for each in found if isinstance(each, ExpiringCertificate))
    return CheckedCertificates(
        expiring=tuple(sorted(expiring, key=lambda each: (each.expires_at, each.desired.address))),
        unchecked=tuple(each for each in found if isinstance(each, UncheckedCertificate)),
    )


def _check(change: Change, at: datetime) -> Iterator[ExpiringCertificate | UncheckedCertificate]:
    """Yield the certificates of one resource, except for those that are valid for longer."""
    desired = change.desired
    for field in _certificate_fields(desired.kind):
        value = desired.fields.get(field.name)
        if isinstance(value, MissingSecret):
            yield UncheckedCertificate(desired.address, field.name, f"{value.name} is not available here")
        elif isinstance(value, Secret):
            expires_at = expiry_of(value)
            if expires_at is None:
                yield UncheckedCertificate(desired.address, field.name, "its value is not a certificate in PEM")
            elif expires_at - at <= SOON:
                yield ExpiringCertificate(desired, field.name, change.sid, expires_at, (expires_at - at).days)


@cache
def _certificate_fields(kind: Kind) -> tuple[Field, ...]:
    return tuple(each for each in kind.fields if Trait.CERTIFICATE in each.traits)


_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", re.ASCII)


def expiry_of(certificate: Secret) -> datetime | None:
    """Return the time after which a certificate is not valid; None if the text contains no certificate in PEM.

    Of several certificates, the first one counts: the others are those of its issuers.
    """
    found = _PEM.search(certificate.reveal())
    if found is None:
        return None
    try:
        return _not_after(b64decode("".join(found[1].split()), validate=True))
    except (ValueError, OverflowError):
        return None


_INTEGER, _UTC_TIME, _GENERALIZED_TIME, _SEQUENCE, _VERSION = 0x02, 0x17, 0x18, 0x30, 0xA0


def _not_after(der: bytes) -> datetime:
    """Read the end of the validity (RFC 5280, section 4.1). Raises ValueError."""
    certificate = _Der(der)
    signed = _Der(_Der(certificate.read(_SEQUENCE)).read(_SEQUENCE))
    certificate.require_end()
    if signed.next_tag == _VERSION:
        signed.read(_VERSION)
    for tag in (_INTEGER, _SEQUENCE, _SEQUENCE):  # the serial number, the algorithm and the issuer
        signed.read(tag)
    validity = _Der(signed.read(_SEQUENCE))
    _read_time(validity)
    not_after = _read_time(validity)
    validity.require_end()
    return not_after


def _read_time(validity: "_Der") -> datetime:
    """Read a time, which always ends with the seconds and `Z`."""
    tag = validity.next_tag
    digits = validity.read(_UTC_TIME if tag == _UTC_TIME else _GENERALIZED_TIME).decode("ascii")
    if tag == _UTC_TIME:
        digits = f"{'19' if digits >= '50' else '20'}{digits}"
    if re.fullmatch(r"[0-9]{14}Z", digits, re.ASCII) is None:
        raise ValueError("not a time")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


class _Der:
    """Reads values in DER, one after the other. Raises ValueError for anything else."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._offset = 0

    @property
    def next_tag(self) -> int:
        """The tag of the next value."""
        return self._take(0, 1)[0]

    def read(self, tag: int) -> bytes:
        """Read the content of the next value, which must have this tag."""
        if self.next_tag != tag:
            raise ValueError("another tag")
        length, size = self._take(1, 1)[0], 0
        if length >= _LONG_FORM:
            size = length - _LONG_FORM
            digits = self._take(2, size)
            length = int.from_bytes(digits, "big")
            if not size or not digits[0] or length < _LONG_FORM:
                raise ValueError("not the shortest form of a length")
        content = self._take(2 + size, length)
        self._offset += 2 + size + length
        return content

    def require_end(self) -> None:
        """Raise if anything follows."""
        if self._offset != len(self._content):
            raise ValueError("something follows")

    def _take(self, skipped: int, size: int) -> bytes:
        start = self._offset + skipped
        if start + size > len(self._content):
            raise ValueError("too short")
        return self._content[start : start + size]


_LONG_FORM = 0x80
