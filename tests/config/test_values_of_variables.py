"""A value that comes from a variable and that a field does not accept."""

import pytest

from confsync.errors import InvalidConfiguration
from tests.config.reading import lines
from tests.harness import Harness

ENVIRON = {"CONFSYNC_VAR_secret": "canary"}
DECLARED = """\
version: 1
variables: {port: 80, word: "true", method: PATCH, flag: {default: true, type: boolean}, secret: {sensitive: true}}
services:
  a:
"""
PORT = "put quotes around the value of the variable 'port'; if it has a `type`, make that `text`"
FLAG = "put quotes around the value of the variable 'flag'; if it has a `type`, make that `text`"
WORD = "set the variable 'word' to `true` or `false`; if it has a `type`, make that `boolean`"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            'friendly_name: "${{ var.port }}"',
            f"5:20 CS2005 'friendly_name' must be text, not the number 80 - {PORT}",
        ),
        (
            'configuration: {default_conversation_role: "${{ var.flag }}"}',
            f"5:48 CS2005 'default_conversation_role' must be text, not true - {FLAG}",
        ),
        (
            'webhooks: {filters: ["${{ var.port }}"]}',
            f"5:26 CS2005 an item of 'filters' must be text, not the number 80 - {PORT}",
        ),
        ('api_extra: {Zap: "${{ var.port }}"}', f"5:22 CS2005 'Zap' must be text - {PORT}"),
        (
            'configuration: {reachability_enabled: "${{ var.word }}"}',
            f"5:43 CS2005 'reachability_enabled' must be true or false, not 'true' - {WORD}",
        ),
        ('webhooks: {method: "${{ var.method }}"}', "5:24 CS2005 'method' is 'GET' or 'POST', not 'PATCH'"),
        (
            'roles: {r: {type: service, permissions: "${{ var.port }}"}}',
            "5:45 CS2005 'permissions' must be a list, not the number 80 - write `[one, two]`",
        ),
        (
            'notifications: {new_message: "${{ var.secret }}"}',
            "5:34 CS2005 'new_message' must be a mapping, not '${{ var.secret }}'",
        ),
        (
            'roles: {r: {type: "${{ var.secret }}", permissions: [sendMessage]}}',
            "5:23 CS2005 'type' is 'conversation' or 'service', not '${{ var.secret }}'",
        ),
        ("friendly_name: [a]", "5:20 CS2005 'friendly_name' must be text, not a list"),
        ("api_extra: {Zap: [a]}", "5:22 CS2005 'Zap' must be text"),
    ],
)
def test_an_error_shows_the_value_of_the_variable_and_how_to_correct_it(
    harness: Harness, field: str, expected: str
) -> None:
    harness.environ = ENVIRON
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.config(f"{DECLARED}    {field}\n")
    assert [each for each in lines(wrong.value.diagnostics) if " CS2005 " in each] == [f"confsync.yaml:{expected}"]
