"""Fixtures of the tests of views."""

import pytest

from tests.harness import Harness


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Return a harness that has the secret of the push credential."""
    harness.environ["FCM"] = "canary-secret"
    return harness
