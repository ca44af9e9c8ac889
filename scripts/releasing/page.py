"""Runs the commands of a page of the documentation, as a reader types them one after another."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

from scripts.releasing.errors import run

_BLOCK = re.compile(r"(<!-- not run -->\n)?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASKS = re.compile(r"^confsync apply(?= -| *$| +#)", re.MULTILINE)
_BEGIN = """set -eu
confsync() {
    printf '\\n$ confsync %s\\n' "$*" >&2
    if [ "$1" = emulator ]; then
        command confsync "$@" >emulator.log &
        trap "kill $!" EXIT
        until [ -s emulator.log ]; do sleep 0.1; kill -0 $! || exit 1; done
        return
    fi
    command confsync "$@" || { code=$?; [ "$1 $code" = 'drift 2' ] || return "$code"; }
}
"""
"""Run an emulator until the end of the page. A `drift` that finds a difference does what the page says."""


def commands_of(page: str) -> str:
    """Return the commands of every shell block, apart from those after the comment `not run`.

    An apply that would ask for consent gets it, and the emulator gets a port that is free.
    """
    blocks = "".join(block for skipped, block in _BLOCK.findall(page) if not skipped)
    port = re.search(r"^confsync emulator --port (\d+)", blocks, re.MULTILINE)
    if port:
        blocks = blocks.replace(port[1], str(_free_port()))
    return _ASKS.sub("confsync apply --auto-approve", blocks)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run_page(page: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Run the commands of a page in one shell, and return what they print. Raises ReleaseError if one fails."""
    return run(["/bin/sh", "-c", _BEGIN + commands_of(page)], folder, variables)
