"""The guide for users of Terraform: its steps run in order, and the tables name every type and term."""

import re
import shlex
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.terraform.types import PREFIX, TYPES
from tests.cli.conftest import Confsync, confsync, folder
from tests.emulator.client import Client
from tests.repository.paths import DOCS
from tests.terraform.states import community, stored

__all__ = ("confsync", "folder")

GUIDE = (DOCS / "terraform.md").read_text("utf-8")
TYPES_PAGE = (DOCS / "terraform-types.md").read_text("utf-8")
TERMS_PAGE = (DOCS / "terraform-terms.md").read_text("utf-8")
DB = ("--emulator", "--emulator-db", "account.db")


def steps() -> list[str]:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL))
    return re.findall(r"^confsync (.*)$", blocks, re.MULTILINE)


def test_the_steps_of_the_guide_lead_to_an_empty_plan(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").unlink()
    with Emulator(db=folder / "account.db") as emulator:
        client = Client(emulator)
        service = client.made("/Services", {"FriendlyName": "Support"})
        role = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
        client.made(f"/Services/{service}/Roles", role)
        (folder / "terraform.tfstate").write_bytes(stored(community(client)))

    imports, plans, applies, plans_again = steps()
    said = confsync(*shlex.split(imports))
    assert said.code == 0, said.err
    said = confsync(*shlex.split(plans), *DB)
    assert "0 to create, 0 to update" in said.out
    said = confsync(*shlex.split(applies), *DB, "--auto-approve")
    assert said.code == 0, said.err
    said = confsync(*shlex.split(plans_again), *DB)
    assert said.code == 0, said.err
    assert "No changes." in said.out

    path = folder / "imported" / "environments.yaml"
    text = path.read_text("utf-8")
    assert f"account_sid: {ACCOUNT_SID}" in text
    path.write_text(re.sub(r"    # The SIDs in the state.*\n    adopt:\n(?:      .*\n)+", "", text), "utf-8")
    said = confsync(*shlex.split(plans_again), *DB)
    assert said.code == 0, said.err
    assert "No changes." in said.out


def test_the_table_of_types_names_every_type() -> None:
    table = TYPES_PAGE.partition("## What becomes of each type")[2].partition("\n## ")[0]
    named = {
        PREFIX + name for row in re.findall(r"^\|.*\|$", table, re.MULTILINE) for name in re.findall(r"`…_(\w+)`", row)
    }
    assert named == set(TYPES)


EXPLAINED = """
provider, state, terraform import, prevent_destroy, ignore_changes, create_before_destroy, moved, removed, workspace,
-target, plan -out, plan -detailed-exitcode, refresh-only, taint, data source, module, for_each, variable, sensitive,
terraform destroy, terraform state rm
"""


@pytest.mark.parametrize("term", EXPLAINED.replace("\n", " ").strip().split(", "))
def test_the_table_of_terms_explains(term: str) -> None:
    assert any(term in row.partition(" | ")[0] for row in TERMS_PAGE.splitlines() if row.startswith("| "))
