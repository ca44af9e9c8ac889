"""Connects to a host, directly or through a proxy. Whatever the error, the request was not sent."""

import asyncio
import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from ipaddress import ip_address

import httpx

from confsync.twilio.http_messages import encode_request
from confsync.twilio.http_protocol import HttpProtocol
from confsync.twilio.limits import NEXT_ADDRESS_SECONDS
from confsync.twilio.outcomes import UnreachedProxyError

PORTS = {"http": 80, "https": 443}


async def connect(request: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> HttpProtocol:
    """Connect to the host of a request; through a proxy, if there is one, which opens a tunnel to it.

    Raises `httpx.InvalidURL`, `httpx.ConnectError`, `httpx.ConnectTimeout`, and `httpx.ProxyError` if the proxy
    refuses. If the proxy cannot be reached, an `UnreachedProxyError` is among the causes of the error.
    """
    deadline = asyncio.get_running_loop().time() + request.extensions["timeout"]["connect"]
    if proxy is None:
        with _as_http_errors(request):
            return await _open(request.url, trust, deadline)
    with _as_http_errors(request, proxy.url):
        protocol = await _open(proxy.url, trust, deadline)
    with _as_http_errors(request), _aborted_after_errors(protocol):
        async with asyncio.timeout_at(deadline):
            await _open_tunnel(protocol, request.url, proxy, trust)
    return protocol


@contextmanager
def _as_http_errors(request: httpx.Request, proxy: httpx.URL | None = None) -> Iterator[None]:
    """Raise every error as one of httpx's; with a proxy, as one of the connection to it."""
    try:
        yield
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from _cause(error, proxy)
    except (socket.gaierror, ssl.SSLError, httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise httpx.ConnectError(str(error), request=request) from _cause(error, proxy)
    except OSError as error:
        raise httpx.ConnectError("All connection attempts failed", request=request) from _cause(error, proxy)
    except UnicodeError as error:  # a part of the host's name is empty or too long
        raise httpx.InvalidURL("no host can have this name") from _cause(error, proxy)


def _cause(error: Exception, proxy: httpx.URL | None) -> Exception:
    return UnreachedProxyError(proxy.netloc.decode("ascii"), error) if proxy else error


async def _open(url: httpx.URL, trust: ssl.SSLContext, deadline: float) -> HttpProtocol:
    """Connect to the host of a URL itself."""
    async with asyncio.timeout_at(deadline):
        protocol = await _connect_to(url)
        with _aborted_after_errors(protocol):
            if url.scheme == "https":
                await protocol.start_tls(trust, _host_of(url))
            protocol.check_new()
    return protocol


@contextmanager
def _aborted_after_errors(protocol: HttpProtocol) -> Iterator[None]:
    try:
        yield
    except BaseException:
        protocol.abort()
        raise


async def _connect_to(url: httpx.URL) -> HttpProtocol:
    # A cancelled race of addresses can leave a socket open for a while (asyncio), so a single address does not race.
    delay = None if _is_address(url.host) else NEXT_ADDRESS_SECONDS
    _, protocol = await asyncio.get_running_loop().create_connection(
        HttpProtocol, _host_of(url), _port_of(url), happy_eyeballs_delay=delay
    )
    return protocol


async def _open_tunnel(protocol: HttpProtocol, url: httpx.URL, proxy: httpx.Proxy, trust: ssl.SSLContext) -> None:
    host = _host_of(url)
    target = (f"[{host}]:{_port_of(url)}" if ":" in host else f"{host}:{_port_of(url)}").encode("ascii")
    headers = [(b"Host", target)]
    if proxy.raw_auth:
        headers.append((b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(proxy.raw_auth))))
    head = await protocol.send(encode_request("CONNECT", target, headers))
    if not HTTPStatus.OK <= head.status < HTTPStatus.MULTIPLE_CHOICES:
        raise httpx.ProxyError(f"the proxy answered with status {head.status}")
    await protocol.start_tls(trust, host)
    protocol.check_new()


def _host_of(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port_of(url: httpx.URL) -> int:
    return url.port or PORTS[url.scheme]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
