"""`--target`, `--exclude` and `--kind`: before or after a command that plans, and on no other."""

import json

import pytest

from tests.cli.conftest import Confsync


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_a_partial_plan_says_so(confsync: Confsync, verb: str) -> None:
    whole = json.loads(confsync(verb, "--emulator", "--json").out)
    before = json.loads(confsync("--kind", "roles", verb, "--emulator", "--json").out)
    after = json.loads(confsync(verb, "--kind", "roles", "--emulator", "--json").out)
    assert (whole["complete"], before["complete"], after["complete"]) == (True, False, False)
    found = "changes" if verb == "plan" else "differences"
    assert before[found] == after[found]
    assert before["selection"]["kinds"] == ["roles"]


def test_targets_before_and_after_the_command_add_up(confsync: Confsync) -> None:
    said = json.loads(confsync("--target", "**", "plan", "--target", "services", "--emulator", "--json").out)
    assert said["selection"]["targets"] == ["**", "services"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target", "services", "validate"), "`validate` always covers the whole configuration"),
        (("validate", "--target", "services"), "No such option"),
        (("--kind", "roles", "version"), "`version` always covers the whole configuration"),
        (("plan", "--emulator", "--target", "services//x"), "is not a valid address glob"),
        (("plan", "--emulator", "--target", "servces/x"), "no address matches"),
        (("plan", "--emulator", "--kind", "role"), "Did you mean 'roles'?"),
    ],
)
def test_a_wrong_selection_is_a_usage_error(confsync: Confsync, arguments: tuple[str, ...], message: str) -> None:
    said = confsync(*arguments)
    assert said.code == 3
    assert message in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--kind", "role"),
        ("plan", "--target", "services//x"),
        ("plan", "--allow-recreate", "services/suport"),
        ("drift", "--kind", "role"),
        ("apply", "--auto-approve", "--kind", "role"),
        ("apply", "--auto-approve", "--allow-recreate", "services/suport"),
    ],
)
def test_a_usage_error_is_reported_without_credentials(confsync: Confsync, arguments: tuple[str, ...]) -> None:
    said = confsync(*arguments)
    assert said.code == 3
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["Error", "State", "Next"]


@pytest.mark.parametrize("verb", [("plan",), ("drift",), ("apply", "--auto-approve")])
def test_nothing_claims_to_read_without_credentials(confsync: Confsync, verb: tuple[str, ...]) -> None:
    said = confsync(*verb)
    assert said.code == 9
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["Error", "State", "Next"]


def test_no_environment_variable_narrows(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TARGET", "EXCLUDE", "KIND"):
        monkeypatch.setenv(f"CONFSYNC_{name}", "roles")
    whole = confsync("plan", "--emulator", "--json")
    assert json.loads(whole.out)["complete"]
