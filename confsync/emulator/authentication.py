"""Authentication: local clients that know the account's token or an API key."""

import re
from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest

from confsync.emulator.api_error import NOT_AUTHENTICATED, ErrorResponse
from confsync.emulator.http import EmulatorRequest

_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def check_host_header(request: EmulatorRequest) -> None:
    """Reject a request that names another host, so that a web page cannot reach the emulator by DNS rebinding."""
    if not _LOCAL_HOST.fullmatch(request.host):
        raise ErrorResponse(421, 0, "This server answers to 127.0.0.1 and localhost only")


def check_credentials(request: EmulatorRequest, passwords: Mapping[str, str]) -> str:
    """Require HTTP Basic credentials with a known user name and its password; return that name."""
    name, _, password = _basic_credentials(request.headers.get("authorization", "")).partition(":")
    expected = passwords.get(name)
    if expected is None or not compare_digest(password.encode(), expected.encode()):
        raise ErrorResponse(401, NOT_AUTHENTICATED, "Authenticate")
    return name


def _basic_credentials(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""
