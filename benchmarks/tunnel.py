"""A proxy that opens tunnels to one port of this machine: `tunnel.py SOCKET PORT`.

SOCKET is an inherited listening file descriptor. Whatever host a CONNECT request names, its tunnel ends at PORT.
"""

import asyncio
import socket
import sys
from contextlib import suppress

CHUNK = 65_536


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until one side closes."""
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
    writer.close()


async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Answer one CONNECT request, and relay both ways."""
    await reader.readuntil(b"\r\n\r\n")
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(relay(reader, there_writer), relay(there_reader, writer))


async def serve(listening: socket.socket, port: int) -> None:
    """Serve until the process is terminated."""
    server = await asyncio.start_server(lambda reader, writer: connect(reader, writer, port), sock=listening)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve on the inherited socket."""
    descriptor, port = sys.argv[1:]
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), int(port)))


if __name__ == "__main__":
    main()
