"""An interactive bash completes names that it would split or expand, and the command receives them unchanged."""

import json
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.cli.bash_completion import BashCompletion
from tests.campaigns import campaign
from tests.forked_program import INSTALLED, forked_program

DEADLINE = 60.0
"""The seconds within which bash must have completed a line and run it."""

STARTUP = """
PS1='ready> '
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
confsync() { printf '%s\\0' "$@" > arguments; exit; }
"""
"""Shows the arguments that the line gives to the command. Completion itself starts the program on the path."""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
ROLES = (
    *("two words", "it's", 'say "hi"', '"buzz" word', "$(touch created)", "a;b", "stop!", "x&y=z"),
    *("on:call", "desk@home", "1@2:3@4", "über"),
)


@pytest.fixture(scope="module")
def script() -> str:
    """Return the script that `confsync completion bash` prints."""
    return subprocess.run(
        [INSTALLED, "completion", "bash"], capture_output=True, text=True, timeout=60, check=True
    ).stdout


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    """Return a folder with a `confsync` that starts quickly."""
    with forked_program() as folder:
        yield folder


@pytest.fixture
def folder(tmp_path: Path, script: str) -> Path:
    """A configuration with names that bash would split or expand."""
    role = {"type": "conversation", "permissions": ["sendMessage"]}
    document = {
        "version": 1,
        "account": {"addresses": {"whatsapp:+15551230000": {"type": "whatsapp"}}},
        "services": {"s": {"roles": dict.fromkeys(ROLES, role)}},
    }
    (tmp_path / "confsync.yaml").write_text(json.dumps(document), "utf-8")
    (tmp_path / "startup").write_text(f"{script}{STARTUP}", "utf-8")
    return tmp_path


def arguments_after(typed: str, folder: Path, programs: Path) -> list[str]:
    """Type a line and Tab into bash, then Return, and return the arguments that the command receives."""
    terminal, child = pty.openpty()
    environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    environ.pop("HISTFILE", None)
    command = ["bash", "--noprofile", "--rcfile", "startup", "-i"]
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=child, stdout=child, stderr=child, start_new_session=True
    ) as bash:
        os.close(child)
        try:
            _read_until("ready> ", terminal)
            os.write(terminal, f"{typed}\t\n".encode())
            _read_until("exit", terminal)
            bash.wait(DEADLINE)
        finally:
            bash.kill()
            os.close(terminal)
    return (folder / "arguments").read_text("utf-8").split("\0")[:-1]


def _read_until(expected: str, terminal: int) -> None:
    shown, until = "", time.monotonic() + DEADLINE
    while expected not in shown:
        readable, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
        assert readable, shown
        shown += os.read(terminal, 4096).decode(errors="replace")


ROLE = "services/s/roles"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (f"{ROLE}/tw", f"{ROLE}/two words"),
        (rf"{ROLE}/two\ w", f"{ROLE}/two words"),
        (f'"{ROLE}/two w', f"{ROLE}/two words"),
        (f"'{ROLE}/tw", f"{ROLE}/two words"),
        (f"{ROLE}/it", f"{ROLE}/it's"),
        (f"{ROLE}/say", f'{ROLE}/say "hi"'),
        (f'"{ROLE}/\\"bu', f'{ROLE}/"buzz" word'),
        (rf"{ROLE}/\$", f"{ROLE}/$(touch created)"),
        (f"'{ROLE}/$", f"{ROLE}/$(touch created)"),
        (f'"{ROLE}/\\$', f"{ROLE}/$(touch created)"),
        (f"{ROLE}/a", f"{ROLE}/a;b"),
        (rf"{ROLE}/a\;", f"{ROLE}/a;b"),
        (f"{ROLE}/on", f"{ROLE}/on:call"),
        (f"{ROLE}/on:", f"{ROLE}/on:call"),
        (f"{ROLE}/on:c", f"{ROLE}/on:call"),
        (f"{ROLE}/desk@h", f"{ROLE}/desk@home"),
        (f"{ROLE}/desk@", f"{ROLE}/desk@home"),
        (f"{ROLE}/1@2:3@", f"{ROLE}/1@2:3@4"),
        (f"{ROLE}/1@2:", f"{ROLE}/1@2:3@4"),
        (f"{ROLE}/x\\&y=", f"{ROLE}/x&y=z"),
        (f"{ROLE}/ü", f"{ROLE}/über"),
        (f"{ROLE}/st", f"{ROLE}/stop!"),
        (f"'{ROLE}/st", f"{ROLE}/stop!"),
        (f"{ROLE}/x", f"{ROLE}/x&y=z"),
        ("account/addresses/whatsapp:+1", "account/addresses/whatsapp:+15551230000"),
    ],
)
def test_bash_completes_a_name_with_special_characters(folder: Path, programs: Path, typed: str, expected: str) -> None:
    assert arguments_after(f"confsync plan --target {typed}", folder, programs) == ["plan", "--target", expected]
    assert not (folder / "created").exists()


def test_bash_completes_the_value_of_an_option_that_is_joined_by_an_equals_sign(folder: Path, programs: Path) -> None:
    assert arguments_after(f"confsync plan --target={ROLE}/two", folder, programs) == [
        "plan",
        f"--target={ROLE}/two words",
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("--fail-on live,dele", "live,deleted"),
        ("--also openm", "openmetrics="),
        ("--also json=confsync.y", "json=confsync.yaml"),
    ],
)
def test_bash_completes_a_part_of_a_value(folder: Path, programs: Path, typed: str, expected: str) -> None:
    assert arguments_after(f"confsync drift {typed}", folder, programs) == ["drift", typed.partition(" ")[0], expected]


@given(
    st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1), st.sampled_from(("", "'", '"'))
)
@campaign(sample=50, at_length=5000)
def test_what_bash_inserts_means_the_name(name: str, quote: str) -> None:
    command = click.Command("tool", params=[click.Argument(["name"], shell_complete=lambda *_: [name])])
    completer = BashCompletion(command, {}, "tool", "_TOOL_COMPLETE")
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("COMP_LINE", f"tool {quote}")
        environ.setenv("COMP_WORDBREAKS", "")
        answer = completer.complete()
    impossible = {"'": "'" in name, '"': "!" in name or name.endswith('"'), "": False}
    assert (answer == "") == impossible[quote]
    if answer:
        assert meant_by_bash(answer.removeprefix("plain,"), quote) == name


def meant_by_bash(inserted: str, quote: str) -> str:
    """Read what is inserted after a quote. shlex does not know every escape of bash between double quotes."""
    if quote == '"':
        return re.sub(r'\\([$`"\\])', r"\1", inserted)
    (word,) = shlex.split(f"{quote}{inserted}{quote}")
    return word
