"""Every example on the page about the library runs, inside a running event loop and outside one."""

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.terraform.states import Entry, stored

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
CONFIGURATION = f"""
version: 1
environments: {{prod: {{account_sid: {ACCOUNT_SID}}}}}
services:
  support:
    roles:
      agent: {{type: conversation, permissions: [sendMessage]}}
"""
STATE = [Entry("twilio_conversations_webhook", "main", {"account_sid": ACCOUNT_SID, "method": "POST"})]


@pytest.fixture(autouse=True)
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Serve an account over HTTP, with its configuration in the current folder."""
    (tmp_path / "confsync.yaml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "terraform.tfstate").write_bytes(stored(STATE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    with Emulator() as emulator, running(emulator) as url:
        monkeypatch.setenv("CONFSYNC_BASE_URL", url)
        yield emulator


def compiled(example: str) -> CodeType:
    """Compile an example, which may await at the top as in a notebook."""
    code: CodeType = compile(example, str(PAGE), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def in_a_running_loop(example: str) -> None:
    result = eval(compiled(example), {})  # noqa: S307 — an example of ours
    if inspect.isawaitable(result):
        await result


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 11


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_inside_a_running_event_loop(number: int, account: Emulator) -> None:
    asyncio.run(in_a_running_loop(EXAMPLES[number]))
    assert bool(account.log.writes()) is ("apply(" in EXAMPLES[number])


@pytest.mark.parametrize("number", [number for number, text in enumerate(EXAMPLES) if "await" not in text])
def test_an_example_runs_outside_an_event_loop(number: int, account: Emulator) -> None:
    exec(compiled(EXAMPLES[number]), {})  # noqa: S102 — an example of ours
    assert bool(account.log.writes()) is ("apply(" in EXAMPLES[number])
