"""One configuration serves three accounts: each is planned, reviewed and applied as CI does it, and none by mistake.

An ordinary run promotes and compares with variables and with patches; the campaigns try patches everywhere.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from confsync.emulator.emulator import AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.cli.conftest import Confsync, confsync, folder
from tests.cli.run_result import RunResult
from tests.emulator.client import Client

__all__ = ["confsync", "folder"]

ACCOUNTS = {"dev": "AC" + "d" * 32, "staging": "AC" + "5" * 32, "prod": "AC" + "b" * 32}
API_KEY = "SK" + "0" * 32
CONFIGURATION = f"""\
version: 1
variables: {{name: Support (dev), host: dev.example.com}}
environments:
  dev: {{account_sid: {ACCOUNTS["dev"]}}}
  staging:
    account_sid: {ACCOUNTS["staging"]}
    variables: {{name: Support (staging), host: staging.example.com}}
  prod:
    account_sid: {ACCOUNTS["prod"]}
    variables: {{name: Support desk, host: example.com}}
services:
  support:
    friendly_name: ${{{{ var.name }}}}
    webhooks: {{post_webhook_url: "https://${{{{ var.host }}}}/hooks", method: POST}}
    configuration: {{default_conversation_role: agent}}
    roles:
      agent: {{type: conversation, permissions: [sendMessage, leaveConversation]}}
      tester: {{type: conversation, permissions: [sendMessage], lifecycle: {{only: [dev, staging]}}}}
"""
DIFFERENCES = """\
Only in staging:
  services/support/roles/tester (confsync.yaml:18)

staging -> prod:
  services/support#friendly_name: "Support (staging)" -> "Support desk" (confsync.yaml:13)
  services/support/webhooks#post_webhook_url: "https://staging.example.com/hooks" -> "https://example.com/hooks" \
(confsync.yaml:14)

Differences between staging and prod: 1 resource only in staging, 0 only in prod, 2 fields with different values.
"""


POSITION = re.compile(r" \((?:[\w.]+:\d+(?:, )?)+\)")


@dataclass
class Pipeline:
    """The steps of a CI system: each runs with the credentials of one account."""

    run: Confsync
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    emulators: dict[str, Emulator]
    urls: dict[str, str]

    def step(self, account: str, *arguments: str) -> RunResult:
        """Run a command with the credentials of an account."""
        self.monkeypatch.setenv("CONFSYNC_BASE_URL", self.urls[account])
        self.monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNTS[account])
        self.monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        return self.run(*arguments)

    def promote(self, environment: str) -> None:
        """Plan an environment into a file, then apply the file."""
        planned = self.step(environment, "plan", "-e", environment, "--out", f"{environment}.plan.json")
        assert planned.code == 0, planned.err
        applied = self.step(environment, "apply", "-e", environment, f"{environment}.plan.json")
        assert applied.code == 0, applied.err

    def plan_code(self, environment: str) -> int:
        return self.step(environment, "plan", "-e", environment, "--detailed-exitcode").code

    def live(self, environment: str) -> dict[str, list[str]]:
        """List the names of the services of an account, with the roles that confsync created in each."""
        client = Client(self.emulators[environment], name=ACCOUNTS[environment])
        services = client.get("/Services").body["services"]
        return {
            str(each["friendly_name"]): sorted(
                str(role["friendly_name"])
                for role in client.get(f"/Services/{each['sid']}/Roles").body["roles"]
                if role["friendly_name"] in ("agent", "tester", "auditor")
            )
            for each in services
            if str(each["friendly_name"]).startswith("Support")
        }


def with_patches() -> str:
    """Write the same differences as patches of the environments instead of variables."""
    webhooks = r'webhooks: {post_webhook_url: "https://\2/hooks"}'
    patch = rf"    patch: {{services: {{support: {{friendly_name: \1, {webhooks}}}}}}}"
    text = re.sub(r"^    variables: {name: (.*), host: (.*)}$", patch, CONFIGURATION, flags=re.MULTILINE)
    text = re.sub(r"^variables: .*\n", "", text, flags=re.MULTILINE)
    return text.replace("${{ var.name }}", "Support (dev)").replace("${{ var.host }}", "dev.example.com")


def in_both_ways(*marks: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Write the differences as variables, and as patches; the marks are for patches."""
    ways = [
        pytest.param(CONFIGURATION, id="variables"),
        pytest.param(with_patches(), id="patches", marks=marks),
    ]
    return pytest.mark.parametrize("pipeline", ways, indirect=True)


