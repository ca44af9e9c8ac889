"""Advice about a configuration does what it says: after following it, there is nothing more to say."""

import re

import pytest

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration
from tests.advice.templates import MEANT, Correction, corrections, matches
from tests.harness import Harness

PASTEABLE = re.compile(r"write `([^`…]+?):?`")
"""A snippet without a placeholder, which a person can copy."""

FIRST_ENVIRONMENT = re.compile(r"^environments:\s*{?\s*'?([\w-]+)'?:", re.MULTILINE)


def found(harness: Harness, text: str) -> tuple[Diagnostic, ...]:
    """Report everything about a configuration, in the first environment if there are several."""
    harness.environ["CONFSYNC_VAR_x"] = "https://example.com/secret"
    first = FIRST_ENVIRONMENT.search(text)
    harness.environment = first[1] if first else None
    try:
        return harness.config(text).warnings
    except InvalidConfiguration as wrong:
        return wrong.diagnostics


def ids(correction: Correction) -> str:
    return correction.template[:60]


@pytest.mark.parametrize("correction", corrections(), ids=ids)
def test_whoever_follows_the_advice_writes_what_it_says_and_removes_the_diagnostic(
    harness: Harness, correction: Correction
) -> None:
    everything = found(harness, correction.before)
    given = [each for each in everything if matches(correction.template, each.detail)]
    assert given, [each.detail for each in everything]
    pasted = PASTEABLE.fullmatch(given[0].detail)
    assert pasted is None or pasted[1] in correction.after or "one, two" in pasted[1]
    after = correction.after or as_meant(correction.before, given[0])
    assert found(harness, after) == ()


def as_meant(text: str, diagnostic: Diagnostic) -> str:
    """Write the word that a diagnostic suggests at its place."""
    word = re.fullmatch(MEANT.replace("{}", "(.+)").replace("?", r"\?"), diagnostic.detail)
    assert word
    assert diagnostic.range
    start, lines = diagnostic.range.start, text.splitlines(keepends=True)
    line = lines[start.line - 1]
    lines[start.line - 1] = line[: start.column - 1] + word[1] + line[diagnostic.range.end_column - 1 :]
    return "".join(lines)


MEANT_WORDS = [
    "services: {a: {rolez: {}}}",
    "servics: {}",
    "account: {adresses: {}}",
    "services: {a: {notifications: {new_message: {templat: x}}}}",
    "services: {a: {lifecycle: {protct: true}}}",
    "services: {a: {lifecycle: {prune: [role]}}}",
    "services: {a: {lifecycle: {ignore: [frendly_name]}}}",
    "services: {a: {roles: {r: {type: conversaton, permissions: [sendMessage]}}}}",
    "services: {a: {roles: {r: {type: channel, permissions: [sendMessage]}}}}",
    "services: {a: {roles: {r: {type: conversation, permissions: [sendMessage, sendMesage]}}}}",
    "services: {a: {roles: {r: {type: service, permissions: [editOwnMemberAttributes]}}}}",
    "account: {webhooks: {filters: [onMemberAdded, onMessageAdded]}}",
    "services: {a: {webhooks: {filters: [onChannelDestroyed]}}}",
    "services: {a: {channels: {}}}",
    "services: {a: {notifications: {added_to_channel: {enabled: true}}}}",
    (
        "services: {a: {configuration: {default_conversation_role: agnet}, roles: {agent: {type: conversation, "
        "permissions: [sendMessage]}}}}"
    ),
    "variables: {host: x}\nservices: {a: {friendly_name: '${{ var.hots }}'}}",
    "services: {a: {}}\nadopt: {services/aa: IS00000000000000000000000000000000}",
]


@pytest.mark.parametrize("text", MEANT_WORDS)
def test_a_suggested_word_is_right_where_it_is_suggested(harness: Harness, text: str) -> None:
    before = f"version: 1\n{text}\n"
    (given,) = found(harness, before)
    after = before
    assert given.detail
    after = as_meant_within(before, given) if given.code == Code.UNDECLARED_VARIABLE else as_meant(before, given)
    assert found(harness, after) == ()


def as_meant_within(text: str, diagnostic: Diagnostic) -> str:
    """Replace the name in a reference, because the whole reference is marked."""
    return text.replace("hots", diagnostic.detail.split("'")[1])
