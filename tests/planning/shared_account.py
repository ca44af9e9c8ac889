"""Two environments of one account, and what one of them cannot do because the other one owns something."""

import json
from collections.abc import Callable

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.names import Sid
from confsync.plan.intent import Intent, Overrides
from confsync.state.ledger_name import ledger_name
from tests.harness import Harness

HEAD = f"""\
version: 1
variables: {{stage: staging, outside: staging}}
environments:
  staging: {{account_sid: {ACCOUNT_SID}}}
  prod: {{account_sid: {ACCOUNT_SID}, variables: {{stage: prod}}}}
"""
ROLE = "{type: conversation, permissions: [sendMessage]}"
DESK = f"""\
account: {{webhooks: {{method: POST, lifecycle: {{only: [prod]}}}}}}
services:
  support:
    friendly_name: Support ${{{{ var.stage }}}}
    lifecycle: {{prune: [roles]}}
    webhooks: {{method: GET}}
    roles: {{agent: {ROLE}, clerk: {ROLE}}}
"""
STAGING = "lifecycle: {only: [staging]}"


def apply_both(harness: Harness) -> None:
    """Apply both environments, and select staging."""
    for harness.environment in ("prod", "staging"):
        assert harness.apply(HEAD + DESK).exit_code == 0
    # a value from outside counts for the environment of this run alone
    harness.environ["CONFSYNC_VAR_outside"] = "prod"
    harness.intent = Intent(overrides=Overrides(max_deletes=9))


def sid_of(harness: Harness, path: str) -> Sid:
    return Sid(harness.path(path).rpartition("/")[2])


def the_name_of_a_service_of_another_environment(harness: Harness) -> str:
    apply_both(harness)
    return HEAD + DESK.replace("${{ var.stage }}", "${{ var.outside }}").replace("support:", "other:", 1)


def an_adoption_from_another_environment(harness: Harness) -> str:
    apply_both(harness)
    adopt = f"adopt: {{services/other: {sid_of(harness, '/Services/Support prod')}}}"
    return f"{HEAD}{DESK}  other: {{{STAGING}}}\n".replace("staging: {", f"staging: {{{adopt}, ", 1)


def a_singleton_of_another_environment(harness: Harness) -> str:
    apply_both(harness)
    return HEAD + DESK.replace("only: [prod]", "only: [staging]")


def an_absence_in_another_environment(harness: Harness) -> str:
    apply_both(harness)
    return f"{HEAD}{DESK}  other: {{friendly_name: Support prod, lifecycle: {{absent: true, only: [staging]}}}}\n"


def contents_of_a_service_of_another_environment(harness: Harness) -> str:
    apply_both(harness)
    looked_up = "friendly_name: Support prod, lifecycle: {lookup: true, only: [staging]}"
    other = f"  other: {{{looked_up}, webhooks: {{method: GET}}, roles: {{mine: {ROLE}, agent: {ROLE}}}}}\n"
    here = DESK.replace("{method: GET}", f"{{method: GET, {STAGING}}}").replace(ROLE, f"{{{STAGING}, {ROLE[1:]}")
    return HEAD + here + other


def a_role_in_two_ledgers(harness: Harness) -> str:
    apply_both(harness)
    prod, staging = (harness.folder / ledger_name(each) for each in ("prod", "staging"))
    (role,) = (each for each in json.loads(prod.read_bytes())["entries"] if each["address"].endswith("/agent"))
    document = json.loads(staging.read_bytes())
    document["entries"].append({**role, "address": "services/support/roles/third"})
    staging.write_text(json.dumps(document), "utf-8")
    return HEAD + DESK


def a_deletion_of_what_contains_a_role_of_another_environment(harness: Harness) -> str:
    apply_both(harness)
    looked_up = "friendly_name: Support staging, lifecycle: {lookup: true, only: [prod]}"
    text = f"{HEAD}{DESK}  theirs: {{{looked_up}, roles: {{mine: {ROLE}}}}}\n"
    harness.environment = "prod"
    assert harness.apply(text).exit_code == 0
    harness.environment = "staging"
    absent = "friendly_name: Support staging, lifecycle: {absent: true, only: [staging]}"
    gone = f"{text}  support: {{{absent}}}\n".replace("  support:\n", "  kept:\n")
    gone = gone.replace("lifecycle: {prune: [roles]}", "lifecycle: {only: [prod]}")
    return gone.replace("prod: {", "prod: {adopt: {}, ").replace(
        "staging: {account",
        f"staging: {{allow_delete: {{services/support: {sid_of(harness, '/Services/Support staging')}}}, account",
    )


SCENARIOS: tuple[Callable[[Harness], str], ...] = (
    the_name_of_a_service_of_another_environment,
    an_adoption_from_another_environment,
    a_singleton_of_another_environment,
    an_absence_in_another_environment,
    contents_of_a_service_of_another_environment,
    a_role_in_two_ledgers,
    a_deletion_of_what_contains_a_role_of_another_environment,
)
