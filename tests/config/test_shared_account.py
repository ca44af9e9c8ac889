"""Environments of one account: what two of them may not both declare, as far as that is known offline."""

import pytest

from confsync.errors import InvalidConfiguration
from tests.harness import Harness

HEAD = """\
version: 1
variables: {stage: dev, hidden: {sensitive: true}}
environments:
  dev: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
  prod: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, variables: {stage: prod}}
  far: {account_sid: ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
"""
ROLE = "type: conversation, permissions: [sendMessage]"
CREDENTIAL = "ios: {type: fcm, secret: '${{ env.PUSH_KEY }}'%s}"
BOTH = "CS2022 environments 'dev' and 'prod' are for one account, and both declare this"
LOOKED_UP = "lifecycle: {lookup: true}"
DEV, PROD = (f"lifecycle: {{only: [{each}]}}" for each in ("dev", "prod"))
ALLOWED = {
    "a variable distinguishes the names": "services: {a: {friendly_name: '${{ var.stage }}'}}",
    "each is limited to one": f"services: {{a: {{{DEV}}}, b: {{{PROD}}}}}",
    "both look it up": f"services: {{a: {{{LOOKED_UP}}}}}",
    "it must not exist in either": "services: {a: {lifecycle: {absent: true}}}",
    "one uses what the other declares": (
        f"services: {{a: {{{DEV}}}, again: {{friendly_name: a, lifecycle: {{lookup: true, only: [prod]}},"
        " webhooks: {method: GET}}}"
    ),
    "roles in it have different names": (
        f"services: {{a: {{{LOOKED_UP}, roles: {{r: {{{ROLE}, friendly_name: '${{{{ var.stage }}}}'}}}}}}}}"
    ),
    "the account is for one": f"account: {{webhooks: {{{PROD}}}}}\ncredentials: {{{CREDENTIAL % f', {PROD}'}}}",
    "a credential is gone": "credentials: {ios: {type: fcm, lifecycle: {absent: true}}}",
}
ACCOUNT = (
    "7:11 CS2022 environments 'dev' and 'prod' are for one account, and both declare resources of the account itself"
)
REFUSED: dict[str, tuple[str, ...]] = {
    "services: {a: {friendly_name: Desk}}": (f"7:12 {BOTH} service",),
    f"services: {{a: {{friendly_name: x, {DEV}}}, b: {{friendly_name: x, {PROD}}}}}": (f"7:12 {BOTH} service",),
    f"services: {{a: {{{LOOKED_UP}, roles: {{r: {{{ROLE}}}}}}}}}": (f"7:51 {BOTH} role",),
    f"services: {{a: {{{LOOKED_UP}, webhooks: {{method: POST}}}}}}": (f"7:43 {BOTH} service webhooks",),
    f"services: {{a: {{{LOOKED_UP}, conversations: {{hall: {{{LOOKED_UP}, participants: {{p: {{identity: ann}}}}}}}},"
    f" users: {{ann: {{{LOOKED_UP}, notification_levels: {{hall: muted}}}}}}}}}}": (
        f"7:108 {BOTH} participant",
        f"7:194 {BOTH} notification level",
    ),
    "account: {webhooks: {method: POST}}": (ACCOUNT,),
    f"account: {{webhooks: {{method: POST, {DEV}}}}}\ncredentials: {{{CREDENTIAL % f', {PROD}'}}}": (ACCOUNT,),
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
@pytest.mark.parametrize("environment", ["dev", "prod", "far"])
def test_two_environments_of_an_account_may_declare_different_resources(
    harness: Harness, text: str, environment: str
) -> None:
    harness.environment = environment
    assert harness.mistakes(f"{HEAD}{text}\n") == []


@pytest.mark.parametrize(("text", "expected"), REFUSED.items())
def test_two_environments_of_an_account_cannot_declare_the_same_resource(
    harness: Harness, text: str, expected: tuple[str, ...]
) -> None:
    lines = [f"confsync.yaml:{each}" for each in expected]
    harness.environment = "dev"
    assert harness.mistakes(f"{HEAD}{text}\n") == lines
    harness.environment = "far"
    assert harness.mistakes() == []


def test_a_patch_counts_for_the_environment_that_it_is_in(harness: Harness) -> None:
    patch = "variables: {stage: prod}, patch: {services: {a: {friendly_name: '%s'}}}}"
    for harness.environment in ("dev", "prod"):
        distinct = HEAD.replace("variables: {stage: prod}}", patch % "Desk of prod")
        assert harness.mistakes(f"{distinct}services: {{a: {{friendly_name: Desk}}}}\n") == []
        same = HEAD.replace("variables: {stage: prod}}", patch % "Desk")
        assert len(harness.mistakes(f"{same}services: {{a: {{friendly_name: 'Desk ${{{{ var.stage }}}}'}}}}\n")) == 0
        assert len(harness.mistakes(f"{same}services: {{a: {{friendly_name: Desk}}}}\n")) == 1


def test_what_a_loop_makes_counts_in_each_environment(harness: Harness) -> None:
    loop = "services: {for_each: {teams: {items: [x, y], resource: {friendly_name: '%s'}}}}\n"
    for harness.environment in ("dev", "prod"):
        assert harness.mistakes(HEAD + loop % "${{ each.value }} ${{ var.stage }}") == []
        assert len(harness.mistakes(HEAD + loop % "Team ${{ each.value }}")) == 2


def test_an_error_names_the_other_place_and_says_how_to_divide(harness: Harness) -> None:
    harness.environment = "dev"
    account = f"account: {{webhooks: {{{DEV}}}}}\ncredentials: {{ios: {{type: gcm, {PROD}}}}}\n"
    services = f"services:\n  a: {{friendly_name: x, {DEV}}}\n  b: {{friendly_name: x, {PROD}}}\n"
    with pytest.raises(InvalidConfiguration) as raised:
        harness.config(HEAD + account + services)
    assert [each.detail for each in raised.value.diagnostics] == [
        (
            "limit those of one environment: `lifecycle: {only: [prod]}`; there are account/webhooks "
            "(confsync.yaml:7:11) in 'dev' and credentials/ios (confsync.yaml:8:15) in 'prod'"
        ),
        (
            "give it a different `friendly_name` in each, with a variable, or limit it to one of them: "
            "`lifecycle: {only: [prod]}`; the other one is in confsync.yaml:11:3"
        ),
    ]


NAMED = "services: {a: {friendly_name: 'Desk ${{ var.stage }}'}}\n"


@pytest.mark.parametrize("given", ["dev", "prod"])
def test_a_value_from_outside_says_nothing_about_the_other_environment(harness: Harness, given: str) -> None:
    harness.environ["CONFSYNC_VAR_stage"] = given
    for harness.environment in ("dev", "prod"):
        assert harness.mistakes(HEAD + NAMED) == []


def test_a_sensitive_name_is_unknown_in_the_other_environment(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_hidden"] = "+15551230000"
    harness.environment = "dev"
    hall = f"hall: {{{LOOKED_UP}, participants: {{p: {{%s}}}}}}"
    desk = f"services: {{a: {{{LOOKED_UP}, conversations: {{{hall}}}}}}}"
    binding = "messaging_binding: {address: '${{ var.hidden }}', proxy_address: '+15551230001'}"
    assert harness.mistakes(f"{HEAD}{desk % binding}\n") == []
    assert len(harness.mistakes(f"{HEAD}{desk % binding.replace('${{ var.hidden }}', '+15551230000')}\n")) == 1


def test_an_error_in_one_environment_is_not_reported_in_the_other(harness: Harness) -> None:
    role = f"dev: {{{ROLE}}}"
    configuration = "configuration: {default_conversation_role: '${{ var.stage }}'}"
    wrong = f"services: {{a: {{friendly_name: '${{{{ var.stage }}}}', {configuration}, roles: {{{role}}}}}}}\n"
    harness.environment = "prod"
    assert len(harness.mistakes(HEAD + wrong)) == 1
    harness.environment = "dev"
    assert harness.mistakes() == []


def test_environments_in_different_regions_share_nothing(harness: Harness) -> None:
    harness.environment = "dev"
    here = HEAD.replace("dev: {account_sid", "dev: {region: ie1, account_sid")
    assert harness.mistakes(f"{here}services: {{a: {{}}}}\n") == []
    harness.environ["TWILIO_REGION"] = "ie1"
    assert len(harness.mistakes()) == 1
