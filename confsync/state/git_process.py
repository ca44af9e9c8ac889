"""Runs the `git` program: without a prompt or a credential of Twilio, and with a limit on time and output.

Only a call that is made for a remote may use the network, and gets what git needs to log in there.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Timer
from typing import IO

_TIMEOUT = 20.0
"""Seconds that one call of git may take."""

_MOST_OUTPUT = 64 * 1024 * 1024
"""Bytes that one call may print; a status of 100,000 files has a fifth of that."""

_MOST_ERRORS = 4096


class GitError(Exception):
    """git is missing, does not answer, prints too much, or fails; the text says which.

    `output` is what git printed before it failed.
    """

    def __init__(self, text: str, output: bytes = b"") -> None:
        super().__init__(text)
        self.output = output


def run_git(arguments: tuple[str, ...], stdin: bytes = b"", *, remote: bool = False) -> bytes:
    """Run git and return its output; `remote` permits the network. Raises GitError."""
    program = shutil.which("git")
    if program is None:
        raise GitError("git is not installed here")
    command = (program, *(_REMOTE_SETTINGS if remote else _SAFE_SETTINGS), *arguments)
    try:
        with subprocess.Popen(  # noqa: S603 — no shell, and the arguments are only paths and commits
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_git_environ(remote=remote),
            start_new_session=True,  # without a terminal, ssh cannot ask for a password either
        ) as process:
            output, errors = _communicate(process, stdin)
    except OSError as error:
        raise GitError(f"git does not answer ({type(error).__name__})") from error
    if len(output) > _MOST_OUTPUT:
        raise GitError(f"git printed more than {_MOST_OUTPUT // 1024 // 1024} MiB")
    if process.returncode == -signal.SIGKILL:
        raise GitError(f"git does not answer within {_TIMEOUT:g} seconds")
    if process.returncode:
        raise GitError(_first_line(errors) or f"git exited with {process.returncode}", output)
    return output


def _communicate(process: "subprocess.Popen[bytes]", stdin: bytes) -> tuple[bytes, bytes]:
    """Exchange input and output as `communicate` does, but stop a process that takes too long or prints too much."""
    deadline = Timer(_TIMEOUT, _kill, (process,))
    deadline.start()
    try:
        with ThreadPoolExecutor(max_workers=2) as threads:
            threads.submit(_feed, process.stdin, stdin)
            errors = threads.submit(_read_some, process.stderr, _MOST_ERRORS)
            output = process.stdout.read(_MOST_OUTPUT + 1) if process.stdout else b""
            if len(output) > _MOST_OUTPUT:
                _kill(process)
            process.wait()
            return output, errors.result()
    finally:
        deadline.cancel()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill git and the filters that it runs, which would keep its output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _feed(pipe: IO[bytes] | None, content: bytes) -> None:
    with suppress(OSError):  # git ended before it read everything
        if pipe:
            pipe.write(content)
            pipe.close()


def _read_some(pipe: IO[bytes] | None, limit: int) -> bytes:
    """Read to the end, so that the process goes on, but keep only the first bytes."""
    if pipe is None:
        return b""
    kept = pipe.read(limit)
    while pipe.read(limit):
        pass
    return kept


# a repository can name programs to run, and a partial clone would fetch what it lacks
_SAFE_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never")

# no hook of this clone runs (one may test for minutes), no housekeeping starts, and no window asks for a password
_REMOTE_SETTINGS = tuple(
    part
    for setting in (
        *("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.ext.allow=never"),
        *("gc.auto=0", "maintenance.auto=false", "fetch.writeCommitGraph=false", "fetch.recurseSubmodules=false"),
        *("push.followTags=false", "push.gpgSign=false", "push.recurseSubmodules=no", "credential.interactive=false"),
    )
    for part in ("-c", setting)
)


_INHERITED = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR"),
        *("XDG_CONFIG_HOME", "SUDO_UID"),  # git reads its own settings there, and compares the owner with this
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH"),
    }
)
"""What git receives. No other variable: it might hold a credential, or select another repository as a hook's do."""

_INHERITED_FOR_REMOTES = frozenset(
    {
        *("GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "SSH_AUTH_SOCK"),
        *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY", "SSL_CERT_FILE"),
        *("GIT_CONFIG_COUNT", "GIT_ALLOW_PROTOCOL", "GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME"),
        *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    }
)
"""What git receives besides to reach a remote and log in there, with the settings in GIT_CONFIG_KEY_* and _VALUE_*."""

_OURS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_TRUSTED_FOLDER = "safe.directory"


def _git_environ(*, remote: bool) -> dict[str, str]:
    """Return the environment for git: an explicit list of variables, so that no other credential is among them."""
    names, prefixes = _INHERITED, ("LC_",)  # type: frozenset[str], tuple[str, ...]
    if remote:
        names, prefixes = names | _INHERITED_FOR_REMOTES, (*prefixes, _KEY, _VALUE)
    inherited = {name: value for name, value in os.environ.items() if name in names or name.startswith(prefixes)}
    return {**inherited, **({} if remote else _trusted_folders(os.environ)), **_OURS}


def _trusted_folders(environ: Mapping[str, str]) -> dict[str, str]:
    """Select the folders that a container declares as trusted; CI systems put tokens into other settings."""
    keys = (name for name, value in environ.items() if name.startswith(_KEY) and value.lower() == _TRUSTED_FOLDER)
    folders = [environ.get(_VALUE + key.removeprefix(_KEY), "") for key in keys]
    settings = {"GIT_CONFIG_COUNT": str(len(folders))}
    for number, folder in enumerate(folders):
        settings |= {f"{_KEY}{number}": _TRUSTED_FOLDER, f"{_VALUE}{number}": folder}
    return settings


_KEY, _VALUE = "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"


def _first_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="backslashreplace").splitlines()
    said = next((line for line in lines if line), "")
    return f"git says: {_USER_IN_URL.sub('//', said)}" if said else ""


_USER_IN_URL = re.compile(r"//[^/@\s]+@")
