"""Whatever is asked, the emulator does not fall over, and what it answers keeps to Twilio's file.

A small sample of each operation here; `scripts/fuzz-emulator` takes hundreds.
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
from tests.emulator.furnished import Names, furnished
from tests.emulator_sdk.driving import Stage
from tests.openapi import file
from tests.openapi.asked import asked
from tests.openapi.exemptions import amended

pytestmark = [file.needed, pytest.mark.fuzz]

NAMES = sorted(file.names()) if file.FILE.exists() else []
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
Operation = APIOperation[Any, Any, Any, Any]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))


@cache
def operations() -> dict[str, Operation]:
    """Read the file as schemathesis does."""
    schema = schemathesis.openapi.from_dict(amended(), config=schemathesis.Config())
    return {found.ok().label: found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def session(stage: Stage) -> Iterator[tuple[str, Session]]:
    """The address of a server, and who is signed in there."""
    with running(stage) as url, Session() as session:
        session.auth = (ACCOUNT_SID, AUTH_TOKEN)
        yield url, session


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_asked_the_answer_keeps_to_the_file(name: str, stage: Stage, session: tuple[str, Session]) -> None:
    operation = operations()[name]
    url, client = session

    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        with furnished() as (emulator, names):
            stage.play(emulator)
            case = data.draw(made_up(operation))
            lead(case, names, data)
            fill(case, names, data)
            case.call_and_validate(url, client, checks=CHECKS)

    ask()


def made_up(operation: Operation) -> st.SearchStrategy[Case[Operation]]:
    """Make requests up, such as the file allows and such as it forbids."""
    return st.one_of([operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)])


def lead(case: Case[Operation], names: Names, data: st.DataObject) -> None:
    """Lead most requests to something that is there."""
    steps = case.path.split("/")
    for variable in case.path_parameters:
        collection = steps[steps.index(f"{{{variable}}}") - 1]
        if data.draw(st.integers(0, 4)):
            case.path_parameters[variable] = data.draw(st.sampled_from(names[collection]))


def fill(case: Case[Operation], names: Names, data: st.DataObject) -> None:
    """Send, half of the time, what an example of the file's sends, or a part of it, and one thing that is made up."""
    examples = [each for each in asked() if f"{each.method} {each.path}" == case.operation.label]
    if not examples or data.draw(st.booleans()):
        return
    form = data.draw(st.sampled_from(examples)).filled(names)
    kept = data.draw(st.one_of(st.just(form.keys()), st.sets(st.sampled_from(sorted(form)))))
    made_up: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    changed = data.draw(st.sets(st.sampled_from(sorted(made_up)), max_size=1)) if made_up else ()
    body: dict[str, Any] = {name: form[name] for name in kept} | {name: made_up[name] for name in changed}
    case.body = body
