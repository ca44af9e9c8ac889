"""What a change of each field of each type means, found by changing it on an emulator.

`golden/risks/` lists every field with the risks of each change. Of the fields of a type that declare the same risks, an
ordinary run changes the first; the campaigns change the others. `CONFSYNC_UPDATE_GOLDEN=1 pytest -n 0 -m ""` on this
file rewrites the lists; then read the diff.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from confsync.account.blocking import BlockingAccount
from confsync.account.results import Plan
from confsync.apply.report import Report, Status
from confsync.codecs import Duration, JsonText, Text
from confsync.emulator.emulator import Emulator
from confsync.lints import KnownValues
from confsync.model import Field, Kind
from confsync.plan.risk import Risk
from confsync.planning.make import LivePlan
from confsync.resources import KINDS
from confsync.risk_rules import Level, NoRisk, RiskRule
from scripts.docs.samples import NAME, Sample, inline, sample_as_yaml, sample_of
from tests.fast_yaml import dump_yaml, load_yaml
from tests.harness import Harness

_SID = re.compile(r"\b([A-Z]{2})[0-9a-f]{32}\b")
LISTS = Path(__file__).parent / "golden" / "risks"
CONTEXT = f"""
version: 1
services:
  support: {{}}
  other: {{}}
  {NAME}:
    roles:
      agent: {{friendly_name: another, type: conversation, permissions: [sendMessage]}}
      host: {{type: conversation, permissions: [addParticipant]}}
      other conversation: {{type: conversation, permissions: [sendMessage]}}
      supervisor: {{type: service, permissions: [createConversation]}}
      other service: {{type: service, permissions: [createConversation]}}
    conversations:
      lounge: {{unique_name: another, participants: {{bob: {{identity: bob}}}}}}
      {NAME}: {{participants: {{bob: {{identity: bob}}}}}}
    users: {{{NAME}: {{identity: bob}}}}
"""
"""The resources that the samples refer to."""

CONTEXT_TREE = load_yaml(CONTEXT)

SECRETS = {"SECRET": "one", "ANOTHER": "two", **dict.fromkeys(("APN_CERTIFICATE", "APN_PRIVATE_KEY"), "pem")}
SECRETS |= {"GCM_API_KEY": "key", "FCM_SECRET": "key"}

ABSENT = object()
"""Stands for a field that is not written."""

PINNED: dict[str, object] = {"permissions": ["editOwnMessage"]}
"""Values of other fields that are valid whatever the value of the field is."""

OTHERS: dict[str, object] = {
    "permissions": ["sendMessage", "editAnyMessage"],
    "friendly_name": "Another name",
    "address": "+15551239999",
    "address_country": "GB",
    "template": "Another text",
    "sound": "bell",
    "identity": "zoe",
    "unique_name": "attic",
    "proxy_address": "+15551230002",
    "projected_address": "+15551230003",
    "name": "Another desk",
    "triggers": ["help", "urgent"],
    "conversation_service": "other",
    "default_service": "other",
    "bindings.email.address": "another@example.com",
    "role": "other",
}


def other_values(field: Field) -> list[object]:
    """Give further values of a field; the first is applied."""
    name, example = field.path[-1], field.examples[0]
    if field.ref and field.ref.where:
        return [f"other {field.ref.where[0][1]}"]
    if isinstance(field.codec, Text) and field.codec.fold and field.required:
        return ["rcs"]  # the one other type of an address that a phone number may have
    if field.choices:
        return [each for each in field.choices if each != example]
    if field.secret:
        return ["${{ env.ANOTHER }}"]
    if isinstance(field.codec, Duration | JsonText):
        return ["P2D"] if isinstance(field.codec, Duration) else [{"another": True}]
    return [OTHERS.get(field.name) or OTHERS.get(name) or _variation(field, example)]


def _variation(field: Field, example: object) -> object:
    match example:
        case bool():
            return not example
        case int():
            return 1
        case list():
            known = {each for lint in field.lints if isinstance(lint, KnownValues) for each in lint.values}
            return [*example, "onMessageRemoved", *sorted({"onMessageAdd"} & known)]
        case str() if "://" in example:
            return "http://another.example.org/"
    return f"{str(example)[:-1]}1"


class Base(Struct, frozen=True):
    """An account in which the context was applied, and its ledger."""

    state: bytes
    ledger: bytes


@pytest.fixture(scope="module")
def base() -> Base:
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator)
        assert {each.status for each in harness.apply(CONTEXT).outcomes} == {Status.DONE}
        return Base(emulator.dump(), harness.ledger_path.read_bytes())


@pytest.fixture
def prepared(base: Base, harness: Harness, field: Field) -> Harness:
    """Go back to the base; but a resource of the base cannot get another natural key."""
    if field.in_natural_key:
        return harness
    harness.emulator.load(base.state)
    harness.ledger_path.write_bytes(base.ledger)
    return harness


class Planner:
    """Plans configurations, and applies one as it was planned last, so that it need not be planned again."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.made: dict[str, tuple[BlockingAccount, Plan]] = {}

    def plan(self, text: str) -> LivePlan:
        account = self.harness.account(self.harness.config(text))
        self.made[text] = account, account.plan(self.harness.intent)
        return self.made[text][1].live

    def apply(self, text: str) -> Report:
        if text not in self.made:
            self.plan(text)
        account, plan = self.made[text]
        self.made.clear()
        return account.apply(plan).applied


Step = tuple[str, LivePlan]
"""A change of a field, and the plan of it."""


