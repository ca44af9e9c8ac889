"""An interrupted replacement in ledgers that are shown, rebuilt, adopted, pushed and merged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec import to_builtins
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import LocalFileError
from confsync.names import Address, Sid
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger, PendingReplace
from confsync.state.ledger_merge import merge_ledgers
from confsync.state.ledger_name import ledger_name
from confsync.state.replay import BeginReplace, Event
from confsync.views.lists.ledger import ledger_as_text, ledger_document
from confsync.views.lists.pages import ledger_page
from confsync.views.schema.published import document_schema
from tests.apply.test_interrupted_replace import (
    ADDRESS,
    AFTER_DELETE,
    HOOK,
    OTHER,
    RESTORED,
    assert_nothing_is_left,
    journal_of,
    kill,
    killed_after_the_delete,
    live_addresses,
    loss,
    names_in_ledger,
    records,
    set_undeclared,
)
from tests.clones import Remote
from tests.harness import Harness
from tests.state.test_ledger_branch import Team
from tests.state.test_recorder import ledger

DESK_SID, FIRST, SECOND = (Sid(prefix + "1" * 32) for prefix in ("IS", "MB", "MC"))
HALL = Sid("CH" + "1" * 32)
ANN, BOB = (Address.parse(f"services/desk/conversations/hall/participants/{name}") for name in ("ann", "bob"))
VALUES = {"attributes": '{"seat":1}'}


def replacing(address: Address = ANN, sid: Sid = FIRST) -> PendingReplace:
    return PendingReplace(address=address, sid=sid, inside=(DESK_SID, HALL), fields=("attributes", "role"))


def with_replaces(*pending: PendingReplace) -> Ledger:
    return replace(ledger(), pending_replaces=pending)


def test_two_ledgers_are_merged_with_the_replacements_that_neither_side_ended() -> None:
    base = with_replaces(replacing())
    ours = replace(base, serial=4, commit="x", pending_replaces=(replacing(), replacing(BOB, SECOND)))
    ended = replace(base, serial=4, commit="y", pending_replaces=())
    moved = replace(base, serial=4, commit="y", pending_replaces=(replacing(BOB),))
    for one, other, expected in (
        (ours, ended, (replacing(BOB, SECOND),)),
        (ended, ours, (replacing(BOB, SECOND),)),
        (moved, ended, ()),
        (ours, moved, (replacing(BOB), replacing(BOB, SECOND))),
        (moved, ours, (replacing(BOB), replacing(BOB, SECOND))),
    ):
        assert merge_ledgers(base, one, other).pending_replaces == expected


def test_a_delete_that_cannot_be_recorded_is_not_sent(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    set_undeclared(harness)
    append = Journal.append

    def fail(journal: Journal, written: list[Event]) -> None:
        if any(isinstance(each, BeginReplace) for each in written):
            raise LocalFileError("The journal cannot be written: the disk is full.")
        append(journal, written)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", fail)
        with pytest.raises(LocalFileError, match="disk is full"):
            harness.apply(OTHER)
    assert harness.writes == []
    assert names_in_ledger(harness) == []
    harness.apply()
    assert live_addresses(harness) == [RESTORED]


def test_the_ledger_is_shown_with_what_is_restored_and_what_is_lost(harness: Harness) -> None:
    killed_after_the_delete(harness, AutoCreation__WebhookUrl=f"{HOOK}/path")
    document = ledger_document(harness.account().ledger(), 0)
    (shown,) = document.interrupted_replacements
    assert (shown.address, shown.sid[:2]) == ("account/addresses/desk", "IG")
    assert (shown.restored, shown.lost) == (["friendly_name", "auto_creation.type"], ["auto_creation.webhook_url"])
    line = (
        f"{shown.sid} was deleted by a replacement that was interrupted; the next apply restores friendly_name, "
        "auto_creation.type; not stored: auto_creation.webhook_url"
    )
    assert ledger_as_text(document).splitlines()[-1] == f"account/addresses/desk: {line}"
    assert line in ledger_page(document)
    assert "HandSet" not in ledger_as_text(document)
    Draft202012Validator(document_schema("ledger")).validate(to_builtins(document))


@pytest.mark.parametrize("lost", ["corrupt", "missing"])
def test_a_rebuilt_ledger_keeps_what_the_journal_says(lost: str, harness: Harness) -> None:
    killed_after_the_delete(harness)
    if lost == "corrupt":
        harness.ledger_path.write_text("{", "utf-8")
    else:
        harness.ledger_path.unlink()
        # a journal that continues no ledger is not a ledger
        left = journal_of(harness)
        left.write_text(left.read_text("utf-8").replace('"serial":1', '"serial":7'), "utf-8")
    harness.account().rebuild_ledger()
    assert names_in_ledger(harness) == [("friendly_name", "auto_creation.type", "auto_creation.webhook_url")]
    assert [each["values"]["friendly_name"] for each in records(harness)] == ["HandSet"]
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    for each in journal_of(harness).parent.glob("*.corrupt"):
        each.unlink()
    assert_nothing_is_left(harness)


def test_an_adopted_ledger_keeps_what_its_journal_says(harness: Harness) -> None:
    head = f"version: 1\nenvironments: {{NAME: {{account_sid: {ACCOUNT_SID}}}}}"
    before, after = (head.replace("NAME", each) for each in ("production", "prod"))
    harness.environment = "production"
    set_undeclared(harness, ADDRESS.replace("version: 1", before))
    kill(harness, OTHER.replace("version: 1", before), AFTER_DELETE)
    harness.environment = "prod"
    harness.write(OTHER.replace("version: 1", after))
    harness.account().adopt_ledger(harness.folder / ledger_name("production"))
    assert [each["values"]["friendly_name"] for each in records(harness)] == ["HandSet"]
    harness.apply()
    assert live_addresses(harness) == [RESTORED]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with Emulator() as emulator:
        yield Team(Remote.create(tmp_path / "remote.git", {".gitignore": ".confsync/\n"}), emulator)


def in_git(text: str) -> str:
    return text.replace("version: 1", "version: 1\nledger: git")


def test_a_pushed_ledger_has_the_names_and_this_machine_keeps_the_values(team: Team) -> None:
    here, there = (team.clone(name, in_git(OTHER)) for name in ("here", "there"))
    set_undeclared(here, in_git(ADDRESS))
    kill(here, in_git(OTHER), AFTER_DELETE)
    here.account().push_ledger()
    assert [each.fields[0] for each in team.ledger().pending_replaces] == ["friendly_name"]
    assert [each["values"]["friendly_name"] for each in records(here)] == ["HandSet"]
    assert "friendly_name" in loss(there.plan())[0]
    here.apply()
    assert live_addresses(here) == [RESTORED]
    assert team.ledger().pending_replaces == ()
    assert not journal_of(here).exists()
    assert there.plan().applyable


def test_what_another_machine_created_meanwhile_ends_the_replacement(team: Team) -> None:
    here, there = (team.clone(name, in_git(OTHER)) for name in ("here", "there"))
    set_undeclared(here, in_git(ADDRESS))
    kill(here, in_git(OTHER), AFTER_DELETE)
    there.apply()
    assert live_addresses(there) == [(None, "default", None)]
    (warning,) = (each.summary for each in here.plan().warnings if each.code == "CS4013")
    assert "may not have the same values in friendly_name, auto_creation.type, auto_creation.webhook_url" in warning
    here.apply()
    assert team.ledger().pending_replaces == ()
    assert not journal_of(here).exists()


def test_a_create_that_was_sent_ends_the_replacement_when_it_is_found(harness: Harness) -> None:
    set_undeclared(harness)
    kill(harness, OTHER, (2, "stopped after"))
    left = harness.account().ledger()
    assert (len(left.ledger.pending), len(left.ledger.pending_replaces)) == (1, 1)
    plan = harness.plan()
    assert plan.empty
    assert plan.snapshot.ledger.pending_replaces == ()
