"""The guide to adopting an account, followed word by word on an account that is five years old."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.rest import Client  # type: ignore[import-untyped]

from confsync.cli.invocation import Invocation
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.cli.conftest import Confsync, confsync, folder
from tests.cli.run_result import RunResult
from tests.clones import Remote, git
from tests.emulator_sdk.driving import Sdk
from tests.repository.paths import DOCS

__all__ = ["confsync", "folder"]

GUIDE = (DOCS / "adopting.md").read_text("utf-8")
MOST_COMMANDS = 3
FLOW = "FW" + "0" * 32
HOOK = "https://hooks.example.com/"


def lines_of(block: str) -> list[str]:
    """Return the lines of a marked block of the guide, without comments."""
    (found,) = re.findall(rf"<!-- {block} -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)
    return [line.partition("  #")[0].rstrip() for line in found.splitlines()]


def grow_old(v1: Sdk) -> None:
    """Make an account of one that is new: what people leave behind in five years."""
    support, sales, legacy = (v1.services.create(friendly_name=name).sid for name in ("Support", "Sales", "Support "))
    v1.configuration().update(default_chat_service_sid=support, default_inactive_timer="PT30M")
    v1.configuration.webhooks().update(method="POST", post_webhook_url=f"{HOOK}all", filters=["onMessageAdded"])
    for name in ("agent", "agent", "team/lead"):  # two of them have the same name
        v1.services(support).roles.create(friendly_name=name, type="conversation", permission=["sendMessage"])
    v1.services(support).roles.create(friendly_name="team/lead", type="service", permission=["joinConversation"])
    for service in (support, legacy):
        built_in = {each.friendly_name: each.sid for each in v1.services(service).roles.list()}
        v1.services(service).roles(built_in["channel admin"]).update(permission=["sendMessage", "deleteAnyMessage"])
    agent = v1.services(sales).roles.create(friendly_name="agent", type="conversation", permission=["sendMessage"]).sid
    v1.services(sales).configuration().update(default_conversation_role_sid=agent, reachability_enabled=True)
    v1.services(sales).configuration.webhooks().update(method="POST", filters=[], post_webhook_url=f"{HOOK}sales")
    v1.services(support).configuration.notifications().update(
        new_message_enabled=True, new_message_template="${PARTICIPANT}: ${MESSAGE}", log_enabled=True
    )
    v1.services(support).users.create(identity="alice")
    v1.services(support).conversations.create(unique_name="lounge")
    v1.credentials.create(type="apn", friendly_name="ios", certificate="c", private_key="k", sandbox=True)
    v1.credentials.create(type="gcm", friendly_name="android", api_key="a")
    v1.credentials.create(type="fcm", friendly_name="android", secret="s")
    addresses = v1.address_configurations
    addresses.create(type="sms", address="+15551230000", friendly_name="Hotline", auto_creation_enabled=False)
    addresses.create(
        type="sms",
        address="+15551230001",
        auto_creation_enabled=True,
        auto_creation_type="studio",
        auto_creation_studio_flow_sid=FLOW,
        auto_creation_studio_retry_count=2,
    )
    addresses.create(
        type="whatsapp",
        address="whatsapp:+15551230000",
        auto_creation_enabled=True,
        auto_creation_type="webhook",
        auto_creation_conversation_service_sid=sales,
        auto_creation_webhook_url=f"{HOOK}whatsapp",
        auto_creation_webhook_method="post",
        auto_creation_webhook_filters=["onMessageAdded"],
    )
    addresses.create(type="email", address="help@example.com")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, confsync: Confsync) -> Iterator[Emulator]:
    """Give an old account, which the command line reaches."""
    del confsync  # clears the environment variables
    with Emulator() as emulator, running(emulator) as url:
        sdk = Client(ACCOUNT_SID, AUTH_TOKEN)
        sdk.conversations.base_url = url
        grow_old(sdk.conversations.v1)
        sdk.http_client.session.close()
        emulator.log.clear()
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        monkeypatch.setenv("CONFSYNC_BASE_URL", url)
        yield emulator


@pytest.fixture
def clone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a clone of a repository, in which there is only a README."""
    Remote.create(folder / "remote.git", {"README.md": "# Twilio\n"})
    found = Remote(folder / "remote.git").clone("clone")
    git(found, "config", "user.name", "A person")
    git(found, "config", "user.email", "person@example.com")
    monkeypatch.chdir(found)
    monkeypatch.setattr(Invocation, "asks", property(lambda _: True))
    monkeypatch.setattr("confsync.cli.applying.read_answer", lambda: "yes\n")
    return found


def follow(confsync: Confsync) -> list[RunResult]:
    """Type the commands of the guide, and check that each succeeds."""
    ran = []
    for line in lines_of("guide"):
        ran.append(confsync(*shlex.split(line)[1:]))
        assert ran[-1].code == 0, f"{line}: {ran[-1].out}{ran[-1].err}"
    return ran


def test_the_guide_leads_to_an_empty_plan_and_an_apply_without_a_write(
    account: Emulator, clone: Path, confsync: Confsync
) -> None:
    started, adopted, planned = follow(confsync)
    assert len(lines_of("guide")) <= MOST_COMMANDS
    assert "A plan of this configuration: 0 to create, 0 to update.\n" in started.out
    assert re.search(r"^Adopted: \d+ resources, recorded in the ledger\.", adopted.out, re.MULTILINE)
    assert planned.out.endswith("No changes. Twilio matches the configuration.\n")
    assert account.log.writes() == ()
    assert "IS" not in re.sub(r"#.*|adopt:(?:\n +\S+: \S+)+", "", read_configuration(clone))
    document = confsync("plan", "--json").document
    assert (document["changes"], document["applyable"]) == ([], True)
    assert confsync("apply", "--auto-approve").code == 0
    assert account.log.writes() == ()


def read_configuration(clone: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((clone / "confsync.d").rglob("*.yaml")))


def test_the_pull_request_of_the_guide_has_every_file_and_an_empty_plan(
    account: Emulator, clone: Path, confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(confsync)
    for line in lines_of("git"):
        subprocess.run(shlex.split(line), cwd=clone, check=True, capture_output=True)
    assert git(clone, "status", "--porcelain") == ""
    job = Remote(folder / "remote.git").clone("job", "--branch", "adopt-twilio")
    monkeypatch.chdir(job)
    said = confsync("plan", "--no-input", "--detailed-exitcode")
    assert said.code == 0, said.out + said.err
    assert said.out.endswith("No changes. Twilio matches the configuration.\n")
    assert account.log.writes() == ()
