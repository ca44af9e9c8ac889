"""Every example is valid, can be applied, and then there is nothing left to do."""

import json
import shutil
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from confsync.account.configuration import load
from confsync.codecs import Edit
from confsync.config.desired import Desired
from confsync.resources import KINDS
from confsync.starter.example import throw_away_secrets
from tests.repository.paths import EXAMPLES, ROOT, confsync, run

CASES = (
    ("quickstart",),
    ("support-desk", "-e", "dev"),
    ("support-desk", "-e", "prod"),
    ("flex-contact-center", "-e", "staging"),
    ("flex-contact-center", "-e", "production"),
    ("three-stages", "-e", "dev"),
    ("three-stages", "-e", "staging"),
    ("three-stages", "-e", "prod"),
    ("everything",),
)
SECRETS = {"APN_CERTIFICATE": "a", "APN_PRIVATE_KEY": "b", "FCM_SECRET": "c", "CONFSYNC_VAR_gcm_key": "d"}
"""What two of the examples take from the environment; on the emulator any text will do."""

NOTHING_TO_DO = "No changes. Twilio matches the configuration."


def copy_of(example: str, folder: Path) -> Path:
    """An example on its own, with the secrets that it needs, without what was left in it before."""
    copy = folder / example
    shutil.copytree(EXAMPLES / example, copy, ignore=shutil.ignore_patterns(".confsync", "secrets"))
    if example == "support-desk":
        write_secrets(copy)
    return copy


def write_secrets(example: Path) -> None:
    """Write new throw-away secrets."""
    folder = example / "confsync.d" / "secrets"
    folder.mkdir(exist_ok=True)
    for name, text in throw_away_secrets().items():
        (folder / name).write_text(text, "ascii")


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_an_example_applies_and_a_new_plan_is_empty(case: tuple[str, ...], tmp_path: Path) -> None:
    example, *environment = case
    copy = copy_of(example, tmp_path)

    assert confsync("validate", *environment, directory=copy).returncode == 0
    assert confsync("drift", *environment, "--emulator", directory=copy, variables=SECRETS).returncode == 2

    applied = confsync("apply", *environment, "--emulator", "--auto-approve", directory=copy, variables=SECRETS)
    assert applied.returncode == 0, applied.stderr

    planned = confsync("plan", *environment, "--emulator", "--detailed-exitcode", directory=copy, variables=SECRETS)
    assert (planned.returncode, planned.stdout.splitlines()[-1]) == (0, NOTHING_TO_DO)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_no_example_gives_a_warning(case: tuple[str, ...], tmp_path: Path) -> None:
    example, *environment = case

    said = confsync("validate", *environment, directory=copy_of(example, tmp_path))

    assert "warning" not in said.stdout + said.stderr


@pytest.mark.parametrize("file", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda file: str(file.relative_to(EXAMPLES)))
def test_an_editor_that_knows_the_schema_finds_nothing_wrong(file: Path) -> None:
    text = file.read_text("utf-8")
    schema = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")

    validator_of((file.parent / schema).resolve()).validate(yaml.safe_load(text))


@cache
def validator_of(schema: Path) -> Draft202012Validator:
    """Compile a schema once."""
    return Draft202012Validator(json.loads(schema.read_text("utf-8")))


def test_every_example_is_tried() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == {case[0] for case in CASES}


def declared(example: str, environment: str | None) -> list[Desired]:
    """Every resource of an example."""
    config = load(directory=EXAMPLES / example, environment=environment, environ=SECRETS)
    return list(config.resources.values())


def test_everything_has_every_field_of_every_type_and_permissions_written_both_ways() -> None:
    resources = declared("everything", None)
    written = {(each.kind.title, name) for each in resources for name in each.nodes}
    links = (each.kind for each in resources if each.kind.linked_kind)
    written |= {(kind.title, field.name) for kind in links for field in kind.key_fields}

    assert {(kind.title, field.name) for kind in KINDS for field in kind.fields} - written == set()
    assert {isinstance(each.fields.get("permissions"), Edit) for each in resources if each.kind.title == "role"} == {
        True,
        False,
    }


def test_the_contact_center_has_every_type_and_differs_between_its_environments() -> None:
    staging, production = (declared("flex-contact-center", name) for name in ("staging", "production"))

    assert {each.kind for each in staging} == set(KINDS)
    assert [each.address for each in staging] == [each.address for each in production]
    assert [each.fields for each in staging] != [each.fields for each in production]


def test_the_stages_differ_in_what_the_example_says() -> None:
    dev, staging, prod = ({str(each.address) for each in declared("three-stages", name)} for name in STAGES)
    auditors = {f"services/{name}/roles/auditor" for name in ("desk-web", "desk-sms", "back-office")}

    assert (staging - dev, dev - staging) == (auditors, set())
    assert {address.split("/")[1] for address in prod - staging} == {"desk-billing"}
    assert staging - prod == set()


STAGES = ("dev", "staging", "prod")


def test_the_quickstart_is_short() -> None:
    assert len((EXAMPLES / "quickstart" / "confsync.yaml").read_text("utf-8").splitlines()) <= 30


def test_the_support_desk_needs_to_be_told_its_environment(tmp_path: Path) -> None:
    copy = copy_of("support-desk", tmp_path)
    refused = confsync("plan", "--emulator", directory=copy)

    assert refused.returncode == 3
    assert "dev, prod" in refused.stderr
    assert "environments dev (" in confsync("validate", directory=copy).stdout


def test_the_environments_differ_in_account_and_variables(tmp_path: Path) -> None:
    copy = copy_of("support-desk", tmp_path)

    plans = {name: confsync("plan", "-e", name, "--emulator", directory=copy).stdout for name in ("dev", "prod")}

    assert "account ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" in plans["dev"]
    assert "account ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" in plans["prod"]
    assert "hooks.dev.example.com" in plans["dev"]
    assert "hooks.dev.example.com" not in plans["prod"]


def test_new_secrets_are_each_sent_once(tmp_path: Path) -> None:
    copy = copy_of("support-desk", tmp_path)
    apply = ("apply", "-e", "dev", "--emulator", "--auto-approve")
    plan = ("plan", "-e", "dev", "--emulator", "--detailed-exitcode")
    confsync(*apply, directory=copy)
    assert confsync(*plan, directory=copy).returncode == 0

    write_secrets(copy)

    renewed = confsync(*plan, directory=copy)
    assert renewed.returncode == 2
    assert renewed.stdout.count("(sensitive, changed)") == 3
    assert confsync(*apply, directory=copy).returncode == 0
    assert confsync(*plan, directory=copy).returncode == 0


def test_throw_away_secrets_are_never_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    ignored = run(["git", "check-ignore", "-q", "examples/support-desk/confsync.d/secrets/apple-key.pem"], ROOT)
    assert ignored.returncode == 0
