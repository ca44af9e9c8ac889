"""What tests of several views share."""

import pytest

from tests.harness import Harness


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Give a harness that has the secret of the push credential."""
    harness.environ["FCM"] = "canary-secret"
    return harness
