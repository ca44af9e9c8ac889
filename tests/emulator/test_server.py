"""The emulator as an HTTP server: connections, limits and shutdown."""

import errno
import json
import socket
from http.client import HTTPConnection

import pytest

from confsync.emulator.body import MAX_BODY_BYTES
from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from confsync.emulator.server import running
from confsync.errors import LocalFileError
from tests.emulator.client import FORM, basic


def port_of(url: str) -> int:
    """Return the port in a base URL."""
    return int(url.rpartition(":")[2])


def signed_in(emulator: Emulator) -> dict[str, str]:
    """Return an authorization header."""
    return {"Authorization": basic(emulator.account_sid, "emulatortoken")}


def test_one_connection_serves_many_requests(emulator: Emulator) -> None:
    with running(emulator) as url:
        connection = HTTPConnection("127.0.0.1", port_of(url))
        for _ in range(3):
            connection.request("GET", "/v1/Services", headers=signed_in(emulator))
            response = connection.getresponse()
            assert response.status == 200
            assert response.read()
        assert connection.sock is not None
        connection.close()


def test_closing_the_server_does_not_wait_for_an_idle_client(emulator: Emulator) -> None:
    with running(emulator) as url:
        idle = HTTPConnection("127.0.0.1", port_of(url), timeout=10)
        idle.request("GET", "/v1/Services", headers=signed_in(emulator))
        idle.getresponse().read()
    assert idle.sock is not None
    assert idle.sock.recv(1) == b""
    idle.close()


def test_the_server_listens_only_on_the_loopback_interface(emulator: Emulator) -> None:
    with running(emulator) as url, socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", port_of(url))) == errno.ECONNREFUSED


def test_a_port_in_use_is_an_error_with_a_hint(emulator: Emulator) -> None:
    with (
        running(emulator) as url,
        pytest.raises(LocalFileError, match="the port is in use") as problem,
        running(emulator, port_of(url)),
    ):
        pytest.fail("two servers on one port")
    assert "--port" in problem.value.hint


def test_an_invalid_port_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(LocalFileError), running(emulator, 70_000):
        pytest.fail("no such port")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(MAX_BODY_BYTES + 1)}, 413),
        ({"Content-Length": "many"}, 400),
        ({"Content-Length": "-1"}, 400),
        ({"Transfer-Encoding": "gzip"}, 411),
    ],
)
def test_a_body_without_a_valid_length_is_an_error(emulator: Emulator, headers: dict[str, str], status: int) -> None:
    with running(emulator) as url:
        connection = HTTPConnection("127.0.0.1", port_of(url))
        connection.putrequest("POST", "/v1/Services")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


def exchange(emulator: Emulator, body: bytes) -> bytes:
    """Send a POST request whose body comes in chunks, and return the response."""
    with running(emulator) as url, socket.create_connection(("127.0.0.1", port_of(url))) as client:
        sign_in = f"Host: 127.0.0.1\r\nAuthorization: {signed_in(emulator)['Authorization']}\r\n"
        head = f"POST /v1/Services HTTP/1.1\r\n{sign_in}Content-Type: {FORM}\r\nTransfer-Encoding: Chunked\r\n\r\n"
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def test_a_body_in_chunks_is_read(emulator: Emulator) -> None:
    with running(emulator) as url:
        connection = HTTPConnection("127.0.0.1", port_of(url))
        for name in ("one", "two"):
            headers = {**signed_in(emulator), "Content-Type": FORM}
            connection.request("POST", "/v1/Services", iter([b"Friendly", f"Name={name}".encode()]), headers)
            response = connection.getresponse()
            assert (response.status, json.loads(response.read())["friendly_name"]) == (201, name)
        connection.close()


def test_chunks_may_have_extensions_and_a_trailer(emulator: Emulator) -> None:
    answer = exchange(emulator, b"10;a=b\r\nFriendlyName=one\r\n0\r\nDigest: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"xyz\r\n", b"400", id="no size"),
        pytest.param(b"-1\r\n", b"400", id="a negative size"),
        pytest.param(b"123456789\r\n", b"400", id="a huge size"),
        pytest.param(b"1\r\nab\r\n0\r\n\r\n", b"400", id="more than its size"),
        pytest.param(b"0\r\n" + b"a: b\r\n" * 101, b"400", id="an endless trailer"),
        pytest.param(b"0" * 2_000, b"400", id="an endless line"),
        pytest.param(f"{MAX_BODY_BYTES + 1:x}\r\n".encode(), b"411", id="a large chunk"),
    ],
)
def test_malformed_chunks_are_an_error(emulator: Emulator, body: bytes, status: bytes) -> None:
    assert exchange(emulator, body).partition(b" ")[2][:3] == status
    assert list(emulator.log) == []


@pytest.mark.parametrize("body", [b"", b"5", b"5\r\n", b"5\r\nab", b"5\r\nabcde", b"5\r\nabcde\r\n", b"0\r\n"])
def test_an_incomplete_body_in_chunks_has_no_effect(emulator: Emulator, body: bytes) -> None:
    assert exchange(emulator, body) == b""
    assert list(emulator.log) == []


def test_an_incomplete_request_has_no_effect(emulator: Emulator) -> None:
    with running(emulator) as url, socket.create_connection(("127.0.0.1", port_of(url))) as client:
        sign_in = f"Host: 127.0.0.1\r\nAuthorization: {signed_in(emulator)['Authorization']}\r\n"
        form = f"Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\nFriendlyName=half"
        client.sendall(f"POST /v1/Services HTTP/1.1\r\n{sign_in}{form}".encode())
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert list(emulator.log) == []


def test_an_internal_failure_is_a_500_and_the_server_keeps_running(capfd: pytest.CaptureFixture[str]) -> None:
    class Faulty:
        def handle(self, request: EmulatorRequest) -> EmulatorResponse:
            raise ZeroDivisionError(request.path)

    with running(Faulty()) as url:
        for _ in range(2):
            connection = HTTPConnection("127.0.0.1", port_of(url))
            connection.request("GET", "/v1/Services")
            response = connection.getresponse()
            assert (response.status, response.read()) == (500, b'{"message": "An error occurred", "status": 500}')
            connection.close()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_head_request_gets_no_body(emulator: Emulator) -> None:
    with running(emulator) as url:
        connection = HTTPConnection("127.0.0.1", port_of(url))
        connection.request("HEAD", "/v1/Services", headers=signed_in(emulator))
        response = connection.getresponse()
        assert (response.status, response.read()) == (405, b"")
        connection.close()
