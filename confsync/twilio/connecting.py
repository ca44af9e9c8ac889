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
            return await (_connect_through(proxy, url, trust) if proxy else _connect_to(url, trust))
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except (socket.gaierror, ssl.SSLError, httpx.ReadError, httpx.RemoteProtocolError) as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except OSError as error:
        raise httpx.ConnectError("All connection attempts failed", request=request) from error
    except UnicodeError as error:  # a part of the host's name is empty or too long
        raise httpx.InvalidURL("no host can have this name") from error


async def _connect_to(url: httpx.URL, trust: ssl.SSLContext) -> HttpProtocol:
    # A cancelled race of addresses can leave a socket open for a while (asyncio), so a single address does not race.
    delay = None if _is_address(url.host) else NEXT_ADDRESS_SECONDS
    _, protocol = await asyncio.get_running_loop().create_connection(
        HttpProtocol,
        url.raw_host.decode("ascii"),
        _port_of(url),
        ssl=trust if url.scheme == "https" else None,
        happy_eyeballs_delay=delay,
    )
    return protocol


async def _connect_through(proxy: httpx.Proxy, url: httpx.URL, trust: ssl.SSLContext) -> HttpProtocol:
    host = url.raw_host.decode("ascii")
    protocol = await _connect_to(proxy.url, trust)
    try:
        await _open_tunnel(protocol, f"{host}:{_port_of(url)}".encode("ascii"), proxy.raw_auth)
        await protocol.start_tls(trust, host)
    except BaseException:
        protocol.transport.abort()
        raise
    return protocol


async def _open_tunnel(protocol: HttpProtocol, target: bytes, login: tuple[bytes, bytes] | None) -> None:
    headers = [(b"Host", target)]
    if login:
        headers.append((b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(login))))
    head = await protocol.send(encode_request("CONNECT", target, headers))
    if not HTTPStatus.OK <= head.status < HTTPStatus.MULTIPLE_CHOICES:
        raise httpx.ProxyError(f"the proxy answered with status {head.status}")


def _port_of(url: httpx.URL) -> int:
    return url.port or PORTS[url.scheme]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
