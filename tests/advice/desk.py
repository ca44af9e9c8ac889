"""A folder, an account and the command line, for scenarios that follow advice."""

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest.mock import patch

import pytest

from confsync.cli.main import main
from confsync.emulator.emulator import Emulator
from confsync.emulator.faults.fault import Fault
from confsync.emulator.faults.layer import FaultLayer
from tests.advice.selection import OTHER_ACCOUNT, PLAIN, Selection, snippets
from tests.cli.run_result import RunResult
from tests.emulator.client import Client

__all__ = ("Desk", "snippets")

CONFIGURATION = "confsync.yaml"


@dataclass
class Desk:
    """What somebody works with who reads an advice and follows it."""

    folder: Path
    emulator: Emulator
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    faults: FaultLayer
    last: RunResult = field(default_factory=lambda: RunResult(0, "", ""))
    selection: Selection = PLAIN
    selected: int = 0

    @property
    def client(self) -> Client:
        """Change the account without confsync."""
        return Client(self.emulator)

    def fail(self, *faults: Fault) -> None:
        """Let the next requests fail; without a fault, let none fail any more."""
        self.faults.inject(faults)

    def set(self, name: str, value: str | None) -> None:
        """Set an environment variable, or unset it."""
        if value is None:
            self.monkeypatch.delenv(name, raising=False)
        else:
            self.monkeypatch.setenv(name, value)

    @property
    def ledger(self) -> Path:
        """The only ledger."""
        (path,) = (self.folder / ".confsync").rglob("confsync.ledger*.json")
        return path

    def write(self, text: str, name: str = CONFIGURATION) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.selection.configuration(dedent(text)), "utf-8")

    def text(self, name: str = CONFIGURATION) -> str:
        """Read a file."""
        return (self.folder / name).read_text("utf-8")

    def edit(self, old: str, new: str, name: str = CONFIGURATION) -> None:
        """Replace a text that occurs once."""
        assert self.text(name).count(old) == 1, (old, self.text(name))
        self.write(self.text(name).replace(old, new), name)

    def add(self, line: str) -> None:
        """Add a line at the top level."""
        self.write(f"{self.text().rstrip()}\n{line}\n")

    @property
    def next(self) -> str:
        """The last line of the last run: what to do next."""
        return [each for each in self.last.err.splitlines() if not each.startswith("EMULATOR")][-1]

    @property
    def selects(self) -> bool:
        """Whether commands have to select an environment; a scenario about environments has its own."""
        path = self.folder / CONFIGURATION
        return bool(self.selection.options) and path.is_file() and OTHER_ACCOUNT in path.read_text("utf-8")

    def run(self, command: str, *more: str, answer: str | None = None) -> RunResult:
        """Run a command line: one that is typed gets the selection, one that was copied begins with `confsync`."""
        arguments = [*shlex.split(command.removeprefix("confsync ")), *more]
        if not command.startswith("confsync ") and self.selects:
            arguments = self.selection.select(arguments)
            self.selected += 1
        self.capsys.readouterr()
        if answer is None:
            code = main(arguments)
        else:
            with (
                patch("confsync.cli.applying.read_answer", lambda: answer),
                patch.object(os, "environ", {**os.environ}),
            ):
                code = main(arguments)
        self.last = RunResult(code, *self.capsys.readouterr())
        assert self.selection.lost(arguments, self.last.out + self.last.err) == []
        return self.last

    def done(self, command: str, *more: str) -> RunResult:
        """Run a command that must succeed."""
        result = self.run(command, *more)
        assert result.code == 0, result.out + result.err
        return result

    def apply(self, text: str | None = None, *more: str) -> RunResult:
        """Apply the configuration, replaced by a text if one is given."""
        if text is not None:
            self.write(text)
        return self.done("apply --auto-approve", *more)

    def failed(self, command: str, *more: str, code: int | None = None) -> str:
        """Run a command that must fail, and return the last line: what to do next."""
        result = self.run(command, *more)
        assert result.code >= 3 or result.code == 1, result.out
        assert code in (None, result.code), result.err
        return result.three_lines[2].removeprefix("Next:").strip()

    def blocked(self, text: str | None = None, *more: str) -> str:
        """Plan something that a guardrail blocks, and return what to do about it."""
        if text is not None:
            self.write(text)
        (guardrail,) = self.plan(*more)["guardrails"]
        refused = self.failed("plan --detailed-exitcode", *more)
        assert str(guardrail["override"]) in refused
        return str(guardrail["override"])

    def plan(self, *more: str) -> dict[str, Any]:
        """Plan, and return the document."""
        return self.run("plan --json", *more).document

    def follow(self, text: str) -> RunResult:
        """Run the only command in a text."""
        (command,) = (each for each in snippets(text) if each.startswith("confsync "))
        return self.run(command)

    def allowed(self, *more: str) -> None:
        """Apply without being blocked, and have nothing left to do."""
        assert self.plan(*more)["applyable"], self.last.out
        self.done("apply --auto-approve", *more)
        document = self.plan()
        assert document["changes"] == [], document["changes"]

    def sid(self, *steps: str) -> str:
        """Find a live resource by the names on its path: `services`, `desk`, `roles`, `agent`."""
        path = ""
        for section, name in zip(steps[::2], steps[1::2], strict=True):
            members = self.client.get(f"{path}/{section.title()}", "PageSize=50").body[section]
            sid = next(
                str(each["sid"]) for each in members if name in (each.get("friendly_name"), each.get("unique_name"))
            )
            path = f"{path}/{section.title()}/{sid}"
        return path.rpartition("/")[2]

    def names(self, path: str, section: str) -> list[str]:
        """List the names of the live resources in a collection."""
        return sorted(each["friendly_name"] for each in self.client.get(path, "PageSize=50").body[section])
