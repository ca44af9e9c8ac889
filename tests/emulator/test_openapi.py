"""Every operation of the emulator's tables, held against Twilio's own description of the API.

What they answer is judged elsewhere: by `tests/openapi`, in every test that asks an emulator anything.
"""

from collections.abc import Mapping

import pytest

from confsync.emulator.kind import Kind, Parameter, Verb
from confsync.emulator.log import PAGING
from confsync.emulator.router import Router
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Flag, JsonObjects, Names, Shape, Sid, Whole
from confsync.emulator.tables import offered
from tests.openapi import file
from tests.openapi.exemptions import is_exempt
from tests.openapi.file import Json, body_of, form_of, resolved

pytestmark = file.needed

ROUTES = Router(offered(Settings())).routes
OPERATIONS = {f"{method} /v1{route.path}": (route, verb) for route in ROUTES for method, verb in route.verbs.items()}

EACH = pytest.mark.parametrize("name", OPERATIONS)
EACH_LIST = pytest.mark.parametrize("name", [name for name, (_, verb) in OPERATIONS.items() if verb == "list"])


@pytest.fixture(scope="module")
def described() -> Mapping[str, Json]:
    """Twilio's description of each operation, by its method and path."""
    return {f"{method} {path}": operation for method, path, operation in file.operations()}


def test_there_are_exactly_the_operations_that_twilio_lists() -> None:
    assert set(OPERATIONS) == file.names()


@EACH
def test_an_operation_takes_the_parameters_that_twilio_lists(described: Mapping[str, Json], name: str) -> None:
    route, verb = OPERATIONS[name]
    form, ours = form_of(described[name]), taken(route.kind, verb)
    assert ours.keys() == form["properties"].keys()
    required = {each for each, parameter in ours.items() if parameter.presence(verb) == "required"}
    assert required == set(form.get("required", ()))


@EACH
def test_a_parameter_has_the_shape_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    route, verb = OPERATIONS[name]
    properties = form_of(described[name])["properties"]
    for each, parameter in taken(route.kind, verb).items():
        check_shape(parameter.shape, properties[each], f"{name} {each}")


@EACH_LIST
def test_a_list_has_the_key_and_the_largest_page_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    kind = OPERATIONS[name][0].kind
    body = body_of(described[name], 200)
    assert body is not None
    assert set(body["properties"]) == {"meta", kind.list_key}
    assert queried(described[name])["PageSize"]["maximum"] == kind.page_maximum


@EACH_LIST
def test_a_list_has_the_filters_that_twilio_gives_it(described: Mapping[str, Json], name: str) -> None:
    schemas = queried(described[name])
    filters = {each.name: each.shape for each in OPERATIONS[name][0].kind.filters}
    assert filters.keys() == schemas.keys() - PAGING
    for each, shape in filters.items():
        check_shape(shape, schemas[each], f"{name} {each}")


def taken(kind: Kind, verb: Verb) -> dict[str, Parameter]:
    """List the parameters of an operation by their names."""
    return {each.name: each for each in kind.parameters if each.presence(verb) != "no"}


def queried(operation: Json) -> dict[str, Json]:
    """List the schemas of what a query can hold."""
    return {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}


def check_shape(shape: Shape, schema: Json, where: str) -> None:
    """Hold a shape's type, its words and the prefix of its SIDs against a schema."""
    theirs = resolved(schema)
    assert type_of(shape) == theirs["type"], where
    words = set(resolved(theirs.get("items", theirs)).get("enum", ()))
    if (words or isinstance(shape, Choice)) and not is_exempt("unsaid words", where):
        assert words_of(shape) == words, where
    assert prefix_of(shape) == theirs.get("pattern", "^")[1:3], where


def type_of(shape: Shape) -> str:
    """Name a shape's type in JSON schema's words."""
    match shape:
        case Flag():
            return "boolean"
        case Names() | JsonObjects():
            return "array"
        case Whole():
            return "integer"
        case _:
            return "string"


def words_of(shape: Shape) -> set[str]:
    """List the words of a choice, or of a list that is closed."""
    match shape:
        case Choice():
            return set(shape.words)
        case Names():
            return set(shape.known or ())
        case _:
            return set()


def prefix_of(shape: Shape) -> str:
    """Give the letters that a SID begins with."""
    return shape.prefix if isinstance(shape, Sid) else ""
