"""Fixtures of the tests of views."""

from collections.abc import Callable
from contextlib import chdir
from functools import cache

import pytest

from confsync.emulator.emulator import Emulator
from confsync.planning.make import LivePlan
from tests.harness import Harness

Story = Callable[[Harness], LivePlan]
PlanOf = Callable[[Story], LivePlan]
SECRETS = {"FCM": "canary-secret"}


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Return a harness that has the secret of the push credential."""
    harness.environ.update(SECRETS)
    return harness


@pytest.fixture(scope="session")
def story_plan(tmp_path_factory: pytest.TempPathFactory) -> PlanOf:
    """Return a function that gives the plan of a story, and makes it only once: every format shows the same plans."""

    @cache
    def made(story: Story) -> LivePlan:
        folder = tmp_path_factory.mktemp(story.__name__)
        with chdir(folder), Emulator() as emulator:
            return story(Harness(folder, emulator, environ={**SECRETS}))

    return made
