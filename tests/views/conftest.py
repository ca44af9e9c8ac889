"""What tests of several views share."""

import pytest

from tests.harness import Workshop


@pytest.fixture
def desk(workshop: Workshop) -> Workshop:
    """Give a workshop that has the secret of the push credential."""
    workshop.environ["FCM"] = "canary-secret"
    return workshop
