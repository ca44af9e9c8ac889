"""A saved plan holds everything that is shown and no secret; a damaged or edited one is refused."""

import base64
import json
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from msgspec import Struct
from msgspec.structs import fields, replace

from confsync.errors import ConfsyncError, LocalFileError, Refused
from confsync.names import Address, Sid
from confsync.plan.change import Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Guardrail, OrphanedResource, Plan, Revision, Target
from confsync.plan.risk import BlastRadius
from confsync.planfile import file as saved_plan
from confsync.planfile.codec import codec_of
from confsync.planfile.file import parse_lifetime
from confsync.secret import Secret
from confsync.views.documents import document_as_json
from confsync.views.github_commands import plan_annotations
from confsync.views.palette import Palette
from confsync.views.plan.markdown import plan_as_markdown
from confsync.views.plan.text import plan_as_text
from confsync.views.plan_builder import plan_document
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness, harness_of
from tests.planfile.saving import HOUR, Saving
from tests.views.rendering import document_as_html

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GENERATED = settings(campaign(sample=5, at_length=250), phases=(Phase.explicit, Phase.reuse, Phase.generate))
CANARIES = {
    "CERT": "canary-certificate-1",
    "KEY": "canary-key-1",
    "CONFSYNC_VAR_hook": "https://x.example.com/?k=canary-hook",
}
SECRETIVE = """
version: 1
variables: {hook: {sensitive: true}}
credentials:
  ios: {type: apn, certificate: "${{ env.CERT }}", private_key: "${{ env.KEY }}", sandbox: true}
services:
  support:
    webhooks: {post_webhook_url: "${{ var.hook }}", pre_webhook_url: "https://a:canary-open@x.example.com/"}
"""
ROLE = "{type: conversation, permissions: [sendMessage]}"
DESK = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""


@pytest.fixture
def saving(harness: Harness) -> Saving:
    return Saving(harness)


def shown(plan: Plan) -> Iterator[str]:
    """Render a plan in every format."""
    colours = Palette.chosen({"FORCE_COLOR": "1"}, terminal=True, refused=False)
    document = plan_document(plan, 0, created_at=MADE)
    yield plan_as_text(document)
    yield plan_as_text(document, colours)
    yield plan_as_text(document, brief=True)
    yield document_as_json(document)
    yield document_as_html(document)
    yield plan_as_markdown(document)
    yield plan_as_markdown(document, brief=True)
    yield from plan_annotations(document, None)


def read_again(plan: Plan) -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        saved_plan.write_plan_file(path, saved_plan.new_saved_plan(plan, HOUR, MADE), None)
        return saved_plan.read_plan_file(path, None).plan


@GENERATED
@given(configurations(), configurations())
def test_a_saved_plan_renders_identically_in_every_format(
    first: GeneratedConfiguration, second: GeneratedConfiguration
) -> None:
    with harness_of(first) as harness:
        plan = harness.plan()
        assert list(shown(read_again(plan))) == list(shown(plan))
        harness.apply()
        plan = harness.plan()
        assert list(shown(read_again(plan))) == list(shown(plan))
        harness.environ = dict(second.environ)
        plan = harness.plan(second.text)
        assert list(shown(read_again(plan))) == list(shown(plan))


def test_deletes_overrides_and_destroy_render_identically(harness: Harness) -> None:
    harness.apply(
        DESK.replace("    roles:", "    roles:\n      lead: {type: conversation, permissions: [sendMessage]}")
    )
    harness.intent = Intent(
        overrides=Overrides(max_deletes=3, allow_delete=frozenset({Address.parse("services/desk")}))
    )
    pruned = harness.plan(DESK.replace("  desk:", "  desk:\n    lifecycle: {prune: [roles]}"))
    assert any(each.deletes for each in pruned.changes)
    assert list(shown(read_again(pruned))) == list(shown(pruned))
    harness.intent = Intent(overrides=harness.intent.overrides, destroy=True)
    destroyed = harness.plan(DESK)
    assert any(each.radius for each in destroyed.changes)
    assert list(shown(read_again(destroyed))) == list(shown(destroyed))


