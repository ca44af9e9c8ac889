"""Runs Python for shell scripts without starting it again: a script's `python` asks this process for a copy of itself.

A job runs Python several times, and each new interpreter would take a third of a second to import what confsync needs.
`venv` makes a folder with the same program in it, and `pip` installs nothing: confsync is here already.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.forked_python import start_python

_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
if sys.argv[1:4] == ["-I", "-m", "venv"]:
    os.makedirs(sys.argv[4] + "/bin", exist_ok=True)
    if not os.path.exists(sys.argv[4] + "/bin/python"):
        os.symlink({client!r}, sys.argv[4] + "/bin/python")
    sys.exit()
if sys.argv[1:4] == ["-I", "-m", "pip"]:
    print("pip", *sys.argv[4:])
    sys.exit()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(asked)
    sys.exit(server.recv(1)[0])
"""


@contextmanager
def serving_python() -> Iterator[Path]:
    """Serve copies of this process, and yield the path of a program that takes the arguments of `python`."""
    folder = Path(tempfile.mkdtemp())  # the path of a socket must be short
    client, address = folder / "python", folder / "socket"
    client.write_text(_CLIENT.format(python=sys.executable, client=str(client), address=str(address)), "utf-8")
    client.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        command = ["-m", __name__, str(os.getpid())]
        with start_python(command, Path.cwd(), stdin=listening.fileno(), stdout=None, stderr=None) as server:
            try:
                yield client
            finally:
                server.terminate()
                server.wait()
                shutil.rmtree(folder)


def _serve(listening: socket.socket) -> None:
    while True:
        with listening.accept()[0] as client:
            client.sendall(bytes([_run(client)]))


def _run(client: socket.socket) -> int:
    """Run what a client asks for, on its streams, and return the exit code."""
    length, streams, _, _ = socket.recv_fds(client, 4, 3)
    asked = bytearray()
    while len(asked) < int.from_bytes(length, "big"):
        asked += client.recv(1 << 16)
    arguments, folder, environ = json.loads(asked)
    stdin, stdout, stderr = streams
    options = [each for each in arguments if each != "-P"]
    try:
        with start_python(options, Path(folder), environ, stdin=stdin, stdout=stdout, stderr=stderr) as process:
            return process.wait() % 256
    finally:
        for each in streams:
            os.close(each)


if __name__ == "__main__":
    _serve(socket.socket(fileno=os.dup(0)))
