"""Every operation of the emulator, held against Twilio's own description of the API."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from confsync.emulator.kind import Kind, Parameter, Verb
from confsync.emulator.router import Route, Router
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Flag, Names, Shape, Sid
from confsync.emulator.tables import offered
from tests.emulator.client import Client

FILE = Path(__file__).parents[2].parent / "shared" / "openapi" / "twilio_conversations_v1.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="Twilio's OpenAPI file is not beside the repository")

ROUTES = Router(offered(Settings())).routes
OPERATIONS = [
    pytest.param(route, method, verb, id=f"{method} {route.path}")
    for route in ROUTES
    for method, verb in route.verbs.items()
]

LISTS = [pytest.param(route, id=route.path) for route in ROUTES if "list" in route.verbs.values()]

# Where the emulator knows better than the file, and from what source.
EXCEPTIONS = {
    ("/Configuration/Webhooks", "Method"): "free text in requests; the file's own responses list GET and POST",
    ("/Services/{ChatServiceSid}/Configuration/Webhooks", "Method"): "as above",
    ("/Services/{ChatServiceSid}/Configuration/Webhooks", "method"): "null while unset: the file's example fetchEmpty",
}
TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, where it is one."""
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def operation(spec: Mapping[str, Any], route: Route, method: str) -> Mapping[str, Any]:
    """Find Twilio's description of an operation."""
    found: Mapping[str, Any] = spec["paths"][f"/v1{route.path}"][method.lower()]
    return found


def form(spec: Mapping[str, Any], route: Route, method: str) -> Mapping[str, Any]:
    """Find the schema of an operation's form."""
    content = operation(spec, route, method).get("requestBody", {}).get("content", {})
    return resolved(spec, content.get("application/x-www-form-urlencoded", {}).get("schema", {"properties": {}}))


def taken(kind: Kind, verb: Verb) -> dict[str, Parameter]:
    """List the parameters of an operation by their names."""
    return {each.name: each for each in kind.parameters if each.presence(verb) != "no"}


@pytest.mark.parametrize("route", [pytest.param(route, id=route.path) for route in ROUTES])
def test_a_path_has_the_methods_that_twilio_lists(spec: dict[str, Any], route: Route) -> None:
    listed = spec["paths"][f"/v1{route.path}"].keys() & {"get", "post", "put", "patch", "delete"}
    assert {method.lower() for method in route.verbs} == listed


@pytest.mark.parametrize(("route", "method", "verb"), OPERATIONS)
def test_an_operation_takes_the_parameters_that_twilio_lists(
    spec: dict[str, Any], route: Route, method: str, verb: Verb
) -> None:
    schema, ours = form(spec, route, method), taken(route.kind, verb)
    assert ours.keys() == schema["properties"].keys()
    required = {name for name, each in ours.items() if each.presence(verb) == "required"}
    assert required == set(schema.get("required", ()))


@pytest.mark.parametrize(("route", "method", "verb"), OPERATIONS)
def test_a_parameter_has_the_shape_that_twilio_gives_it(
    spec: dict[str, Any], route: Route, method: str, verb: Verb
) -> None:
    properties = form(spec, route, method)["properties"]
    for name, parameter in taken(route.kind, verb).items():
        theirs = resolved(spec, properties[name])
        assert kind_of(parameter.shape) == theirs["type"], name
        if (route.path, name) not in EXCEPTIONS:
            assert words_of(parameter.shape) == set(theirs.get("enum", ())), name
        assert prefix_of(parameter.shape) == theirs.get("pattern", "^")[1:3], name


@pytest.mark.parametrize("route", LISTS)
def test_a_list_has_the_key_and_the_largest_page_that_twilio_gives_it(spec: dict[str, Any], route: Route) -> None:
    described = operation(spec, route, "GET")
    content = described["responses"]["200"]["content"]["application/json"]
    assert set(resolved(spec, content["schema"])["properties"]) == {"meta", route.kind.list_key}
    size = next(each["schema"] for each in described["parameters"] if each["name"] == "PageSize")
    assert size["maximum"] == route.kind.page_maximum


