"""The read-only watch sees every violation: these tests cause them on purpose."""

import asyncio
import fcntl
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from confsync.live import snapshot as snapshots
from confsync.live.source import TwilioSource
from confsync.planning import make as planning
from confsync.state import ledger_file
from confsync.state.ledger import Ledger
from tests.cli.conftest import Confsync, confsync, folder
from tests.harness import Harness
from tests.read_only_watch.plugin import NAME, ReadOnlyPlugin
from tests.read_only_watch.watch import CALLED, Watch

__all__ = ["confsync", "folder"]

TEXT = "version: 1\nservices: {support: {}}\n"

SideEffect = Callable[[Callable[[], None]], None]


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> ReadOnlyPlugin:
    """Give the plugin that watches this test."""
    found = request.config.pluginmanager.get_plugin(NAME)
    assert isinstance(found, ReadOnlyPlugin)
    return found


@pytest.fixture
def watch(rule: ReadOnlyPlugin) -> Watch:
    return rule.watch


@pytest.fixture
def add_side_effect(monkeypatch: pytest.MonkeyPatch) -> SideEffect:
    """Make every plan do something else as well."""

    def with_action(action: Callable[[], None]) -> None:
        make = planning.make_plan

        def with_side_effect(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 — handed on
            action()
            return make(*arguments, **named)

        monkeypatch.setattr(planning, "make_plan", with_side_effect)

    return with_action


def test_a_write_to_twilio_is_reported(harness: Harness, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    take = snapshots.take_snapshot

    async def with_side_effect(source: TwilioSource, *rest: Any, **named: Any) -> snapshots.Snapshot:  # noqa: ANN401 — handed on
        await asyncio.create_task(source.api.create("/v1/Services", (("FriendlyName", "x"),)))
        return await take(source, *rest, **named)

    monkeypatch.setattr(snapshots, "take_snapshot", with_side_effect)
    harness.plan(TEXT)
    assert watch.take_violations() == ["`plan` sent POST /v1/Services"]


def write_ledger() -> None:
    ledger_file.write_ledger(Path("confsync.ledger.json"), Ledger("AC" + "a" * 32, "127.0.0.1"))


def append_to_journal() -> None:
    with Path("dev.journal").open("a", encoding="utf-8") as file:
        file.write("BEGIN\n")


def lock() -> None:
    Path("x").touch()
    descriptor = os.open("x", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.close(descriptor)


def lose_journal() -> None:
    Path("old.journal").unlink()


@pytest.mark.parametrize(
    ("action", "violation"),
    [
        (write_ledger, "`plan` wrote confsync.ledger.json"),
        (append_to_journal, "`plan` wrote dev.journal"),
        (lose_journal, "`plan` removed old.journal"),
        (lock, "`plan` took a lock"),
    ],
)
def test_a_local_write_is_reported(
    harness: Harness, watch: Watch, add_side_effect: SideEffect, action: Callable[[], None], violation: str
) -> None:
    (harness.folder / "old.journal").touch()
    add_side_effect(action)
    harness.plan(TEXT)
    assert violation in watch.take_violations()


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_the_command_line_is_watched(confsync: Confsync, watch: Watch, add_side_effect: SideEffect, verb: str) -> None:
    add_side_effect(write_ledger)
    confsync(verb, "--emulator")
    assert "`plan` wrote confsync.ledger.json" in watch.take_violations()


def test_all_of_a_command_is_watched(confsync: Confsync, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    read = import_module("confsync.cli.commands.validate").read_config

    def with_side_effect(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 — handed on
        write_ledger()
        return read(*arguments, **named)

    monkeypatch.setattr("confsync.cli.commands.validate.read_config", with_side_effect)
    confsync("validate")
    assert "`validate` wrote confsync.ledger.json" in watch.take_violations()


@pytest.mark.parametrize(
    ("action", "violation"), [(write_ledger, "`rehearse` wrote confsync.ledger.json"), (lock, "`rehearse` took a lock")]
)
def test_a_rehearsal_may_write_only_to_files_of_its_own(
    confsync: Confsync,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    action: Callable[[], None],
    violation: str,
) -> None:
    confsync("plan", "--emulator", "--out", "saved.plan")
    assert confsync("rehearse", "saved.plan", "--emulator").code == 0
    assert watch.take_violations() == []
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_: action())
    confsync("rehearse", "saved.plan", "--emulator")
    assert violation in watch.take_violations()


def test_a_rehearsal_may_not_write_to_the_account(
    confsync: Confsync, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    confsync("plan", "--emulator", "--out", "saved.plan")
    take = snapshots.take_snapshot

    async def with_side_effect(source: TwilioSource, *rest: Any, **named: Any) -> snapshots.Snapshot:  # noqa: ANN401 — handed on
        await asyncio.create_task(source.api.create("/v1/Services", (("FriendlyName", "x"),)))
        return await take(source, *rest, **named)

    monkeypatch.setattr(snapshots, "take_snapshot", with_side_effect)
    confsync("rehearse", "saved.plan", "--emulator")
    assert "`plan` sent POST /v1/Services" in watch.take_violations()


def test_a_violation_fails_the_test_that_causes_it(
    rule: ReadOnlyPlugin, harness: Harness, add_side_effect: SideEffect
) -> None:
    add_side_effect(lock)
    watched = rule.watched()
    next(watched)
    harness.plan(TEXT)
    with pytest.raises(pytest.fail.Exception, match="A read-only command wrote something:\n  `plan` took a lock"):
        watched.send(None)


def test_an_apply_may_write_but_not_while_it_plans(harness: Harness, watch: Watch, add_side_effect: SideEffect) -> None:
    harness.apply(TEXT)
    assert harness.ledger
    assert watch.take_violations() == []
    add_side_effect(lock)
    harness.apply()
    assert watch.take_violations() == ["`plan` took a lock"]


def test_a_change_by_someone_else_is_no_violation(harness: Harness, watch: Watch, add_side_effect: SideEffect) -> None:
    def meanwhile() -> None:
        harness.client.made("/Services", {"FriendlyName": "theirs"})

    add_side_effect(meanwhile)
    harness.plan(TEXT)
    assert watch.take_violations() == []


def test_every_read_only_command_is_watched() -> None:
    assert all(hasattr(getattr(home, name), "__wrapped__") for _, home, name in CALLED)
