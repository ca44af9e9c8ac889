"""Serves the emulator over HTTP on a local port."""

import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from types import FrameType
from typing import Any, Final

from confsync.emulator.api_error import ErrorResponse
from confsync.emulator.body import IncompleteBody, read_body
from confsync.emulator.faults.connection import deliver
from confsync.emulator.faults.fault import Fault
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, RequestHandler, json_response
from confsync.errors import LocalFileError

LOOPBACK: Final = "127.0.0.1"
IDLE_TIMEOUT_SECONDS: Final = 300.0
SHUTDOWN_CHECK_SECONDS = 0.05
"""How often a server looks whether it is to stop."""


@contextmanager
def running(emulator: RequestHandler, port: int = 0) -> Iterator[str]:
    """Serve in a thread for the duration of the block, and yield the base URL. Port 0 picks any free port.

    A `FaultLayer` in place of the emulator may end a connection before the body of a request is read.

    Raises LocalFileError if the port is unavailable.
    """
    server = _listen(emulator, port)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": SHUTDOWN_CHECK_SECONDS}, daemon=True
    )
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve(
    emulator: RequestHandler,
    port: int,
    announce: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM. Passes the base URL to `announce` once the server accepts requests.

    Call it from the main thread. Raises LocalFileError if the port is unavailable.
    """
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    previous = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running(emulator, port) as url:
            announce(url)
            stopped.wait()
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


class _Server(ThreadingMixIn, TCPServer):
    """One thread per connection. Closing reads no further requests and waits for the responses in progress."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], emulator: RequestHandler) -> None:
        self.emulator = emulator
        self.faults = emulator if isinstance(emulator, FaultLayer) else None
        self.closing = False
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 — as in the standard library
        """Track the connection, then start its thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 — as in the standard library
        """Stop tracking the connection, then close it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop reading from open connections, so that no thread waits for a client's next request."""
        self.closing = True
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        super().server_close()


class _Connection(BaseHTTPRequestHandler):
    """Reads requests from one connection, and writes each response in one piece."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_TIMEOUT_SECONDS

    def handle(self) -> None:
        """Serve until the client closes or drops the connection."""
        with suppress(ConnectionError):
            super().handle()

    def answer(self) -> None:
        """Answer the request whose head was just read."""
        faults = self.server.faults
        fault = faults.claim(self._request(b"")) if faults else None
        if faults and fault and fault.ends_before_read:
            self.close_connection = True
            self._write(faults.answer(self._request(b""), fault))
            return
        try:
            body = read_body({name.lower(): value for name, value in self.headers.items()}, self.rfile)
        except IncompleteBody:  # an incomplete request has no effect
            self.close_connection = True
        except ErrorResponse as error:
            self.close_connection = True
            self._write(error.as_response())
        else:
            self._write(self._response_to(self._request(body), fault))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = answer  # noqa: N815 — the standard library's names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 — the name is the standard library's
        """Print nothing. The emulator keeps its own log."""

    def _response_to(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        try:
            faults = self.server.faults
            return faults.answer(request, fault) if faults else self.server.emulator.handle(request)
        except Exception:  # noqa: BLE001 — report the emulator's own failure to client and operator, and keep serving
            self.server.handle_error(self.connection, self.client_address)
            return json_response(500, {"message": "An error occurred", "status": 500})

    def _request(self, body: bytes) -> EmulatorRequest:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return EmulatorRequest(self.command, path, query, headers, body, host=headers.get("host", ""))

    def _write(self, response: EmulatorResponse) -> None:
        length = {} if response.status == HTTPStatus.NO_CONTENT else {"Content-Length": str(len(response.body))}
        fields = {**response.headers, **length} | ({"Connection": "close"} if self.close_connection else {})
        head = f"HTTP/1.1 {response.status} {_reason(response.status)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        body = b"" if self.command == "HEAD" else response.body
        usable = deliver(self.connection, head.encode("latin-1"), body, response.delivery, lambda: self.server.closing)
        self.close_connection = self.close_connection or not usable


def _listen(emulator: RequestHandler, port: int) -> _Server:
    try:
        return _Server((LOOPBACK, port), emulator)
    except (OSError, OverflowError) as error:
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise LocalFileError(
            f"The emulator cannot listen on {LOOPBACK}:{port}: {'the port is in use' if in_use else error}.",
            hint="Choose another port with --port, or any free one with --port 0.",
        ) from error


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
