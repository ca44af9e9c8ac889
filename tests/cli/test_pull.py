"""`confsync pull`: what it prints, and how it exits."""

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from confsync.emulator.emulator import Emulator
from confsync.views.schema.published import document_schema
from tests.cli.conftest import Confsync
from tests.emulator.client import Client

TEXT = """version: 1
variables: {host: hooks.example.com}
services:
  support:   # the desk
    webhooks:
      pre_webhook_url: https://${{ var.host }}/before
      method: POST   # never GET
"""
PULLED = """--- confsync.yaml
+++ confsync.yaml
@@ -4,4 +4,4 @@
   support:   # the desk
     webhooks:
       pre_webhook_url: https://${{ var.host }}/before
-      method: POST   # never GET
+      method: GET   # never GET
Pulled 1 field into 1 file.
"""
REFUSED = """Not pulled:
  services/support/webhooks#pre_webhook_url (confsync.yaml:6): it comes from the variable `host`
    * change the default of `host`: confsync.yaml:2:13
    * write `pre_webhook_url` without it: confsync.yaml:6:24

Nothing was pulled: first decide what to do about 1 field.
"""
NARROW = ("pull", "services/support/webhooks#method", "--emulator")
Change = Callable[..., None]


@pytest.fixture
def change(folder: Path, confsync: Confsync) -> Change:
    """Apply the configuration; change the webhooks of the service as somebody else would."""
    (folder / "confsync.yaml").write_text(TEXT, "utf-8")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0

    def change(**fields: str) -> None:
        with Emulator(db=folder / ".confsync/emulator/state.db") as emulator:
            client = Client(emulator)
            services = client.get("/Services").body["services"]
            (sid,) = (each["sid"] for each in services if each["friendly_name"] == "support")
            assert client.post(f"/Services/{sid}/Configuration/Webhooks", fields).status == 200

    return change


def test_nothing_to_pull_is_said_in_one_line(change: Change, confsync: Confsync) -> None:
    change(Method="POST")
    said = confsync("pull", "--emulator")
    assert (said.code, said.out) == (0, "Nothing to pull.\n")


def test_the_diff_is_printed_and_written(change: Change, folder: Path, confsync: Confsync) -> None:
    change(Method="GET")
    (folder / "confsync.yaml").chmod(0o640)
    shown = confsync("pull", "--emulator", "--dry-run")
    assert (shown.code, shown.out) == (0, PULLED.replace("Pulled", "Would pull"))
    assert (folder / "confsync.yaml").read_text("utf-8") == TEXT
    said = confsync("pull", "--emulator")
    assert (said.code, said.out) == (0, PULLED)
    assert (folder / "confsync.yaml").read_text("utf-8") == TEXT.replace("POST", "GET")
    assert (folder / "confsync.yaml").stat().st_mode & 0o777 == 0o640
    assert "No changes." in confsync("plan", "--emulator").out


def test_a_field_that_has_to_be_decided_exits_8_and_nothing_is_written(
    change: Change, folder: Path, confsync: Confsync
) -> None:
    change(Method="GET", PreWebhookUrl="https://other.example.com")
    said = confsync("pull", "--emulator")
    assert (said.code, said.out) == (8, REFUSED)
    assert said.three_lines[:2] == [
        "Error: Not pulled: services/support/webhooks#pre_webhook_url.",
        "State: Nothing was changed: no file was written.",
    ]
    assert (folder / "confsync.yaml").read_text("utf-8") == TEXT
    assert confsync(*NARROW).out == PULLED


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html"])
def test_every_format_names_each_field(format_: str, change: Change, confsync: Confsync) -> None:
    change(Method="GET", PreWebhookUrl="https://other.example.com")
    narrow = unescape(confsync(*NARROW, "--dry-run", "--format", format_).out).replace("\\", "").replace("<wbr>", "")
    assert "Would pull 1 field into 1 file." in narrow
    refused = unescape(confsync("pull", "--emulator", "--format", format_).out).replace("\\", "").replace("<wbr>", "")
    assert "it comes from the variable" in refused


def test_the_document_matches_its_schema(change: Change, confsync: Confsync) -> None:
    change(Method="GET", PreWebhookUrl="https://other.example.com/x")
    refused: dict[str, Any] = confsync("pull", "--emulator", "--json").document
    Draft202012Validator(document_schema("pull")).validate(refused)
    assert (refused["kind"], refused["exit_code"], refused["written"]) == ("pull", 8, False)
    assert [each["path"] for each in refused["refused"]] == ["pre_webhook_url"]
    pulled = confsync(*NARROW, "--json").document
    Draft202012Validator(document_schema("pull")).validate(pulled)
    assert (pulled["written"], pulled["files"], pulled["dry_run"]) == (True, ["confsync.yaml"], False)
    (field,) = pulled["pulled"]
    assert (field["configuration"], field["live"], field["source"]["line"]) == ("POST", "GET", 7)


def test_the_path_of_a_live_url_is_not_printed(change: Change, folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(TEXT.replace("${{ var.host }}", "a.example.com"), "utf-8")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    change(PreWebhookUrl="https://b.example.com/hunter2")
    for format_ in ("text", "json", "markdown", "html"):
        assert "hunter2" not in confsync("pull", "--emulator", "--dry-run", "--format", format_).out
    assert "hunter2" not in confsync("pull", "--emulator").out
    assert "https://b.example.com/hunter2" in (folder / "confsync.yaml").read_text("utf-8")


def test_two_destinations_an_unknown_address_and_an_unknown_field_are_usage_errors(
    change: Change, confsync: Confsync
) -> None:
    change(Method="GET")
    assert confsync("pull", "--emulator", "--shared", "--patch").code == 3
    assert confsync("pull", "--emulator", "services//x").code == 3
    assert confsync("pull", "--emulator", "services/none").code == 3
    typo = confsync("pull", "--emulator", "services/support/webhooks#metod")
    assert (typo.code, "no field 'metod'" in typo.err, "Did you mean" in typo.err) == (3, True, True), typo.err


@pytest.mark.parametrize("part", ["services/support/webhooks#", "services/*#"])
def test_a_hash_without_a_field_pulls_nothing(part: str, change: Change, folder: Path, confsync: Confsync) -> None:
    change(Method="GET")
    before = (folder / "confsync.yaml").read_text("utf-8")
    said = confsync("pull", "--emulator", part)
    assert (said.code, said.out) == (3, "")
    assert said.three_lines[0] == f"Error: '{part}' names no field after the `#`."
    assert said.three_lines[2] == "Next:  Name a field after the `#`, or remove the `#`."
    assert (folder / "confsync.yaml").read_text("utf-8") == before