def test_every_part_of_a_plan_is_read_back(harness: Harness) -> None:
    orphan = OrphanedResource(Address.parse("services/old"), Sid("IS" + "0" * 32), "Old", "why", "what to type")
    plan: Plan = replace(
        harness.plan(DESK),
        revision=Revision(digest="d", files=("a", "b"), commit="c" * 40, dirty=True),
        target=Target(account_sid="AC", environment="dev", region="ie1", base_url="https://x", emulator=True, ledger=7),
        intent=Intent(
            overrides=Overrides(
                allow_delete=frozenset_of("services/a"),
                allow_recreate=frozenset_of("services/b"),
                allow_rollback=True,
                max_deletes=3,
            ),
            selection=Selection(targets=("a",), excludes=("b",), kinds=("roles",)),
            destroy=True,
        ),
        orphaned=(orphan,),
        forgotten=(orphan,),
        guardrails=(Guardrail(GuardrailRule.DELETE, (orphan.address,), "text", "lift", None),),
        reads=5,
    )
    again = read_again(plan)
    for each in ("revision", "target", "intent", "orphaned", "forgotten", "guardrails", "reads", "warnings"):
        assert getattr(again, each) == getattr(plan, each), each


def frozenset_of(address: str) -> frozenset[Address]:
    return frozenset({Address.parse(address)})


@pytest.mark.parametrize("declared", [Plan, Change, Intent, Overrides, Guardrail, OrphanedResource])
def test_every_field_of_a_plan_has_a_saved_form(declared: type[Struct]) -> None:
    for field in fields(declared):
        assert callable(codec_of(field.type).encode), field.name


def test_no_secret_is_in_the_file_in_any_form(saving: Saving) -> None:
    harness = saving.harness
    harness.environ = dict(CANARIES)
    saving.save(SECRETIVE)
    assert saving.show().secrets == {
        (Address.parse("credentials/ios"), "certificate"),
        (Address.parse("credentials/ios"), "private_key"),
        (Address.parse("services/support/webhooks"), "post_webhook_url"),
    }
    assert found_in(saving.path) == []
    harness.apply()
    harness.environ = {name: f"{value}-new" for name, value in CANARIES.items()}
    saving.save(SECRETIVE.replace("canary-open", "canary-other"))
    assert found_in(saving.path) == []


def found_in(path: Path) -> list[str]:
    """Return the canaries that a file contains, in any encoding."""
    text = path.read_text("utf-8")
    every = ("canary", *CANARIES.values(), "canary-open", "canary-other")
    forms = {
        form: canary
        for canary in every
        for form in (
            canary,
            canary.encode().hex(),
            base64.b64encode(canary.encode()).decode().rstrip("="),
            json.dumps(canary)[1:-1],
        )
    }
    return [canary for form, canary in forms.items() if form in text]


def test_only_the_natural_key_of_an_undeclared_value_is_in_the_file(saving: Saving) -> None:
    saving.harness.apply(DESK)
    service = saving.harness.path("/Services/desk")
    saving.harness.client.made(f"{service}/Users", {"Identity": "alice", "FriendlyName": "Alice Private"})
    declared = "    users:\n      alice: {identity: alice, attributes: {a: 1}}\n"
    saving.save(DESK + declared)
    text = saving.path.read_text("utf-8")
    assert "alice" in text
    assert "Alice Private" not in text


def test_only_its_owner_can_read_the_file(saving: Saving) -> None:
    saving.save(DESK)
    assert stat.S_IMODE(saving.path.stat().st_mode) == 0o600
    assert [each.name for each in saving.path.parent.iterdir() if "plan" in each.name] == ["plan.json"]


def test_two_plans_never_share_an_id(saving: Saving) -> None:
    assert saving.save(DESK).id != saving.save(DESK).id


