"""The emulator never fails on a generated request, and its responses conform to Twilio's OpenAPI description.

With the other campaigns, each operation gets a small sample of requests; `scripts/fuzz-emulator` sends hundreds.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from requests import Session
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.emulator.server import running
from tests.emulator.populated import Names, populated_emulator
from tests.emulator_sdk.driving import SwitchableHandler
from tests.openapi.examples import request_examples
from tests.openapi.exemptions import adjusted_document
from tests.openapi.facts import operation_names

pytestmark = [pytest.mark.fuzz, pytest.mark.campaign]

CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
Operation = APIOperation[Any, Any, Any, Any]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))


@cache
def operations() -> dict[str, Operation]:
    """Parse the description with schemathesis."""
    schema = schemathesis.openapi.from_dict(adjusted_document(), config=schemathesis.Config())
    return {found.ok().label: found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture(scope="module")
def handler() -> SwitchableHandler:
    return SwitchableHandler()


@pytest.fixture(scope="module")
def session(handler: SwitchableHandler) -> Iterator[tuple[str, Session]]:
    """The base URL of a server, and an authenticated session."""
    with running(handler) as url, Session() as session:
        session.auth = (ACCOUNT_SID, AUTH_TOKEN)
        yield url, session


@pytest.mark.parametrize("name", sorted(operation_names()))
def test_every_response_to_a_generated_request_conforms(
    name: str, handler: SwitchableHandler, session: tuple[str, Session]
) -> None:
    operation = operations()[name]
    url, client = session

    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        with populated_emulator() as (emulator, names):
            handler.use(emulator)
            case = data.draw(generated_cases(operation))
            use_existing_resources(case, names, data)
            mix_in_example(case, names, data)
            case.call_and_validate(url, client, checks=CHECKS)

    send()


def generated_cases(operation: Operation) -> st.SearchStrategy[Case[Operation]]:
    """Generate valid and invalid requests."""
    return st.one_of([operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)])


def use_existing_resources(case: Case[Operation], names: Names, data: st.DataObject) -> None:
    """Point most requests to existing resources."""
    steps = case.path.split("/")
    for variable in case.path_parameters:
        collection = steps[steps.index(f"{{{variable}}}") - 1]
        if data.draw(st.integers(0, 4)):
            case.path_parameters[variable] = data.draw(st.sampled_from(names[collection]))


def mix_in_example(case: Case[Operation], names: Names, data: st.DataObject) -> None:
    """Replace half of the forms by part of an example of Twilio's and at most one generated parameter."""
    examples = [each for each in request_examples() if f"{each.method} {each.path}" == case.operation.label]
    if not examples or data.draw(st.booleans()):
        return
    form = data.draw(st.sampled_from(examples)).form_with(names)
    kept = data.draw(st.one_of(st.just(form.keys()), st.sets(st.sampled_from(sorted(form)))))
    generated: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    changed = data.draw(st.sets(st.sampled_from(sorted(generated)), max_size=1)) if generated else ()
    body: dict[str, Any] = {name: form[name] for name in kept} | {name: generated[name] for name in changed}
    case.body = body
