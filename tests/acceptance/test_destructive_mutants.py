"""Whatever goes wrong with a configuration or with what is around it, nothing is deleted that was not meant to be.

An ordinary run tries two of every five mutants of each family, one after the other; the campaigns try the others.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import Struct

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from confsync.exit_codes import ExitCode
from tests.acceptance.conftest import CommandLine
from tests.acceptance.mutants import FAMILIES, MUTANTS
from tests.acceptance.mutants.base import BASE
from tests.acceptance.mutants.ledgers import LEDGERS
from tests.acceptance.mutants.mutant import Mutant, Scene
from tests.acceptance.mutants.responses import ANSWERS
from tests.harness import Harness, plan_lines


def is_ordinary(number: int) -> bool:
    """Whether an ordinary run tries a mutant, by its number within its family."""
    return number % 5 < 2


def parametrised(family: Iterable[Mutant]) -> Iterator[object]:
    """Give each mutant of a family; those that an ordinary run leaves out belong to the campaigns."""
    for number, mutant in enumerate(family):
        yield pytest.param(mutant, id=mutant.name, marks=() if is_ordinary(number) else pytest.mark.campaign)


class Base(Struct, frozen=True):
    """A folder in which the base was applied, and the state of the account."""

    folder: Path
    state: bytes


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base")
    with Emulator() as emulator:
        harness = Harness(folder, emulator, environment="prod")
        harness.apply(BASE)
        assert plan_lines(harness.plan()) == []
        return Base(folder, emulator.dump())


@pytest.fixture
def harness(base: Base, tmp_path: Path) -> Iterator[Scene]:
    """Give a copy of it."""
    folder = tmp_path / "desk"
    shutil.copytree(base.folder, folder)
    with ExitStack() as closing:
        emulator = closing.enter_context(Emulator())
        emulator.load(base.state)
        yield Scene(folder, emulator, environment="prod", closing=closing)


@pytest.fixture
def deleted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count from which collections something was deleted, or was to be, whatever account it is in."""
    handle, found = Emulator.handle, Counter[str]()

    def handled(emulator: Emulator, request: EmulatorRequest) -> EmulatorResponse:
        if request.method == "DELETE":
            found[request.path.split("/")[-2]] += 1
        return handle(emulator, request)

    monkeypatch.setattr(Emulator, "handle", handled)
    return found


@pytest.mark.parametrize("mutant", [each for family in FAMILIES for each in parametrised(family)])
def test_a_destructive_mutant_deletes_nothing(
    harness: Scene, command_line: CommandLine, deleted: Counter[str], mutant: Mutant
) -> None:
    mutant.breaks(harness)
    said = command_line("apply", "--auto-approve", *mutant.arguments)
    assert deleted == Counter(mutant.allowed), said.err
    assert said.code == mutant.ends, said.out + said.err


def test_an_ordinary_run_tries_two_hundred_of_them_and_each_has_a_name_of_its_own() -> None:
    names = Counter(each.name for each in MUTANTS)
    assert [name for name, times in names.items() if times > 1] == []
    ordinary = [each for family in FAMILIES for number, each in enumerate(family) if is_ordinary(number)]
    assert sum(not each.allowed for each in ordinary) >= 200


def test_what_they_are_spared_is_there_to_be_deleted(
    harness: Harness, command_line: CommandLine, deleted: Counter[str]
) -> None:
    """Without this, a tool that never deletes would pass."""
    overridden = [f"--allow-delete={each}" for each in ("services/sales", "services/night", "credentials/android")]
    harness.write(BASE.replace("protect: true", "protect: false"))
    assert command_line("apply", "--auto-approve", "-e", "prod").code == 0
    said = command_line(
        "apply",
        "--auto-approve",
        "-e",
        "prod",
        "--destroy",
        "--max-deletes=100",
        *overridden,
        *(f"--allow-delete={each}" for each in ("services/support", "credentials/ios", "credentials/tablets")),
    )
    assert said.code == 0, said.err
    assert deleted == {"Services": 3, "Credentials": 3, "Addresses": 3}


READABLE = tuple(each for each in LEDGERS if each.ends is not ExitCode.LOCAL)
ABOUT_ROLES = tuple(each for each in ANSWERS if each.name.endswith("roles"))


@pytest.mark.parametrize("mutant", [*parametrised(READABLE), *parametrised(ABOUT_ROLES)])
def test_a_repair_deletes_no_more_than_the_newer_of_two(
    harness: Scene, command_line: CommandLine, deleted: Counter[str], mutant: Mutant
) -> None:
    older = harness.path("/Services/Support Desk/Roles/acme clerk")
    harness.emulator.clock.advance(timedelta(seconds=30))
    harness.client.made(older.rpartition("/")[0], CLERK)
    mutant.breaks(harness)
    said = command_line("repair", "duplicates", "--auto-approve", *mutant.arguments)
    assert deleted in (Counter(), Counter({"Roles": 1})), said.err
    assert harness.client.get(older).status == 200


def test_a_repair_deletes_that_one_if_nothing_is_wrong(
    harness: Scene, command_line: CommandLine, deleted: Counter[str]
) -> None:
    harness.emulator.clock.advance(timedelta(seconds=30))
    harness.client.made(harness.path("/Services/Support Desk/Roles"), CLERK)
    assert command_line("repair", "duplicates", "--auto-approve", "-e", "prod").code == 0
    assert deleted == Counter({"Roles": 1})


CLERK = {"FriendlyName": "acme clerk", "Type": "conversation", "Permission": "sendMessage"}