def steps(harness: Harness, kind: Kind, field: Field) -> Iterator[Step]:
    """Change a field of a resource that exists from nothing, from its example and from another value."""
    harness.environ |= SECRETS
    planner = Planner(harness)
    example: object = "${{ env.SECRET }}" if field.secret else field.examples[0]
    others = other_values(field)
    none: list[object] = [None] if field.clearable else [[]] if field.is_set and not field.length.min else []
    if field.required_if or not (field.required or field.in_natural_key or field.immutable or field.secret):
        yield from changes(planner, kind, field, ABSENT, [example, others[0]])
    from_example = list(changes(planner, kind, field, example, [*others, *none]))
    yield from from_example
    if not from_example[0][1].guardrails:
        yield from changes(planner, kind, field, others[0], [example])
        if field.editable or field.secret:
            harness.ledger_path.unlink()
            yield from changes(planner, kind, field, others[0], [example], apply=False)


def changes(
    planner: Planner, kind: Kind, field: Field, before: object, values: list[object], *, apply: bool = True
) -> Iterator[Step]:
    if apply:
        report = planner.apply(configuration(kind, field, before))
        assert [each.error for each in report.outcomes if each.error] == []
    for value in values:
        known = "" if apply else " without a ledger"
        yield f"{shown(before)} -> {shown(value)}{known}", planner.plan(configuration(kind, field, value))


def configuration(kind: Kind, field: Field, value: object) -> str:
    """Declare a sample of the type with this value, beside everything that it refers to."""
    chosen = _without(kind, field) if value is ABSENT else sample_of(kind, {field.name: value})
    chosen |= {name: each for name, each in PINNED.items() if name in chosen and name != field.name}
    if kind.linked_kind:
        chosen["conversation"] = NAME
    tree = deepcopy(CONTEXT_TREE)
    merge(tree, load_yaml(sample_as_yaml(kind, chosen)))
    return dump_yaml(tree)


def _without(kind: Kind, field: Field) -> Sample:
    """Give a sample in which the field is neither written nor required."""
    for name, values in field.required_if:
        other = next(each for each in reversed(kind.by_name[name].choices) if each not in values)
        return sample_of(kind, {name: other})
    sample = sample_of(kind, {field.name: field.examples[0]})
    return {name: value for name, value in sample.items() if name != field.name}


def merge(tree: dict[str, Any], above: dict[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(tree.get(name), dict):
            merge(tree[name], value)
        else:
            tree[name] = value


def shown(value: object) -> str:
    return "absent" if value is ABSENT else "null" if value is None else inline(value)


def line(risk: Risk) -> str:
    text = _SID.sub(r"\1…", risk.text)
    return f"{risk.level.name} {risk.rule}: {text}"


def every_field() -> Iterator[object]:
    """Give each field of each type; one that declares the same risks as an earlier field belongs to the campaigns."""
    for kind in KINDS:
        seen: set[frozenset[tuple[RiskRule, Level]]] = set()
        for field in kind.fields:
            risks = frozenset(declared_risks(field))
            marks = pytest.mark.campaign if risks in seen else ()
            yield pytest.param(kind, field, id=f"{kind.title} {field.name}", marks=marks)
            seen.add(risks)


def declared_risks(field: Field) -> set[tuple[RiskRule, Level]]:
    return {(rule, level) for each in field.risks for rule, level, _ in each.levels}


@pytest.mark.parametrize(("kind", "field"), list(every_field()))
def test_a_change_of_a_field_has_the_risks_that_its_declaration_names(
    kind: Kind, field: Field, prepared: Harness
) -> None:
    found = [
        (change, [risk for each in plan.changes for risk in each.risks])
        for change, plan in steps(prepared, kind, field)
    ]
    declared = declared_risks(field)
    raised = {(risk.rule, risk.level) for _, risks in found for risk in risks}

    assert declared <= raised, f"no change of it raises {declared - raised}"
    assert matches_list(kind, field, [*(f"no risk: {each}" for each in reasons_of(field)), *listing(found)])


def test_each_field_declares_risks_or_the_reason_why_it_has_none() -> None:
    wrong = [
        f"{kind.title} {field.name}: declare a risk of the field, or `NoRisk` with the reason"
        for kind in KINDS
        for field in kind.fields
        if bool(reasons_of(field)) == bool(declared_risks(field))
    ]
    assert wrong == []


def reasons_of(field: Field) -> list[str]:
    return [each.reason for each in field.risks if isinstance(each, NoRisk)]


def listing(found: Iterable[tuple[str, list[Risk]]]) -> Iterator[str]:
    for change, risks in found:
        yield change
        yield from (f"  {line(each)}" for each in risks)


def matches_list(kind: Kind, field: Field, lines: list[str]) -> bool:
    """Whether the lines are those that the list of the type has for the field."""
    path = LISTS / f"{kind.title.replace(' ', '-')}.txt"
    known = sections(path.read_text("utf-8")) if path.exists() else {}
    if os.environ.get("CONFSYNC_UPDATE_GOLDEN"):
        known = {each.name: lines if each is field else known.get(each.name, []) for each in kind.fields}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(f"{name}\n" + "".join(f"  {each}\n" for each in known[name]) for name in known), "utf-8"
        )
    assert list(known) == [each.name for each in kind.fields]
    assert known[field.name] == lines
    return True


def sections(text: str) -> dict[str, list[str]]:
    """Split a list into the lines of each field."""
    found: dict[str, list[str]] = {}
    for each in text.splitlines():
        if each.startswith("  "):
            found[next(reversed(found))].append(each[2:])
        else:
            found[each] = []
    return found
