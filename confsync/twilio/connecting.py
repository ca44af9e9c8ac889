"""Connects to a host, directly or through a proxy. Whatever the error, the request was not sent."""

import asyncio
import base64
import socket
import ssl
from http import HTTPStatus
from ipaddress import ip_address

import httpx

from confsync.twilio.http_messages import encode_request
from confsync.twilio.http_protocol import HttpProtocol
from confsync.twilio.policy import NEXT_ADDRESS_SECONDS

PORTS = {"http": 80, "https": 443}


async def connect(request: httpx.Request, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> HttpProtocol:
    """Connect to the host of a request; through a proxy, if there is one, which opens a tunnel to it.

    Raises `httpx.InvalidURL`, `httpx.ConnectError`, `httpx.ConnectTimeout`, and `httpx.ProxyError` if the proxy
    refuses.
    """
    url = request.url
    try:
        async with asyncio.timeout(request.extensions["timeout"]["connect"]):
            return await _connect(url, trust, proxy)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except (socket.gaierror, ssl.SSLError, httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except OSError as error:
        raise httpx.ConnectError("All connection attempts failed", request=request) from error
    except UnicodeError as error:  # a part of the host's name is empty or too long
        raise httpx.InvalidURL("no host can have this name") from error


async def _connect(url: httpx.URL, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> HttpProtocol:
    protocol = await _connect_to(proxy.url if proxy else url)
    try:
        if proxy:
            await _open_tunnel(protocol, url, proxy, trust)
        if proxy or url.scheme == "https":
            await protocol.start_tls(trust, _host_of(url))
        protocol.check_new()
    except BaseException:
        protocol.abort()
        raise
    return protocol


async def _connect_to(url: httpx.URL) -> HttpProtocol:
    # A cancelled race of addresses can leave a socket open for a while (asyncio), so a single address does not race.
    delay = None if _is_address(url.host) else NEXT_ADDRESS_SECONDS
    _, protocol = await asyncio.get_running_loop().create_connection(
        HttpProtocol, _host_of(url), _port_of(url), happy_eyeballs_delay=delay
    )
    return protocol


async def _open_tunnel(protocol: HttpProtocol, url: httpx.URL, proxy: httpx.Proxy, trust: ssl.SSLContext) -> None:
    if proxy.url.scheme == "https":
        await protocol.start_tls(trust, _host_of(proxy.url))
    protocol.check_new()
    host = _host_of(url)
    target = (f"[{host}]:{_port_of(url)}" if ":" in host else f"{host}:{_port_of(url)}").encode("ascii")
    headers = [(b"Host", target)]
    if proxy.raw_auth:
        headers.append((b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(proxy.raw_auth))))
    head = await protocol.send(encode_request("CONNECT", target, headers))
    if not HTTPStatus.OK <= head.status < HTTPStatus.MULTIPLE_CHOICES:
        raise httpx.ProxyError(f"the proxy answered with status {head.status}")


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
