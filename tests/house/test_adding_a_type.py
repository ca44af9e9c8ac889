"""CONTRIBUTING.md adds users to a copy of the package, in two files. The emulator's table stands here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.places import ROOT, run

TABLE = '''
"""Users: those who take part in the conversations of a service."""

from confsync.emulator.kind import Kind, Parameter, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Reference, Text


def user(settings: Settings) -> Kind:
    """`/Services/{sid}/Users`. The identity never changes."""
    role = Reference("RL", kind="role", unknown=50100, alike=(("type", "service"),), unlike=50102)
    return Kind(
        name="user",
        docs="https://www.twilio.com/docs/conversations-classic/api/user-resource",
        paths=("/Services/{ChatServiceSid}/Users", "/Users"),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="US",
        list_key="users",
        page_maximum=50,
        parameters=(
            Parameter("Identity", Text(at_most=256), create="required"),
            Parameter("FriendlyName", Text(), "optional", "optional"),
            Parameter("RoleSid", role, "optional", "optional"),
        ),
        properties=texts(
            *("sid", "account_sid", "chat_service_sid", "identity", "friendly_name", "role_sid"),
            *("date_created", "date_updated"),
        ),
    )
'''
SCHEMA = """
CREATE TABLE user (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    sid              TEXT NOT NULL UNIQUE,
    account_sid      TEXT NOT NULL REFERENCES account (sid) ON DELETE CASCADE,
    chat_service_sid TEXT NOT NULL REFERENCES service (sid) ON DELETE CASCADE,
    identity         TEXT NOT NULL,
    friendly_name    TEXT,
    role_sid         TEXT REFERENCES role (sid) ON DELETE SET NULL,
    date_created     TEXT NOT NULL,
    date_updated     TEXT NOT NULL
);
"""
CONFIGURATION = """
version: 1
services:
  shop:
    roles:
      lead: {type: service, permissions: [createConversation]}
    users:
      alice@example.com: {friendly_name: Alice, role: lead}
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package with users in it, and of nothing else."""
    shutil.copytree(ROOT / "confsync", tmp_path / "confsync", ignore=shutil.ignore_patterns("__pycache__"))
    add_the_type(tmp_path)
    teach_the_emulator(tmp_path / "confsync" / "emulator")
    (tmp_path / "confsync.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return tmp_path


def add_the_type(copy: Path) -> None:
    """Do what CONTRIBUTING.md says, to the letter."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (diff,) = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    (copy / "confsync" / "resources" / "user.py").write_text(code, encoding="utf-8")
    subprocess.run(["git", "apply", "-"], cwd=copy, input=diff, text=True, check=True)


def teach_the_emulator(emulator: Path) -> None:
    """Give it a table of its own."""
    (emulator / "tables" / "user.py").write_text(TABLE, encoding="utf-8")
    with (emulator / "schema.sql").open("a", encoding="utf-8") as schema:
        schema.write(SCHEMA)
    listed = emulator / "tables" / "__init__.py"
    text = listed.read_text(encoding="utf-8")
    text = text.replace(
        "import service_webhook\n", "import service_webhook\nfrom confsync.emulator.tables.user import user\n"
    )
    listed.write_text(text.replace("role(settings),\n", "role(settings),\n        user(settings),\n"), encoding="utf-8")


def confsync(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the copy, which its own folder finds before the installed one."""
    return run([sys.executable, "-c", "from confsync.cli.main import run; run()", *arguments], copy)


def test_a_type_is_added_in_its_own_file_and_one_list(copy: Path) -> None:
    applied = confsync(copy, "apply", "--emulator", "--auto-approve")
    assert applied.returncode == 0, applied.stderr
    assert "services/shop/users/alice@example.com" in applied.stdout

    assert confsync(copy, "plan", "--emulator", "--detailed-exitcode").returncode == 0

    (copy / "confsync.yaml").write_text(CONFIGURATION.replace("Alice", "null"), encoding="utf-8")
    planned = confsync(copy, "plan", "--emulator", "--detailed-exitcode")
    assert planned.returncode == 2, planned.stderr
    assert 'friendly_name: "Alice" -> null' in planned.stdout


def test_its_mistakes_are_told_like_all_others(copy: Path) -> None:
    (copy / "confsync.yaml").write_text(CONFIGURATION.replace("friendly_name", "frendly_name"), encoding="utf-8")

    refused = confsync(copy, "validate")

    assert refused.returncode == 3
    assert "unknown key 'frendly_name' in user" in refused.stderr
    assert "did you mean 'friendly_name'?" in refused.stderr


def test_the_schema_of_configurations_knows_it(copy: Path) -> None:
    assert '"users"' in confsync(copy, "schema", "config").stdout
