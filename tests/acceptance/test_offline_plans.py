"""A plan against a snapshot says what a plan of the live state said at that time, as far as the snapshot goes.

A test run samples 6 pairs of configurations; `--hypothesis-profile long` tries 1,000.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from confsync.account.configuration import load_configuration
from confsync.account.offline import SnapshotPlace, plan_against_place
from confsync.account.results import Plan
from confsync.config.config import LoadOptions
from confsync.errors import ConfsyncError, InvalidConfiguration
from confsync.live.snapshot_content import is_recordable
from confsync.live.snapshot_file import parse_snapshot
from confsync.names import Address
from confsync.resources import kind_of
from confsync.views.plan_builder import plan_document
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness, harness_of

GENERATED = campaign(sample=3, at_length=500)


@st.composite
def edited(draw: st.DrawFn, before: Mapping[str, Any], after: Mapping[str, Any], depth: int = 5) -> dict[str, Any]:
    """Take each part of a tree from one of two trees, or from both."""
    tree: dict[str, Any] = {}
    for key in {**before, **after}:
        ways = [each for each, there in (("before", key in before), ("after", key in after)) if there]
        both = key in before and key in after and isinstance(before[key], dict) and isinstance(after[key], dict)
        way = draw(st.sampled_from(["both", "before"] if both and depth else [*ways, "neither"]))
        if key == "version" or way in ("before", "after"):
            tree[key] = before[key] if way == "before" or key not in after else after[key]
        elif way == "both":
            tree[key] = draw(edited(before[key], after[key], depth - 1))
    return tree


@st.composite
def changes(draw: st.DrawFn) -> tuple[GeneratedConfiguration, ...]:
    """Three configurations: each of the others is an edit of the first one."""
    first, second, third = (draw(configurations()) for _ in range(3))
    environ = {**third.environ, **second.environ, **first.environ}
    trees = (first.tree, draw(edited(first.tree, second.tree)), draw(edited(first.tree, third.tree)))
    return tuple(GeneratedConfiguration(tree, environ) for tree in trees)


def snapshot_file(harness: Harness) -> Path:
    return harness.folder / "confsync.snapshot.json"


def is_valid(harness: Harness, made: GeneratedConfiguration) -> bool:
    """Write a configuration if it is valid; leave the one that is there otherwise."""
    before = (harness.folder / "confsync.yaml").read_text("utf-8")
    harness.write(made.text)
    try:
        harness.config()
    except InvalidConfiguration:
        harness.write(before)
        return False
    return True


def apply(harness: Harness) -> None:
    account = harness.account()
    plan = account.plan()
    report = account.apply(plan)
    assert report.ok, report.outcomes
    account.save_snapshot(plan, report)


def offline_plan(harness: Harness, *, secrets: bool = True) -> Plan:
    """Plan against the snapshot; without secrets, as a fork does."""
    options = LoadOptions(environ=harness.environ if secrets else {}, directory=harness.folder)
    place = SnapshotPlace(origin=harness.origin, ledger=harness.ledger_path, emulator=True, path=snapshot_file(harness))
    harness.emulator.log.clear()
    plan = asyncio.run(plan_against_place(load_configuration(options), place))
    assert not list(harness.emulator.log.writes())
    return plan


def check_same(harness: Harness) -> None:
    """Compare both plans of the configuration that is in the folder; or both refuse it with the same words."""
    try:
        live = harness.account().plan()
    except ConfsyncError as refused:
        with pytest.raises(type(refused), match=re.escape(str(refused))):
            offline_plan(harness)
        return
    offline = offline_plan(harness)
    assert comparable(offline, offline) == comparable(live, offline)
    check_without_secrets(harness, offline)


def check_without_secrets(harness: Harness, complete: Plan) -> None:
    """Without secrets, a plan claims nothing that it does not claim with them."""
    bare = offline_plan(harness, secrets=False)
    assert comparable(bare, bare) == comparable(complete, bare)


def comparable(plan: Plan, offline: Plan) -> dict[str, Any]:
    """Select what both plans must say: everything that the offline one does not declare to be unknown."""
    document = to_builtins(plan_document(plan.live, 0, created_at=plan.created_at))
    about = _document(offline)
    unknown = {(each["address"], each["path"]) for each in about["unchecked"]}
    places = tuple(f"{each['address']}/" for each in about["unrecorded"])
    return {
        # the order follows references, also those of what is not in the snapshot
        "changes": sorted(_changes(document["changes"], unknown, places), key=lambda each: each["address"]),
        **{
            name: [
                each
                for each in document[name]
                if is_recorded(each["address"]) and not each["address"].startswith(places)
            ]
            for name in ("unmanaged", "orphaned", "forgotten")
        },
        "duplicates": document["probable_duplicates"],
        "guardrails": [
            (each["rule"], each["text"], each["override"], each["source"])
            for each in document["guardrails"]
            if all(map(is_recorded, each["addresses"]))
        ],
    }


def _document(plan: Plan) -> Any:  # noqa: ANN401 — JSON
    return to_builtins(plan_document(plan.live, 0, created_at=plan.created_at))


def _changes(
    found: list[dict[str, Any]], unknown: set[tuple[str, str]], places: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    for each in found:
        if not is_recorded(each["address"]) or f"{each['address']}/".startswith(places):
            continue
        address = each["address"]
        differences = [
            one | ({"after": None} if one["path"] in each["sensitive"] else {})
            for one in each["differences"]
            if (address, one["path"]) not in unknown
        ]
        sent = [one for one in each["also_sent"] if (address, one["path"]) not in unknown]
        actions = [one for one in each["actions"] if one != "update" or differences or sent]
        if actions:
            names = ("address", "previous_address", "sid", "reason", "source", "references", "also_deleted")
            facts = {name: each[name] for name in names}
            yield {**facts, "actions": actions, "differences": differences, "sent": sorted(s["path"] for s in sent)}


def is_recorded(address: str) -> bool:
    kind = kind_of(Address.parse(address))
    return kind is not None and is_recordable(kind)


@GENERATED
@given(changes())
def test_after_an_apply_both_plans_say_the_same(made: tuple[GeneratedConfiguration, ...]) -> None:
    first, second, _ = made
    with harness_of(first) as harness:
        apply(harness)
        check_contents(harness)
        nothing = offline_plan(harness)
        assert not nothing.changes
        assert not nothing.applyable
        check_same(harness)
        if is_valid(harness, second):
            check_same(harness)


@GENERATED
@given(changes())
def test_after_outside_edits_and_a_drift_both_plans_say_the_same(made: tuple[GeneratedConfiguration, ...]) -> None:
    first, second, third = made
    with harness_of(first) as harness:
        apply(harness)
        if is_valid(harness, second):
            edit_outside(harness)
        harness.write(first.text)
        account = harness.account()
        account.save_snapshot(account.drift().plan)
        check_contents(harness)
        check_same(harness)
        if is_valid(harness, third):
            check_same(harness)


def edit_outside(harness: Harness) -> None:
    """Apply the configuration as somebody else, who has another ledger."""
    ours = harness.ledger_path.read_bytes()
    harness.ledger_path.unlink()
    account = harness.account()
    try:
        account.apply(account.plan())
    except ConfsyncError:
        pass  # a guardrail blocks it, and nothing was changed
    finally:
        harness.ledger_path.write_bytes(ours)


def check_contents(harness: Harness) -> None:
    """Nothing in a snapshot is personal, and it has no fingerprint of a secret."""
    text = snapshot_file(harness).read_text("utf-8")
    saved = parse_snapshot("", text)
    assert all(is_recordable(each.found.kind) for each in saved.resources)
    assert all(is_recordable(each.kind) for each in saved.collections)
    assert saved.ledger is None or all(is_recorded(str(each.address)) for each in saved.ledger.entries)
    entries = harness.ledger.entries if harness.ledger else ()
    fingerprints = {each for entry in entries for each in entry.fingerprints.values()}
    assert not any(each and each in text for each in fingerprints)
