"""What carries the requests: made here and nowhere else, so that a faster one can be put in."""

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import httpx

from confsync.errors import UsageError
from confsync.twilio.connection_pool import ConnectionPool
from confsync.twilio.origin import Origin

MOST_CONNECTIONS = 128
"""More than httpx's own pool can carry: lanes cost the same CPU time per request at 32, 64 and 128 at once."""

IDLE_SECONDS = 5.0


def transport_to(origin: Origin, concurrency: int) -> tuple[httpx.AsyncBaseTransport, int]:
    """Make the transport, and say how many requests at once it is good for.

    The environment's `SSL_CERT_FILE` and, for https, `HTTPS_PROXY` and `NO_PROXY` are honoured.

    Raises:
        UsageError: one of those variables cannot be used.
    """
    trust, proxy = _trust(origin), _proxy(origin)
    single = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_SECONDS)
    lanes = ConnectionPool(lambda: httpx.AsyncHTTPTransport(verify=trust, limits=single, proxy=proxy))
    return lanes, max(1, min(concurrency, MOST_CONNECTIONS))


def _trust(origin: Origin) -> ssl.SSLContext:
    """Give the certificates to trust; reading them takes a while, and plain http has no use for them."""
    if origin.base_url.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as trouble:
        raise UsageError(
            f"The certificates to trust cannot be read: {trouble.strerror or 'not a certificate file'}.",
            hint="Correct or unset SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from None


def _proxy(origin: Origin) -> httpx.Proxy | None:
    parts = urlsplit(origin.base_url)
    proxy = getproxies_environment().get("https")
    if parts.scheme != "https" or not proxy or proxy_bypass(parts.netloc):
        return None
    return _usable(proxy if "://" in proxy else f"http://{proxy}")


def _usable(proxy: str) -> httpx.Proxy:
    if not proxy.startswith(("http://", "https://")):
        raise UsageError("HTTPS_PROXY names a proxy that is not HTTP.", hint="Set it to an http:// address.")
    try:
        return httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL):
        raise UsageError("HTTPS_PROXY is not an address.", hint="Correct or unset HTTPS_PROXY.") from None
