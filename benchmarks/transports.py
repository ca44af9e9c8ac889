"""Compares what the candidates for confsync's transport cost: without TLS, with TLS, and through a proxy.

Each cell is a process that sends the same GET requests with one transport and reads the responses, which arrive after
60 ms. A transport whose library is not installed is not measured: `pip install pyreqwest httpx-aiohttp` adds all. The
CPU time includes opening the connections, but not starting Python. TLS needs the command `openssl`.
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
from measurement import Effort, Figure, missing

from confsync.twilio.connection_pool import ConnectionPool
from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.limits import IDLE_SECONDS, REQUEST_SECONDS
from confsync.twilio.prepared_request import PreparedRequest

HERE = Path(__file__).resolve().parent
LATENCY = 0.060
TARGET = "/v1/Services/IS/Configuration"
BODY = json.dumps({"sid": "IS" + "a" * 32, "links": {f"link_{number}": "x" * 40 for number in range(20)}})
RESPONSE = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
HEADERS = httpx.Headers({"Authorization": "Basic eA==", "Accept": "application/json", "Accept-Encoding": "gzip"})
TIMEOUT = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), REQUEST_SECONDS)}
WAYS = ("plain", "TLS", "TLS, proxy")
TITLES = {
    "httpx": "httpx, its own pool",
    "connections": "httpx, one pool per connection",
    "own": "our connection (confsync)",
    "aiohttp": "httpx-aiohttp",
    "adapter": "pyreqwest, its adapter for httpx",
}
SLOW = "httpx"
"""What takes so much longer that it sends only a tenth of the requests."""

NEEDS = {"aiohttp": "httpx_aiohttp", "adapter": "pyreqwest"}


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure every transport in every way."""
    requests, at_once = (40, 8) if effort.sample else (4_000, 128)
    names = [name for name in TITLES if find_spec(NEEDS.get(name, "httpx"))]
    found: dict[tuple[str, str], list[Mapping[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            with serving(way, Path(folder)) as (url, environ):
                for _ in range(effort.times(3)):
                    for name in names:
                        sent = requests_of(name, requests)
                        found.setdefault((name, way), []).append(start(name, url, environ, sent, at_once))
    for (name, way), runs in found.items():
        yield from figures_of(name, way, runs, requests_of(name, requests), at_once)
    for name in TITLES.keys() - names:
        yield missing(f"transports.{name}", TITLES[name], f"{NEEDS[name]} is not installed")


def requests_of(name: str, requests: int) -> int:
    """Return how many requests one transport sends."""
    return max(requests // 10, 1) if name == SLOW else requests


def figures_of(
    name: str, way: str, runs: Sequence[Mapping[str, float]], requests: int, at_once: int
) -> Iterator[Figure]:
    """Yield the CPU time and the wall time of one transport."""
    note = f"{requests:,} requests, concurrency {at_once}; lower bound {requests / at_once * LATENCY:.2f} s"
    key, what = f"transports.{name}.{way}".replace(", ", "-"), f"{TITLES[name]}, {way}"
    cpu = [each["cpu"] / requests * 1000 for each in runs]
    yield Figure(f"{key}.cpu", f"CPU per request, {what}", "ms", cpu)
    yield Figure(f"{key}.wall", what, "s", [each["wall"] for each in runs], note=note)


def main() -> None:
    """Measure one transport in this process, and print the seconds."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("transport", choices=TITLES)
    asked.add_argument("url")
    asked.add_argument("requests", type=int)
    asked.add_argument("at_once", type=int)
    options = asked.parse_args()
    print(json.dumps(asyncio.run(send_all(options.transport, options.url, options.requests, options.at_once))))


def start(name: str, url: str, environ: Mapping[str, str], requests: int, parallelism: int) -> Mapping[str, float]:
    """Measure one transport in a process of its own."""
    arguments = (name, url, str(requests), str(parallelism))
    command = (sys.executable, str(HERE / "transports.py"), *arguments)
    done = subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True, text=True)
    measured: Mapping[str, float] = json.loads(done.stdout)
    return measured


async def send_all(name: str, url: str, requests: int, parallelism: int) -> Mapping[str, float]:
    """Send the requests, so many at once, and return the seconds of wall time and of CPU time."""
    transport = TRANSPORTS[name](url, parallelism)
    left = requests
    headers = httpx.Headers([("Host", httpx.URL(url).netloc.decode("ascii")), *HEADERS.items()])

    async def send_some() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            request = PreparedRequest("GET", url, TARGET, headers, TIMEOUT)
            response = await transport.handle_async_request(request)
            json.loads(b"".join([chunk async for chunk in response.aiter_raw()]))
            await response.aclose()

    async with transport:
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(send_some() for _ in range(parallelism)))
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def own_pool(_: str, parallelism: int) -> httpx.AsyncBaseTransport:
    """Open httpx's transport with its own pool."""
    limits = httpx.Limits(max_connections=parallelism, max_keepalive_connections=parallelism)
    return httpx.AsyncHTTPTransport(
        verify=httpx.create_ssl_context(), limits=limits, proxy=os.environ.get("HTTPS_PROXY")
    )


def connections(_: str, __: int) -> httpx.AsyncBaseTransport:
    """Open confsync's pool of httpx's connections."""
    trust, proxy = httpx.create_ssl_context(), os.environ.get("HTTPS_PROXY")
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return ConnectionPool(lambda: httpx.AsyncHTTPTransport(verify=trust, limits=limits, proxy=proxy))


def own(_: str, __: int) -> httpx.AsyncBaseTransport:
    """Open confsync's pool of its own connections."""
    trust, proxy = httpx.create_ssl_context(), os.environ.get("HTTPS_PROXY")
    return ConnectionPool(lambda: HttpConnection(trust, IDLE_SECONDS, httpx.Proxy(proxy) if proxy else None))


def aiohttp(_: str, parallelism: int) -> httpx.AsyncBaseTransport:
    """Open httpx's transport over aiohttp."""
    from aiohttp import ClientSession, TCPConnector  # noqa: PLC0415 — only in this process
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415

    trust, proxy = httpx.create_ssl_context(), os.environ.get("HTTPS_PROXY")

    def session() -> ClientSession:
        return ClientSession(connector=TCPConnector(limit=parallelism, ssl=trust), proxy=proxy)

    transport: httpx.AsyncBaseTransport = AiohttpTransport(client=session)
    return transport


def adapter(_: str, __: int) -> httpx.AsyncBaseTransport:
    """Open the adapter that comes with pyreqwest."""
    from pyreqwest.compatibility.httpx import HttpxTransport  # noqa: PLC0415 — only in this process

    transport: httpx.AsyncBaseTransport = HttpxTransport()
    return transport


TRANSPORTS: Mapping[str, Callable[[str, int], httpx.AsyncBaseTransport]] = {
    "httpx": own_pool,
    "connections": connections,
    "own": own,
    "aiohttp": aiohttp,
    "adapter": adapter,
}


@contextmanager
def serving(way: str, folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Start the servers for one way, and yield a URL and the environment variables of a client."""
    tls = certificate(folder) if "TLS" in way else None
    recorded = folder / "responses.json"
    recorded.write_text(json.dumps({TARGET: RESPONSE}), encoding="ascii")
    with listening() as (server, port), listening() as (tunnel, proxy_port):
        command = (sys.executable, str(HERE / "delayed_server.py"), str(server.fileno()), str(recorded), str(LATENCY))
        arguments = (str(folder / "server.pem"),) if tls else ()
        started = [subprocess.Popen((*command, *arguments), pass_fds=[server.fileno()])]
        environ = {"SSL_CERT_FILE": str(tls)} if tls else {}
        host = "localhost" if tls else "127.0.0.1"
        if "proxy" in way:
            relay = (sys.executable, str(HERE / "tunnel.py"), str(tunnel.fileno()), str(port))
            started.append(subprocess.Popen(relay, pass_fds=[tunnel.fileno()]))
            environ["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy_port}"
        try:
            yield f"{'https' if tls else 'http'}://{host}:{port}", environ
        finally:
            for each in started:
                each.terminate()
                each.wait()


@contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    """Listen on a free port."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as server:
        yield server, server.getsockname()[1]


def certificate(folder: Path) -> Path:
    """Make an authority and the certificate of a server, and return the authority's."""
    authority, key, request = folder / "authority.pem", folder / "authority.key", folder / "request.pem"
    server, alternative = folder / "server.pem", folder / "alternative"
    alternative.write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
    fresh = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    signer = ("-CA", str(authority), "-CAkey", str(key), "-CAcreateserial", "-days", "2", "-extfile", str(alternative))
    for command in (
        ("req", "-x509", *fresh, "-keyout", str(key), "-out", str(authority), "-subj", "/CN=Authority"),
        ("req", *fresh, "-keyout", f"{server}.key", "-out", str(request), "-subj", "/CN=localhost"),
        ("x509", "-req", "-in", str(request), *signer, "-out", str(server)),
    ):
        subprocess.run(("openssl", *command), check=True, capture_output=True)
    with server.open("a", encoding="ascii") as file:
        file.write(Path(f"{server}.key").read_text(encoding="ascii"))
    return authority


if __name__ == "__main__":
    main()
