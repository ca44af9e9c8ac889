"""Follow a page of the documentation: `python scripts/docs/walkthrough.py PAGE --programs DIR [--update]`.

The page is a session in a shell that starts in an empty folder. Its blocks are steps:

* `sh`: commands, which have to succeed. The comment `# exits with code N` expects a different exit code.
  A block that contains only `confsync emulator …` starts a server, which runs until the end.
* `text`, if it is the next block after `sh`: what those commands print. That is stdout, or stderr after an exit code
  of 3 or more. A line `…` stands for any lines. SIDs, dates, times, and durations of less than a second may differ.
* any block after a comment `<!-- file NAME -->`: a file that the reader writes.
* a comment that begins with `<!-- run`: commands that the reader does not see, such as those that break something.

DIR contains the programs that are tested, such as `confsync`. With `--update`, blocks of output without a line `…` are
replaced by what the commands print now. This file needs only the standard library, so it can test an installed wheel.
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

PORT = "4010"
"""The port of the emulator on every page; a free one replaces it."""

ANY_LINES = "…"
_BLOCK = re.compile(
    r"(?:<!-- file (?P<file>\S+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$"
    r"|^<!-- run\n(?P<hidden>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)")
_EXIT_CODE = re.compile(r"# exits with code (\d+)")
_VARYING = (
    (re.compile(r"\b((?!AC)[A-Z]{2})(?:[0-9a-f]{32}|…)"), r"\1…"),
    (re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?(?:Z| UTC)?"), "DATE"),
    (re.compile(r"\b0\.\d s\b"), "0.… s"),
)
_SLOWEST = 120
_FAILED = 3
_KEEPING_STATE = """\
. {state}/variables
set -a
{{ {command}
}}
code=$?
export -p >{state}/variables
pwd >{state}/folder
exit $code
"""


class Step(NamedTuple):
    """A command of a page: its line, what it printed, and how it ended."""

    line: int
    command: str
    output: str
    code: int
    expected_code: int


class Shown(NamedTuple):
    """A block of output on a page, with the steps before it."""

    start: int
    end: int
    text: str
    steps: tuple[Step, ...]

    @property
    def output(self) -> str:
        """What the commands printed."""
        return "".join(step.output for step in self.steps)


class Session:
    """A shell that keeps its folder and its variables from one command to the next."""

    def __init__(self, folder: Path, programs: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (self._state / "variables").write_text("", "utf-8")
        (self._state / "folder").write_text(f"{folder}\n", "utf-8")
        self._environ = {
            "PATH": f"{programs.resolve()}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
        }
        self._port = _free_port()

    def run(self, command: str, line: int) -> Step:
        """Run one command, and return what it printed."""
        script = _KEEPING_STATE.format(state=self._state, command=command)
        done = subprocess.run(  # noqa: S603 — commands of our own documentation
            ["/bin/sh", "-c", self._for_this_run(script)],
            cwd=(self._state / "folder").read_text("utf-8").rstrip("\n"),
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SLOWEST,
            check=False,
        )
        printed = done.stdout if done.returncode < _FAILED else done.stderr
        expected = _EXIT_CODE.search(command)
        return Step(line, command, self._for_the_page(printed), done.returncode, int(expected[1]) if expected else 0)

    def serve(self, command: str) -> None:
        """Start an emulator that runs until the end of the session, and wait until it accepts requests."""
        arguments = self._for_this_run(command.partition("#")[0]).split()
        server = self._stack.enter_context(
            subprocess.Popen(arguments, cwd=self._folder, env=self._environ, stdout=subprocess.PIPE, text=True)  # noqa: S603 — as above
        )
        self._stack.callback(server.terminate)
        if not server.stdout or not server.stdout.readline().startswith("http://"):
            raise SystemExit(f"`{command}` did not start")

    def write(self, name: str, text: str) -> None:
        """Write a file into the current folder."""
        path = Path((self._state / "folder").read_text("utf-8").rstrip("\n")) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def _for_this_run(self, text: str) -> str:
        return re.sub(rf"\b{PORT}\b", self._port, text)

    def _for_the_page(self, text: str) -> str:
        return text.replace(str(self._folder), "~").replace(f":{self._port}", f":{PORT}")


def follow(page: str, folder: Path, programs: Path) -> tuple[list[Step], list[Shown]]:
    """Run every command of a page; return them, and every block of output with the commands that it belongs to."""
    steps: list[Step] = []
    shown: list[Shown] = []
    with ExitStack() as stack:
        session = Session(folder.resolve(), programs, stack)
        before: tuple[Step, ...] = ()
        for block in _BLOCK.finditer(page):
            line = page.count("\n", 0, block.start()) + 1
            if block["hidden"]:
                steps += _run(session, block["hidden"], line)
                continue
            if block["file"]:
                session.write(block["file"], block["text"])
            elif block["language"] == "text" and before:
                shown.append(Shown(*block.span("text"), block["text"], before))
            before = tuple(_run(session, block["text"], line)) if block["language"] == "sh" else ()
            steps += before
    return steps, shown


def _run(session: Session, block: str, line: int) -> Iterator[Step]:
    if block.startswith("confsync emulator") and block.count("\n") == 1:
        session.serve(block)
        return
    for command in commands_of(block):
        yield session.run(command, line)


def commands_of(block: str) -> Iterator[str]:
    """Split a block into commands, each with its here-document and its continued lines."""
    command, until = "", None
    for line in block.splitlines():
        command += f"{line}\n" if command or line else ""
        here = _HERE_DOCUMENT.search(line)
        until = here[1] if here else None if line == until else until
        if not until and not line.endswith("\\") and command.strip():
            yield command.rstrip("\n")
            command = ""


def problems(steps: list[Step], shown: list[Shown]) -> Iterator[str]:
    """Say which commands ended or printed otherwise than the page says."""
    for step in steps:
        if step.code != step.expected_code:
            yield f"line {step.line}: exit code {step.code} of {step.command}\n{step.output}"
    for each in shown:
        if not matches(each.text, each.output):
            yield f"line {each.steps[0].line}: the page shows\n{each.text}\nbut the commands print\n{each.output}"


def matches(text: str, output: str) -> bool:
    """Whether a block of output is what was printed; a line `…` stands for any lines."""
    parts = re.split(rf"^{ANY_LINES}\n", _steady(text), flags=re.MULTILINE)
    return bool(re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, parts)), _steady(output)))


def updated(page: str, shown: list[Shown]) -> str:
    """Replace the output that the page shows completely."""
    for each in reversed(shown):
        if not matches(each.text, each.output) and f"{ANY_LINES}\n" not in each.text:
            page = f"{page[: each.start]}{_VARYING[0][0].sub(_VARYING[0][1], each.output)}{page[each.end :]}"
    return page


def _steady(text: str) -> str:
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return text


def _free_port() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return str(listening.getsockname()[1])


def main() -> int:
    """Follow a page, and list its problems."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    page = options.page.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        steps, shown = follow(page, Path(folder), options.programs)
    if options.update:
        options.page.write_text(updated(page, shown), "utf-8")
    found = list(problems(steps, shown))
    sys.stdout.write("".join(f"{options.page}: {each}\n" for each in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
