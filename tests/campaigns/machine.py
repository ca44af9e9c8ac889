"""A machine that runs confsync, and that can die at any point: a folder, an account on an emulator, and processes."""

# Each run is the real command line in a forked process, which is killed with SIGKILL. What it had in memory is lost,
# the kernel releases its locks, and the folder and the account stay as they are. The account is a SQLite file, which
# survives that, too.

import asyncio
import gc
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic

import httpx

from confsync.account import connection as connections
from confsync.account.connection import EMULATOR_ORIGIN, Connection
from confsync.cli.main import main
from confsync.config.config import Config
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.http import RequestHandler
from confsync.emulator.server import running
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import read_any_ledger
from confsync.state.ledger_name import ledger_name
from confsync.twilio.clock import Clock
from confsync.twilio.credentials import Credentials
from tests.campaigns.transports import Transport, Wrapper, real_transport

ENVIRON = {"CONFSYNC_FINGERPRINT_KEY": "a key that makes fingerprints fast"}
BUG = 99
"""The exit code of a process in which the campaign itself failed."""

ServedBy = Callable[[Emulator], RequestHandler]
"""What a server puts around an emulator."""


def unchanged(transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    """Do not wrap a transport."""
    return transport


def with_faults(emulator: Emulator) -> RequestHandler:
    """Let the clients of an emulator inject faults."""
    return FaultLayer(emulator, control=True)


def do_nothing() -> None:
    """Prepare nothing."""


class SkippingClock:
    """The clock of this machine, except that waiting takes no time and moves it ahead."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return monotonic() + self._skipped

    async def sleep(self, seconds: float) -> None:
        """Move the clock ahead."""
        self._skipped += seconds
        await asyncio.sleep(0)


@dataclass
class Machine:
    """A folder with a configuration, and the file of an account; both may be copied.

    Over a real transport, each run has a server of its own in another process, which ends after it.
    """

    folder: Path
    database: Path
    environ: Mapping[str, str]
    transport: Transport = Transport.EMULATOR

    @property
    def ledger_path(self) -> Path:
        """Where the ledger is."""
        return self.folder / ledger_name(None)

    @property
    def ledger(self) -> Ledger | None:
        """The ledger, without the journal."""
        return read_any_ledger(self.ledger_path)

    @property
    def output(self) -> Path:
        """Where the processes write their output; it is outside the folder."""
        return self.folder.with_suffix(".log")

    def copy(self, to: Path) -> "Machine":
        """Copy the folder and the account."""
        shutil.copy(self.database, to / "account.db")
        return self.clone(to / "work", to / "account.db")

    def clone(self, folder: Path, database: Path) -> "Machine":
        """Copy the folder, for another account or the same one."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Machine(folder, database, self.environ, self.transport)

    @property
    def said(self) -> str:
        """What the processes wrote."""
        return self.output.read_text("utf-8") if self.output.exists() else ""

    @property
    def ended_file(self) -> Path:
        """Where a server notes when the run ended, in seconds of the monotonic clock."""
        return self.folder.with_suffix(".ended")

    def start(
        self,
        *arguments: str,
        wrap: Wrapper = unchanged,
        prepare: Callable[[], object] = do_nothing,
        served_by: ServedBy = with_faults,
    ) -> int:
        """Run a command line in a new process, and return the PID of a process that ends like it.

        `wrap` may wrap the transport, `served_by` wraps the emulator, and `prepare` is called in the process first.
        """
        run = Run(arguments, wrap, prepare, served_by)
        in_process = self._run_served if self.transport.is_real else self._run_in_process
        return start_process(lambda: in_process(run), self.output)

    def run(
        self,
        *arguments: str,
        wrap: Wrapper = unchanged,
        prepare: Callable[[], object] = do_nothing,
        served_by: ServedBy = with_faults,
    ) -> int:
        """Run a command line in a new process, and return its exit code, or minus the signal that killed it."""
        return exit_code_of(self.start(*arguments, wrap=wrap, prepare=prepare, served_by=served_by))

    def lose_state(self) -> None:
        """Lose the ledger and the journal."""
        self.ledger_path.unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".confsync", ignore_errors=True)

    def files(self) -> set[str]:
        """Name every file in the folder."""
        return {str(each.relative_to(self.folder)) for each in self.folder.rglob("*") if each.is_file()}

    def plan_in_this_process(self) -> None:
        """Plan in this process, so that the processes that it starts find everything imported and built."""
        environ = dict(os.environ)
        with chdir(self.folder), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            self._run_in_process(Run(("plan",)))
        os.environ.clear()
        os.environ.update(environ)
        gc.freeze()

    def _run_in_process(self, run: "Run") -> int:
        with Emulator(db=self.database) as emulator:
            return self._run(run, run.wrap(EmulatorTransport(run.served_by(emulator))))

    def _run_served(self, run: "Run") -> int:
        """Serve the account while another process runs the command line, and end like that process."""
        reading, writing = os.pipe()
        pid = start_process(lambda: self._run_over_sockets(run, reading, writing), self.output)
        os.close(reading)
        with Emulator(db=self.database) as emulator, running(run.served_by(emulator)) as url:
            os.write(writing, url.encode())
            os.close(writing)
            code = exit_code_of(pid)
            self.ended_file.write_text(str(monotonic()), "utf-8")
        if code < 0:
            kill_this_process(-code)
        return code

    def _run_over_sockets(self, run: "Run", reading: int, writing: int) -> int:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            url = pipe.read().decode()
        with real_transport(url, run.wrap):
            return self._run(run, None)

    def _run(self, run: "Run", transport: httpx.AsyncBaseTransport | None) -> int:
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update({"PATH": "/usr/bin:/bin", **ENVIRON, **self.environ})
        connections.twilio_connection = lambda config, environ: self._connection(config, environ, transport)
        run.prepare()
        return main(list(run.arguments))

    def _connection(
        self, config: Config, environ: Mapping[str, str], transport: httpx.AsyncBaseTransport | None
    ) -> Connection:
        del environ
        ledger = config.folder / ledger_name(config.environment.name)
        credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN))
        clock: Clock = SkippingClock()
        return Connection(
            origin=EMULATOR_ORIGIN, credentials=credentials, ledger=ledger, transport=transport, clock=clock
        )


@dataclass(frozen=True)
class Run:
    """A command line, and what is put around its transport and around the emulator."""

    arguments: tuple[str, ...]
    wrap: Wrapper = unchanged
    prepare: Callable[[], object] = do_nothing
    served_by: ServedBy = with_faults


def start_process(function: Callable[[], int], output: Path) -> int:
    """Run a function in a forked process that exits with its result; return the PID."""
    pid = os.fork()
    if pid:
        return pid
    code = BUG
    try:
        _redirect(output)
        code = function()
    except BaseException:  # noqa: BLE001 — nothing may return into the code of the parent
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def exit_code_of(pid: int) -> int:
    """Wait for a process, and return its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_this_process(number: int = signal.SIGKILL) -> None:
    """Die as by `kill -9`, or of another signal."""
    os.kill(os.getpid(), number)
    signal.pause()


def _redirect(output: Path) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for each in (1, 2):
        os.dup2(log, each)
