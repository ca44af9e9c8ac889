"""`confsync drift --history` records each run, and says what is new since the one before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from confsync.history.history import History
from tests.cli.conftest import CONFIGURATION, Confsync

DRIFT = ("drift", "--emulator", "--history", "history.db")
MORE = CONFIGURATION.replace(
    "    configuration:", "      lead: {type: conversation, permissions: [sendMessage]}\n    configuration:"
)
WITH_TOKEN = """
version: 1
variables: {token: {sensitive: true}}
services: {support: {webhooks: {post_webhook_url: "https://a.example.com/${{ var.token }}"}}}
"""


def identities(found: list[dict[str, str]] | None) -> list[str] | None:
    return None if found is None else [f"{each['finding']} {each['address']}" for each in found]


def test_without_a_history_nothing_is_compared(confsync: Confsync, folder: Path) -> None:
    document = confsync("drift", "--emulator", "--json").document
    assert [document[f"{each}_since_last_run"] for each in ("new", "edited", "repaired")] == [None, None, None]
    assert document["seconds"] > 0
    assert not list(folder.glob("*.db"))


def test_a_run_says_what_is_new_since_the_one_before(confsync: Confsync, folder: Path) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    first = confsync(*DRIFT, "--json").document
    assert (first["last_run_at"], first["new_since_last_run"]) == (None, None)
    (folder / "confsync.yaml").write_text(MORE, "utf-8")
    second = confsync(*DRIFT, "--json").document
    assert second["last_run_at"] == first["created_at"]
    assert identities(second["new_since_last_run"]) == ["configuration services/support/roles/lead"]
    assert (second["edited_since_last_run"], second["repaired_since_last_run"]) == ([], [])
    third = confsync(*DRIFT, "--json").document
    assert (third["new_since_last_run"], third["repaired_since_last_run"]) == ([], [])
    confsync("apply", "--emulator", "--auto-approve")
    fourth = confsync(*DRIFT, "--json").document
    assert identities(fourth["repaired_since_last_run"]) == ["configuration services/support/roles/lead"]


def test_a_run_is_recorded_with_what_it_was_about(confsync: Confsync, folder: Path) -> None:
    document = confsync(*DRIFT, "--json").document
    history = History(folder / "history.db")
    (only,) = history.contents()
    target, (run,) = only.target, only.runs
    assert (target.account_sid, target.environment) == (document["target"]["account_sid"], None)
    assert (run.at.isoformat(), run.seconds) == (document["created_at"].replace("Z", "+00:00"), document["seconds"])
    assert (run.requests, run.complete, run.version) == (
        document["requests"]["reads"],
        True,
        document["confsync_version"],
    )
    assert run.counts == {"configuration": 3}


def test_a_narrowed_run_repairs_nothing(confsync: Confsync) -> None:
    confsync(*DRIFT)
    document = confsync(*DRIFT, "--target", "services/support/configuration", "--json").document
    assert (document["new_since_last_run"], document["repaired_since_last_run"]) == ([], [])


def test_a_history_that_cannot_be_used_costs_no_request(confsync: Confsync, folder: Path) -> None:
    (folder / "history.db").write_text("notes" * 1000, "utf-8")
    refused = confsync(*DRIFT)
    assert refused.code == 11
    assert "history.db is not a history of confsync" in refused.three_lines[0]
    assert "Reading" not in refused.err


@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_was_found_is_shown_even_if_it_cannot_be_recorded(
    format_: str, confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confsync(*DRIFT)
    monkeypatch.setattr(History, "prepare", lambda _: None)
    with closing(sqlite3.connect(folder / "history.db")) as connection:
        connection.execute("DROP TABLE finding")
    said = confsync(*DRIFT, "--format", format_)
    assert said.code == 11
    assert "history.db is corrupt" in said.three_lines[0]
    assert "services/support/roles/agent" in said.out


def test_the_file_has_no_masked_value(confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "confsync.yaml").write_text(WITH_TOKEN, "utf-8")
    monkeypatch.setenv("CONFSYNC_VAR_token", "canary-of-a-token")
    confsync("apply", "--emulator", "--auto-approve")
    monkeypatch.setenv("CONFSYNC_VAR_token", "another-canary")
    (found,) = confsync(*DRIFT, "--json").document["differences"]
    assert found["sensitive"]
    assert b"services/support/webhooks" in (folder / "history.db").read_bytes()
    assert b"canary" not in (folder / "history.db").read_bytes()


def test_the_file_is_no_file_of_the_configuration(confsync: Confsync) -> None:
    refused = confsync("drift", "--emulator", "--history", "confsync.yaml")
    assert refused.code == 3
    assert "--history" in refused.err
