"""The headers with which a receiver can tell that a notification comes from confsync."""

import hashlib
import hmac
from collections.abc import Mapping

from confsync.secret import Secret

TIMESTAMP = "Confsync-Timestamp"
SIGNATURE = "Confsync-Signature"


def signature_headers(key: Secret, moment: int, body: bytes) -> Mapping[str, str]:
    """Sign the seconds since 1970, a dot and the body with HMAC-SHA256."""
    digest = hmac.new(key.reveal().encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(moment), SIGNATURE: f"sha256={digest}"}
