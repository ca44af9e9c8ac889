"""Every operation in the emulator's tables agrees with Twilio's own description of the API.

`tests/openapi` checks the responses, in every test that uses an emulator.
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
from confsync.emulator.spec import OperationName, Parameter, ResourceSpec
from confsync.emulator.tables import resource_specs
from tests.openapi.exemptions import OLD_NAMES, is_exempt, known_operations
from tests.openapi.extract import Json
from tests.openapi.facts import form_schema, operation_names, resolve_schema, response_schema

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


DESCRIBED: Mapping[str, Json] = {f"{method} {path}": described for method, path, described in known_operations()}


def test_the_emulator_has_exactly_the_operations_that_twilio_describes() -> None:
    assert set(OPERATIONS) - {name for name in OPERATIONS if name.partition(" ")[2] in OLD_NAMES} == operation_names()


@EACH
def test_an_operation_has_the_described_parameters(name: str) -> None:
    route, operation = OPERATIONS[name]
    form, ours = form_schema(DESCRIBED[name]), taken(route.spec, operation)
    assert ours.keys() == form["properties"].keys()
    required = {each for each, parameter in ours.items() if parameter.presence(operation) == "required"}
    assert required == set(form.get("required", ()))


@EACH
def test_a_parameter_has_the_described_type(name: str) -> None:
    route, operation = OPERATIONS[name]
    properties = form_schema(DESCRIBED[name])["properties"]
    for each, parameter in taken(route.spec, operation).items():
        check_type(parameter.type, properties[each], f"{name} {each}")


@EACH_LIST
def test_a_list_has_the_described_key_and_page_maximum(name: str) -> None:
    spec = OPERATIONS[name][0].spec
    body = response_schema(DESCRIBED[name], 200)
    assert body is not None
    assert set(body["properties"]) == {"meta", spec.list_key}
    assert queried(DESCRIBED[name])["PageSize"]["maximum"] == spec.page_maximum


@EACH_LIST
def test_a_list_has_the_described_filters(name: str) -> None:
    schemas = queried(DESCRIBED[name])
    filters = {each.name: each.type for each in OPERATIONS[name][0].spec.filters}
    assert filters.keys() == schemas.keys() - PAGING_PARAMETERS
    for each, declared in filters.items():
        check_type(declared, schemas[each], f"{name} {each}")


def taken(spec: ResourceSpec, operation: OperationName) -> dict[str, Parameter]:
    """Return the parameters of an operation by name."""
    return {each.name: each for each in spec.parameters if each.presence(operation) != "no"}


def queried(operation: Json) -> dict[str, Json]:
    """Return the schemas of the query parameters."""
    return {name: each for name, each in operation["parameters"].items() if each["in"] == "query"}


def check_type(declared: ParameterType, schema: Json, where: str) -> None:
    """Compare a parameter type, its values and its SID prefix with a schema."""
    theirs = resolve_schema(schema)
    assert type_of(declared) == theirs["type"], where
    values = set(resolve_schema(theirs.get("items", theirs)).get("enum", ()))
    if (values or isinstance(declared, Choice)) and not is_exempt("undocumented values", where):
        assert values_of(declared) == values, where
    assert prefix_of(declared) == theirs.get("pattern", "^")[1:3], where


def type_of(declared: ParameterType) -> str:
    """Return the JSON schema type of a parameter type."""
    match declared:
        case Boolean():
            return "boolean"
        case StringList() | JsonObjectList():
            return "array"
        case Integer():
            return "integer"
        case _:
            return "string"


def values_of(declared: ParameterType) -> set[str]:
    """Return the values of a choice, or of a closed list."""
    match declared:
        case Choice():
            return set(declared.values)
        case StringList():
            return set(declared.values or ())
        case _:
            return set()


def prefix_of(declared: ParameterType) -> str:
    """Return the prefix of a SID."""
    return declared.prefix if isinstance(declared, SidString) else ""
