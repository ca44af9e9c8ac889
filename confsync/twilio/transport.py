"""Creates the transport of all requests, with the environment's certificates and proxy."""

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import httpx

from confsync.errors import UsageError
from confsync.twilio.connection_pool import ConnectionPool
from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.limits import IDLE_SECONDS, MAX_CONNECTIONS
from confsync.twilio.origin import Origin

LARGEST_PORT = 65535


def transport_to(origin: Origin, concurrency: int) -> tuple[httpx.AsyncBaseTransport, int]:
    """Create the transport, and return with it the number of concurrent requests that it supports.

    Uses `SSL_CERT_FILE` of the environment and, for https, `HTTPS_PROXY` and `NO_PROXY`.

    Raises:
        UsageError: one of these variables is invalid.
    """
    trust, proxy = trusted_certificates(origin.base_url), proxy_for(origin.base_url)
    pool = ConnectionPool(lambda: HttpConnection(trust, IDLE_SECONDS, proxy))
    return pool, max(1, min(concurrency, MAX_CONNECTIONS))


def trusted_certificates(url: str) -> ssl.SSLContext:
    """Load the trusted certificates; that is slow, and plain http does not need them. Raises UsageError."""
    if url.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise UsageError(
            f"The trusted certificates cannot be read: {error.strerror or 'not a certificate file'}.",
            hint="Correct or unset SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from None


def proxy_for(url: str) -> httpx.Proxy | None:
    """Return the proxy that the environment variables name for a URL: none for plain http. Raises UsageError."""
    parts = urlsplit(url)
    proxy = getproxies_environment().get("https")
    if parts.scheme != "https" or not proxy or proxy_bypass(parts.netloc):
        return None
    return _parse_proxy(proxy if "://" in proxy else f"http://{proxy}")


def _parse_proxy(proxy: str) -> httpx.Proxy:
    if not proxy.startswith(("http://", "https://")):
        raise UsageError("HTTPS_PROXY names a proxy that is not HTTP.", hint="Set it to an http:// address.")
    try:
        parsed = httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL):
        raise _not_an_address() from None
    if not parsed.url.host or not (parsed.url.port is None or 0 < parsed.url.port <= LARGEST_PORT):
        raise _not_an_address()
    return parsed


def _not_an_address() -> UsageError:
    return UsageError("HTTPS_PROXY is not an address.", hint="Correct or unset HTTPS_PROXY.")
