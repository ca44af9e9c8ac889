"""In any two plans, whatever they combine: nothing protected is deleted, and nothing ordinary is blocked.

A test run samples 80 histories; `--hypothesis-profile long` tries 20,000.
"""

import asyncio
import copy
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, given
from msgspec import Struct

from confsync.emulator.emulator import Emulator
from confsync.errors import InvalidConfiguration, UsageError
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent
from confsync.plan.plan import Guardrail
from confsync.state.ledger_name import ledger_name
from tests.acceptance.protection import SERVICES, Live, Model, Said, Statement, statements
from tests.campaigns import campaign
from tests.harness import Harness, plan_lines

OF_PROTECTION = {GuardrailRule.PROTECT, GuardrailRule.UNPROTECT}


class World:
    """An account, a folder with a ledger, and the model of both."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.harness = Harness(folder, emulator)
        self.model = Model()
        self.environment: str | None = "prod"
        self.live: Live = {}

    def read(self) -> Live:
        """Read every live resource of the world."""
        found = {str(each["sid"]): (str(each["friendly_name"]),) for each in self._listed("/Services", "services")}
        services = {sid: name for sid, name in found.items() if name in SERVICES}
        roles = {
            str(each["sid"]): (*name, str(each["friendly_name"]))
            for sid, name in services.items()
            for each in self._listed(f"/Services/{sid}/Roles", "roles")
        }
        return {**services, **roles}

    def take(self, statement: Statement) -> str:
        """Plan what is said, and apply it unless it is blocked; return what came of it. Check it with the model."""
        before, protected = self.live, frozenset(self.model.protected)
        stray = self._select(statement)
        self.harness.write(statement.text(self.model, before))
        self.harness.intent = Intent(destroy=statement.destroy)
        try:
            account = self.harness.account()
            made = account.plan(self.harness.intent)
        except (InvalidConfiguration, UsageError):
            return "invalid"
        rules = {each.rule for each in made.guardrails}
        assert (GuardrailRule.LEDGER in rules) == stray, plan_lines(made.live)
        if not made.applyable:
            # what something else blocks too is not ordinary work
            assert rules - OF_PROTECTION or self.model.gives_up(statement, before), plan_lines(made.live)
            return f"blocked by {min(rules & OF_PROTECTION or rules)}"
        account.apply(made)
        self.live = after = self.read()
        lost = before.keys() - after.keys()
        assert not lost & protected, [before[sid] for sid in lost & protected]
        self.environment = statement.environment
        self.model.applied(statement, after)
        return "deletes" if lost else "applied"

    def _select(self, statement: Statement) -> bool:
        """Select the environment; say whether it has another name than before, and not adopted the ledger."""
        old = self.harness.folder / ledger_name(self.environment)
        self.harness.environment = statement.environment
        if statement.environment == self.environment or not old.exists():
            return False
        if statement.adopts:
            self.harness.write(statement.text(self.model, self.live))
            try:
                self.harness.account().adopt_ledger(old)
            except InvalidConfiguration:
                return True
            self.environment = statement.environment
        return not statement.adopts

    def _listed(self, path: str, key: str) -> list[dict[str, object]]:
        members: list[dict[str, object]] = self.harness.client.get(path).body[key]
        return members


ROLE = {"FriendlyName": "X", "Type": "conversation", "Permission": "sendMessage"}
A, B, X, Y = ("A",), ("B",), ("A", "X"), ("A", "Y")


def first(a: Said, x: Said, y: Said, **more: Said) -> Statement:
    """Say something about the first service and its roles."""
    return Statement(said={A: a, X: x, Y: y, **{(name,): each for name, each in more.items()}})


SAFE = Said(key="a", protect=True)
BASES: Mapping[str, tuple[tuple[str, ...], Statement]] = {
    "a protected service and a protected role": (
        ("S",),
        first(SAFE, Said(key="x", protect=True), Said(key="y"), B=Said(key="b")),
    ),
    "protected roles in a service that is not": (
        ("S",),
        first(Said(key="a"), Said(key="x", protect=True), Said(key="y", protect=True), B=Said(key="b", protect=True)),
    ),
    "protected services that were adopted": (
        ("A", "B", "S"),
        first(SAFE, Said(key="x"), Said(key="y"), B=Said(key="b", protect=True)),
    ),
    "protected roles in a service that is looked up": (
        ("A", "S"),
        first(Said(key="a", lookup=True), Said(key="x", protect=True), Said(key="y", protect=True), B=Said(key="b")),
    ),
}
"""What was made by hand at first, and the configuration that was applied then."""


class Base(Struct, frozen=True):
    """A world to begin with."""

    state: bytes
    ledger: bytes
    model: Model
    live: Live


@cache
def base(name: str) -> Base:
    made, statement = BASES[name]
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        world = World(Path(folder), emulator)
        for each in made:
            home = world.harness.client.made("/Services", {"FriendlyName": each})
            world.harness.client.made(f"/Services/{home}/Roles", ROLE)
        world.live = world.read()
        assert world.take(statement) == "applied"
        assert world.model.protected
        return Base(emulator.dump(), world.harness.ledger_path.read_bytes(), world.model, world.live)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Give a world in which every plan runs in one event loop, which is faster."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator() as emulator,
        asyncio.Runner() as runner,
        patch("confsync.account.blocking.run_blocking", runner.run),
    ):
        yield World(Path(folder), emulator)


def begin(world: World, name: str) -> None:
    """Go back to a base."""
    start = base(name)
    folder = world.harness.folder
    shutil.rmtree(folder / ".confsync", ignore_errors=True)
    for file in folder.iterdir():
        file.unlink()
    (folder / ledger_name("prod")).write_bytes(start.ledger)
    world.harness.emulator.load(start.state)
    world.model, world.live, world.environment = copy.deepcopy(start.model), start.live, "prod"


def history(world: World, name: str, statements: Iterable[Statement]) -> list[str]:
    """Go through several plans, from a base on, and return what came of each."""
    begin(world, name)
    return [world.take(each) for each in statements]


@pytest.mark.parametrize("name", BASES)
@campaign(sample=20, at_length=5_000)
@given(one=statements(), two=statements())
def test_no_two_plans_delete_what_is_protected_or_block_what_is_ordinary(
    world: World, name: str, one: Statement, two: Statement
) -> None:
    event(", then ".join(history(world, name, (one, two))))


PROTECTED, *_, LOOKED_UP = BASES
GONE = Statement(said={A: Said(key="a", absent=True)})
FORGOTTEN = Statement(said={}, forget=(A,))
ADOPTED_AND_GONE = Statement(said={A: Said(key="new-a", absent=True, adopt=True)})
RENAMED = Statement(said={A: SAFE}, environment="production")


def _blocks_everything(*_: object) -> Iterator[Guardrail]:
    yield Guardrail(GuardrailRule.UNPROTECT, (), "it is blocked")


@pytest.mark.parametrize(
    ("broken", "by", "name", "statements"),
    [
        ("planning.guardrails.deletion_checks.find_protected_deletions", lambda *_: (), PROTECTED, [GONE]),
        ("planning.make.find_lost_protection", lambda *_: (), PROTECTED, [FORGOTTEN, ADOPTED_AND_GONE]),
        ("state.ledger.Ledger.contents", lambda *_: (), LOOKED_UP, [ADOPTED_AND_GONE]),
        ("account.account.unused_ledger_guardrails", lambda *_, **__: (), PROTECTED, [RENAMED]),
        ("planning.make.find_lost_protection", _blocks_everything, PROTECTED, [Statement(said={A: SAFE})]),
    ],
    ids=["protected deletions", "lost protection", "what contains what", "unused ledgers", "nothing is ordinary"],
)
def test_the_model_notices_a_guardrail_that_does_not_work(
    world: World, broken: str, by: Callable[..., object], name: str, statements: list[Statement]
) -> None:
    assert "deletes" not in history(world, name, statements)
    with patch(f"confsync.{broken}", by), pytest.raises(AssertionError):
        history(world, name, statements)
