"""An editor that uses yaml-language-server completes, explains and checks a configuration, without network."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.model import Kind
from confsync.resources import KINDS
from confsync.views.schema.published import schema_files
from scripts.docs.samples import sample_as_yaml
from tests.editor.language_server import LanguageServer, language_server

EDITOR = Path(sys.prefix) / "editor"
"""Where `scripts/install editor` puts the server."""

ROOT = Path(__file__).parents[2]
HEADER = "# yaml-language-server: $schema=./.confsync/confsync.schema.json\n"

pytestmark = [
    pytest.mark.needs_tools,
    pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed"),
    pytest.mark.skipif(
        not (EDITOR / "node_modules/yaml-language-server").exists(), reason="run scripts/install editor"
    ),
]


def write_schema(folder: Path) -> None:
    """Write the schema where `# yaml-language-server:` looks for it."""
    (folder / ".confsync").mkdir()
    (folder / ".confsync" / "confsync.schema.json").write_text(schema_files()["config.schema.json"], "utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """A server for a folder that has the schema."""
    folder = tmp_path_factory.mktemp("editor")
    write_schema(folder)
    with language_server(EDITOR, folder) as running:
        yield running


SERVICE = "services:\n  support:\n"
ROLE = f"{SERVICE}    roles:\n      agent:\n"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("|", {"version", "requires", "variables", "environments", "account", "credentials", "services", "adopt"}),
        ("version: 1\n|", {"guardrails", "lock", "ledger", "require_ledger", "allow_delete", "forget"}),
        ("account:\n  |", {"configuration", "webhooks", "addresses"}),
        ("guardrails:\n  |", {"max_deletes", "max_updates"}),
        ("environments:\n  dev:\n    |", {"account_sid", "region", "edge", "credentials", "variables", "guardrails"}),
        (f"{SERVICE}    |", {"friendly_name", "configuration", "notifications", "roles", "users", "lifecycle"}),
        (f"{ROLE}        |", {"friendly_name", "type", "permissions", "lifecycle"}),
        (f"{ROLE}        type: ${{{{ var.type }}}}\n        |", {"permissions", "lifecycle"}),
        (f"{ROLE}        permissions:\n          |", {"add", "remove"}),
        (f"{ROLE}        lifecycle:\n          |", {"absent", "protect", "lookup", "ignore", "previously", "only"}),
        (f"{SERVICE}    notifications:\n      new_message:\n        with_media:\n          |", {"enabled", "template"}),
    ],
)
def test_an_editor_completes_keys(server: LanguageServer, text: str, keys: set[str]) -> None:
    assert keys <= set(server.labels(HEADER + text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{ROLE}        type: |", ["conversation", "service"]),
        (f"{ROLE}        {{type: |}}", ["conversation", "service"]),
        (f"{SERVICE}    webhooks:\n      method: |", ["GET", "POST"]),
        ("account:\n  webhooks: {target: |}", ["flex", "webhook"]),
        ("lock: |", ["file", "git"]),
        ("ledger: {store: |}", ["file", "git"]),
        (f"{SERVICE}    lifecycle:\n      prune: [|]", ["conversations", "roles", "users"]),
        (f"{SERVICE}    lifecycle:\n      protect: |", ["false", "true"]),
        (f"{SERVICE}    configuration:\n      reachability_enabled: |", ["false", "true"]),
        (f"{SERVICE}    users:\n      alice:\n        notification_levels:\n          lounge: |", ["default", "muted"]),
    ],
)
def test_an_editor_completes_the_values_of_a_closed_list(server: LanguageServer, text: str, values: list[str]) -> None:
    assert server.labels(HEADER + text) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{ROLE}        permissions:\n          - |", {"sendMessage", "leaveConversation"}),
        (f"{ROLE}        permissions: [sendMessage, |]", {"leaveConversation"}),
        (f"{ROLE}        permissions: ['${{{{ var.one }}}}', |]", {"sendMessage", "leaveConversation"}),
        (f"{ROLE}        permissions: {{add: [|]}}", {"sendMessage", "leaveConversation"}),
        (f"{SERVICE}    webhooks:\n      filters: [|]", {"onMessageAdded", "onConversationStateUpdated"}),
        (f"{SERVICE}    configuration:\n      default_conversation_role: |", {"channel admin", "channel user"}),
        ("environments:\n  dev:\n    region: |", {"us1", "ie1"}),
        ("environments:\n  dev:\n    edge: |", {"ashburn", "dublin"}),
    ],
)
def test_an_editor_suggests_the_known_values_of_an_open_list(
    server: LanguageServer, text: str, values: set[str]
) -> None:
    assert values <= set(server.labels(HEADER + text))


@pytest.mark.parametrize(
    ("text", "key", "inserted"),
    [
        (f"{SERVICE}    |", "lifecycle", "lifecycle:\n  "),
        (f"{SERVICE}    |", "configuration", "configuration:\n  "),
        (f"{SERVICE}    |", "notifications", "notifications:\n  "),
        (f"{ROLE}        |", "permissions", "permissions: "),
    ],
)
def test_an_editor_that_completes_a_key_writes_no_field_that_confsync_would_manage(
    server: LanguageServer, text: str, key: str, inserted: str
) -> None:
    assert [each.inserted for each in server.completions(HEADER + text) if each.label == key] == [inserted]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{ROLE}        ty|pe: service", "Whether the role applies in a conversation or in the whole service."),
        (f"{ROLE}        ty|pe: ${{{{ var.type }}}}", "Whether the role applies in a conversation"),
        (f"{ROLE}        type: ser|vice", "Whether the role applies in a conversation or in the whole service."),
        ("account:\n  webhooks:\n    met|hod: POST", "Default: `POST`"),
        (f"{SERVICE}    configuration:\n      default_conversation_|role: agent", "Default: `channel user`"),
        (
            f"{SERVICE}    users:\n      alice:\n        ro|le: agent",
            "Default: the service's `default_chat_service_role`",
        ),
        (f"{SERVICE}    web|hooks: {{method: POST}}", "The URLs that Twilio calls before and after events"),
        (f"{SERVICE}    lifecycle:\n      pro|tect: true", "The ledger remembers this until an explicit `false`."),
        (f"{SERVICE}    lifecycle:\n      pr|une: [roles]", "Sections in which confsync deletes resources"),
        ("environments:\n  de|v: {account_sid: AC1}", "An account, how to reach it, and what differs in it."),
        ("environments:\n  dev:\n    account|_sid: AC1", "confsync shows and changes nothing"),
        (f"{ROLE}        ty|pe: service", "(https://www.twilio.com/docs/conversations-classic/api/role-resource)"),
    ],
)
def test_an_editor_explains_a_key(server: LanguageServer, text: str, shown: str) -> None:
    assert shown in re.sub(r"\\(.)", r"\1", server.hover(HEADER + text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("versoin: 1", ["2: Property versoin is not allowed."]),
        ("version: 2", ["2: Value must be 1."]),
        (f"{ROLE}        {{tpye: service, lifecycle: {{absent: true}}}}", ["6: Property tpye is not allowed."]),
        (f"{ROLE}        {{type: service}}", ['5: Missing property "permissions".']),
        (
            f"{ROLE}        {{type: convo, permissions: [a]}}",
            ['6: Value is not accepted. Valid values: "conversation", "service".'],
        ),
        (f"{SERVICE}    webhooks:\n      filters: onFoo", ['5: Incorrect type. Expected "array".']),
        (
            f"{SERVICE}    webhooks:\n      post_webhook_url: ftp://x",
            ["5: 'post_webhook_url' begins with http:// or https://"],
        ),
        (
            "credentials:\n  push: {type: fcm, secret: literal}",
            ["3: 'secret' is a secret: write a reference, such as `${{ env.NAME }}`"],
        ),
        (f"{SERVICE}    lifecycle: {{protct: true}}", ["4: Property protct is not allowed."]),
    ],
)
def test_an_editor_reports_a_mistake(server: LanguageServer, text: str, expected: list[str]) -> None:
    (found,) = server.diagnostics(HEADER + text)
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "services: {support: {roles: {agent: {type: service, permissions: [somethingNew]}}}}",
        "services: {support: {webhooks: {filters: [onSomethingNew]}}}",
        "account: {}",
    ],
)
def test_an_editor_reports_nothing_about_an_unknown_value_of_an_open_list_or_one_file_of_a_folder(
    server: LanguageServer, text: str
) -> None:
    assert server.diagnostics(HEADER + text) == [[]]


def test_an_editor_reports_nothing_about_the_examples(server: LanguageServer) -> None:
    """A file that names the schema is opened where it is, so that its relative path is used."""
    paths = sorted((ROOT / "examples").rglob("*.yaml"))
    named = [each for each in paths if "yaml-language-server" in each.read_text("utf-8")]
    others = [HEADER + each.read_text("utf-8") for each in paths if each not in named]

    assert len(named) > 1
    assert server.diagnostics(*named, *others) == [[]] * len(paths)


def test_the_settings_of_the_documentation_give_the_schema_to_every_file_of_a_folder(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "editors.md").read_text("utf-8")
    (settings,) = re.findall(r"<!-- settings -->\n```json\n(.*?)```", text, re.DOTALL)
    yaml_settings = {name.removeprefix("yaml."): value for name, value in json.loads(settings).items()}
    write_schema(tmp_path)
    (tmp_path / "confsync.d" / "services").mkdir(parents=True)
    paths = [tmp_path / name for name in ("confsync.yaml", "confsync.d/a.yml", "confsync.d/services/b.yaml", "c.yaml")]
    for path in paths:
        path.write_text("service: {}\n", "utf-8")

    with language_server(EDITOR, tmp_path, yaml_settings) as running:
        found = running.diagnostics(*paths)

    assert found == [["1: Property service is not allowed."]] * 3 + [[]]


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_an_editor_reports_nothing_about_a_reference_in_any_field(server: LanguageServer, kind: Kind) -> None:
    written: dict[str, object] = {
        field.name: "${{ env.X }}" if field.secret else "${{ var.x }}" for field in kind.fields
    }
    assert server.diagnostics(HEADER + sample_as_yaml(kind, written)) == [[]]


def test_a_server_that_opens_a_connection_would_end() -> None:
    """Every test here runs it so, and the fixture fails if it has said anything."""
    request = "require('node:http').get('http://127.0.0.1:9')"
    command = ["node", "--require", str(EDITOR / "offline.cjs"), "--eval", request]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("The language server opens a connection")
