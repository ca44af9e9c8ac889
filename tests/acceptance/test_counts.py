"""A small benchmark that counts and never measures time: requests, writes, and calls to DeepDiff."""

import math
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import deepdiff
import pytest

from tests.harness import Harness

DEFAULT_SERVICES = 1
BUILT_IN_ROLES = 4
SINGLETONS = 3
INVENTORY = 2
"""The first pages of credentials and of phone addresses, which a plan counts even if it declares none."""

DESK = """\
  desk{number}:
    configuration: {{default_conversation_role: role0}}
    notifications: {{log_enabled: true}}
    webhooks: {{method: POST}}
    roles: {{{roles}}}
"""


def configuration(services: int, roles: int, permissions: str = "sendMessage") -> str:
    """Write some services that declare every singleton, and so many roles."""
    declared = ", ".join(f"role{each}: {{type: conversation, permissions: [{permissions}]}}" for each in range(roles))
    desks = "".join(DESK.format(number=number, roles=declared) for number in range(services))
    return f"version: 1\nservices:\n{desks}"


@pytest.fixture
def deepdiff_calls() -> Iterator[list[tuple[object, ...]]]:
    """Record what DeepDiff compares."""
    calls: list[tuple[object, ...]] = []
    original = deepdiff.DeepDiff

    def recorded(*values: Any, **options: Any) -> object:  # noqa: ANN401 — whatever DeepDiff takes
        calls.append(values)
        return original(*values, **options)

    with patch("deepdiff.DeepDiff", recorded):
        yield calls


@pytest.mark.parametrize(
    ("declared", "others", "roles"),
    [(1, 0, 1), (3, 0, 2), (2, 97, 1), (2, 98, 1), (1, 0, 46), (1, 0, 47)],
)
def test_a_plan_in_sync_sends_exactly_the_requests_of_the_formula(
    harness: Harness, declared: int, others: int, roles: int
) -> None:
    for number in range(others):
        harness.client.made("/Services", {"FriendlyName": f"other {number}"})
    harness.apply(configuration(declared, roles))

    assert not any(each.actions for each in harness.plan().changes)

    pages = max(1, math.ceil((declared + others + DEFAULT_SERVICES) / 100))
    below = SINGLETONS + max(1, math.ceil((roles + BUILT_IN_ROLES) / 50))
    assert len(harness.emulator.log) == 1 + INVENTORY + pages + declared * below


def test_an_apply_in_sync_writes_nothing_and_calls_no_deepdiff(
    harness: Harness, deepdiff_calls: list[tuple[object, ...]]
) -> None:
    harness.apply(configuration(3, 2))
    deepdiff_calls.clear()

    report = harness.apply()

    assert not report.errors
    assert harness.writes == []
    assert deepdiff_calls == []


def test_deepdiff_compares_only_what_differs(harness: Harness, deepdiff_calls: list[tuple[object, ...]]) -> None:
    harness.apply(configuration(3, 2))
    edited = configuration(3, 2).replace("[sendMessage]", "[sendMessage, leaveConversation]", 1)
    deepdiff_calls.clear()

    harness.plan(edited)

    assert deepdiff_calls == [({"sendMessage"}, {"sendMessage", "leaveConversation"})]
