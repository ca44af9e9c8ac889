"""Every write is on disk before the next one, and known to the next run even if this one is killed."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.errors import CorruptLedger, LocalFileError, Refused, Stale
from confsync.names import Address, Sid
from confsync.state import journal, replay, store
from confsync.state.fingerprints import Fingerprinter
from confsync.state.journal import Journal
from confsync.state.ledger import Entry, Ledger
from confsync.state.recorder import ApplyRecorder
from confsync.state.replay import Drop, Put
from confsync.state.state_files import journal_path
from confsync.state.store import JournalState, StateStore
from tests.harness import Harness, InterceptingTransport, plan_lines
from tests.state.test_ledger import ACCOUNT, ENTRIES, HOST, sound

THREE = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      lead: {type: conversation, permissions: [sendMessage]}
"""
FOUR = THREE + "      guest: {type: conversation, permissions: [leaveConversation]}\n"


FINGERPRINTER = Fingerprinter(None)


class Killed(BaseException):
    """Stands for a process that is gone from one moment to the next."""


def kill_before_the_ledger_is_written(harness: Harness, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Apply, and die once everything is done, with nothing but the journal to tell of it."""

    def die(_store: StateStore, _after: Ledger) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(StateStore, "close", die)
        with pytest.raises(Killed):
            harness.apply(text)


def journal_of(harness: Harness) -> Path:
    return journal_path(harness.ledger_path)


@pytest.mark.parametrize(
    ("ledger", "where"),
    [
        ("here/confsync.ledger.json", "here/.confsync/journal.jsonl"),
        ("here/confsync.ledger.prod.json", "here/.confsync/journal.prod.jsonl"),
        ("here/.confsync/emulator/confsync.ledger.prod.json", "here/.confsync/emulator/journal.prod.jsonl"),
        ("here/.confsync/127.0.0.1-80/confsync.ledger.json", "here/.confsync/127.0.0.1-80/journal.jsonl"),
        ("here/account.db.ledger.json", "here/account.db.journal.jsonl"),
    ],
)
def test_the_journal_is_in_the_state_directory(ledger: str, where: str) -> None:
    assert journal_path(Path(ledger)) == Path(where)


def test_an_apply_leaves_no_journal_and_one_without_writes_never_has_one(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.apply(THREE)
    assert {path.name for path in harness.folder.iterdir()} == {"confsync.yaml", "confsync.ledger.json"}
    harness.ledger_path.unlink()
    monkeypatch.setattr(Journal, "append", None)
    harness.apply()
    assert harness.ledger is not None
    assert harness.writes == []


def test_each_write_is_in_the_journal_before_the_next_one_is_sent(harness: Harness) -> None:
    seen: list[int] = []

    class Watched(InterceptingTransport):
        async def before(self, request: httpx.Request) -> httpx.Response | None:
            if request.method == "POST":
                seen.append(len(journal_of(harness).read_text("utf-8").splitlines()))
            return None

    harness.transport = Watched(harness.emulator)
    harness.apply(THREE)
    assert seen == [2, 4, 6]  # the header, and two records for each create that is done


def test_a_plan_replays_the_journal_of_a_killed_run_and_writes_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    before = journal_of(harness).read_bytes()
    assert plan_lines(harness.plan()) == []
    assert harness.plan().target.ledger == 0
    assert not harness.ledger_path.exists()
    assert journal_of(harness).read_bytes() == before
    assert stat.S_IMODE(journal_of(harness).stat().st_mode) == 0o600


def test_the_apply_after_a_killed_run_creates_nothing_twice_and_deletes_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    harness.apply(FOUR)
    assert harness.writes == ["POST Services/…/Roles FriendlyName Type Permission"]
    assert harness.ledger
    entries = {str(each.address): each for each in harness.ledger.entries}
    assert {each.origin for each in entries.values()} == {"created"}
    live = {each["sid"] for each in harness.live("/Services/desk/Roles")["roles"]}
    assert {each.sid for each in entries.values() if each.sid and each.sid.startswith("RL")} <= live
    assert len(live) == 7  # the four that come with a service, and ours
    assert not journal_of(harness).exists()
    assert harness.ledger.serial == 2


def test_a_delete_is_recorded_in_the_journal(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.apply(THREE)
    gone = THREE.replace(
        "agent: {type: conversation, permissions: [sendMessage]}",
        "agent: {type: conversation, permissions: [sendMessage], lifecycle: {absent: true}}",
    )
    kill_before_the_ledger_is_written(harness, monkeypatch, gone)
    assert json.loads(journal_of(harness).read_text().splitlines()[-1]).keys() == {"record", "drop"}
    harness.apply()
    assert harness.writes == []
    assert harness.ledger
    assert [str(each.address) for each in harness.ledger.entries if each.sid] == [
        "services/desk",
        "services/desk/roles/lead",
    ]


def test_a_journal_with_an_incomplete_last_line_keeps_its_other_events(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    whole = journal_of(harness).read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    counts = []
    for end in range(last, len(whole) + 1):
        journal_of(harness).write_bytes(whole[:end])
        left = journal.read_journal(journal_of(harness), account_sid=ACCOUNT_SID, host=harness.origin.host)
        assert left
        counts.append(len(left.events))
    assert counts == [5] * (len(whole) - last - 1) + [6, 6]
    for torn in (whole[: last + 9] + b"\0" * 40, whole[:last] + b'{"record":\n'):
        journal_of(harness).parent.mkdir(exist_ok=True)
        journal_of(harness).write_bytes(torn)
        harness.apply()
        assert harness.writes == []
        harness.ledger_path.unlink()


@pytest.mark.parametrize("content", [b"", b'{"format_ver', b"\0\0\0"])
def test_a_journal_with_an_incomplete_first_line_is_ignored(harness: Harness, content: bytes) -> None:
    journal_of(harness).parent.mkdir()
    journal_of(harness).write_bytes(content)
    assert harness.plan(THREE).target.ledger is None
    harness.apply()
    assert not journal_of(harness).exists()


def line(change: Callable[[dict[str, Any]], object], number: int = 2) -> Callable[[list[str]], list[str]]:
    """Change one line of a journal, as JSON."""

    def changed(lines: list[str]) -> list[str]:
        record = json.loads(lines[number])
        change(record)
        return [*lines[:number], json.dumps(record), *lines[number + 1 :]]

    return changed


WRONG: dict[str, tuple[Callable[[list[str]], list[str]], type[LocalFileError], str]] = {
    "a line that is no JSON": (lambda lines: [lines[0], "{", *lines[1:]], CorruptLedger, "in line 2: it is not JSON"),
    "a line that nests without end": (lambda lines: [lines[0], "[" * 100_000, *lines], CorruptLedger, "it is not JSON"),
    "half a character": (
        line(lambda record: record["put"].update(id="\ud800")),
        CorruptLedger,
        "in line 3: it is not JSON",
    ),
    "conflict markers": (lambda lines: ["<<<<<<< HEAD", *lines], CorruptLedger, "in line 1"),
    "no header": (lambda lines: lines[1:], CorruptLedger, "in line 1: Object missing required field `format_version`"),
    "an unknown record": (
        line(lambda record: record.update(record="MIDDLE")),
        CorruptLedger,
        "in line 3: Invalid enum value 'MIDDLE' - at `$.record`",
    ),
    "an unknown key": (
        line(lambda record: record.update(more=1)),
        CorruptLedger,
        "in line 3: Object contains unknown field `more`",
    ),
    "a record of nothing": (
        line(lambda record: record.pop("put")),
        CorruptLedger,
        "it does not name exactly one resource",
    ),
    "a thing that has no name": (
        lambda lines: [*lines, '{"record":"END","drop":{}}'],
        CorruptLedger,
        "exactly one resource",
    ),
    "a SID that is none": (
        line(lambda record: record["put"].update(sid="../RL")),
        CorruptLedger,
        "at `$.put.sid`",
    ),
    "a newer format": (line(lambda record: record.update(format_version=3), 0), LocalFileError, "has format 3"),
    "a create without what it creates": (
        lambda lines: [*lines, '{"record":"BEGIN"}'],
        CorruptLedger,
        "in line 8: it does not name exactly one resource",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_corrupt_journal_blocks_plan_and_apply(wrong: str, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    change, error_class, message = WRONG[wrong]
    lines = change(journal_of(harness).read_text("utf-8").splitlines())
    journal_of(harness).write_text("\n".join(lines) + "\n", "utf-8")
    for verb in (harness.plan, harness.apply):
        with pytest.raises(LocalFileError, match="The journal ") as error:
            verb()
        assert message in error.value.happened
        assert type(error.value) is error_class
        assert ("`confsync ledger rebuild`" in error.value.hint) is (error_class is CorruptLedger)
        assert harness.writes == []


@pytest.mark.parametrize(("key", "value"), [("account_sid", "AC" + "b" * 32), ("host", "conversations.twilio.com")])
def test_another_accounts_or_hosts_journal_is_refused(
    key: str, value: str, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    lines = line(lambda record: record.update({key: value}), 0)(journal_of(harness).read_text("utf-8").splitlines())
    journal_of(harness).write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(Refused, match=rf"belongs to account .*{value}"):
        harness.plan()


def test_a_journal_that_the_ledger_includes_is_ignored_without_a_warning(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "remove", Journal.close)  # the process dies between two steps
        harness.apply(THREE)
    assert journal_of(harness).exists()
    assert harness.plan().warnings == ()
    harness.apply()
    assert not journal_of(harness).exists()
    assert harness.ledger
    assert harness.ledger.serial == 1


def test_a_journal_of_another_ledger_is_reported_and_set_aside(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.apply(THREE)
    old = harness.ledger_path.read_bytes()
    harness.apply(THREE.replace("[sendMessage]", "[leaveConversation]"))
    kill_before_the_ledger_is_written(harness, monkeypatch, FOUR)
    harness.ledger_path.write_bytes(old)
    kept = journal_of(harness).read_bytes()

    plan = harness.plan()
    assert [each.code for each in plan.warnings] == ["CS4003"]
    assert "continues ledger serial 2, but the ledger has serial 1" in plan.warnings[0].summary
    assert "adopt services/desk/roles/guest" in plan_lines(plan)
    harness.apply()
    assert journal_of(harness).with_name("journal.jsonl.aside").read_bytes() == kept
    assert not journal_of(harness).exists()
    assert harness.writes == []
    assert harness.plan().warnings == ()


def test_a_lost_ledger_costs_adoptions_and_deletes_nothing(harness: Harness) -> None:
    harness.apply(THREE)
    harness.ledger_path.unlink()
    guest = "friendly_name:None->guest type:None->conversation permissions:None->[leaveConversation]"
    assert plan_lines(harness.plan(FOUR)) == [
        "adopt services/desk",
        "adopt services/desk/roles/agent",
        "adopt services/desk/roles/lead",
        f"create services/desk/roles/guest {guest}",
    ]
    harness.apply()
    assert harness.writes == ["POST Services/…/Roles FriendlyName Type Permission"]


def test_a_required_ledger_may_be_replaced_by_a_journal_left_behind(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = harness.config(THREE)
    required = replace(config, environment=replace(config.environment, require_ledger=True))
    with pytest.raises(LocalFileError, match="this environment requires one") as error:
        harness.account(required).plan()
    assert "`confsync ledger rebuild`" in error.value.hint
    kill_before_the_ledger_is_written(harness, monkeypatch, THREE)
    assert plan_lines(harness.account(required).plan().live) == []


def test_a_disk_that_is_full_at_the_start_is_found_before_anything_is_sent(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalFileError, match=r"journal .* No space left on device"):
        harness.apply(THREE)
    assert harness.writes == []
    assert not journal_of(harness).exists()


def test_a_disk_that_fills_up_stops_the_apply_in_order_and_what_was_written_is_in_the_ledger(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_from(monkeypatch, 4)
    with pytest.raises(LocalFileError, match=r"journal .* No space left on device") as error:
        harness.apply(THREE)
    assert len(harness.writes) == 2
    assert "The ledger records what was written" in error.value.changed
    assert harness.ledger
    assert len([each for each in harness.ledger.entries if each.sid]) == 2
    monkeypatch.undo()
    harness.apply()
    assert len(harness.writes) == 1


def test_a_create_that_cannot_be_recorded_is_not_sent(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    full_from(monkeypatch, 3)
    with pytest.raises(LocalFileError, match=r"journal .* No space left on device"):
        harness.apply(THREE)
    assert harness.writes == ["POST Services FriendlyName"]
    assert harness.ledger
    assert harness.ledger.pending == ()


def test_writes_that_are_recorded_nowhere_are_named(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    full_from(monkeypatch, 4)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(LocalFileError, match=r"ledger .* No space left on device") as error:
        harness.apply(THREE)
    assert "Neither the ledger nor the journal records: services/desk/roles/" in error.value.changed
    monkeypatch.undo()
    harness.apply()
    assert harness.writes == ["POST Services/…/Roles FriendlyName Type Permission"]


def full_from(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let so many records less one be written, and no more."""
    write, records = os.write, 0

    def fill(file: int, content: bytes) -> int:
        nonlocal records
        records += bytes(content).count(b'"record"')
        if records >= number:
            raise OSError(28, "No space left on device")
        return write(file, content)

    monkeypatch.setattr(os, "write", fill)


def test_a_ledger_that_another_apply_wrote_since_the_plan_is_not_overwritten(harness: Harness) -> None:
    harness.apply(THREE)
    with pytest.raises(Stale, match="changed since the plan was made"):
        store.open_for_apply(harness.ledger_path, replace(harness.ledger or Ledger("", ""), serial=7))


def test_a_journal_that_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first, second = (Journal(path, Ledger(ACCOUNT, HOST)) for _ in range(2))
    first.append([])
    with pytest.raises(LocalFileError, match="File exists"):
        second.append([])
    first.remove()
    assert not path.exists()


LEDGERS = (
    st.lists(ENTRIES, max_size=6, unique_by=replay.resource_id_of)
    .filter(sound)
    .map(lambda entries: Ledger(ACCOUNT, HOST, 1, tuple(entries)))
)


def things(ledger: Ledger) -> dict[object, Entry]:
    return {replay.resource_id_of(each): each for each in sorted(ledger.entries, key=lambda each: each.current)}


@given(LEDGERS, LEDGERS)
def test_the_events_between_two_ledgers_turn_one_into_the_other(before: Ledger, after: Ledger) -> None:
    events = tuple(replay.events_between(before, after))
    once = replay.replay_events(before, events)
    assert things(once) == things(after)
    assert things(replay.replay_events(once, events)) == things(once)


@given(LEDGERS, st.lists(ENTRIES.map(Put) | ENTRIES.map(lambda each: Drop(replay.resource_id_of(each))), max_size=6))
def test_a_journal_returns_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, ledger: Ledger, events: list[replay.Event]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    writing = Journal(path, ledger)
    writing.append(events)
    writing.close()
    left = journal.read_journal(path, account_sid=ACCOUNT, host=HOST)
    assert left == journal.JournalContent(1, tuple(events))
    assert replay.replay_events(ledger, left.events) == replay.replay_events(ledger, events)


def test_no_address_has_two_current_entries() -> None:
    address, other = Address.parse("services/desk"), Address.parse("services/shop")
    sids = [Sid("IS" + f"{number:032x}") for number in range(3)]
    first, second = (Entry(address=address, sid=each, id=each, origin="created") for each in sids[:2])
    ledger = replay.replay_events(Ledger(ACCOUNT, HOST), [Put(first), Put(second), Put(replace(first, address=other))])
    assert [(str(each.address), each.sid, each.current) for each in ledger.entries] == [
        ("services/shop", sids[0], True),
        ("services/desk", sids[1], True),
    ]
    assert replay.replay_events(ledger, [Drop(sids[1])]).current.keys() == {other}


def test_a_newer_commit_alone_does_not_write_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "confsync.ledger.json"
    ledger = Ledger(ACCOUNT, HOST, commit="a" * 40, spent_plans={"old": "2020-01-01T00:00:00Z"})
    StateStore(path, ledger).close(replace(ledger, commit="b" * 40, spent_plans={}))
    assert not path.exists()
    StateStore(path, ledger).close(replace(ledger, spent_plans={**ledger.spent_plans, "new": "2999-01-01T00:00:00Z"}))
    assert json.loads(path.read_text())["spent_plans"] == {"new": "2999-01-01T00:00:00Z"}
    known = store.read_state(path, account_sid=ACCOUNT, host=HOST)
    assert (known.present, known.state, known.ledger.serial) == (True, JournalState.NONE, 1)


def test_the_id_of_an_entry_stays_when_a_delete_is_undone(harness: Harness) -> None:
    plan = harness.plan(THREE)
    recorder = ApplyRecorder(
        store.open_for_apply(harness.ledger_path, plan.ledger), plan.snapshot.ledger, FINGERPRINTER
    )
    desk, agent, *_ = plan.changes
    sid = Sid("IS" + "1" * 32)
    recorder.record_change(desk, sid, None)
    entry = recorder.ledger.owner[sid]
    recorder.record_change(desk, sid, None)
    assert recorder.ledger.owner == {sid: entry}
    recorder.record_delete(sid)
    assert not recorder.ledger.owner
    recorder.record_change(agent, Sid("RL" + "1" * 32), None)
    assert [each.id == entry.id for each in recorder.ledger.entries] == [False]
    recorder.undo_delete(sid)
    assert entry in recorder.ledger.entries
    recorder.close()
    assert not journal_of(harness).exists()
