"""What the ledger file looks like, and what each error about it says."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.errors import CorruptLedger, LocalFileError, Refused
from confsync.names import Address, Sid
from confsync.state import ledger_file
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.ledger_file import read_any_ledger, read_ledger, write_ledger
from confsync.state.ledger_name import MOST_STATE_BYTES

ACCOUNT, HOST = "AC" + "a" * 32, "conversations.dublin.ie1.twilio.com"
SERVICE, ROLE, OLD, OTHER = (Sid(prefix + "1" * 32) for prefix in ("IS", "RL", "RK", "RM"))
DESK = Entry(
    address=Address.parse("services/dösk"),
    sid=SERVICE,
    id="0123",
    origin="created",
    protect=True,
    applied={"friendly_name": "sha256:1"},
    fingerprints={"secret": "hmac:2"},
    secret_version="7",
    date_updated="2026-05-04T12:00:00Z",
)
AGENT = Entry(
    address=Address.parse("services/dösk/roles/agent"), sid=ROLE, id="45", origin="adopted", inside=(SERVICE,)
)
SUPERSEDED = replace(AGENT, sid=OLD, id="67", current=False)
CONFIGURATION = Entry(address=Address.parse("services/dösk/configuration"), sid=None, id="89", origin="created")
PENDING = PendingCreate(
    entry=Entry(
        address=Address.parse("services/dösk/roles/clerk"), sid=None, id="ab", origin="created", inside=(SERVICE,)
    ),
    existing=(ROLE, OLD),
    sent={"friendly_name": "sha256:3"},
    begun="2026-05-04T12:00:00+00:00",
)
LEDGER = Ledger(
    ACCOUNT,
    HOST,
    7,
    (AGENT, DESK, SUPERSEDED, CONFIGURATION),
    "sha256:4",
    "c" * 40,
    {"plan": "2999-01-01T00:00:00Z"},
    "fedc",
    (PENDING,),
    ("token",),
)
REPLACE = PendingReplace(
    address=Address.parse("services/dösk/conversations/hall/participants/ann"),
    sid=Sid("MB" + "1" * 32),
    inside=(SERVICE, Sid("CH" + "1" * 32)),
    fields=("attributes", "role"),
)
REBUILD = "Restore it from version control, or run `confsync ledger rebuild`, which adopts what exists."
RETRY = "Fix its permissions, or the disk, and run the command again."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state" / "confsync.ledger.json"


def written(path: Path, ledger: Ledger = LEDGER) -> str:
    write_ledger(path, ledger)
    return path.read_text("utf-8")


PLAIN = {
    "applied": {},
    "current": True,
    "date_updated": None,
    "fingerprints": {},
    "inside": [],
    "protect": False,
    "secret_version": None,
}


def test_the_file_is_sorted_json_of_everything_that_the_ledger_says(path: Path) -> None:
    text = written(path)
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    agent = {**PLAIN, "address": "services/dösk/roles/agent", "inside": [SERVICE], "origin": "adopted"}
    assert json.loads(text) == {
        "format_version": 1,
        "serial": 7,
        "lineage": "fedc",
        "account_sid": ACCOUNT,
        "host": HOST,
        "configuration_digest": "sha256:4",
        "commit": "c" * 40,
        "spent_plans": {"plan": "2999-01-01T00:00:00Z"},
        "entries": [
            {
                "address": "services/dösk",
                "sid": SERVICE,
                "id": "0123",
                "inside": [],
                "current": True,
                "origin": "created",
                "protect": True,
                "applied": {"friendly_name": "sha256:1"},
                "fingerprints": {"secret": "hmac:2"},
                "secret_version": "7",
                "date_updated": "2026-05-04T12:00:00Z",
            },
            {**PLAIN, "address": "services/dösk/configuration", "sid": None, "id": "89", "origin": "created"},
            {**agent, "sid": ROLE, "id": "45"},
            {**agent, "sid": OLD, "id": "67", "current": False},
        ],
        "sensitive_variables": ["token"],
        "pending_creates": [
            {
                "entry": {
                    **PLAIN,
                    "address": "services/dösk/roles/clerk",
                    "sid": None,
                    "id": "ab",
                    "inside": [SERVICE],
                    "origin": "created",
                },
                "existing": [OLD, ROLE],
                "sent": {"friendly_name": "sha256:3"},
                "begun": "2026-05-04T12:00:00+00:00",
            }
        ],
    }


def test_reading_returns_everything_that_was_written_last(path: Path) -> None:
    written(path, Ledger(ACCOUNT, HOST))
    written(path)
    in_order = replace(
        LEDGER,
        entries=(DESK, CONFIGURATION, AGENT, SUPERSEDED),
        pending=(replace(PENDING, existing=(OLD, ROLE)),),
    )
    assert read_any_ledger(path) == in_order
    assert read_ledger(path, account_sid=ACCOUNT, host=HOST) == in_order


def test_superseded_entries_of_one_address_are_sorted_by_sid(path: Path) -> None:
    without_sid = replace(SUPERSEDED, sid=None, id="cd")
    many = (replace(SUPERSEDED, sid=OTHER, id="ef"), SUPERSEDED, without_sid, AGENT)
    written(path, replace(LEDGER, entries=many))
    found = read_any_ledger(path)
    assert found
    assert found.entries == (AGENT, without_sid, SUPERSEDED, many[0])


def test_lists_that_are_empty_are_left_out_and_an_older_file_may_lack_them(path: Path) -> None:
    plain = Ledger(ACCOUNT, HOST)
    document = json.loads(written(path, plain))
    assert document.keys().isdisjoint({"pending_creates", "pending_replaces", "sensitive_variables"})
    del document["lineage"]
    path.write_text(json.dumps(document), "utf-8")
    assert read_any_ledger(path) == plain


def test_a_pending_replace_is_saved_without_values_in_a_format_of_its_own(path: Path) -> None:
    first = replace(REPLACE, address=DESK.address, inside=())
    ledger = replace(LEDGER, pending_replaces=(REPLACE, first))
    document = json.loads(written(path, ledger))
    assert document["format_version"] == 2
    assert document["pending_replaces"] == [
        {"address": "services/dösk", "sid": REPLACE.sid, "inside": [], "fields": ["attributes", "role"]},
        {
            "address": "services/dösk/conversations/hall/participants/ann",
            "sid": REPLACE.sid,
            "inside": list(REPLACE.inside),
            "fields": ["attributes", "role"],
        },
    ]
    found = read_any_ledger(path)
    assert found
    assert found.pending_replaces == (first, REPLACE)


def test_a_host_without_an_edge_gets_the_one_that_it_has(path: Path) -> None:
    written(path, replace(LEDGER, host="conversations.ie1.twilio.com"))
    found = read_any_ledger(path)
    assert found
    assert found.host == HOST


def test_a_ledger_that_does_not_exist_is_none(path: Path) -> None:
    assert read_ledger(path, account_sid=ACCOUNT, host=HOST) is None


@pytest.mark.parametrize(
    ("account_sid", "host"), [("AC" + "b" * 32, HOST), (ACCOUNT, "conversations.ashburn.us1.twilio.com")]
)
def test_the_ledger_of_another_account_or_host_is_refused(account_sid: str, host: str, path: Path) -> None:
    written(path)
    with pytest.raises(Refused) as refused:
        read_ledger(path, account_sid=account_sid, host=host)
    assert refused.value.happened == (
        f"The ledger {path} belongs to account {ACCOUNT} at {HOST}, and this run is for {account_sid} at {host}."
    )
    assert refused.value.hint == "Select the environment that the ledger belongs to, or move the ledger away."


def failure(path: Path) -> LocalFileError:
    with pytest.raises(LocalFileError) as failed:
        read_any_ledger(path)
    return failed.value


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MOST_STATE_BYTES + 1)


UNREADABLE: dict[str, tuple[Callable[[Path], object], type[LocalFileError], str, str]] = {
    "a directory": (Path.mkdir, CorruptLedger, "is not a file.", REBUILD),
    "a huge file": (
        huge,
        CorruptLedger,
        f"is corrupt: It is larger than {MOST_STATE_BYTES // 1024 // 1024} MiB.",
        REBUILD,
    ),
    "bytes that are no text": (
        lambda path: path.write_bytes(b"\xff"),
        CorruptLedger,
        "cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte.",
        REBUILD,
    ),
    "a link": (
        lambda path: path.symlink_to("other"),
        LocalFileError,
        "is a symbolic link, and confsync would replace the link with a file.",
        "Put the file itself there, then run the command again.",
    ),
    "a newer format": (
        lambda path: path.write_text('{"format_version": 3}'),
        LocalFileError,
        "has format 3, and this version of confsync reads formats up to 2.",
        "Use the confsync version that wrote it, or a newer one.",
    ),
    "a wrong type": (
        lambda path: path.write_text('{"format_version": 1, "serial": "1"}'),
        CorruptLedger,
        "is corrupt: Expected `int`, got `str` - at `$.serial`.",
        REBUILD,
    ),
    "an old conflict": (
        lambda path: path.write_text("{\n<<<<<<< HEAD\n}"),
        CorruptLedger,
        "is corrupt: it contains the conflict markers of a Git merge.",
        REBUILD,
    ),
    "half of a conflict": (
        lambda path: path.write_text("{\n>>>>>>> other\n}"),
        CorruptLedger,
        "is corrupt: it contains the conflict markers of a Git merge.",
        REBUILD,
    ),
    "no JSON": (
        lambda path: path.write_text("{\n]"),
        CorruptLedger,
        "is corrupt: Expecting property name enclosed in double quotes: line 2 column 1 (char 2).",
        REBUILD,
    ),
    "no JSON, as large as may be": (
        lambda path: path.write_text("{\n]" + " " * (1024 * 1024 - 3)),
        CorruptLedger,
        "is corrupt: Expecting property name enclosed in double quotes: line 2 column 1 (char 2).",
        REBUILD,
    ),
    "no JSON, and large": (
        lambda path: path.write_text("{\n]" + " " * (1024 * 1024 - 2)),
        CorruptLedger,
        "is corrupt: JSON is malformed: object keys must be strings (byte 2).",
        REBUILD,
    ),
    "deep nesting": (
        lambda path: path.write_text("[" * 100_000),
        CorruptLedger,
        "is corrupt: it is nested too deeply.",
        REBUILD,
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_an_error_that_says_what_to_do(what: str, path: Path) -> None:
    make, error_class, why, hint = UNREADABLE[what]
    path.parent.mkdir(parents=True)
    make(path)
    error = failure(path)
    assert error.happened == f"The ledger {path} {why}"
    assert (type(error), error.hint) == (error_class, hint)


@pytest.mark.parametrize(
    ("number", "happened"),
    [
        (errno.EACCES, "confsync has no permission to read the ledger {}."),
        (errno.EIO, "The ledger {} cannot be read: [Errno 5] Input/output error."),
    ],
)
def test_a_disk_that_fails_is_reported(number: int, happened: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(ledger_file, "read_whole_file", fail)
    error = failure(path)
    assert (type(error), error.happened, error.hint) == (LocalFileError, happened.format(path), RETRY)


@pytest.mark.parametrize(
    ("entries", "noun"),
    [((AGENT, replace(AGENT, sid=OLD)), "address"), ((AGENT, replace(CONFIGURATION, sid=ROLE)), "SID")],
)
def test_a_ledger_that_merged_two_histories_is_corrupt(entries: tuple[Entry, ...], noun: str, path: Path) -> None:
    written(path, replace(LEDGER, entries=entries))
    error = failure(path)
    assert error.happened == f"The ledger {path} is corrupt: it contains the same {noun} twice."
    assert (type(error), error.hint) == (CorruptLedger, REBUILD)


def test_entries_without_a_sid_and_superseded_ones_are_not_the_same(path: Path) -> None:
    other = replace(CONFIGURATION, address=Address.parse("services/dösk/webhooks"))
    written(path, replace(LEDGER, entries=(CONFIGURATION, other, SUPERSEDED, AGENT)))
    assert read_any_ledger(path)


def test_a_ledger_that_cannot_be_written_says_what_stays_applied(path: Path) -> None:
    path.parent.parent.touch()
    with pytest.raises(LocalFileError) as failed:
        write_ledger(path, LEDGER)
    assert failed.value.happened == f"The ledger {path} cannot be written: Not a directory."
    assert failed.value.changed == "What was applied stays applied, but the ledger does not record it yet."
    fix = f"Remove the file that is in the place of the folder {path.parent}"
    assert failed.value.hint == f"{fix}, then run `confsync apply` again: nothing is created twice."


def test_entries_share_the_texts_that_are_equal(path: Path) -> None:
    same = {"friendly_name": "sha256:1"}
    write_ledger(path, replace(LEDGER, entries=(replace(DESK, applied=same), replace(AGENT, applied=same))))
    ledger = read_any_ledger(path)
    assert ledger
    desk, agent = ledger.entries
    assert desk.applied is agent.applied
    assert desk.applied == same
    assert desk.sid is agent.inside[0]
    assert desk.address[0] is agent.address[0]


def test_an_error_names_the_entry_that_is_wrong(path: Path) -> None:
    write_ledger(path, LEDGER)
    document = json.loads(path.read_text())
    document["entries"][2]["sid"] = 7
    path.write_text(json.dumps(document))
    with pytest.raises(CorruptLedger) as caught:
        read_any_ledger(path)
    error = "Expected `str | null`, got `int` - at `$.entries[2].sid`"
    assert caught.value.happened == f"The ledger {path} is corrupt: {error}."
