"""What the journal file looks like, how it is written, and what each error about it says."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.errors import CorruptLedger, LocalFileError, Refused
from confsync.names import Address, Sid
from confsync.state import journal
from confsync.state.journal import Journal, JournalContent, read_journal
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import entry_document, pending_document, replace_document
from confsync.state.replay import Abandon, Begin, BeginReplace, Drop, EndReplace, Event, FieldValues, Put, Spend
from tests.state.test_ledger_file import AGENT, LEDGER, PENDING, REBUILD, REPLACE
from tests.state.test_ledger_file import UNREADABLE as UNREADABLE_LEDGERS

ACCOUNT, HOST = LEDGER.account_sid, LEDGER.host
HEADER = f'{{"account_sid":"{ACCOUNT}","format_version":2,"host":"{HOST}","serial":7}}\n'
CONFIGURATION = Address.parse("services/dösk/configuration")
SID = Sid("RL" + "1" * 32)
VALUES: FieldValues = {"attributes": '{"ß":1}', "enabled": True, "count": 3, "filters": frozenset({"b", "a"})}
EVENTS: tuple[Event, ...] = (
    *(Put(AGENT), Drop(SID), Drop(CONFIGURATION), Begin(PENDING), Abandon("ab"), Spend("plan")),
    *(BeginReplace(REPLACE, VALUES), EndReplace(SID)),
)
PUT = json.dumps(entry_document(AGENT))
CREATE = json.dumps(pending_document(PENDING))
REPLACED = json.dumps({**replace_document(REPLACE), "values": {}})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / ".confsync" / "journal.jsonl"


def read(path: Path) -> JournalContent | None:
    return read_journal(path, account_sid=ACCOUNT, host=HOST)


def test_each_event_is_a_line_of_canonical_json_after_the_header(path: Path) -> None:
    writing = Journal(path, LEDGER)
    writing.append(EVENTS[:3])
    writing.append(EVENTS[3:])
    writing.close()
    header, *records = path.read_text("utf-8").splitlines(keepends=True)
    assert header == HEADER
    assert [json.loads(each) for each in records] == [
        {"record": "END", "put": json.loads(PUT)},
        {"record": "END", "drop": {"sid": SID}},
        {"record": "END", "drop": {"address": "services/dösk/configuration"}},
        {"record": "BEGIN", "create": json.loads(json.dumps(pending_document(PENDING)))},
        {"record": "END", "abandon": "ab"},
        {"record": "END", "spend": "plan"},
        {
            "record": "BEGIN",
            "replace": {
                "address": "services/dösk/conversations/hall/participants/ann",
                "sid": REPLACE.sid,
                "inside": list(REPLACE.inside),
                "fields": ["attributes", "role"],
                "values": {**VALUES, "filters": ["a", "b"]},
            },
        },
        {"record": "END", "replace": SID},
    ]
    assert records[2] == '{"drop":{"address":"services/dösk/configuration"},"record":"END"}\n'
    assert path.stat().st_mode & 0o777 == 0o600


def test_reading_returns_the_events_and_the_serial(path: Path) -> None:
    writing = Journal(path, LEDGER)
    writing.append(EVENTS)
    left = read(path)
    writing.close()
    existing = tuple(sorted(PENDING.existing))
    begin = Begin(type(PENDING)(entry=PENDING.entry, existing=existing, sent=PENDING.sent, begun=PENDING.begun))
    assert left == JournalContent(7, (*EVENTS[:3], begin, *EVENTS[4:]))


def test_a_journal_that_does_not_exist_is_none(path: Path) -> None:
    assert read(path) is None


def test_what_is_written_is_on_disk_before_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, int]] = []

    def fsync(file: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{file}")).name, os.fstat(file).st_size))  # noqa: PTH115

    monkeypatch.setattr(os, "fsync", fsync)
    writing = Journal(path, LEDGER)
    writing.append([])
    (name, header), (directory, _), (again, size) = synced
    assert (name, directory, again) == (path.name, path.parent.name, path.name)
    assert header == size == len(HEADER)
    writing.append([Abandon("ab")])
    writing.close()
    assert synced[3:] == [(path.name, path.stat().st_size)]


def test_a_write_that_is_cut_short_goes_on_where_it_stopped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, content: write(file, bytes(content)[:5]))
    writing = Journal(path, LEDGER)
    writing.append([Abandon("ab")])
    writing.close()
    assert path.read_text("utf-8") == HEADER + '{"abandon":"ab","record":"END"}\n'


@pytest.mark.parametrize("step", ["write", "fsync", "ftruncate"])
def test_events_that_cannot_be_written_leave_the_file_as_it_was(
    step: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = Journal(path, LEDGER)
    writing.append([Abandon("ab")])
    before = path.read_bytes()
    write = os.write

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_half(file: int, content: bytes) -> int:
        if len(content) < 30:
            full()
        return write(file, bytes(content)[:-29])

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync" if step == "fsync" else "write", full if step == "fsync" else write_half)
        if step == "ftruncate":
            patched.setattr(os, "ftruncate", full)
        with pytest.raises(LocalFileError) as failed:
            writing.append([Abandon("cd"), Abandon("ef")])
    writing.close()
    assert failed.value.happened == f"The journal {path} cannot be written: No space left on device."
    assert failed.value.hint == "Free some disk space, then run `confsync apply` again."
    left = path.read_bytes()
    assert left == before if step != "ftruncate" else left.startswith(before) and left != before


def test_a_journal_in_the_place_of_another_is_not_written(path: Path) -> None:
    Journal(path, LEDGER).append([])
    with pytest.raises(LocalFileError) as failed:
        Journal(path, LEDGER).append([])
    assert failed.value.happened == f"The journal {path} cannot be written: File exists."
    assert failed.value.hint == "Run `confsync apply` again: it continues with that journal."
    assert path.read_text("utf-8") == HEADER


def test_a_journal_goes_into_a_directory_that_exists(path: Path) -> None:
    path.parent.mkdir(parents=True)
    Journal(path, LEDGER).append([])
    assert path.read_text("utf-8") == HEADER


@pytest.mark.parametrize(("level", "why"), [(1, "File exists"), (2, "Not a directory")])
def test_a_file_in_the_place_of_the_directory_is_named(level: int, why: str, path: Path) -> None:
    taken = path.parents[level - 1]
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.touch()
    with pytest.raises(LocalFileError) as failed:
        Journal(path, LEDGER).append([])
    assert failed.value.happened == f"The journal {path} cannot be written: {why}."
    fix = f"Remove the file that is in the place of the folder {path.parent}"
    assert failed.value.hint == f"{fix}, then run `confsync apply` again."


def test_a_journal_that_was_removed_or_never_written_leaves_nothing_behind(path: Path) -> None:
    Journal(path, LEDGER).remove()
    assert not path.parent.exists()
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 — only how many
    writing = Journal(path, LEDGER)
    writing.append([])
    writing.close()
    writing.close()
    assert path.exists()
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208
    writing.remove()
    assert not path.parent.exists()
    writing.append([])
    assert path.read_text("utf-8") == HEADER
    path.unlink()
    writing.remove()
    assert not path.parent.exists()
    assert path.parent.parent.exists()


def test_a_removed_journal_keeps_the_directory_of_other_files(path: Path) -> None:
    writing = Journal(path, LEDGER)
    writing.append([])
    path.with_name("ledger.lock").touch()
    writing.remove()
    assert [each.name for each in path.parent.iterdir()] == ["ledger.lock"]


UNREADABLE: dict[str, tuple[Callable[[Path], object], type[LocalFileError], str, str]] = {
    "a directory": (Path.mkdir, CorruptLedger, "is corrupt: It is not a regular file.", REBUILD),
    **{what: UNREADABLE_LEDGERS[what] for what in ("a huge file", "a link")},
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_journal_is_an_error_that_says_what_to_do(what: str, path: Path) -> None:
    make, error_class, why, hint = UNREADABLE[what]
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(LocalFileError) as failed:
        read(path)
    assert failed.value.happened == f"The journal {path} {why}"
    assert (type(failed.value), failed.value.hint) == (error_class, hint)


def test_a_disk_that_fails_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(journal, "read_whole_file", fail)
    with pytest.raises(LocalFileError) as failed:
        read(path)
    assert failed.value.happened == f"The journal {path} cannot be read: Input/output error."
    assert (type(failed.value), failed.value.hint) == (
        LocalFileError,
        "Fix its permissions, and run the command again.",
    )


def put(content: str, path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(
    ("account_sid", "host"), [("AC" + "b" * 32, HOST), (ACCOUNT, "conversations.ashburn.us1.twilio.com")]
)
def test_the_journal_of_another_account_or_host_is_refused(account_sid: str, host: str, path: Path) -> None:
    put(HEADER, path)
    with pytest.raises(Refused) as refused:
        read_journal(path, account_sid=account_sid, host=host)
    assert refused.value.happened == (
        f"The journal {path} belongs to account {ACCOUNT} at {HOST}, and this run is for {account_sid} at {host}."
    )
    assert refused.value.hint == "Select the environment that the journal belongs to, or move the journal away."


def test_a_host_without_an_edge_is_the_one_that_it_has(path: Path) -> None:
    put(HEADER.replace(HOST, "conversations.ie1.twilio.com"), path)
    assert read(path) == JournalContent(7, ())


def test_a_journal_of_the_first_format_is_read(path: Path) -> None:
    put(HEADER.replace('version":2', 'version":1') + '{"record":"END","abandon":"ab"}\n', path)
    assert read(path) == JournalContent(7, (Abandon("ab"),))


def test_a_restarted_journal_continues_another_ledger_with_only_its_own_events(path: Path) -> None:
    writing = Journal(path, LEDGER)
    writing.append(EVENTS)
    writing.restart(replace(LEDGER, serial=8), [EVENTS[6]])
    assert read(path) == JournalContent(8, (EVENTS[6],))
    writing.append([Abandon("ab")])
    writing.close()
    assert read(path) == JournalContent(8, (EVENTS[6], Abandon("ab")))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_journal_that_never_existed_can_be_restarted(path: Path) -> None:
    Journal(path, LEDGER).restart(LEDGER, [Abandon("ab")])
    assert read(path) == JournalContent(7, (Abandon("ab"),))


def test_a_newer_format_is_refused_whatever_else_the_line_has(path: Path) -> None:
    put('{"format_version": 3, "news": 1}\n', path)
    with pytest.raises(LocalFileError) as failed:
        read(path)
    assert failed.value.happened == f"The journal {path} has format 3, which this version of confsync cannot handle."
    assert failed.value.hint == "Use the confsync version that wrote it, or a newer one."
    assert type(failed.value) is LocalFileError


NOT_ONE = "it does not name exactly one resource"
CORRUPT = {
    "no format": ("{}\n", 1, "Object missing required field `format_version`"),
    "format 0": (HEADER.replace('version":2', 'version":0'), 1, "Expected `int` >= 1 - at `$.format_version`"),
    "no host": ('{"format_version": 1}\n', 1, "Object missing required field `account_sid`"),
    "more in the header": (HEADER.replace("{", '{"more":1,'), 1, "Object contains unknown field `more`"),
    "no JSON": (HEADER + "{\n" + '{"record":"END","abandon":"ab"}\n', 2, "it is not JSON"),
    "half a line that is not the last": (HEADER + "\n{}", 2, "it is not JSON"),
    "no object": (HEADER + "[]\n", 2, "Expected `object`, got `array`"),
    "no type": (HEADER + '{"abandon":"ab"}\n', 2, "Object missing required field `record`"),
    "another type": (HEADER + '{"record":"MIDDLE"}\n', 2, "Invalid enum value 'MIDDLE' - at `$.record`"),
    "a begin of nothing": (HEADER + '{"record":"BEGIN"}\n', 2, NOT_ONE),
    "a begin of two": (HEADER + f'{{"record":"BEGIN","create":{CREATE},"replace":{REPLACED}}}\n', 2, NOT_ONE),
    "a replacement without values": (
        HEADER + f'{{"record":"BEGIN","replace":{json.dumps(replace_document(REPLACE))}}}\n',
        2,
        "Object missing required field `values` - at `$.replace`",
    ),
    "the end of a replacement and an abandon": (
        HEADER + f'{{"record":"END","abandon":"ab","replace":"{SID}"}}\n',
        2,
        NOT_ONE,
    ),
    "the end of a replacement and a spend": (
        HEADER + f'{{"record":"END","spend":"plan","replace":"{SID}"}}\n',
        2,
        NOT_ONE,
    ),
    "the end of a replacement without a SID": (
        HEADER + '{"record":"END","replace":"x"}\n',
        2,
        "Expected `str` matching regex '^[A-Z]{2}[0-9a-f]{32}$' - at `$.replace`",
    ),
    "an end of nothing": (HEADER + '{"record":"END"}\n', 2, NOT_ONE),
    "a drop of nothing": (HEADER + '{"record":"END","drop":{}}\n', 2, NOT_ONE),
    "a drop of two": (HEADER + f'{{"record":"END","drop":{{"sid":"{SID}","address":"x"}}}}\n', 2, NOT_ONE),
    "a put and a drop": (HEADER + f'{{"record":"END","drop":{{"sid":"{SID}"}},"put":{PUT}}}\n', 2, NOT_ONE),
    "a put and an abandon": (HEADER + f'{{"record":"END","abandon":"ab","put":{PUT}}}\n', 2, NOT_ONE),
    "a drop and an abandon": (HEADER + '{"record":"END","abandon":"ab","drop":{"address":"x"}}\n', 2, NOT_ONE),
    "a drop of a SID and an abandon": (
        HEADER + f'{{"record":"END","abandon":"ab","drop":{{"sid":"{SID}"}}}}\n',
        2,
        NOT_ONE,
    ),
    "a put and a spend": (HEADER + f'{{"record":"END","spend":"plan","put":{PUT}}}\n', 2, NOT_ONE),
    "a drop and a spend": (HEADER + '{"record":"END","spend":"plan","drop":{"address":"x"}}\n', 2, NOT_ONE),
    "a drop of a SID and a spend": (
        HEADER + f'{{"record":"END","spend":"plan","drop":{{"sid":"{SID}"}}}}\n',
        2,
        NOT_ONE,
    ),
    "an abandon and a spend": (HEADER + '{"record":"END","spend":"plan","abandon":"ab"}\n', 2, NOT_ONE),
    "the third line": (HEADER + '{"record":"END","abandon":"ab"}\n{"record":"END"}\n', 3, NOT_ONE),
}


@pytest.mark.parametrize("what", CORRUPT)
def test_a_line_that_cannot_be_read_is_named_with_its_number(what: str, path: Path) -> None:
    content, number, reason = CORRUPT[what]
    put(content, path)
    with pytest.raises(CorruptLedger) as failed:
        read(path)
    assert failed.value.happened == f"The journal {path} is corrupt in line {number}: {reason}."
    assert failed.value.hint == REBUILD


@pytest.mark.parametrize("end", ["", '{"record":"END","aban', '{"record":"END","abandon":\n'])
def test_an_incomplete_last_line_is_ignored(end: str, path: Path) -> None:
    put(HEADER + '{"record":"END","abandon":"ab"}\n' + end, path)
    assert read(path) == JournalContent(7, (Abandon("ab"),))


def test_a_complete_last_line_needs_no_end_of_line(path: Path) -> None:
    put(HEADER + '{"record":"END","abandon":"ab"}', path)
    assert read(path) == JournalContent(7, (Abandon("ab"),))


@pytest.mark.parametrize("content", ["", '{"format_vers'])
def test_a_journal_without_a_complete_header_is_none(content: str, path: Path) -> None:
    put(content, path)
    assert read(path) is None
    assert read_journal(path, account_sid="", host="") is None


def test_an_empty_ledger_begins_a_journal_of_serial_zero(path: Path) -> None:
    writing = Journal(path, Ledger(ACCOUNT, HOST))
    writing.append([])
    writing.close()
    assert read(path) == JournalContent(0, ())
