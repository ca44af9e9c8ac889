"""The only host that requests go to."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from confsync.errors import Refused, UsageError
from confsync.twilio.regions import EDGES, with_edge

BASE_URL = "CONFSYNC_BASE_URL"
ALLOW_HOST = "CONFSYNC_ALLOW_HOST"

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", re.ASCII)
"""No label has the length of a token: one that was put there by mistake would be sent to a DNS server."""

TWILIO_HOST = re.compile(rf"conversations(\.{LABEL.pattern}){{0,2}}\.twilio\.com", re.ASCII)
HOST = re.compile(r"[a-z0-9.-]{1,253}|\[[0-9a-f:.]+\]", re.ASCII)
STANDARD_PORTS = {"https": 443, "http": 80}


class Origin(Struct, frozen=True):
    """A scheme, a host and a port, written as a URL without a path."""

    base_url: str

    @property
    def host(self) -> str:
        """The host as the ledger records it, with the port unless it is the default one."""
        return urlsplit(self.base_url).netloc

    @property
    def redirected(self) -> bool:
        """Whether this is not Twilio itself."""
        return not is_twilio(self.base_url)


def is_twilio(base_url: str) -> bool:
    """Whether a URL is on one of Twilio's own Conversations hosts, over TLS."""
    parts = urlsplit(base_url)
    return parts.scheme == "https" and TWILIO_HOST.fullmatch(parts.netloc) is not None


def origin_of(region: str | None, edge: str | None, environ: Mapping[str, str]) -> Origin:
    """Determine where requests go: CONFSYNC_BASE_URL if set, else Twilio in its region and edge.

    `TWILIO_REGION` and `TWILIO_EDGE` replace a region or an edge that is not given.

    Raises:
        UsageError: the region, the edge or the base URL is invalid.
        Refused: the user has not allowed the host of the base URL.
    """
    override = environ.get(BASE_URL)
    if override:
        return _redirected_to(override, environ.get(ALLOW_HOST, ""))
    return _twilio(_label("region", region, environ), _label("edge", edge, environ))


def _label(what: str, written: str | None, environ: Mapping[str, str]) -> str:
    """Return a region or an edge: the written one, else that of its variable. Never repeat an invalid value."""
    variable = f"TWILIO_{what.upper()}"
    label = written or environ.get(variable, "")
    if label and LABEL.fullmatch(label) is None:
        source = f"The {what} of the environment" if written else variable
        raise UsageError(f"{source} is not a Twilio {what}.", hint=f"Name one, such as '{_EXAMPLES[what]}'.")
    return label


_EXAMPLES = {"region": "ie1", "edge": "dublin"}


def _twilio(region: str, edge: str) -> Origin:
    if edge and not region:
        region = "us1"
    if region and not edge and region not in EDGES:
        raise UsageError("No edge is known for the region.", hint="Set the edge too, for example with TWILIO_EDGE.")
    host = ".".join(filter(None, ("conversations", edge, region, "twilio.com")))
    return Origin(f"https://{with_edge(host)}")


def monitor_of_origin(origin: Origin) -> Origin:
    """Return where Twilio's Monitor is: on a host of its own in the same region, or where requests are redirected."""
    if origin.redirected:
        return origin
    return Origin(f"https://monitor.{origin.host.partition('.')[2]}")


def _redirected_to(url: str, allowed: str) -> Origin:
    parts = _parts_of(url)
    port = f":{parts.port}" if parts.port not in {None, STANDARD_PORTS[parts.scheme]} else ""
    host = parts.netloc.lower().removesuffix(f":{parts.port}")
    origin = Origin(f"{parts.scheme}://{with_edge(host)}{port}")
    if not (_is_loopback(parts.hostname or "") or is_twilio(origin.base_url)):
        _require_permission(parts.scheme, host, origin.host, allowed.lower())
    return origin


def _parts_of(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unusable() from None
    host = parts.netloc.lower().removesuffix(f":{port}")
    if parts.scheme not in STANDARD_PORTS or not HOST.fullmatch(host) or port == 0:
        raise _unusable()
    if parts.path not in {"", "/"} or parts.query or parts.fragment or not (url.isascii() and url.isprintable()):
        raise _unusable()
    return parts


def _unusable() -> UsageError:
    return UsageError(
        f"{BASE_URL} is not the address of a server.",
        hint=f"Set {BASE_URL} to a scheme, a host and a port, for example http://127.0.0.1:8080, or unset it.",
    )


def _is_loopback(hostname: str) -> bool:
    if hostname == "localhost":
        return True
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return False


def _require_permission(scheme: str, host: str, host_and_port: str, allowed: str) -> None:
    if allowed not in {host, host_and_port}:
        raise Refused(
            f"{BASE_URL} would send the credentials to {host_and_port}, which is not Twilio.",
            hint=f"Unset {BASE_URL}, or set {ALLOW_HOST}={host_and_port} if you mean it.",
        )
    if scheme != "https":
        raise Refused(
            f"{BASE_URL} would send the credentials to {host_and_port} unencrypted.",
            hint=f"Use https in {BASE_URL}; plain http is for this machine only.",
        )
