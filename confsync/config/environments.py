"""`environments`: the account of each, and how to reach it."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from msgspec import Meta
from msgspec.structs import asdict

from confsync.config.codes import Code
from confsync.config.config import Environment
from confsync.config.policy import WORDS
from confsync.config.references.settings import refuse_references_in
from confsync.config.region_checks import edge_warnings, region_errors
from confsync.config.reuse.patch import PATCH, patch_errors
from confsync.config.tree import Mapping, Node, Pair, error_at, plain_value
from confsync.config.variables.values import variable_override_errors
from confsync.config.variables.variable import Variable
from confsync.config.written import Written, read_written, written_errors
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.errors import UsageError
from confsync.names import is_sid
from confsync.quoting import in_quotes
from confsync.twilio.regions import DEFAULT_REGION

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class WrittenEnvironment(Written, frozen=True):
    """One environment, without its `variables`, its policy and its `patch`."""

    account_sid: Annotated[
        str,
        Meta(
            description="The account. With credentials of a different one, confsync shows and changes nothing.",
            examples=["ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
        ),
    ]
    region: Annotated[str | None, Meta(description="Twilio's region, such as `ie1`.", examples=["ie1"])] = None
    edge: Annotated[str | None, Meta(description="Twilio's edge, such as `dublin`.", examples=["dublin"])] = None
    credentials: Annotated[
        str,
        Meta(description="The prefix of the environment variables with its credentials.", examples=["PROD_TWILIO"]),
    ] = "TWILIO"


def select_environment(section: Node | None, chosen: str | None) -> tuple[Environment, Node | None]:
    """Choose an environment, and return it with its `variables`: the named one, else the only one, else none.

    Raises UsageError if there are several and none is named, or if the named one does not exist.
    """
    names = list(section.items) if isinstance(section, Mapping) else []
    if chosen is None and len(names) > 1:
        raise UsageError(f"The configuration has several environments: {', '.join(names)}.", hint=_choices(names))
    if chosen is not None and chosen not in names:
        raise _no_such_environment(chosen, names)
    name = chosen or next(iter(names), None)
    if name is None or not isinstance(section, Mapping):
        return Environment(), None
    return _environment(name, section.items[name].node)


def _no_such_environment(chosen: str, names: list[str]) -> UsageError:
    happened = f"The configuration has no environment {in_quotes(chosen)}."
    if not names:
        return UsageError(f"{happened} It declares none.", hint="Run it without -e and without CONFSYNC_ENV.")
    hint = _question(did_you_mean(chosen, names)) or _choices(names)
    return UsageError(f"{happened} It has {', '.join(names)}.", hint=hint)


def _choices(names: list[str]) -> str:
    return f"Choose one: {' or '.join(f'`-e {name}`' for name in names)}."


def environment_section(section: Node | None, name: str | None) -> Node | None:
    """Return the section of one environment."""
    return section.get(name) if isinstance(section, Mapping) and name is not None else None


def environment_errors(section: Node | None, declared: dict[str, Variable]) -> Iterator[Diagnostic]:
    """Report the errors in every environment, whether it is chosen or not."""
    if section is None:
        return
    if not isinstance(section, Mapping):
        yield error_at(section, Code.NOT_A_SECTION, "`environments` must be a mapping of names")
        return
    for name, entry in section.items.items():
        yield from _errors_in(name, entry, declared)


def without_references(section: Node, errors: list[Diagnostic]) -> Node:
    """Report each reference in the settings of an environment, and empty its value."""
    changed: dict[str, Pair] = {}
    for name, entry in section.items.items() if isinstance(section, Mapping) else ():
        if isinstance(entry.node, Mapping):
            settings = (key for key in entry.node.items if key not in _WITH_REFERENCES)
            changed[name] = Pair(entry.key, refuse_references_in(entry.node, settings, errors))
    return section.holding({**section.items, **changed}) if isinstance(section, Mapping) else section


def sharing_environments(section: Node | None, here: Environment, region: str) -> Iterator[tuple[Environment, Node]]:
    """Yield the other environments of the same account and region, each with its section.

    `region` is the one of an environment that names none.
    """
    if here.account_sid is None or not isinstance(section, Mapping):
        return
    for name, entry in section.items.items():
        other, _ = _environment(name, entry.node)
        same_region = (other.region or region or DEFAULT_REGION) == (here.region or region or DEFAULT_REGION)
        if name != here.name and other.account_sid == here.account_sid and same_region:
            yield other, entry.node


def _errors_in(name: str, entry: Pair, declared: dict[str, Variable]) -> Iterator[Diagnostic]:
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, `-` and `_`: the ledger is named after it"
        yield error_at(entry, Code.BAD_ENVIRONMENT, "this cannot be an environment's name", hint)
    if not isinstance(entry.node, Mapping):
        yield error_at(
            entry.node,
            Code.NOT_A_SECTION,
            f"environment {in_quotes(name)} must be a mapping",
            "write `account_sid: AC…`",
        )
        return
    yield from variable_override_errors(entry.node.get("variables"), declared)
    yield from patch_errors(entry.node.get(PATCH), _KEYS)
    written = read_written(WrittenEnvironment, _own(entry.node))
    if written is None:
        yield from written_errors(WrittenEnvironment, _own(entry.node), "environment", entry, _known_keys)
        return
    if not is_sid(written.account_sid, "AC"):
        place, hint = entry.node.items["account_sid"].node, "it is AC followed by 32 hexadecimal digits"
        yield error_at(place, Code.BAD_ENVIRONMENT, "this is not an account SID", hint)
    if written.region:
        yield from region_errors(written.region, entry.node.items["region"].node, has_edge=bool(written.edge))
    if written.edge:
        yield from edge_warnings(written.edge, entry.node.items["edge"].node)


def _environment(name: str, node: Node) -> tuple[Environment, Node | None]:
    """Read an environment as far as it is valid; `environment_errors` reports what is wrong with it."""
    if not isinstance(node, Mapping):
        return Environment(name), None
    written = read_written(WrittenEnvironment, _own(node))
    return Environment(name, **asdict(written)) if written else Environment(name), node.get("variables")


_WITH_REFERENCES = ("variables", PATCH)
_KEYS = (*WrittenEnvironment.keys(), "variables", *WORDS)
_READ_ELSEWHERE = (*_WITH_REFERENCES, *WORDS)


def _known_keys(_: tuple[str, ...]) -> Iterable[str]:
    return (*_KEYS, PATCH)


def _own(node: Mapping) -> dict[str, object]:
    own = ((key, entry.node) for key, entry in node.items.items() if key not in _READ_ELSEWHERE)
    return {key: plain_value(value) for key, value in own if not value.empty}


def _question(meant: str) -> str:
    return meant[:1].upper() + meant[1:]
