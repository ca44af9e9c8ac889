"""Sends a response over a socket slowly or in part, and ends the connection as a fault demands."""

import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from confsync.emulator.http import Cut, Delivery, Disconnect

POLL_SECONDS: Final = 0.05


def deliver(
    connection: socket.socket, head: bytes, body: bytes, delivery: Delivery, stopping: Callable[[], bool]
) -> bool:
    """Send a response as a delivery says, and return whether the connection is still usable.

    `stopping` says that the server is closing, so that nothing waits any longer.
    """
    sent = _part_until(delivery.cut, head, body)
    if delivery.bytes_per_second:
        _send_slowly(connection, sent, delivery.bytes_per_second, stopping)
    else:
        connection.sendall(sent)
    if delivery.afterwards:
        delivery.afterwards()
    if delivery.cut is None:
        return True
    _end(connection, delivery, stopping)
    return False


def _part_until(cut: Cut | None, head: bytes, body: bytes) -> bytes:
    match cut:
        case Cut.BEFORE_HEADERS:
            return b""
        case Cut.MID_HEADERS:
            return head[: len(head) // 2]
        case Cut.MID_BODY:
            return head + body[: len(body) // 2]
        case _:
            return head + body


def _send_slowly(
    connection: socket.socket, content: bytes, bytes_per_second: float, stopping: Callable[[], bool]
) -> None:
    for each in content:
        if stopping() or _wait_for_end(connection, 1 / bytes_per_second, stopping):
            return
        connection.sendall(bytes((each,)))


def _end(connection: socket.socket, delivery: Delivery, stopping: Callable[[], bool]) -> None:
    match delivery.disconnect:
        case Disconnect.HANG:
            _wait_for_end(connection, delivery.seconds, stopping)
        case Disconnect.RESET:
            # with a linger time of zero, closing a socket sends RST instead of FIN
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(connection.detach())
        case Disconnect.CLOSE:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _wait_for_end(connection: socket.socket, seconds: float, stopping: Callable[[], bool]) -> bool:
    """Wait until the client disconnects, and return whether it did within the time."""
    end = time.monotonic() + seconds
    while not stopping() and (left := end - time.monotonic()) > 0:
        readable, _, _ = select.select([connection], [], [], min(left, POLL_SECONDS))
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return True
        if readable:
            time.sleep(min(left, POLL_SECONDS))  # the client sent its next request already
    return False
