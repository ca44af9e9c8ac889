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

from tests.forked_python import Process, start_python

INSTALLED = Path(sys.executable).with_name("confsync")
LENGTH_DIGITS = 10

PROGRAM = """\
#!{python} -IS
import json, os, socket, sys
if sys.argv[1:2] == ["emulator"]:  # it runs until it gets a signal
    os.execv({installed!r}, [{installed!r}, *sys.argv[1:]])
asked = socket.socket(socket.AF_UNIX)
asked.connect({address!r})
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(asked, [b"%{digits}d" % len(request)], [0, 1, 2])
asked.sendall(request)
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
        text = PROGRAM.format(python=sys.executable, installed=str(INSTALLED), address=address, digits=LENGTH_DIGITS)
        program.write_text(text, "utf-8")
        program.chmod(0o700)
        running: set[Process] = set()
        serving = Thread(target=_serve, args=(listening, running))
        serving.start()
        try:
            yield Path(folder)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()
            for each in tuple(running):  # its test has failed after a timeout
                each.kill()


def _serve(listening: socket.socket, running: set[Process]) -> None:
    with suppress(OSError):  # nobody listens any more
        while True:
            connection, _ = listening.accept()
            Thread(target=_run, args=(connection, running), daemon=True).start()


def _run(connection: socket.socket, running: set[Process]) -> None:
    with connection, connection.makefile("rb") as reading:
        length, streams, _, _ = socket.recv_fds(connection, LENGTH_DIGITS, 3)
        try:
            arguments, folder, environ = json.loads(reading.read(int(length)))
            named = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True))
            started = start_python(["-m", "confsync", *arguments], Path(folder), environ, **named)
            running.add(started)
        finally:  # otherwise their readers would wait forever
            for each in streams:
                os.close(each)
        code = started.wait()
        running.discard(started)
        with suppress(BrokenPipeError):  # the program that asked was killed
            connection.send(str(code if code >= 0 else 128 - code).encode())
