"""A renamed or removed environment leaves a ledger behind: nothing is applied without it, and it can be adopted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.errors import LocalFileError, Refused
from confsync.names import Address
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger
from confsync.state.ledger_name import ledger_name
from confsync.state.replay import Drop
from confsync.state.state_files import journal_path
from tests.harness import Harness, change_lines, plan_lines

ROLE = "{type: conversation, permissions: [sendMessage]}"
DESK = Address.parse("services/desk")


def desk(*environments: str, more: str = "") -> str:
    """Declare a protected service, for environments of one account."""
    names = "".join(f"  {each}: {{account_sid: {ACCOUNT_SID}{more}}}\n" for each in environments)
    body = f"services: {{desk: {{lifecycle: {{protect: true, prune: [roles]}}, roles: {{a: {ROLE}, b: {ROLE}}}}}}}\n"
    return f"version: 1\n{f'environments:{chr(10)}{names}' if environments else ''}{body}"


@pytest.fixture
def renamed(harness: Harness) -> Harness:
    """Apply in an environment, and rename it."""
    harness.environment = "production"
    harness.apply(desk("production"))
    harness.environment = "prod"
    harness.write(desk("prod"))
    return harness


def old_ledger(harness: Harness, environment: str | None = "production") -> Path:
    return harness.folder / ledger_name(environment)


@pytest.mark.parametrize(("before", "after"), [("production", "prod"), ("production", None), (None, "prod")])
def test_a_ledger_that_no_environment_uses_blocks_every_plan(
    harness: Harness, before: str | None, after: str | None
) -> None:
    harness.environment = before
    harness.apply(desk(*filter(None, [before])))
    harness.environment = after
    plan = harness.plan(desk(*filter(None, [after])))
    (guardrail,) = plan.guardrails
    assert (guardrail.rule, guardrail.addresses) == ("ledger", ())
    old = old_ledger(harness, before)
    selected = f" -e {after}" if after else ""
    assert guardrail.override == f"`confsync ledger adopt{selected} --emulator {old}`, or remove that file"
    with pytest.raises(Refused, match="no declared environment uses it"):
        harness.apply()
    assert harness.writes == []
    assert not harness.ledger_path.exists()

    old.unlink()
    assert change_lines(harness.plan()) == [
        "adopt services/desk",
        "adopt services/desk/roles/a",
        "adopt services/desk/roles/b",
    ]
    assert harness.plan().applyable


def test_adopting_it_keeps_protection_origin_and_lineage(renamed: Harness) -> None:
    old = old_ledger(renamed)
    before = json.loads(old.read_text("utf-8"))
    adopted = renamed.account().adopt_ledger(old)
    assert adopted.aside == (old.with_name(f"{old.name}.adopted"),)
    assert json.loads(adopted.aside[0].read_text("utf-8")) == before
    after = json.loads(renamed.ledger_path.read_text("utf-8"))
    assert after == {**before, "serial": before["serial"] + 1}
    assert plan_lines(renamed.plan()) == []
    one_gone = desk("prod").replace(f", b: {ROLE}", "")
    assert change_lines(renamed.plan(one_gone)) == ["delete services/desk/roles/b"]
    (guardrail,) = renamed.plan(desk("prod").split("services")[0] + "forget: [services/desk]\n").guardrails
    assert guardrail.rule == "unprotect"


def test_the_journal_of_an_apply_that_was_killed_is_adopted_too(renamed: Harness) -> None:
    old = old_ledger(renamed)
    known = json.loads(old.read_text("utf-8"))
    (role,) = (each["sid"] for each in known["entries"] if each["address"] == "services/desk/roles/b")
    left = Journal(journal_path(old), Ledger(ACCOUNT_SID, "127.0.0.1", 1))
    left.append([Drop(role)])
    left.close()
    adopted = renamed.account().adopt_ledger(old)
    assert [each.suffix for each in adopted.aside] == [".aside", ".adopted"]
    assert role not in renamed.ledger_path.read_text("utf-8")
    assert not journal_path(old).exists()


def test_a_journal_that_stayed_behind_is_not_replayed_on_the_adopted_ledger(renamed: Harness) -> None:
    """Its serial may be that of the adopted ledger by chance."""
    left = Journal(journal_path(renamed.ledger_path), Ledger(ACCOUNT_SID, "127.0.0.1", 2))
    left.append([Drop(DESK)])
    left.close()
    renamed.account().adopt_ledger(old_ledger(renamed))
    assert DESK in (known.current if (known := renamed.ledger) else {})
    assert plan_lines(renamed.plan()) == []
    assert renamed.plan().warnings == ()


def test_a_ledger_that_exists_is_never_replaced(renamed: Harness) -> None:
    old = old_ledger(renamed)
    text = old.read_text("utf-8")
    old.unlink()
    renamed.apply()
    old.write_text(text, "utf-8")
    before = renamed.ledger_path.read_bytes()
    (guardrail,) = renamed.plan().guardrails
    assert guardrail.override == f"remove {old}, if nothing that it owns or protects matters any more"
    with pytest.raises(Refused, match="already exists"):
        renamed.account().adopt_ledger(old)
    assert (renamed.ledger_path.read_bytes(), old.read_text("utf-8")) == (before, text)


def test_neither_a_ledger_of_another_account_nor_one_of_another_environment_is_adopted(renamed: Harness) -> None:
    old = old_ledger(renamed)
    written = json.loads(old.read_text("utf-8"))
    old.write_text(json.dumps({**written, "account_sid": "AC" + "b" * 32}), "utf-8")
    assert renamed.plan().guardrails == ()
    with pytest.raises(Refused, match="belongs to account"):
        renamed.account().adopt_ledger(old)
    other = replace(renamed, environment="prod")
    other.write(desk("prod").replace("services:", f"  production: {{account_sid: {'AC' + 'b' * 32}}}\nservices:"))
    with pytest.raises(Refused, match="another environment that the configuration declares"):
        other.account().adopt_ledger(old)
    with pytest.raises(LocalFileError, match="There is no ledger"):
        other.account().adopt_ledger(other.folder / "confsync.ledger.gone.json")
    assert not renamed.ledger_path.exists()


def test_the_ledgers_of_declared_environments_block_nothing(harness: Harness) -> None:
    both = desk("prod").replace("services:", f"  dev: {{account_sid: {'AC' + 'b' * 32}}}\nservices:")
    harness.environment = "prod"
    harness.apply(both)
    old_ledger(harness, "dev").write_bytes(harness.ledger_path.read_bytes())
    assert harness.plan(both).guardrails == ()


def test_a_file_that_may_be_such_a_ledger_blocks_too(harness: Harness) -> None:
    old_ledger(harness, "old").write_text("<<<<<<< HEAD\n", "utf-8")
    (guardrail,) = harness.plan(desk()).guardrails
    assert "may be a ledger of this account" in guardrail.text
    assert "conflict markers" in guardrail.text


def test_an_environment_that_requires_a_ledger_names_the_way_to_adopt_one(renamed: Harness) -> None:
    renamed.write(desk("prod", more=", require_ledger: true"))
    with pytest.raises(LocalFileError, match="requires one") as error:
        renamed.plan()
    assert "`confsync ledger adopt FILE`" in error.value.hint
    renamed.account().adopt_ledger(old_ledger(renamed))
    assert plan_lines(renamed.plan()) == []
