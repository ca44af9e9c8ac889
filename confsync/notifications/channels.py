"""The channels that a notification can be sent to, each with a URL that is a secret."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from confsync.errors import UsageError
from confsync.secret import Secret

WEBHOOK = "webhook"
SLACK = "slack"
WEBHOOK_KEY = "CONFSYNC_WEBHOOK_KEY"

URL_VARIABLES = {WEBHOOK: "CONFSYNC_WEBHOOK_URL", SLACK: "CONFSYNC_SLACK_URL"}


class Channel(Struct, frozen=True):
    """A channel. The `key` signs what is sent to a webhook."""

    name: str
    url: Secret
    key: Secret | None = None


def channels_of(names: Iterable[str], environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Find the URL of each channel in the environment variables. Raises UsageError; no message contains a URL."""
    return tuple(_channels(dict.fromkeys(names), environ))


def _channels(names: Iterable[str], environ: Mapping[str, str]) -> Iterator[Channel]:
    for name in names:
        variable = URL_VARIABLES[name]
        url = environ.get(variable, "")
        if not url:
            raise UsageError(
                f"--notify {name} needs a URL, and {variable} is not set.",
                hint=f"Set {variable} to the URL, as a secret of the job.",
            )
        if problem := problem_of_url(url):
            raise UsageError(f"{variable} {problem}.", hint=f"Correct {variable}.")
        yield Channel(name, Secret(url), _key(environ) if name == WEBHOOK else None)


def _key(environ: Mapping[str, str]) -> Secret | None:
    key = environ.get(WEBHOOK_KEY, "")
    if key and not (key.isprintable() and key.isascii()):
        raise UsageError(f"{WEBHOOK_KEY} is not text.", hint=f"Set {WEBHOOK_KEY} to a key from `openssl rand -hex 32`.")
    return Secret(key) if key else None


def problem_of_url(text: str) -> str:
    """Say why nothing may be sent to a URL; empty if it may: https, or http on this machine."""
    if not (text.isascii() and text.isprintable() and " " not in text):
        return "is not a URL"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("https", "http") or not host:
        return "is not an https URL"
    if url.username is not None or url.password is not None:
        return "contains a user name or a password, which belong in the path or in a header"
    if url.scheme == "http" and not is_loopback(host):
        return "is not an https URL"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
