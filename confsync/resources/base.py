"""The base classes of a declaration. A class only declares; its `kind` is what the stages read."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from confsync.extra_parameters import FieldsByName
from confsync.model import Kind
from confsync.resources.field_table import Block, read_fields


class Resource:
    """A resource type. Its annotated attributes are its fields, its class keywords are facts about it.

    `parent` is the type that contains it, `path` that of its collection below the parent's URL, `section` its key in
    YAML (by default the last part of the path in snake_case). `sid_prefix`, `page_size` (the largest that Twilio
    allows) and `list_key` (in a page, by default the section) say how to list it. `max_per_parent` is Twilio's limit.

    `key_is_label`: the YAML key is the user's label, not a name. `unique`: Twilio allows one resource per natural key
    and parent. `read_by_name`: it is read one by one and never listed, because there may be millions. `built_in`: the
    natural keys of the resources that Twilio creates with a new parent, each with the other values that Twilio sets.
    `default_names`: the names of those that Twilio creates with the account. `flex_names`: those that Flex creates.

    `on_immutable_change`: whether a changed immutable field makes confsync create a second resource, replace this one
    (delete, then create), or refuse. `recreate_impact`: what depends on the SID, and so is lost if it is recreated.
    `dependents`: what is lost, or left pointing at nothing, when it is deleted. `permission_probe`: the request by
    which `doctor` checks that it can be read. `personal`: it holds personal data, which export leaves out by default,
    and a snapshot always.
    """

    kind: ClassVar[Kind]

    def __init_subclass__(cls, **facts: Any) -> None:  # noqa: ANN401 — each keyword has a type of its own
        """Make the kind from the class keywords. The fields are read when they are first needed."""
        if facts:
            cls.kind = _kind_of(cls, **facts)


class Singleton(Resource):
    """A resource that exists once in its parent: confsync never creates or deletes it."""


class Link(Resource):
    """A relation between its parent and another resource, which Twilio creates and removes.

    The natural key is a reference to the other resource; the YAML key names it, and its value stands for the one other
    field. The class keyword `created_by` is the type in the other resource that creates the link by naming the parent.
    """


class Group(Resource):
    """A section that only holds other sections."""


_FORMS: Mapping[type[Resource], Literal["singleton", "link", "group"]] = {
    Singleton: "singleton",
    Link: "link",
    Group: "group",
}


def _kind_of(cls: type[Resource], *, path: str = "", section: str = "", list_key: str = "", **facts: Any) -> Kind:  # noqa: ANN401
    section = section or _snake_case(path.rpartition("/")[2])
    return Kind(
        section=section,
        title=_snake_case(cls.__name__).replace("_", " "),
        path=path,
        description=cls.__doc__ or "",
        read_fields=lambda: tuple(read_fields(cls)),
        build_model=lambda: _pydantic_model_of(cls),
        index_fields=FieldsByName.of,
        form=next((form for base, form in _FORMS.items() if issubclass(cls, base)), "collection"),
        list_key=list_key or section,
        **{name: _fact(fact) for name, fact in facts.items()},
    )


def _fact(value: Any) -> Any:  # noqa: ANN401 — any fact
    """Take the kind of a class."""
    return value.kind if isinstance(value, type) and issubclass(value, Resource) else value


def _pydantic_model_of(cls: type) -> Any:  # noqa: ANN401 — pydantic is imported only where it is used
    from confsync.resources.pydantic_model import pydantic_model_of  # noqa: PLC0415 — pydantic is slow to import

    return pydantic_model_of(cls)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


__all__ = ["Block", "Group", "Link", "Resource", "Singleton"]
