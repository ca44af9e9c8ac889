"""`confsync import-terraform`: where the YAML goes, and what is said about the state."""

import io
import os
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from tests.cli.conftest import Confsync
from tests.terraform.states import CONVERSATIONS, Entry, shown, stored

SERVICE, CREDENTIAL = f"IS{1:032x}", f"CR{1:032x}"
TOKEN = "https://hooks.example.com/in?token=canary"
STATE = (
    Entry(f"{CONVERSATIONS}service", "desk", {"sid": SERVICE, "friendly_name": "Desk"}),
    Entry(
        f"{CONVERSATIONS}push_credential_fcm",
        "push",
        {"sid": CREDENTIAL, "friendly_name": "Push", "secret": "canary", "account_sid": ACCOUNT_SID},
    ),
    Entry(f"{CONVERSATIONS}webhook", "main", {"post_webhook_url": TOKEN, "account_sid": ACCOUNT_SID}),
    Entry("twilio_taskrouter_workspace", "work", {"sid": "WS1"}),
)
FILE, VARIABLE = "terraform.tfstate", "webhooks_post_webhook_url"


@pytest.fixture
def state(folder: Path) -> Path:
    """Write a state into the folder."""
    (folder / "confsync.yaml").unlink()
    (folder / FILE).write_bytes(stored(STATE))
    return folder / FILE


def test_the_yaml_goes_to_stdout_and_everything_else_to_stderr(confsync: Confsync, state: Path) -> None:
    said = confsync("import-terraform", FILE)
    assert said.code == 0
    assert said.out.startswith("# `confsync import-terraform` wrote this.")
    assert said.err.splitlines() == [
        "The first apply adopts 2 resources by SID.",
        "Left out twilio_taskrouter_workspace.work: it is not a resource type of confsync.",
        "Left out in all: 1. The state has 4 resources.",
        "Warning: the state has secrets in plain text. confsync has not written them. Keep the state private.",
        f"Secret in the state: {CONVERSATIONS}push_credential_fcm.push.secret",
        f"Variable {VARIABLE} is sensitive: its value is not shown. Set it with CONFSYNC_VAR_{VARIABLE}.",
    ]
    state.with_name("confsync.yaml").write_text(said.out, "utf-8")
    assert confsync("validate").code == 0


def test_the_state_may_come_from_standard_input(
    confsync: Confsync, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = confsync("import-terraform", FILE).out
    state.unlink()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(shown(STATE))))
    assert confsync("import-terraform", "-").out == expected


def test_a_standard_input_that_is_closed_or_cannot_be_read_is_a_file_error(
    confsync: Confsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    closed = confsync("import-terraform", "-")
    assert (closed.code, closed.three_lines) == (
        11,
        [
            "Error: The state in standard input cannot be read: it is closed.",
            "State: Nothing was changed.",
            "Next:  Pipe the state to it, or name a file.",
        ],
    )
    descriptor = os.open(tmp_path / "written", os.O_WRONLY | os.O_CREAT)
    with os.fdopen(descriptor, "wb") as written, open(written.fileno(), "rb", closefd=False) as unreadable:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(unreadable))
        said = confsync("import-terraform", "-")
    assert said.code == 11
    assert said.three_lines[0] == "Error: The state in standard input cannot be read: Bad file descriptor."


