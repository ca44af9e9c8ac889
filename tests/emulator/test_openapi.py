"""Every operation of the emulator's tables, held against Twilio's own description of the API.

What they answer is judged elsewhere: by `tests/openapi`, in every test that asks an emulator anything.
"""

from collections.abc import Mapping

import pytest

from confsync.emulator.log import PAGING_PARAMETERS
from confsync.emulator.parameter_types import (
    Boolean,
    Choice,
    Integer,
    JsonObjectList,
    ParameterType,
    SidString,
    StringList,
)
from confsync.emulator.router import Router
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Operation, Parameter, ResourceSpec
from confsync.emulator.tables import resource_specs
from tests.openapi import file
from tests.openapi.exemptions import is_exempt
from tests.openapi.file import Json, body_of, form_of, resolved

pytestmark = file.needed

ROUTES = Router(resource_specs(EmulatorSettings())).routes
OPERATIONS = {
    f"{method} /v1{route.path}": (route, operation)
    for route in ROUTES
    for method, operation in route.operations.items()
}

EACH = pytest.mark.parametrize("name", OPERATIONS)
EACH_LIST = pytest.mark.parametrize(
    "name", [name for name, (_, operation) in OPERATIONS.items() if operation == "list"]
)


@pytest.fixture(scope="module")
def described() -> Mapping[str, Json]:
    """Twilio's description of each operation, by its method and path."""
    return {f"{method} {path}": operation for method, path, operation in file.operations()}


def test_there_are_exactly_the_operations_that_twilio_lists() -> None:
    assert set(OPERATIONS) == file.names()


@EACH
def test_an_operation_takes_the_parameters_that_twilio_lists(described: Mapping[str, Json], name: str) -> None:
    route, operation = OPERATIONS[name]
    form, ours = form_of(described[name]), taken(route.spec, operation)
    assert ours.keys() == form["properties"].keys()
    required = {each for each, parameter in ours.items() if parameter.presence(operation) == "required"}
    assert required == set(form.get("required", ()))


@EACH
def test_a_parameter_has_the_shape_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    route, operation = OPERATIONS[name]
    properties = form_of(described[name])["properties"]
    for each, parameter in taken(route.spec, operation).items():
        check_type(parameter.type, properties[each], f"{name} {each}")


@EACH_LIST
def test_a_list_has_the_key_and_the_largest_page_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    spec = OPERATIONS[name][0].spec
    body = body_of(described[name], 200)
    assert body is not None
    assert set(body["properties"]) == {"meta", spec.list_key}
    assert queried(described[name])["PageSize"]["maximum"] == spec.page_maximum


@EACH_LIST
def test_a_list_has_the_filters_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    schemas = queried(described[name])
    filters = {each.name: each.type for each in OPERATIONS[name][0].spec.filters}
    assert filters.keys() == schemas.keys() - PAGING_PARAMETERS
    for each, declared in filters.items():
        check_type(declared, schemas[each], f"{name} {each}")


def taken(spec: ResourceSpec, operation: Operation) -> dict[str, Parameter]:
    """List the parameters of an operation by their names."""
    return {each.name: each for each in spec.parameters if each.presence(operation) != "no"}


def queried(operation: Json) -> dict[str, Json]:
    """List the schemas of what a query can hold."""
    return {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}


def check_type(declared: ParameterType, schema: Json, where: str) -> None:
    """Hold a declared's type, its words and the prefix of its SIDs against a schema."""
    theirs = resolved(schema)
    assert type_of(declared) == theirs["type"], where
    words = set(resolved(theirs.get("items", theirs)).get("enum", ()))
    if (words or isinstance(declared, Choice)) and not is_exempt("unsaid words", where):
        assert words_of(declared) == words, where
    assert prefix_of(declared) == theirs.get("pattern", "^")[1:3], where


def type_of(declared: ParameterType) -> str:
    """Name a declared's type in JSON schema's words."""
    match declared:
        case Boolean():
            return "boolean"
        case StringList() | JsonObjectList():
            return "array"
        case Integer():
            return "integer"
        case _:
            return "string"


def words_of(declared: ParameterType) -> set[str]:
    """List the words of a choice, or of a list that is closed."""
    match declared:
        case Choice():
            return set(declared.values)
        case StringList():
            return set(declared.known or ())
        case _:
            return set()


def prefix_of(declared: ParameterType) -> str:
    """Give the letters that a SID begins with."""
    return declared.prefix if isinstance(declared, SidString) else ""
