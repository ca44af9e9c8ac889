"""Detects whether a secret changed since it was last sent, without storing it.

With a key (`CONFSYNC_FINGERPRINT_KEY`), a fingerprint is an HMAC-SHA256; without one, it is scrypt with a random salt.
Both are truncated to 128 bits. They cover the account, the ledger entry's id, the field and the secret, each prefixed
with its length, so that a fingerprint reveals nothing about the same secret in another place. The line ends of a PEM
are left out, because Git may convert them when it checks a file out.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from msgspec import Struct

from confsync.plan.change import SecretState
from confsync.secret import Secret

_BITS = 128
_SCRYPT = "scrypt"
_SCRYPT_COST = 2**14
"""The parameters are those of RFC 7914 for interactive use: 16 MiB, and about 50 ms on a laptop of 2020."""

_HMAC = "hmac-sha256"
_PEM = "-----BEGIN "


class SecretPlace(Struct, frozen=True):
    """Where a secret is used: the account, the ledger entry's id and the field's name."""

    account_sid: str
    entry_id: str
    field: str


class Fingerprinter(Struct, frozen=True, dict=True):
    """Makes and compares fingerprints of the form `scheme:key id or salt:digest`."""

    key: Secret | None = None
    new_salt: Callable[[], str] = lambda: secrets.token_hex(16)

    def fingerprint(self, secret: Secret, place: SecretPlace) -> str:
        """Make the fingerprint of a secret that was sent."""
        if self.key is not None:
            return f"{_HMAC}:{self._key_id}:{self._hmac(secret, place)}"
        salt = self.new_salt()
        return f"{_SCRYPT}:{salt}:{_scrypt(secret, place, salt)}"

    def compare(self, secret: Secret, place: SecretPlace, known: str | None) -> SecretState:
        """Compare a secret with a fingerprint. The result is unknown without one, or if another key made it."""
        if known is None or not self.recognises(known):
            return SecretState.UNKNOWN
        _, salt, digest = known.split(":", 2)
        now = _scrypt(secret, place, salt) if self.key is None else self._hmac(secret, place)
        return _state(digest, now)

    def recognises(self, known: str) -> bool:
        """Whether a fingerprint was made with the key at hand, or without one if there is none."""
        scheme, key_id, *digest = known.split(":", 2)
        if self.key is None:
            return scheme == _SCRYPT and bool(digest)
        return scheme == _HMAC and key_id == self._key_id and bool(digest)

    @property
    def _key_id(self) -> str:
        if self.key is None:
            return ""
        return hmac.new(self.key.reveal().encode(), b"key id", hashlib.sha256).hexdigest()[:8]

    def _hmac(self, secret: Secret, place: SecretPlace) -> str:
        key = self.key.reveal().encode() if self.key else b""
        return hmac.new(key, _message(secret, place), hashlib.sha256).hexdigest()[: _BITS // 4]


class AbsentFingerprints(Fingerprinter, frozen=True, dict=True):
    """Compares with a ledger whose fingerprints are left out: of no secret does it know whether it changed."""

    def compare(self, secret: Secret, place: SecretPlace, known: str | None) -> SecretState:
        """Return that nothing is recorded to compare with; it is unknown if there never was a fingerprint."""
        del secret, place
        return SecretState.UNKNOWN if known is None else SecretState.NOT_RECORDED

    def recognises(self, known: str) -> bool:
        """Return true, because nobody here could do more with the key."""
        del known
        return True


def _scrypt(secret: Secret, place: SecretPlace, salt: str) -> str:
    digest = hashlib.scrypt(_message(secret, place), salt=salt.encode(), n=_SCRYPT_COST, r=8, p=1, dklen=_BITS // 8)
    return digest.hex()


def _message(secret: Secret, place: SecretPlace) -> bytes:
    parts = (place.account_sid, place.entry_id, place.field, _without_line_ends(secret.reveal()))
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(8, "big") + part for part in encoded)


def _without_line_ends(text: str) -> str:
    """Remove the line ends of a PEM, which carry no meaning; return any other text as it is."""
    return "".join(text.splitlines()) if _PEM in text else text


def _state(known: str, now: str) -> SecretState:
    return SecretState.UNCHANGED if hmac.compare_digest(known.encode(), now.encode()) else SecretState.CHANGED
