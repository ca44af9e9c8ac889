"""Whatever an account holds, its export loads, and a plan of the export sends nothing.

A test run samples a few accounts; `--hypothesis-profile long` tries 500, and 100 with names that occur twice.
"""

import json
import re
from collections.abc import Iterator, Mapping

from hypothesis import given
from hypothesis import strategies as st

from confsync.config.desired import Desired
from confsync.config.tree import File, MissingSecret
from confsync.config.writing.formatting import format_file
from confsync.names import Address
from confsync.secret import Secret
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.emulator.client import Client
from tests.export.exporting import exported, problems, without_comments
from tests.harness import harness_of

HOSTILE = st.sampled_from(
    [
        "NO",
        "0123",
        "1:30",
        "${{ var.x }}",
        "$${{ x",
        "# not a comment",
        "a: b",
        "- a",
        "line\nbreak\ttab",
        "\x00\x07\x1b[31m",
        "\u202edesrever",
        "😀" * 3,
        "\U000e0001",
        "n" * 256,
        "defaults",
        "for_each",
        "a/b%2F*?[c]#d",
        " padded ",
        "::set-output name=x::y",
        "<<",
        "null",
        "Ünï çödé",
        "サポート",
        "https://user:canary@example.com/",
    ]
)
NAMES = st.one_of(HOSTILE, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))


@campaign(sample=4, at_length=500)
@given(configurations(), st.booleans())
def test_a_plan_of_the_export_sends_nothing(made: GeneratedConfiguration, minimal: bool) -> None:  # noqa: FBT001 — drawn
    with harness_of(made) as harness:
        harness.apply()
        found = exported(harness, minimal=minimal)
        assert problems(found) == [], found.document
        for each in found.files:
            if not each.private:
                assert format_file(File(str(each.path), each.text.encode())) == each.text


@campaign(sample=4, at_length=300)
@given(configurations())
def test_the_export_of_an_account_has_every_declared_value_that_twilio_returns(made: GeneratedConfiguration) -> None:
    with harness_of(made) as harness:
        report = harness.apply()
        assert not report.errors
        config = harness.config()
        found = exported(harness)
        names = {match.found.sid: address for address, match in found.plan.snapshot.matches.items()}  # type: ignore[attr-defined]
        after = harness.plan().snapshot.matches
        moved = {address: names.get(match.found.sid) for address, match in after.items() if match.found.sid}
        written = found.plan.config.resources  # type: ignore[attr-defined]
        for address, desired in config.resources.items():
            there = written.get(_translated(address, moved)) if address in after else None
            for name, value in _returned(desired) if address in after else ():  # a closed conversation stays empty
                assert there is not None, (address, found.document)
                assert _shown(there.fields.get(name)) == _shown(_moved_value(value, moved)), (address, name)


def with_secrets(document: str) -> tuple[str, dict[str, str]]:
    """Write the secrets that are comments in an export, and give each a value: no credential exists without them."""
    secret = re.compile(r"# (?P<line>[a-z_]+: \"\$\{\{ env\.(?P<name>\w+) \}\}\")")
    environ = {found["name"]: "a secret" for found in secret.finditer(document)}
    return secret.sub(lambda found: found["line"], document), environ


def _returned(desired: Desired) -> Iterator[tuple[str, object]]:
    """Yield what is declared, without what Twilio does not return, what clears a field, and edits."""
    for name, value in desired.fields.items():
        field = desired.kind.by_name[name]
        if field.write_only or value is None or not desired.kind.sid_prefix:
            continue
        if not isinstance(value, Secret | MissingSecret) and type(value).__name__ != "Edit":
            yield name, value


def _translated(address: Address, moved: Mapping[Address, Address | None]) -> Address:
    above = max((each for each in moved if address.within(each)), key=len, default=Address())
    return address.moved(above, moved.get(above) or above)


def _moved_value(value: object, moved: Mapping[Address, Address | None]) -> object:
    return moved.get(value) if isinstance(value, Address) else value


def _shown(value: object) -> object:
    return value or None


@campaign(sample=4, at_length=300)
@given(configurations())
def test_an_export_applied_to_an_empty_account_is_exported_again_as_it_was(made: GeneratedConfiguration) -> None:
    with harness_of(made) as harness:
        harness.apply()
        first = exported(harness)
        assert not first.secrets
        text, environ = with_secrets(first.document)
        with harness_of(GeneratedConfiguration({"version": 1}, environ)) as other:
            report = other.apply(text)
            assert not report.errors, first.document
            second = exported(other)
        assert without_comments(second.document) == without_comments(first.document)


@campaign(sample=8, at_length=1_000)
@given(st.lists(NAMES, min_size=1, max_size=6), st.data())
def test_whatever_the_names_are_the_export_loads_and_changes_nothing(names: list[str], data: st.DataObject) -> None:
    with harness_of(GeneratedConfiguration({"version": 1}, {})) as harness:
        seed(harness.client, names, data)
        found = exported(harness)
        assert problems(found) == [], found.document
        assert "canary" not in found.document
        assert exported(harness).document == found.document


@campaign(sample=4, at_length=100)
@given(st.lists(st.sampled_from(["desk", "Desk", "d/k"]), min_size=2, max_size=5), st.data())
def test_resources_with_the_same_name_are_adopted_by_their_sids(names: list[str], data: st.DataObject) -> None:
    with harness_of(GeneratedConfiguration({"version": 1}, {})) as harness:
        seed(harness.client, names, data)
        found = exported(harness)
        assert problems(found) == [], found.document
        assert found.adopted >= len(names) - len(set(names))


def seed(client: Client, names: list[str], data: st.DataObject) -> None:
    """Create a service for each name, and in it roles, users and conversations with the same names."""
    for name in names:
        answer = client.post("/Services", {"FriendlyName": name})
        home = f"/Services/{answer.body.get('sid')}"
        client.post("/Credentials", {"FriendlyName": name[:64], "Type": "gcm", "ApiKey": "k"})
        for other in data.draw(st.lists(st.sampled_from(names), max_size=3)):
            kind = data.draw(st.sampled_from(["conversation", "service"]))
            client.post(f"{home}/Roles", {"FriendlyName": other, "Type": kind, "Permission": "editOwnMessage"})
            client.post(f"{home}/Users", {"Identity": other, "FriendlyName": name, "Attributes": '{"a": "${{ x }}"}'})
            client.post(
                f"{home}/Conversations", {"UniqueName": other, "FriendlyName": name, "Attributes": _attributes(name)}
            )
        client.post(f"{home}/Configuration/Notifications", {"NewMessage.Template": name, "NewMessage.Enabled": "true"})


def _attributes(name: str) -> str:
    return json.dumps({name: [name, {"deep": name}], "number": 1e300, "large": 2**70, "none": None})