BROKEN: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "cut off": lambda text: text[: len(text) // 2],
    "other JSON": lambda _: '{"kind": "plan"}',
    "a list": lambda _: "[]",
    "a deep list": lambda _: "[" * 100_000,
    "not a number": lambda text: text.replace('"reads": ', '"reads": NaN, "x": '),
    "a key twice": lambda text: text.replace('"reads": ', '"reads": 1, "reads": '),
    "more than we know": lambda text: text.replace('"reads": ', '"more": 1, "reads": '),
    "less than we need": lambda text: re.sub(r',\s*"reads": \d+', "", text),
    "a text for a number": lambda text: text.replace('"reads": ', '"reads": "1", "x": '),
    "an unknown action": lambda text: text.replace('"create"', '"explode"', 1),
    "an unknown kind": lambda text: text.replace('"address": "services/desk"', '"address": "nonsense/desk"'),
    "an unknown field": lambda text: text.replace('"field": "friendly_name"', '"field": "nonsense"'),
    "a strange environment": lambda text: text.replace('"environment": null', '"environment": "../../etc"'),
    "no time zone": lambda text: re.sub(r'("created_at": "[^"]*)Z"', r'\1"', text),
    "a number that is too long": lambda text: text.replace('"reads": ', f'"x": {"9" * 5000}, "reads": '),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_not_a_plan_is_refused(name: str, saving: Saving) -> None:
    saving.save(DESK)
    text = saving.path.read_text("utf-8")
    broken = BROKEN[name](text)
    assert broken != text
    saving.path.write_text(broken, "utf-8")
    with pytest.raises(LocalFileError, match=r"is not a saved plan, or it is damaged: .") as problem:
        saving.show()
    assert len(problem.value.happened) < 400


def test_a_missing_file_a_folder_and_binary_data_are_refused(saving: Saving) -> None:
    with pytest.raises(LocalFileError, match="No such file"):
        saving.show()
    saving.path.write_bytes(b"\xff\xfe")
    with pytest.raises(LocalFileError, match="UTF-8"):
        saving.show()
    saving.path.unlink()
    saving.path.mkdir()
    with pytest.raises(LocalFileError, match="not a file"):
        saving.show()


def test_a_file_that_is_too_large_is_not_read(saving: Saving, monkeypatch: pytest.MonkeyPatch) -> None:
    saving.save(DESK)
    monkeypatch.setattr(saved_plan, "MAX_BYTES", 1024)
    with pytest.raises(LocalFileError, match="larger than"):
        saving.show()


def test_a_plan_of_a_newer_format_is_refused(saving: Saving) -> None:
    saving.save(DESK)
    saving.edit(lambda content: content.update(format_version=2, new=1))
    with pytest.raises(LocalFileError, match="has format 2, and this version of confsync reads formats up to 1"):
        saving.show()


def test_a_changed_byte_raises_only_our_own_errors(saving: Saving) -> None:
    saving.save(DESK)
    raw = saving.path.read_bytes()
    for place in range(0, len(raw), 7):
        saving.path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x15]) + raw[place + 1 :])
        try:
            list(shown(saving.show().plan))
        except ConfsyncError as error:
            assert error.hint  # noqa: PT017 — that it is raised on purpose is what counts


KEY, OTHER = Secret("a key for plans"), Secret("another key")


def test_a_signed_plan_is_read_with_its_key_and_without_a_key(saving: Saving) -> None:
    saving.key = KEY
    saved = saving.save(DESK)
    assert saving.show().id == saved.id
    saving.key = None
    assert saving.show().id == saved.id
    assert KEY.reveal() not in saving.path.read_text("utf-8")


@pytest.mark.parametrize("edit", ["id", "reads", "secrets", "expires_at", "confsync_version"])
def test_an_edited_plan_is_refused_if_a_key_is_set(edit: str, saving: Saving) -> None:
    saving.key = KEY
    saving.save(DESK)
    changed = {"id": "0" * 32, "reads": 99, "secrets": [], "expires_at": "2999-01-01T00:00:00Z"}
    saving.edit(lambda content: content.update({edit: changed.get(edit, "9.9.9")}))
    with pytest.raises(Refused, match="was edited, or signed with another key"):
        saving.show()


def test_a_plan_with_another_signature_or_none_is_refused(saving: Saving) -> None:
    saving.save(DESK)
    saving.key = KEY
    with pytest.raises(Refused, match="is not signed, and CONFSYNC_PLAN_KEY is set"):
        saving.show()
    saving.save(DESK)
    saving.key = OTHER
    with pytest.raises(Refused, match="signed with another key"):
        saving.show()
    saving.key = KEY
    saving.edit(lambda content: content.update(signature=7))
    with pytest.raises(Refused, match="was edited"):
        saving.show()


def test_a_signature_does_not_depend_on_the_layout_of_the_file(saving: Saving) -> None:
    saving.key = KEY
    saving.save(DESK)
    saving.edit(lambda _: None)
    assert saving.show().plan.changes


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("72h", 4320), ("7d", 10080)])
def test_a_lifetime_is_in_minutes_hours_or_days(text: str, minutes: int) -> None:
    assert parse_lifetime(text).total_seconds() == minutes * 60


@pytest.mark.parametrize("text", ["", "0h", "5", "h", "-1h", "1w", "1.5h", "9999999d", "1h "])
def test_anything_else_is_not_a_lifetime(text: str) -> None:
    with pytest.raises(ValueError, match="such as 30m"):
        parse_lifetime(text)


def test_a_blast_radius_is_read_back(harness: Harness) -> None:
    plan = harness.plan(DESK)
    radius = BlastRadius(facts=("it is the account's default service",))
    changed = replace(plan, changes=tuple(replace(each, radius=radius) for each in plan.changes))
    assert [each.radius for each in read_again(changed).changes] == [radius] * len(plan.changes)