@pytest.mark.parametrize(("route", "method", "verb"), OPERATIONS)
def test_a_response_has_the_properties_that_twilio_lists(
    spec: dict[str, Any], client: Client, route: Route, method: str, verb: Verb
) -> None:
    path = example(client, route)
    answer = client.send(method, path, body=FORMS.get((route.kind.name, verb), b""))
    described = operation(spec, route, method)["responses"]
    assert str(answer.status) in described, answer
    if verb == "delete":
        assert answer.body == {}
        return
    schema = resolved(spec, described[str(answer.status)]["content"]["application/json"]["schema"])
    if verb == "list":
        check_list(spec, schema, route, answer.body)
    else:
        check_body(spec, schema, route, answer.body)


FORMS = {
    ("service", "create"): b"FriendlyName=x",
    ("role", "create"): b"FriendlyName=x&Type=service&Permission=joinConversation",
    ("role", "update"): b"Permission=createConversation",
    ("credential", "create"): b"Type=apn",
    ("credential", "update"): b"Sandbox=true",
    ("account_configuration", "update"): b"DefaultClosedTimer=PT1H",
    ("account_webhook", "update"): b"Method=GET",
    ("service_configuration", "update"): b"ReachabilityEnabled=true",
    ("service_notification", "update"): b"LogEnabled=true",
    ("service_webhook", "update"): b"Method=GET",
}


def example(client: Client, route: Route) -> str:
    """Make what a path needs, and write the path to it."""
    service = client.made("/Services", {"FriendlyName": "x"})
    home = route.home.format(ChatServiceSid=service)
    if route.path == route.home:
        return home
    return f"{home}/{client.send('POST', home, body=FORMS[route.kind.name, 'create']).body['sid']}"


def check_list(spec: Mapping[str, Any], schema: Mapping[str, Any], route: Route, body: Mapping[str, Any]) -> None:
    """Hold the meta and the members of a list against their schemas."""
    assert body.keys() == schema["properties"].keys()
    assert body["meta"].keys() == schema["properties"]["meta"]["properties"].keys()
    for each in body[route.kind.list_key]:
        check_body(spec, resolved(spec, schema["properties"][route.kind.list_key]["items"]), route, each)


def check_body(spec: Mapping[str, Any], schema: Mapping[str, Any], route: Route, body: Mapping[str, Any]) -> None:
    """Hold one thing against its schema: the same keys, and values of their types."""
    assert body.keys() == schema["properties"].keys()
    for name, value in body.items():
        if (route.path, name) not in EXCEPTIONS:
            check_value(resolved(spec, schema["properties"][name]), value)


def check_value(schema: Mapping[str, Any], value: object) -> None:
    """Hold one value against its type, its words and its pattern."""
    if value is None:
        assert schema.get("nullable")
        return
    assert isinstance(value, TYPES[schema.get("type", "object")])
    assert value in schema.get("enum", [value])
    assert re.fullmatch(schema.get("pattern", ".*"), str(value), re.DOTALL)


def kind_of(shape: Shape) -> str:
    """Name a shape in JSON schema's words."""
    return "boolean" if isinstance(shape, Flag) else "array" if isinstance(shape, Names) else "string"


def words_of(shape: Shape) -> set[str]:
    """List the words of a choice."""
    return set(shape.words) if isinstance(shape, Choice) else set()


def prefix_of(shape: Shape) -> str:
    """Give the letters that a SID begins with."""
    return shape.prefix if isinstance(shape, Sid) else ""


def test_the_exceptions_are_still_needed(spec: dict[str, Any]) -> None:
    assert "nullable" not in spec["components"]["schemas"]["service_webhook_configuration_enum_method"]
    for route in ROUTES:
        if (route.path, "Method") in EXCEPTIONS:
            assert "enum" not in form(spec, route, "POST")["properties"]["Method"]
