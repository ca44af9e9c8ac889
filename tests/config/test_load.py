"""A whole configuration: every mistake with its place, and the same content told the same, however it is written."""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import confsync
from confsync.config.codes import Code
from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_config
from confsync.config.tree import MissingSecret
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.errors import InvalidConfiguration, UsageError
from confsync.model import Kind
from confsync.names import Address
from confsync.resources import KINDS
from confsync.secret import Secret
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness

HERE = Path(__file__).parent
SENSITIVE = {"CONFSYNC_VAR_v": "canary-of-v"}

ROLE = "version: 1\nservices:\n  desk:\n    roles:\n      agent: {type: service, permissions: [addParticipant]}\n"


def rows(name: str) -> list[tuple[str, list[str]]]:
    """The blocks of a file: YAML, and the lines that are to be told about it."""
    text = (HERE / name).read_text("utf-8").replace("VERSION", confsync.__version__)
    blocks = text.rstrip().split("\n\n")[1:]
    return [(text_of(block), [line[3:] for line in block.splitlines() if line.startswith("=> ")]) for block in blocks]


def text_of(block: str) -> str:
    return "".join(f"{line}\n" for line in block.splitlines() if not line.startswith("=> "))


@pytest.mark.parametrize(("text", "expected"), rows("mistakes.txt"))
def test_an_error_is_reported_once_at_its_position(harness: Harness, text: str, expected: list[str]) -> None:
    harness.environ = SENSITIVE
    harness.environment = "a" if "environments: {" in text or "environments:\n" in text else None
    assert harness.mistakes(text) == [f"confsync.yaml:{line}" for line in expected]


@pytest.mark.parametrize("value", [None, f"FW{'0' * 32}"])
def test_a_sensitive_value_may_be_in_a_field_of_any_form(harness: Harness, value: str | None) -> None:
    harness.environ = {"CONFSYNC_VAR_v": value} if value else {}
    auto = "{type: studio, studio_flow_sid: '${{ var.v }}'}"
    address = f'account: {{addresses: {{h: {{address: "+15551230000", type: sms, auto_creation: {auto}}}}}}}\n'
    assert harness.mistakes(f"version: 1\nvariables: {{v: {{sensitive: true}}}}\n{address}") == []


def test_a_name_that_is_too_long_is_reported_at_its_key(harness: Harness) -> None:
    reported = harness.mistakes(f"version: 1\nservices: {{{'k' * 257}: {{}}}}")
    assert reported == ["confsync.yaml:2:12 CS2005 'friendly_name' can have at most 256 characters"]


def test_every_code_of_this_part_of_the_language_has_a_row() -> None:
    shape = {code for code in Code if code.startswith("CS2")}
    without = {
        Code.CIRCLE,  # no two of today's types can refer to each other; the engine's tests make two that do
        Code.TOO_MUCH_EXPANDED,  # needs many items: test_expansion.py
        Code.LINT,  # warnings: below
        Code.OPEN_TOKEN,
        Code.REGION,
        Code.UNKNOWN_PARAMETER,
        Code.LOOKS_THE_SAME,
        Code.NOT_YET,  # of an earlier version
    }
    assert {
        code for code in shape if any(code in line for _, expected in rows("mistakes.txt") for line in expected)
    } == shape - without


@pytest.mark.parametrize(("text", "expected"), rows("doubts.txt"))
def test_a_suspicious_value_is_a_warning_and_passes(harness: Harness, text: str, expected: list[str]) -> None:
    warnings = harness.config(text).warnings
    assert {each.severity for each in warnings} <= {"warning"}
    places = [f"{each.range.start.line}:{each.range.start.column}" if each.range else "-" for each in warnings]
    hints = [f" - {each.detail}" if each.detail and each.code == Code.LINT else "" for each in warnings]
    assert [
        f"{place} {each.code} {each.summary}{hint}" for place, each, hint in zip(places, warnings, hints, strict=True)
    ] == expected


@pytest.mark.parametrize(
    "written", ["hunter2", "[hunter2]", "{a: hunter2}", '"hunter2 ${{ env.X }}"', "'${{ var.open }}hunter2'"]
)
@pytest.mark.parametrize("key", ["private_key", "privat_key"])
def test_a_secret_that_was_written_out_is_not_shown(harness: Harness, key: str, written: str) -> None:
    text = f"""
        version: 1
        variables: {{open: x}}
        credentials: {{ios: {{type: apn, {key}: {written}}}}}
        """
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.config(text)
    assert len(wrong.value.diagnostics) == 1
    assert "hunter2" not in repr(wrong.value.diagnostics) + str(wrong.value)


def test_several_environments_without_a_choice_are_listed(harness: Harness) -> None:
    text = f"version: 1\nenvironments: {{Dev: {{account_sid: AC{'a' * 32}}}, Prod: {{account_sid: AC{'b' * 32}}}}}\n"
    with pytest.raises(UsageError, match="Dev, Prod"):
        harness.config(text)
    harness.environment = "Prd"
    with pytest.raises(UsageError) as wrong:
        harness.config(text)
    assert wrong.value.hint == "Did you mean 'Prod'?"
    harness.environment = "Prod"
    assert harness.config(text).environment.account_sid == f"AC{'b' * 32}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.value_field], ids=lambda kind: kind.title)
def test_only_a_clearable_field_takes_null_and_no_other_takes_an_empty_text(harness: Harness, kind: Kind) -> None:
    for field in kind.fields:
        for written in (None, ""):
            if written == "" and field.clearable:
                continue
            reported = harness.mistakes(json.dumps({"version": 1, **around(kind, nested(field.path, written))}))
            others = ("has no", "neither")
            about = [line for line in reported if not any(each in line for each in others)]
            assert len(about) == (0 if field.clearable else 1), (field.name, written, reported)


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """A value under its keys."""
    for step in reversed(path):
        value = {step: value}
    assert isinstance(value, dict)
    return value


