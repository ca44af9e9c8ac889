"""Starts Python as a process of its own in which everything is imported already: a copy of this process.

A new interpreter takes a third of a second to import what a command needs. Use one anyway where imports are tested, or
the memory that a run takes.
"""

import gc
import io
import logging
import os
import runpy
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Process = subprocess.Popen[str]


def start_python(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str] | None = None,
    **streams: Any,  # noqa: ANN401 — as in subprocess
) -> Process:
    """Start what `python ARGUMENTS` starts, which are `-m MODULE …` or `-c SCRIPT …`."""
    variables = dict(os.environ if environ is None else environ)
    changed = (name for name, value in variables.items() if os.environ.get(name) != value)
    needs_new = any(name.startswith("PYTHON") for name in changed)  # an interpreter reads them when it starts
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=variables,
        preexec_fn=None if needs_new else lambda: _become(arguments, variables),  # noqa: PLW1509 — no other thread of this process holds a lock that the copy needs
        restore_signals=False,
        text=True,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


def _become(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run in the copy, whose streams and folder are those of the new process, and end it: nothing is executed."""
    code = 1
    try:
        _forget_parent(environ)
        code = _exit_code_of(arguments)
        for each in (sys.stdout, sys.stderr):
            each.flush()
    finally:
        os._exit(code)


def _forget_parent(environ: Mapping[str, str]) -> None:
    gc.freeze()  # an object of the parent that ended here would close a file that has its number now
    os.closerange(3, 1 << 16)  # this also tells the parent that the process has started
    os.environ.clear()
    os.environ.update(environ)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    logging.root.handlers.clear()
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8")
    sys.stdout = _output(1, "strict")
    sys.stderr = _output(2, "backslashreplace")


def _output(number: int, errors: str) -> io.TextIOWrapper:
    """Return a stream as Python opens it: standard errors, and a terminal, line by line."""
    line_by_line = number == 2 or os.isatty(number)
    file = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(file, "utf-8", errors, line_buffering=line_by_line)


def _exit_code_of(arguments: Sequence[str]) -> int:
    option, what, *sys.argv[1:] = arguments
    try:
        if option == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.argv[0] = option
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 — what `python -c` does
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 — as an interpreter ends
        traceback.print_exc()
        return 1
    return 0
