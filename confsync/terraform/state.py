"""Reads a Terraform state: `terraform.tfstate`, or what `terraform show -json` prints."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from confsync.errors import UsageError
from confsync.strict_json import StrictJsonError, parse_strict_json

LARGEST = 64 * 1024 * 1024
"""The largest number of bytes of a state."""

DEEPEST = 100
"""How many modules may contain each other. Terraform users have three or four."""


class StateResource(Struct, frozen=True):
    """One instance of a resource or of a data source in a state, with its attributes as Terraform has them.

    `sensitive` are the paths of the attributes that Terraform marks as sensitive. `deposed` means that Terraform has
    already replaced the object.
    """

    type: str
    name: str
    attributes: Mapping[str, object]
    module: str = ""
    index: str | int | None = None
    is_data: bool = False
    sensitive: frozenset[tuple[str, ...]] = frozenset()
    deposed: bool = False

    @property
    def address(self) -> str:
        """Its address, as Terraform writes it."""
        index = "" if self.index is None else f"[{json.dumps(self.index, ensure_ascii=False)}]"
        return ".".join(filter(None, (self.module, "data" if self.is_data else "", self.type, self.name))) + index

    def __repr__(self) -> str:
        return f"<state resource {self.address}>"


def parse_state(content: bytes, name: str) -> tuple[StateResource, ...]:
    """Parse a state in either format. `name` is what messages call it. Raises UsageError."""
    if len(content) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST // 1024**2} MiB.", hint=_NOT_A_STATE)
    try:
        return tuple(_resources_in(_parsed(content)))
    except _UnexpectedError as wrong:
        raise UsageError(f"{name}: {wrong}.", hint=_NOT_A_STATE) from None


_NOT_A_STATE = "Give it a `terraform.tfstate`, or the output of `terraform show -json` or `terraform state pull`."


class _UnexpectedError(Exception):
    """What is wrong with a state, and where."""


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _UnexpectedError("it is not text") from None
    try:
        return _object(parse_strict_json(text), "it")
    except StrictJsonError as wrong:
        raise _UnexpectedError(f"it {wrong}{_place_of_error(text)}") from None


def _place_of_error(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f" (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        pass
    return ""


def _resources_in(state: Mapping[str, Any]) -> Iterator[StateResource]:
    if "planned_values" in state or "resource_changes" in state:
        raise _UnexpectedError("it is a plan, not a state")
    if "format_version" in state:
        values = _object(state.get("values") or {}, "values")
        return _shown_resources(_object(values.get("root_module") or {}, "values.root_module"))
    if "version" not in state:
        raise _UnexpectedError("it has neither `version` nor `format_version`")
    if state["version"] != _STATE_VERSION:
        raise _UnexpectedError(f"its `version` is not {_STATE_VERSION}, the format since Terraform 0.12")
    return _stored_resources(_array(state.get("resources") or [], "resources"))


_STATE_VERSION = 4


def _stored_resources(resources: list[object]) -> Iterator[StateResource]:
    """Read the resources of `terraform.tfstate`: each has several instances."""
    for number, each in enumerate(resources):
        where = f"resources[{number}]"
        resource = _object(each, where)
        for position, found in enumerate(_array(resource.get("instances") or [], f"{where}.instances")):
            place = f"{where}.instances[{position}]"
            instance = _object(found, place)
            yield _resource(
                resource,
                where,
                attributes=_object(instance.get("attributes") or {}, f"{place}.attributes"),
                module=_text(resource.get("module") or "", f"{where}.module"),
                index=_index(instance.get("index_key"), f"{place}.index_key"),
                sensitive=frozenset(_stored_paths(instance.get("sensitive_attributes"))),
                deposed=bool(instance.get("deposed")),
            )


def _stored_paths(paths: object) -> Iterator[tuple[str, ...]]:
    for path in paths if isinstance(paths, list) else ():
        steps = path if isinstance(path, list) else ()
        names = (each["value"] for each in steps if isinstance(each, dict) and each.get("type") == "get_attr")
        yield tuple(each for each in names if isinstance(each, str))


def _shown_resources(root: Mapping[str, Any]) -> Iterator[StateResource]:
    """Read the resources that `terraform show -json` prints: modules contain modules."""
    modules = [(root, "values.root_module", 0)]
    while modules:
        module, where, depth = modules.pop()
        if depth > DEEPEST:
            raise _UnexpectedError(f"{where} is nested too deeply")
        address = _text(module.get("address") or "", f"{where}.address")
        for number, each in enumerate(_array(module.get("resources") or [], f"{where}.resources")):
            place = f"{where}.resources[{number}]"
            resource = _object(each, place)
            yield _resource(
                resource,
                place,
                attributes=_object(resource.get("values") or {}, f"{place}.values"),
                module=address,
                index=_index(resource.get("index"), f"{place}.index"),
                sensitive=frozenset(_shown_paths(resource.get("sensitive_values"), ())),
                deposed=bool(resource.get("deposed_key")),
            )
        inner = _array(module.get("child_modules") or [], f"{where}.child_modules")
        places = [f"{where}.child_modules[{number}]" for number in range(len(inner))]
        modules += [(_object(each, place), place, depth + 1) for each, place in zip(inner, places, strict=True)][::-1]


def _shown_paths(marks: object, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the path of each mark, as deep as a field can be."""
    if marks is True or len(above) > _DEEPEST_PATH:
        yield above
    elif isinstance(marks, dict):
        for name, each in marks.items():
            yield from _shown_paths(each, (*above, name))
    elif isinstance(marks, list):
        marked = [path for each in marks[:_MOST_MARKS] for path in _shown_paths(each, above)]
        yield from (marked if len(marks) <= _MOST_MARKS else (above,))


_DEEPEST_PATH = 8
_MOST_MARKS = 1000


def _resource(resource: Mapping[str, Any], where: str, **rest: Any) -> StateResource:  # noqa: ANN401 — the other fields
    mode = _text(resource.get("mode", "managed"), f"{where}.mode")
    return StateResource(
        type=_text(resource.get("type"), f"{where}.type"),
        name=_text(resource.get("name"), f"{where}.name"),
        is_data=mode == "data",
        **rest,
    )


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _UnexpectedError(f"{where} is not an object")
    return value


def _array(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _UnexpectedError(f"{where} is not a list")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _UnexpectedError(f"{where} is not a text")
    return value


def _index(value: object, where: str) -> str | int | None:
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _UnexpectedError(f"{where} is neither a text nor a whole number")
