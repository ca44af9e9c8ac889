"""Scenarios: importing a Terraform state."""

import json
from unittest.mock import patch

from confsync.emulator.emulator import ACCOUNT_SID
from tests.advice.about_commands import OTHER_ACCOUNT
from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.terraform.states import Entry, stored

STATE = "terraform.tfstate"


def state_of(*accounts: str | None) -> str:
    """Write a state that has a credential in each account."""
    credentials = (
        {
            "type": "twilio_conversations_push_credential_fcm",
            "name": f"push_{number}",
            "instances": [
                {"attributes": {"sid": f"CR{number:032x}", "friendly_name": f"push {number}", "account_sid": account}}
            ],
        }
        for number, account in enumerate(accounts)
    )
    return json.dumps({"version": 4, "resources": list(credentials)})


@advice(
    "give it a `terraform.tfstate`, or the output of `terraform show -json` or `terraform state pull`.",
    "give it a state with resources of twilio/twilio or RJPearson94/twilio; docs/terraform-types.md has a list.",
    "Correct the path of the state, or its permissions.",
)
def importing_something_else(desk: Desk) -> None:
    desk.failed(f"import-terraform {STATE}", code=11)
    desk.write("resource {}", STATE)
    desk.failed(f"import-terraform {STATE}", code=3)
    desk.write('{"version": 4}', STATE)
    desk.failed(f"import-terraform {STATE}", code=3)
    desk.write(state_of(ACCOUNT_SID), STATE)
    desk.done(f"import-terraform {STATE}")


@advice("Pipe the state to it, or name a file.")
def importing_from_a_closed_standard_input(desk: Desk) -> None:
    desk.write(state_of(ACCOUNT_SID), STATE)
    with patch("sys.stdin", None):
        desk.failed("import-terraform -", code=11)
    with (desk.folder / STATE).open(encoding="utf-8") as piped, patch("sys.stdin", piped):
        desk.done("import-terraform -")
    desk.done(f"import-terraform {STATE}")


@advice("remove resources from a copy of the state with `terraform state rm -state=COPY`.")
def importing_a_service_that_is_too_large(desk: Desk) -> None:
    for users, code in ((80, 3), (20, 0)):
        own = {"sid": f"IS{1:032x}", "friendly_name": "Desk"}
        entries = [Entry("twilio_conversations_service", "desk", own)]
        for number in range(users):
            about = {
                "service_sid": own["sid"],
                "account_sid": ACCOUNT_SID,
                "attributes": json.dumps({"a": "x" * 15_000}),
            }
            user = {"sid": f"US{number:032x}", "identity": f"u{number}", **about}
            entries.append(Entry("twilio_conversations_user", f"u{number}", user))
        desk.write(stored(entries).decode(), STATE)
        assert desk.run(f"import-terraform {STATE}").code == code


@advice(
    "add --account-sid with its SID.",
    "add --account-sid to import one of them, and import each into a folder of its own.",
    "it has those of {}.",
)
def importing_from_an_account_that_nobody_named(desk: Desk) -> None:
    desk.write(state_of(None), STATE)
    desk.failed(f"import-terraform {STATE}", code=3)
    desk.failed(f"import-terraform {STATE} --account-sid AC1", code=3)
    desk.done(f"import-terraform {STATE} --account-sid {ACCOUNT_SID}")
    desk.write(state_of(ACCOUNT_SID, OTHER_ACCOUNT), STATE)
    desk.failed(f"import-terraform {STATE}", code=3)
    for account in (ACCOUNT_SID, OTHER_ACCOUNT):
        desk.done(f"import-terraform {STATE} --account-sid {account} --output {account}")
    hint = desk.failed(f"import-terraform {STATE} --account-sid AC{'0' * 32}", code=3)
    assert hint == f"It has those of {', '.join(sorted((ACCOUNT_SID, OTHER_ACCOUNT)))}."
