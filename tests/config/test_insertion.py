"""Entries written into a file of the configuration, of which every other byte stays as it was."""

import pytest

from confsync.config.insertion import listed, tied
from confsync.errors import UsageError
from tests.config.reading import file

SID = "IS" + "a" * 32


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("version: 1 # one\n", "version: 1 # one\nadopt:\n  services/a: SID\n"),
        ("adopt:\n    b/c: X # why\n\nz: 1\n", "adopt:\n    b/c: X # why\n    services/a: SID\n\nz: 1\n"),
        ("adopt: { b/c: X }  # why\n", "adopt: { b/c: X, services/a: SID }  # why\n"),
        ("adopt: {}\n", "adopt: {services/a: SID}\n"),
        ("adopt: {services/a: OLD} # why\n", "adopt: {services/a: SID} # why\n"),
        ("version: 1\r\n", "version: 1\r\nadopt:\r\n  services/a: SID\r\n"),
        ("version: 1", "version: 1\nadopt:\n  services/a: SID"),
    ],
)
def test_an_adoption_is_written_beside_its_neighbours(text: str, after: str) -> None:
    assert tied(file(text), ("adopt",), "services/a", SID) == after.replace("SID", SID)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "environments:\n  dev: {account_sid: A}\n",
            "environments:\n  dev: {account_sid: A, forget: [services/a]}\n",
        ),
        (
            "environments:\n  dev:\n    account_sid: A\n  prod: {}\n",
            "environments:\n  dev:\n    account_sid: A\n    forget:\n      - services/a\n  prod: {}\n",
        ),
        (
            "environments:\n  dev:\n    forget:\n    - services/b # gone\n",
            "environments:\n  dev:\n    forget:\n    - services/b # gone\n    - services/a\n",
        ),
    ],
)
def test_what_is_forgotten_is_written_into_its_environment(text: str, after: str) -> None:
    assert listed(file(text), ("environments", "dev", "forget"), "services/a") == after


def test_what_cannot_be_added_to_is_left_as_it_is() -> None:
    with pytest.raises(UsageError):
        listed(file("forget: {}\n"), ("forget",), "services/a")


def test_an_address_that_yaml_would_take_for_something_else_is_quoted() -> None:
    assert tied(file("version: 1\n"), ("adopt",), "services/a: b", SID).endswith(f'"services/a: b": {SID}\n')
