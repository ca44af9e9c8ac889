"""The configuration of an empty start is valid whatever the environment is called."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.account.configuration import LoadOptions
from confsync.config.load import load_files
from confsync.config.tree import File
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.plan.starter import StarterChoices
from confsync.starter.configuration import configuration_text, known_account


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True),
    st.booleans(),
    st.sampled_from(["", "github", "gitlab"]),
)
def test_it_loads_with_the_environment_that_was_named(name: str, flex: bool, ci: str) -> None:  # noqa: FBT001 — generated
    choices = StarterChoices(environment=name, flex=flex, ci=ci)
    for account_sid in (ACCOUNT_SID, None):
        text = configuration_text(choices, account_sid, {"TWILIO_REGION": "ie1"}, "./schema.json")
        config = load_files((File("x", text.encode(), Path("x")),), LoadOptions(environ={}, directory=Path()))
        assert config.environment.name == (name if account_sid else None)
        assert config.environment.region == ("ie1" if account_sid else None)
        assert config.warnings == ()


@pytest.mark.parametrize("name", ["no", "1e3", "null", "0"])
def test_a_name_that_yaml_would_read_as_something_else_is_quoted(name: str) -> None:
    text = configuration_text(StarterChoices(environment=name), ACCOUNT_SID, {}, "./schema.json")
    assert f'  "{name}":\n' in text


@pytest.mark.parametrize(("value", "known"), [(ACCOUNT_SID, ACCOUNT_SID), ("me", None), ("", None)])
def test_an_account_counts_only_if_it_can_be_one(value: str, known: str | None) -> None:
    assert known_account({"TWILIO_ACCOUNT_SID": value}) == known
