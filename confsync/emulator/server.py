"""The emulator on a port of this machine, for any client that speaks HTTP."""

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

from confsync.emulator.http import Answers, Request, Response, json_response
from confsync.errors import LocalFileTrouble

LOOPBACK: Final = "127.0.0.1"
LARGEST_BODY: Final = 1024 * 1024
IDLE_SECONDS: Final = 300.0


@contextmanager
def running(emulator: Answers, port: int = 0) -> Iterator[str]:
    """Serve in a thread for as long as the block lasts; give the base URL. Port 0 takes any free one.

    Raises LocalFileTrouble where the port cannot be had.
    """
    server = _listen(emulator, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve(emulator: Answers, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the base URL once requests are answered.

    To be called from the main thread. Raises LocalFileTrouble where the port cannot be had.
    """
    told_to_stop = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told_to_stop.set()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running(emulator, port) as url:
            announce(url)
            told_to_stop.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Server(ThreadingMixIn, TCPServer):
    """One thread per connection; closing reads no further request, and waits for the answers under way."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], emulator: Answers) -> None:
        self.emulator = emulator
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 — as in the standard library
        """Remember the connection, then give it a thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 — as in the standard library
        """Forget the connection, then close it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening to the open connections, so that no thread waits for a client's next request."""
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        super().server_close()


class _Connection(BaseHTTPRequestHandler):
    """Reads requests off one connection, and writes each answer in one piece."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Serve until the client goes away, however it goes."""
        with suppress(ConnectionError):
            super().handle()

    def answer(self) -> None:
        """Answer the request that was just read."""
        length = self._body_length()
        if length is None:
            self.close_connection = True
            self._write(_LENGTH_REFUSED)
            return
        body = self.rfile.read(length)
        if len(body) < length:  # the client went away: what it did not finish saying is not done
            self.close_connection = True
            return
        self._write(self._answered(body))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = answer  # noqa: N815 — the standard library's names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 — the name is the standard library's
        """Say nothing: the emulator has a log of its own."""

    def _body_length(self) -> int | None:
        if "Transfer-Encoding" in self.headers:
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            return None
        return int(length)

    def _answered(self, body: bytes) -> Response:
        try:
            return self.server.emulator.handle(self._request(body))
        except Exception:  # noqa: BLE001 — a fault of the emulator's own is told to both sides, and the server lives on
            self.server.handle_error(self.connection, self.client_address)
            return json_response(500, {"message": "An error occurred", "status": 500})

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, path, query, headers, body, host=headers.get("host", ""))

    def _write(self, response: Response) -> None:
        length = {} if response.status == HTTPStatus.NO_CONTENT else {"Content-Length": str(len(response.body))}
        fields = {**response.headers, **length} | ({"Connection": "close"} if self.close_connection else {})
        head = f"HTTP/1.1 {response.status} {_reason(response.status)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        body = b"" if self.command == "HEAD" else response.body
        self.wfile.write(head.encode("latin-1") + b"\r\n" + body)


_LENGTH_REFUSED: Final = json_response(
    413, {"message": f"Send a body with its Content-Length, of {LARGEST_BODY} bytes at most", "status": 413}
)


def _listen(emulator: Answers, port: int) -> _Server:
    try:
        return _Server((LOOPBACK, port), emulator)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise LocalFileTrouble(
            f"The emulator cannot listen on {LOOPBACK}:{port}: {'the port is taken' if taken else error}.",
            next_step="Choose another with --port, or --port 0 for any free one.",
        ) from error


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
