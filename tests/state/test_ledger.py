"""The ledger file is written atomically, read strictly, and never mistaken for an empty one."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.errors import CorruptLedger, LocalFileError, Refused
from confsync.names import Address, Sid
from confsync.state import ledger_file, store
from confsync.state.ledger import Entry, Ledger
from tests.campaigns import campaign
from tests.harness import Harness, plan_lines

ACCOUNT = "AC" + "a" * 32
HOST = "conversations.twilio.com"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
SIDS = st.from_regex(r"[A-Z]{2}[0-9a-f]{32}", fullmatch=True).map(Sid)
TABLES = st.dictionaries(TEXTS, TEXTS, max_size=3)
ENTRIES = st.builds(
    Entry,
    address=st.lists(NAMES, min_size=1, max_size=4).map(Address),
    sid=st.none() | SIDS,
    id=TEXTS,
    current=st.booleans(),
    origin=st.sampled_from(["created", "adopted"]),
    protect=st.booleans(),
    applied=TABLES,
    fingerprints=TABLES,
    secret_version=st.none() | TEXTS,
    date_updated=st.none() | TEXTS,
)


def sound(entries: list[Entry]) -> bool:
    """Whether no address is current twice and no SID owned twice."""
    current = [each.address for each in entries if each.current]
    sids = [each.sid for each in entries if each.sid]
    return len(current) == len(set(current)) and len(sids) == len(set(sids))


@campaign(sample=15, at_length=1_000)
@given(st.lists(ENTRIES, max_size=5).filter(sound), st.integers(0, 10**6), st.none() | TEXTS, st.none() | TEXTS, TABLES)
def test_a_ledger_returns_what_was_written(
    entries: list[Entry], serial: int, digest: str | None, commit: str | None, spent: dict[str, str]
) -> None:
    before = Ledger(ACCOUNT, HOST, serial, tuple(entries), digest, commit, spent)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deep", "ledger.json")
        ledger_file.write_ledger(path, before)
        after = ledger_file.read_ledger(path, account_sid=ACCOUNT, host=HOST)
        text = path.read_bytes()
        assert after
        ledger_file.write_ledger(path, after)
        assert path.read_bytes() == text
        assert os.listdir(path.parent) == ["ledger.json"]  # noqa: PTH208 — its order and its paths do not matter here
    by_thing = {(each.sid, each.address, each.current, each.id): each for each in before.entries}
    assert {(each.sid, each.address, each.current, each.id): each for each in after.entries} == by_thing
    assert (after.serial, after.configuration_digest, after.commit, after.spent_plans) == (
        serial,
        digest,
        commit,
        spent,
    )


AGENT = "version: 1\nservices: {desk: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"


def test_conflict_markers_are_named_with_a_hint(harness: Harness) -> None:
    harness.apply(AGENT)
    text = harness.ledger_path.read_text("utf-8")
    harness.ledger_path.write_text(text.replace('  "serial": 1', '<<<<<<< HEAD\n  "serial": 1\n>>>>>>> other'), "utf-8")
    with pytest.raises(CorruptLedger, match="conflict markers of a Git merge") as error:
        harness.plan()
    assert "`confsync ledger rebuild`" in error.value.hint


def message_about(harness: Harness, change: Any) -> str:  # noqa: ANN401 — a function of any JSON
    """Apply, corrupt the ledger, and return the message of the next plan and the next apply."""
    harness.apply(AGENT)
    text = harness.ledger_path.read_text("utf-8")
    harness.ledger_path.write_text(change(text) if callable(change) else change, "utf-8")
    corrupted = harness.ledger_path.read_bytes()
    messages = set()
    for verb in (harness.plan, harness.apply):
        with pytest.raises(LocalFileError) as error:
            verb()
        messages.add(error.value.happened.partition("confsync.ledger.json ")[2])
        assert error.value.hint
        assert harness.writes == []
    assert harness.ledger_path.read_bytes() == corrupted
    (only,) = messages
    return only


def changed(**values: object) -> Any:  # noqa: ANN401 — a function of text
    return lambda text: json.dumps({**json.loads(text), **values})


def of_entry(**values: object) -> Any:  # noqa: ANN401 — a function of text
    def change(text: str) -> str:
        document = json.loads(text)
        document["entries"] = [{**each, **values} for each in document["entries"]]
        return json.dumps(document)

    return change


CORRUPT = {
    "empty": "",
    "no object": "[]",
    "torn": lambda text: text[: len(text) // 2],
    "merge markers": lambda text: "<<<<<<< HEAD\n" + text + "=======\n" + text + ">>>>>>> branch\n",
    "two documents": lambda text: text + text,
    "a missing key": lambda text: text.replace('"serial"', '"cereal"'),
    "an unknown key": changed(more=1),
    "an unknown key in an entry": of_entry(more=1),
    "a wrong type": changed(serial="1"),
    "a negative serial": changed(serial=-1),
    "an unknown origin": of_entry(origin="found"),
    "one address twice": of_entry(address="services/desk"),
    "one sid twice": of_entry(sid="IS" + "1" * 32),
    "no sid": lambda text: text.replace('"sid": "IS', '"sid": "../IS'),
    "an empty address": of_entry(address=""),
    "no version": lambda text: text.replace('"format_version": 1', '"format_version": null'),
}


@pytest.mark.parametrize("change", CORRUPT.values(), ids=CORRUPT.keys())
def test_a_corrupt_ledger_is_an_error_and_never_empty(harness: Harness, change: object) -> None:
    assert message_about(harness, change).startswith("is corrupt: ")


def test_a_ledger_that_is_no_json_is_corrupt_in_a_line_and_column(harness: Harness) -> None:
    message = message_about(harness, lambda text: text.replace('"commit":', '"commit"', 1))
    assert re.search(r"is corrupt: .*: line 3 column \d+", message), message


def test_bytes_that_are_not_text_are_an_error(harness: Harness) -> None:
    harness.apply(AGENT)
    harness.ledger_path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LocalFileError, match="cannot be read"):
        harness.plan()


def test_a_newer_format_is_refused(harness: Harness) -> None:
    assert (
        message_about(harness, changed(format_version=3, news=1))
        == "has format 3, and this version of confsync reads formats up to 2."
    )


@pytest.mark.parametrize(
    ("values", "whose"),
    [
        ({"account_sid": "AC" + "b" * 32}, f"belongs to account AC{'b' * 32} at 127.0.0.1"),
        ({"host": "conversations.twilio.com"}, f"belongs to account {ACCOUNT} at conversations.twilio.com"),
    ],
)
def test_another_accounts_or_hosts_ledger_is_refused(harness: Harness, values: dict[str, str], whose: str) -> None:
    harness.apply(AGENT)
    text = changed(**values)(harness.ledger_path.read_text())
    harness.ledger_path.write_text(text)
    for verb in (harness.plan, harness.apply):
        with pytest.raises(Refused, match=whose):
            verb()
        assert [each.path for each in harness.emulator.log] == ["/v1/Configuration"]
    assert harness.ledger_path.read_text() == text


def test_a_ledger_of_a_host_without_an_edge_is_one_of_the_same_host_with_it(harness: Harness) -> None:
    harness.apply(AGENT)
    path = harness.ledger_path
    path.write_text(changed(host="conversations.ie1.twilio.com")(path.read_text()))
    for host in ("conversations.dublin.ie1.twilio.com", "conversations.ashburn.us1.twilio.com"):
        with nullcontext() if "dublin" in host else pytest.raises(Refused):
            assert ledger_file.read_ledger(path, account_sid=ACCOUNT, host=host)


@pytest.mark.parametrize("step", ["pathlib.Path.replace", "tempfile.mkstemp"])
def test_a_ledger_that_cannot_be_written_is_reported_and_the_old_one_stays_with_its_journal(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    harness.apply(AGENT)
    before = harness.ledger_path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(step, full)
        with pytest.raises(LocalFileError, match="No space left on device") as error:
            harness.apply(AGENT.replace("sendMessage", "leaveConversation"))
    assert "stays applied" in error.value.changed
    assert harness.ledger_path.read_bytes() == before
    assert {path.name for path in harness.folder.iterdir()} == {"confsync.yaml", "confsync.ledger.json", ".confsync"}
    assert harness.ledger_path.read_bytes() == before
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []
    assert {path.name for path in harness.folder.iterdir()} == {"confsync.yaml", "confsync.ledger.json"}


@pytest.mark.parametrize(
    ("replacement", "said"),
    [
        (changed(serial=7), "was replaced during the apply: it has serial 7 instead of 1"),
        (changed(lineage="0123456789abcdef"), "was replaced during the apply"),
        (lambda _: "{", "is corrupt"),
    ],
)
def test_a_ledger_that_somebody_replaced_during_the_apply_is_not_overwritten(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, replacement: Callable[[str], str], said: str
) -> None:
    harness.apply(AGENT)
    before = harness.ledger_path.read_text()
    close = store.StateStore.close

    def replace_and_close(self: store.StateStore, after: Ledger) -> None:
        harness.ledger_path.write_text(replacement(before))
        close(self, after)

    with monkeypatch.context() as patched:
        patched.setattr(store.StateStore, "close", replace_and_close)
        with pytest.raises(LocalFileError, match=said) as error:
            harness.apply(AGENT.replace("sendMessage", "leaveConversation"))
    assert "What was applied stays applied. The journal" in error.value.changed
    assert harness.ledger_path.read_text() == replacement(before)
    harness.ledger_path.write_text(before)
    harness.apply()
    assert harness.writes == []
    assert harness.ledger
    assert harness.ledger.serial > 1


def test_a_writer_deletes_what_a_killed_writer_left_behind_and_nothing_of_a_living_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = [tmp_path / f".ledger.json.{pid}.half.tmp" for pid in (dead.pid, os.getpid(), 10**30)]
    others = [tmp_path / name for name in (f".ledger.json.{os.getppid()}.half.tmp", f".ledger.jso.{dead.pid}.half.tmp")]
    for each in (*left, *others):
        each.write_text("half of a led", "utf-8")
    ledger_file.write_ledger(path, Ledger(ACCOUNT, HOST))
    assert set(tmp_path.iterdir()) == {path, *others}


def test_a_plan_writes_no_ledger_and_an_apply_without_changes_leaves_it_alone(harness: Harness) -> None:
    harness.plan(AGENT)
    assert not harness.ledger_path.exists()
    harness.apply()
    before = harness.ledger_path.stat()
    harness.apply()
    after = harness.ledger_path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_serial_counts_the_times_that_something_changed(harness: Harness) -> None:
    for permission, serial in (("sendMessage", 1), ("leaveConversation", 2), ("leaveConversation", 2)):
        harness.apply(AGENT.replace("sendMessage", permission))
        assert harness.ledger
        assert harness.ledger.serial == serial


def test_each_environment_has_a_ledger_of_its_own(harness: Harness) -> None:
    harness.environment = "dev"
    harness.apply(f"environments: {{dev: {{account_sid: {ACCOUNT}}}}}\n{AGENT}")
    assert [path.name for path in harness.folder.glob("*.json")] == ["confsync.ledger.dev.json"]


def test_a_move_includes_the_contents_and_supersedes_what_was_there() -> None:
    def entry(address: str, number: int) -> Entry:
        sid = Sid("RL" + f"{number:032x}")
        return Entry(address=Address.parse(address), sid=sid, id=str(number), origin="created")

    before = Ledger(ACCOUNT, HOST, entries=(entry("a/x", 1), entry("a/x/b/y", 2), entry("a/z", 3), entry("a/xx", 4)))
    after = before.moved({Address.parse("a/x"): Address.parse("a/z")})
    assert [(str(each.address), each.id, each.current) for each in after.entries] == [
        ("a/z", "1", True),
        ("a/z/b/y", "2", True),
        ("a/z", "3", False),
        ("a/xx", "4", True),
    ]


@pytest.mark.parametrize("name", ["confsync.ledger.json", ".confsync/journal.jsonl"])
def test_a_ledger_or_a_journal_that_is_a_link_is_not_read(name: str, harness: Harness) -> None:
    path = harness.folder / name
    other = harness.folder / "other"
    other.write_text('{"canary": 1}\n', "utf-8")
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(other)
    with pytest.raises(LocalFileError, match="is a symbolic link") as refused:
        harness.account(harness.config("version: 1\n")).plan()
    assert "canary" not in f"{refused.value!r}{refused.value.hint}"
