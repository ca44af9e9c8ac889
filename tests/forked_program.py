"""Puts a `confsync` on the path of a shell that runs in a copy of this process, as `forked_python` starts it.

Use the installed program where a test sends signals to it.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from tests.forked_python import start_python

INSTALLED = Path(sys.executable).with_name("confsync")
MOST_BYTES = 1 << 16

PROGRAM = """\
#!{python} -IS
import json, os, socket, sys
if sys.argv[1:2] == ["emulator"]:  # it runs until it gets a signal
    os.execv({installed!r}, [{installed!r}, *sys.argv[1:]])
asked = socket.socket(socket.AF_UNIX)
asked.connect({address!r})
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(asked, [request], [0, 1, 2])
sys.exit(int(asked.recv(3)))
"""
"""Asks this process to run a command line with the folder, the variables and the streams of the program."""


@contextmanager
def forked_program() -> Iterator[Path]:
    """Serve a program, and return its folder."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        address, program = f"{folder}/socket", Path(folder, "confsync")
        listening.bind(address)
        listening.listen()
        text = PROGRAM.format(python=sys.executable, installed=str(INSTALLED), address=address)
        program.write_text(text, "utf-8")
        program.chmod(0o700)
        serving = Thread(target=_serve, args=(listening,))
        serving.start()
        try:
            yield Path(folder)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(listening: socket.socket) -> None:
    with suppress(OSError):  # nobody listens any more
        while True:
            connection, _ = listening.accept()
            Thread(target=_run, args=(connection,)).start()


def _run(connection: socket.socket) -> None:
    with connection:
        request, streams, _, _ = socket.recv_fds(connection, MOST_BYTES, 3)
        arguments, folder, environ = json.loads(request)
        named = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True))
        with start_python(["-m", "confsync", *arguments], Path(folder), environ, **named) as started:
            for each in streams:
                os.close(each)
        code = started.returncode
        connection.send(str(code if code >= 0 else 128 - code).encode())