@pytest.fixture
def pipeline(
    request: pytest.FixtureRequest, confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    """Three accounts, one configuration, and nothing applied yet."""
    (folder / "confsync.yaml").write_text(request.param, "utf-8")
    with ExitStack() as stack:
        emulators = {
            name: stack.enter_context(Emulator(account_sid=sid, api_keys={API_KEY: "secret"}))
            for name, sid in ACCOUNTS.items()
        }
        urls = {name: stack.enter_context(running(emulator)) for name, emulator in emulators.items()}
        yield Pipeline(confsync, folder, monkeypatch, emulators, urls)


@in_both_ways()
def test_one_configuration_is_promoted_through_three_accounts(pipeline: Pipeline) -> None:
    for environment in ACCOUNTS:
        assert pipeline.plan_code(environment) == 2
        pipeline.promote(environment)
        assert pipeline.plan_code(environment) == 0
    assert {name: pipeline.live(name) for name in ACCOUNTS} == {
        "dev": {"Support (dev)": ["agent", "tester"]},
        "staging": {"Support (staging)": ["agent", "tester"]},
        "prod": {"Support desk": ["agent"]},
    }


@in_both_ways(pytest.mark.campaign)
def test_a_change_is_promoted_one_account_at_a_time(pipeline: Pipeline) -> None:
    for environment in ACCOUNTS:
        pipeline.promote(environment)
    file = pipeline.folder / "confsync.yaml"
    file.write_text(file.read_text("utf-8").replace("[sendMessage, leaveConversation]", "[sendMessage]"), "utf-8")
    waiting = dict.fromkeys(ACCOUNTS, 2)
    for environment in ACCOUNTS:
        assert {name: pipeline.plan_code(name) for name in ACCOUNTS} == waiting
        pipeline.promote(environment)
        waiting[environment] = 0
    assert {name: pipeline.plan_code(name) for name in ACCOUNTS} == waiting


@in_both_ways()
def test_the_difference_between_two_environments_is_exactly_what_differs(pipeline: Pipeline) -> None:
    result = pipeline.run("diff", "-e", "staging", "-e", "prod")
    assert result.code == 0
    assert POSITION.sub("", result.out) == POSITION.sub("", DIFFERENCES)


@in_both_ways(pytest.mark.campaign)
@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "drift", "list", "adopt --all --auto-approve"])
def test_the_credentials_of_another_account_are_refused(pipeline: Pipeline, command: str) -> None:
    pipeline.promote("prod")
    before = pipeline.emulators["prod"].dump()
    pipeline.emulators["prod"].log.clear()
    refused = pipeline.step("prod", *command.split(), "-e", "staging")
    assert refused.code == 8
    assert f"environment 'staging' is account {ACCOUNTS['staging']}" in refused.err
    assert [str(each) for each in pipeline.emulators["prod"].log] == []
    assert pipeline.emulators["prod"].dump() == before


@in_both_ways(pytest.mark.campaign)
def test_an_api_key_of_another_account_is_refused_after_the_first_reads(pipeline: Pipeline) -> None:
    prod = pipeline.emulators["prod"]
    pipeline.monkeypatch.setenv("TWILIO_API_KEY", API_KEY)
    pipeline.monkeypatch.setenv("TWILIO_API_SECRET", "secret")
    assert pipeline.step("prod", "plan", "-e", "prod").code == 0
    prod.log.clear()
    pipeline.monkeypatch.setitem(ACCOUNTS, "prod", ACCOUNTS["staging"])
    refused = pipeline.step("prod", "apply", "--auto-approve", "-e", "staging")
    assert (refused.code, "the credentials are for" in refused.err) == (8, True)
    assert "/v1/Configuration" in {each.path for each in prod.log}  # the check and the first reads are sent at once
    assert {each.method for each in prod.log} == {"GET"}


@in_both_ways(pytest.mark.campaign)
def test_a_plan_for_one_account_is_not_applied_to_another(pipeline: Pipeline) -> None:
    planned = pipeline.step("staging", "plan", "-e", "staging", "--out", "plan.json")
    assert planned.code == 0
    for account, environment in (("prod", "prod"), ("prod", "staging"), ("staging", "prod")):
        refused = pipeline.step(account, "apply", "-e", environment, "plan.json")
        assert refused.code == 8, refused.err
    assert [pipeline.live(name) for name in ACCOUNTS] == [{}, {}, {}]
    assert pipeline.step("staging", "apply", "-e", "staging", "plan.json").code == 0
