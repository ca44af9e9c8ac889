"""The emulator takes every request that Twilio gives as an example."""

import pytest

from tests.emulator.client import Client
from tests.emulator.furnished import furnished
from tests.openapi import file
from tests.openapi.asked import Asked, asked

pytestmark = file.needed

EXAMPLES = list(asked()) if file.FILE.exists() else []


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_twilios_own_request_is_taken(example: Asked) -> None:
    with furnished() as (emulator, names):
        answer = Client(emulator).post(example.place(names), example.filled(names))
    assert answer.status in (200, 201), answer
