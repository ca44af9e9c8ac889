"""The emulator accepts every request in Twilio's examples."""

import pytest

from tests.emulator.client import Client
from tests.emulator.populated import populated_emulator
from tests.openapi.examples import RequestExample, request_examples


@pytest.mark.parametrize("example", tuple(request_examples()), ids=str)
def test_the_emulator_accepts_twilios_own_request(example: RequestExample) -> None:
    with populated_emulator() as (emulator, names):
        answer = Client(emulator).post(example.path_with(names), example.form_with(names))
    assert answer.status in (200, 201), answer