def test_a_folder_has_a_file_for_each_service_and_is_not_overwritten(confsync: Confsync, state: Path) -> None:
    said = confsync("import-terraform", FILE, "--output", "made", "-e", "prod")
    assert said.code == 0, said.err
    made = state.with_name("made")
    written = sorted(each.relative_to(made).as_posix() for each in made.rglob("*") if each.is_file())
    assert written == [
        ".gitignore",
        "account.yaml",
        "credentials.yaml",
        "environments.yaml",
        "secrets.env",
        "services/desk.yaml",
    ]
    assert (made / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert f"Imported 3 resources of account {ACCOUNT_SID} to made." in said.out
    document = confsync("import-terraform", FILE, "--output", "made", "-e", "prod", "--json").document
    assert [each["changed"] for each in document["files"]] == [False] * 5
    assert confsync("validate", "-f", "made").code == 0

    (made / "account.yaml").write_text("version: 1\n", "utf-8")
    assert confsync("import-terraform", FILE, "--output", "made", "-e", "prod").code == 8
    assert (made / "account.yaml").read_text("utf-8") == "version: 1\n"
    assert confsync("import-terraform", FILE, "--output", "made", "-e", "prod", "--force").code == 0


def test_each_resource_is_counted_once_and_only_in_the_file_that_declares_it(confsync: Confsync, state: Path) -> None:
    role = {"sid": f"RL{1:032x}", "friendly_name": "agent", "type": "conversation", "permissions": ["sendMessage"]}
    roles = {"default_conversation_role_sid": role["sid"]}
    state.write_bytes(
        stored(
            (
                *STATE,
                Entry(f"{CONVERSATIONS}role", "agent", {**role, "service_sid": SERVICE}),
                Entry(f"{CONVERSATIONS}service_configuration", "desk", {**roles, "service_sid": SERVICE}),
            )
        )
    )
    said = confsync("import-terraform", FILE, "--output", "made")
    assert said.out.splitlines()[:7] == [
        "environments.yaml: 0 resources",
        "account.yaml: 1 resource",
        "credentials.yaml: 1 resource",
        "services/desk.yaml: 3 resources",
        "secrets.env: secrets, which Git ignores",
        "",
        f"Imported 5 resources of account {ACCOUNT_SID} to made.",
    ]


def test_the_document_says_what_was_left_out(confsync: Confsync, state: Path) -> None:
    assert state.exists()
    document = confsync("import-terraform", FILE, "--json").document
    assert (document["kind"], document["in_state"], document["resources"], document["adopted"]) == ("import", 4, 3, 2)
    assert document["sections"] == {"credentials": 1, "services": 1, "webhooks": 1}
    assert document["stored_secrets"] == [f"{CONVERSATIONS}push_credential_fcm.push.secret"]
    assert [each["what"] for each in document["left_out"]] == ["twilio_taskrouter_workspace.work"]
    assert document["sensitive_variables"] == [VARIABLE]


def test_many_that_are_left_out_for_one_reason_share_a_line(confsync: Confsync, state: Path) -> None:
    state.write_bytes(stored((*STATE, *(Entry("aws_sqs_queue", f"q{number}", {}) for number in range(1500)))))
    said = confsync("import-terraform", FILE)
    names = ", ".join(("twilio_taskrouter_workspace.work", *(f"aws_sqs_queue.q{number}" for number in range(4))))
    assert f"Left out {names} and 1,496 more: it is not a resource type of confsync." in said.err
    assert "Left out in all: 1,501. The state has 1,504 resources." in said.err
    assert len(confsync("import-terraform", FILE, "--json").document["left_out"]) == 1501


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html", "json"])
def test_no_format_shows_a_secret_of_the_state(format_: str, confsync: Confsync, state: Path) -> None:
    assert state.exists()
    for more in ((), ("--output", f"made-{format_}")):
        said = confsync("import-terraform", FILE, "--format", format_, *more)
        assert said.code == 0, said.err
        assert "desk" in said.out
        assert "canary" not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("missing.tfstate",), 11),
        ((".",), 11),
        ((FILE, "-e", "a b"), 3),
        ((FILE, "--account-sid", "AC1"), 3),
        ((FILE, "--target", "services/*"), 3),
        ((), 3),
    ],
)
def test_what_cannot_be_imported_is_an_error(
    arguments: tuple[str, ...], code: int, confsync: Confsync, state: Path
) -> None:
    assert state.exists()
    said = confsync("import-terraform", *arguments)
    assert said.code == code, said.err
    assert "Traceback" not in said.err
    assert said.out == ""
