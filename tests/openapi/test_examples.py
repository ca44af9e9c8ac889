"""The emulator accepts every request in Twilio's examples."""

import pytest

from tests.emulator.client import Answer, Client
from tests.emulator.populated import populated_emulator
from tests.openapi.examples import RequestExample, request_examples
from tests.openapi.exemptions import IMPOSSIBLE_EXAMPLES

EXAMPLES = {str(each): each for each in request_examples()}


def post(example: RequestExample) -> Answer:
    """Send the request to an account with one resource of every type."""
    with populated_emulator() as (emulator, names):
        return Client(emulator).post(example.path_with(names), example.form_with(names))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in IMPOSSIBLE_EXAMPLES])
def test_the_emulator_accepts_twilios_own_request(name: str) -> None:
    answer = post(EXAMPLES[name])
    assert answer.status in (200, 201), answer


@pytest.mark.parametrize("name", IMPOSSIBLE_EXAMPLES)
def test_the_emulator_refuses_a_request_that_is_not_meant_literally(name: str) -> None:
    assert post(EXAMPLES[name]).status == 400
