"""The rule that what reads only reads is watched over in every test: here it is broken on purpose."""

import asyncio
import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from confsync.live import snapshot as snapshots
from confsync.planning import make as planning
from confsync.state import ledger_file
from confsync.state.ledger import Ledger
from confsync.twilio.api import Api
from tests.cli.conftest import Confsync, confsync, folder
from tests.harness import Harness
from tests.read_only_watch.plugin import NAME, ReadOnlyPlugin
from tests.read_only_watch.watch import CALLED, Watch

__all__ = ["confsync", "folder"]

TEXT = "version: 1\nservices: {support: {}}\n"

Spoil = Callable[[Callable[[], None]], None]


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> ReadOnlyPlugin:
    """Give the rule that watches this very test."""
    found = request.config.pluginmanager.get_plugin(NAME)
    assert isinstance(found, ReadOnlyPlugin)
    return found


@pytest.fixture
def watch(rule: ReadOnlyPlugin) -> Watch:
    return rule.watch


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Have every plan do something more while it is made."""

    def with_deed(deed: Callable[[], None]) -> None:
        make = planning.make_plan

        def spoilt(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 — handed on
            deed()
            return make(*arguments, **named)

        monkeypatch.setattr(planning, "make_plan", spoilt)

    return with_deed


def test_a_write_to_twilio_is_told(harness: Harness, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    take = snapshots.take_snapshot

    async def spoilt(api: Api, *rest: Any) -> snapshots.Snapshot:  # noqa: ANN401 — handed on
        await asyncio.create_task(api.create("/v1/Services", (("FriendlyName", "x"),)))
        return await take(api, *rest)

    monkeypatch.setattr(snapshots, "take_snapshot", spoilt)
    harness.plan(TEXT)
    assert watch.with_addresses() == ["`plan` sent POST /v1/Services"]


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
    ("deed", "told"),
    [
        (write_ledger, "`plan` wrote confsync.ledger.json"),
        (append_to_journal, "`plan` wrote dev.journal"),
        (lose_journal, "`plan` took away old.journal"),
        (lock, "`plan` took a lock"),
    ],
)
def test_what_it_must_not_do_here_is_told(
    harness: Harness, watch: Watch, spoil: Spoil, deed: Callable[[], None], told: str
) -> None:
    (harness.folder / "old.journal").touch()
    spoil(deed)
    harness.plan(TEXT)
    assert told in watch.with_addresses()


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_what_is_typed_is_watched_too(confsync: Confsync, watch: Watch, spoil: Spoil, verb: str) -> None:
    spoil(write_ledger)
    confsync(verb, "--emulator")
    assert "`plan` wrote confsync.ledger.json" in watch.with_addresses()


def test_a_verb_that_is_typed_is_watched_before_and_after_it_is_called(
    confsync: Confsync, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = sys.modules["confsync.cli.validate"].read_config

    def spoilt(invocation: Any) -> Any:  # noqa: ANN401 — handed on
        write_ledger()
        return read(invocation)

    monkeypatch.setattr("confsync.cli.validate.read_config", spoilt)
    confsync("validate")
    assert "`validate` wrote confsync.ledger.json" in watch.with_addresses()


def test_a_breach_fails_the_test_it_happens_in(rule: ReadOnlyPlugin, harness: Harness, spoil: Spoil) -> None:
    spoil(lock)
    watched = rule.watched()
    next(watched)
    harness.plan(TEXT)
    with pytest.raises(pytest.fail.Exception, match="What reads did more than read:\n  `plan` took a lock"):
        watched.send(None)


def test_what_applies_may_write_and_what_it_plans_with_may_not(harness: Harness, watch: Watch, spoil: Spoil) -> None:
    harness.apply(TEXT)
    assert harness.ledger
    assert watch.with_addresses() == []
    spoil(lock)
    harness.apply()
    assert watch.with_addresses() == ["`plan` took a lock"]


def test_what_others_do_meanwhile_is_no_breach(harness: Harness, watch: Watch, spoil: Spoil) -> None:
    def meanwhile() -> None:
        harness.client.made("/Services", {"FriendlyName": "theirs"})

    spoil(meanwhile)
    harness.plan(TEXT)
    assert watch.with_addresses() == []


def test_every_verb_that_reads_is_watched() -> None:
    assert all(hasattr(getattr(home, name), "__wrapped__") for _, home, name in CALLED)
