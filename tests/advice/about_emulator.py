"""Advice about the emulator as a server."""

import signal

from confsync.emulator.emulator import Emulator
from confsync.emulator.server import running
from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.forked_python import start_python


def serves(desk: Desk, command: str) -> None:
    """Run the emulator until it says where it is, and stop it."""
    with start_python(["-m", "confsync", *command.split()], desk.folder) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, 143}


@advice("Choose another port with --port, or any free one with --port 0.")
def a_port_in_use(desk: Desk) -> None:
    with Emulator() as emulator, running(emulator) as url:
        desk.failed(f"emulator --port {url.rpartition(':')[2]}", code=11)
        serves(desk, "emulator --port 0")


@advice("Free disk space, name another file with --db, or move this one to start with an empty account.")
def a_database_that_is_none(desk: Desk) -> None:
    desk.write("This is not a database.\n" * 200, "state.db")
    desk.failed("emulator --db state.db", code=11)
    serves(desk, "emulator --db other.db")
    (desk.folder / "state.db").rename(desk.folder / "old.txt")
    serves(desk, "emulator --db state.db")


@advice(
    "docs/emulator-faults.md describes each field.",
    "Correct the path or its permissions.",
    "Use fewer faults, with `times`.",
)
def a_file_of_faults(desk: Desk) -> None:
    desk.failed("emulator --faults faults.json", code=11)
    desk.write("{}", "faults.json")
    desk.failed("emulator --faults faults.json", code=3)
    fault = '{"phase": "before-commit", "effect": {"do": "reset"}}'
    desk.write('{"faults": [' + ", ".join([fault] * 20_000) + "]}", "faults.json")
    desk.failed("emulator --faults faults.json", code=3)
    desk.write('{"faults": [' + fault[:-1] + ', "times": 20000}]}', "faults.json")
    serves(desk, "emulator --faults faults.json")