def around(kind: Kind | None, written: dict[str, Any]) -> dict[str, Any]:
    """What stands around a resource of that kind."""
    while kind is not None:
        written = {kind.section: written if kind.singleton or kind.group else {"a": written}}
        kind = kind.parent
    return written


@campaign(sample=12, at_length=500)
@given(configurations(), st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_written_order(
    tmp_path: Path, made: GeneratedConfiguration, random: Random
) -> None:
    first = loaded(tmp_path, made.tree, made.environ)
    shuffled = loaded(tmp_path, reordered(made.tree, random), dict.fromkeys(made.environ, "another secret"))
    assert shuffled.digest == first.digest
    assert shuffled.resources.keys() == first.resources.keys()


def loaded(folder: Path, tree: object, environ: Mapping[str, str]) -> Config:
    file = folder / "confsync.yaml"
    file.write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
    return load_config(LoadOptions(directory=folder, environ=environ))


def reordered(node: object, random: Random) -> object:
    """The same, with the keys and the items of lists in another order; in attributes a list has its order."""
    if isinstance(node, dict):
        items = list(node.items())
        random.shuffle(items)
        return {name: value if name == "attributes" else reordered(value, random) for name, value in items}
    if isinstance(node, list):
        return random.sample(node, len(node))
    return node


@pytest.mark.parametrize(
    "change",
    [
        ("addParticipant", "deleteAnyMessage"),
        ("agent:", "clerk:"),
        ("agent: {", "agent: {friendly_name: x, "),
        ("agent: {", "agent: {lifecycle: {protect: true}, "),
    ],
)
def test_the_digest_tells_one_configuration_from_another(harness: Harness, change: tuple[str, str]) -> None:
    assert harness.config(ROLE).digest != harness.config(ROLE.replace(*change)).digest


def test_the_digest_does_not_hear_of_comments_and_layout(harness: Harness) -> None:
    other = """
        # a comment
        services: {desk: {roles: {agent: {permissions: [addParticipant, addParticipant], type: service}}}}
        version: 1
        """
    assert harness.config(ROLE).digest == harness.config(other).digest


@campaign(sample=12, at_length=500)
@given(configurations())
def test_desired_values_are_in_normal_form(tmp_path: Path, made: GeneratedConfiguration) -> None:
    for desired in loaded(tmp_path, made.tree, made.environ).resources.values():
        for name, value in desired.fields.items():
            if not isinstance(value, Address | MissingSecret):
                assert desired.kind.by_name[name].normalize(value) == value


def test_a_secret_is_a_secret_and_a_missing_one_says_where_it_is_missing(harness: Harness) -> None:
    harness.environ = {"KEY": "canary"}
    config = harness.config("""
        version: 1
        credentials:
          ios: {type: apn, private_key: "${{ env.KEY }}", certificate: "${{ env.CERT }}"}
        """)
    fields = config.resources[Address.of("credentials", "ios")].fields
    assert fields["private_key"] == Secret("canary")
    missing = fields["certificate"]
    assert isinstance(missing, MissingSecret)
    assert missing.diagnostic.summary == "'certificate' must be sent, but the environment variable CERT is not set"
    assert str(missing.diagnostic.range.start if missing.diagnostic.range else "") == "confsync.yaml:4:64"
    assert "canary" not in repr(config)


def test_a_layer_may_change_one_field_of_a_resource(harness: Harness) -> None:
    harness.write(ROLE, "base.yaml")
    harness.write("services: {desk: {roles: {agent: {permissions: [deleteAnyMessage]}}}}", "over.yaml")
    config = confsync.load("base.yaml", "over.yaml", directory=harness.folder, environ={})
    desired = config.resources[Address.parse("services/desk/roles/agent")]
    assert desired.fields["permissions"] == frozenset({"deleteAnyMessage"})
    assert str(desired.source) == "over.yaml:1:27"


OPEN = [
    "    secret: CANARY\n    secret: CANARY",
    "    secret: &x CANARY",
    "    secret: !!str CANARY",
    "    secret: CANARY: x",
    "    secret: CANARY\tand \x01",
    "    {true: 1, secret: CANARY}",
    "    'secret' : 'CANARY'",
    "    secret: CANARY\nvariables: {word: {sensitive: true, value: CANARY}}",
    (
        "    secret: CANARY\nvariables: {word: {sensitive: true}}\n"
        f"environments: {{dev: {{account_sid: {ACCOUNT_SID}, variables: {{word: CANARY}}, auth_token: CANARY}}}}"
    ),
]


@pytest.mark.parametrize("secret", OPEN)
def test_a_secret_in_the_open_is_quoted_by_no_diagnostic(harness: Harness, secret: str) -> None:
    (harness.folder / "confsync.yaml").write_text(
        f"version: 1\ncredentials:\n  a:\n    type: fcm\n{secret}\n".replace("    {", "    x: {"), "utf-8"
    )
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.config()
    assert "CANARY" not in repr(wrong.value.diagnostics)


def test_thousands_of_unknown_values_are_not_reported_one_by_one(harness: Harness) -> None:
    words = ", ".join(f"onMessagAdded{number}" for number in range(3_000))
    config = harness.config(f"version: 1\nservices: {{a: {{webhooks: {{filters: [{words}]}}}}}}\n")
    assert len(config.warnings) == 20
