"""Who may come in: clients on this machine that know the account's token or one of its keys."""

import re
from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest

from confsync.emulator.http import Request
from confsync.emulator.refusal import NOT_AUTHENTICATED, Refusal

_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def check_host(request: Request) -> None:
    """Refuse a request that was meant for another host, as a web page would send it after DNS rebinding."""
    if not _THIS_MACHINE.fullmatch(request.host):
        raise Refusal(421, 0, "This server answers to 127.0.0.1 and localhost only")


def check_sign_in(request: Request, passwords: Mapping[str, str]) -> None:
    """Refuse whoever does not give, by HTTP Basic, a known name with its password."""
    name, _, password = _basic(request.headers.get("authorization", "")).partition(":")
    expected = passwords.get(name)
    if expected is None or not compare_digest(password.encode(), expected.encode()):
        raise Refusal(401, NOT_AUTHENTICATED, "Authenticate")


def _basic(authorization: str) -> str:
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(coded, validate=True).decode()
    except ValueError:
        return ""
