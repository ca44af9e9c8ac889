"""Each change becomes an entry of the ledger, and is in the journal before the next one is written."""

import errno
import json
import os
from collections import ChainMap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.errors import LocalFileError
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change, SecretState
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import Revision
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.journal import read_journal
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.ledger_file import read_any_ledger, write_ledger
from confsync.state.recorder import ApplyRecorder
from confsync.state.replay import Abandon, Begin, BeginReplace, Drop, EndReplace, Event, Put, Spend
from confsync.state.state_files import journal_path
from confsync.state.store import StateStore
from tests.harness import KEY

ACCOUNT, HOST = "AC" + "a" * 32, "conversations.twilio.com"
SERVICE, FIRST, SECOND, PUSH = (
    Sid(prefix + digit * 32) for prefix, digit in (("IS", "1"), ("RL", "1"), ("RL", "2"), ("CR", "1"))
)
DESK, AGENT, CLERK = (Address.parse(f"services/desk{path}") for path in ("", "/roles/agent", "/roles/clerk"))
HOOKS, IOS = Address.parse("services/desk/webhooks"), Address.parse("credentials/ios")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TEXT = """
version: 1
credentials: {ios: {type: fcm, secret: "${{ env.PUSH_KEY }}"%s}}
services:
  desk:
    webhooks: {post_webhook_url: "https://example.com/t0", method: POST}
    conversations: {lounge: {timers: {inactive: PT10M}}}
    roles: {agent: {type: conversation, permissions: [sendMessage]%s}}
"""
FINGERPRINTER = Fingerprinter(KEY)
ENTRY = Entry(address=AGENT, sid=FIRST, id="known", origin="created", inside=(SERVICE,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "confsync.ledger.json"


@pytest.fixture
def desired(tmp_path: Path) -> Callable[..., Desired]:
    """Read a declared resource: `lifecycle` is that of the role, `version` that of the credential's secret."""

    def read(address: Address, lifecycle: str = "", version: str = "") -> Desired:
        more = f", lifecycle: {{secret_version: {version}}}" if version else ""
        text = TEXT % (more, f", lifecycle: {{{lifecycle}}}" if lifecycle else "")
        tmp_path.joinpath("confsync.yaml").write_text(text, "utf-8")
        values = {"PUSH_KEY": "a key"}
        return load_configuration(LoadOptions(environ=values, directory=tmp_path)).resources[address]

    return read


@pytest.fixture
def agent(desired: Callable[..., Desired]) -> Change:
    return Change(desired=desired(AGENT), actions=(Action.CREATE,))


def ledger(*known: Entry) -> Ledger:
    return Ledger(ACCOUNT, HOST, 3, known, commit="a" * 40, lineage="fedc")


def recorder(path: Path, stored: Ledger, known: Ledger | None = None) -> ApplyRecorder:
    write_ledger(path, stored)
    return ApplyRecorder(StateStore(path, stored), known or stored, FINGERPRINTER)


def events(path: Path) -> tuple[Event, ...]:
    left = read_journal(journal_path(path), account_sid=ACCOUNT, host=HOST)
    return left.events if left else ()


def digests(**values: object) -> dict[str, str]:
    return {name: value_digest(value) for name, value in values.items()}


APPLIED = digests(friendly_name="agent", type="conversation", permissions=frozenset({"sendMessage"}))


def entries(recording: ApplyRecorder) -> tuple[Entry, ...]:
    return recording.ledger.entries


def pending(recording: ApplyRecorder) -> tuple[PendingCreate, ...]:
    return recording.ledger.pending


def only(recording: ApplyRecorder) -> Entry:
    (entry,) = recording.ledger.entries
    return entry


def test_a_created_resource_is_recorded_before_the_next_write(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    recording.record_change(agent, FIRST, "today", inside=(SERVICE,))
    entry = only(recording)
    assert len(entry.id) == 16
    assert entry == Entry(
        address=AGENT,
        sid=FIRST,
        id=entry.id,
        inside=(SERVICE,),
        origin="created",
        applied=APPLIED,
        date_updated="today",
    )
    assert events(path) == (Put(entry),)
    recording.close()
    assert events(path) == ()
    written = read_any_ledger(path)
    assert written
    assert (written.serial, written.entries) == (4, (entry,))


def test_what_is_adopted_without_a_write_waits_for_the_next_one(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    adopted = replace(agent, actions=(Action.ADOPT,))
    recording.record_change(adopted, FIRST, None)
    assert (only(recording).origin, only(recording).sid) == ("adopted", FIRST)
    assert not journal_path(path).exists()
    assert recording.is_ready()
    assert events(path) == (Put(only(recording)),)
    recording.record_change(adopted, SECOND, None)
    assert recording.is_ready()
    assert len(events(path)) == 1


def test_a_built_in_resource_is_recorded_at_once(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    recording.record_change(replace(agent, actions=(), built_in=True), FIRST, None)
    assert events(path) == (Put(only(recording)),)


def test_an_update_keeps_id_origin_place_and_protection(path: Path, agent: Change) -> None:
    known = replace(ENTRY, origin="adopted", protect=True, secret_version="7", applied={"type": "old", "gone": "x"})
    recording = recorder(path, ledger(known))
    recording.record_change(replace(agent, actions=(Action.UPDATE,)), FIRST, "today")
    assert only(recording) == replace(known, applied=APPLIED, date_updated="today")


@pytest.mark.parametrize(
    ("written", "before", "after"),
    [("", False, False), ("", True, True), ("protect: true", False, True), ("protect: false", True, False)],
)
def test_protection_stays_until_it_is_written_otherwise(
    written: str, path: Path, desired: Callable[..., Desired], *, before: bool, after: bool
) -> None:
    recording = recorder(path, ledger(replace(ENTRY, protect=before)))
    recording.record_change(Change(desired=desired(AGENT, written)), FIRST, None)
    assert only(recording).protect is after


def test_a_new_entry_is_protected_only_if_that_is_written(path: Path, desired: Callable[..., Desired]) -> None:
    for number, (written, expected) in enumerate([("", False), ("protect: true", True)]):
        recording = recorder(path.with_name(f"{number}.json"), ledger())
        recording.record_change(Change(desired=desired(AGENT, written)), FIRST, None)
        assert only(recording).protect is expected


def test_removing_protection_counts_for_what_was_superseded_too(path: Path, desired: Callable[..., Desired]) -> None:
    old, before = replace(ENTRY, sid=SECOND, id="old", current=False, protect=True), replace(ENTRY, protect=True)
    elsewhere = replace(old, sid=PUSH, id="else", address=CLERK)
    third = Sid("RL" + "3" * 32)
    recording = recorder(path, ledger(old, before, elsewhere))
    change = Change(desired=desired(AGENT, "protect: false"), actions=(Action.CREATE,))
    recording.record_change(change, third, None)
    *others, _ = events(path)
    assert others == [Put(replace(old, protect=False)), Put(replace(before, current=False, protect=False))]
    protected = {each.sid: (each.protect, each.current) for each in recording.ledger.entries}
    assert protected == {SECOND: (False, False), FIRST: (False, False), PUSH: (True, False), third: (False, True)}


def test_removing_the_protection_of_a_resource_records_it_once(path: Path, desired: Callable[..., Desired]) -> None:
    change = Change(desired=desired(AGENT, "protect: false"), actions=(Action.UPDATE,))
    recording = recorder(path, ledger(replace(ENTRY, protect=True)))
    recording.record_change(change, FIRST, None)
    assert events(path) == (Put(replace(ENTRY, applied=APPLIED)),)
    new = recorder(path.with_name("other.ledger.json"), ledger())
    new.record_change(change, FIRST, None)
    assert not only(new).protect


def test_protection_of_what_was_superseded_stays_unless_that_is_written(path: Path, agent: Change) -> None:
    old = replace(ENTRY, sid=SECOND, id="old", current=False, protect=True)
    recording = recorder(path, ledger(old, replace(ENTRY, protect=True)))
    recording.record_change(replace(agent, actions=(Action.UPDATE,)), FIRST, None)
    assert {each.sid: each.protect for each in recording.ledger.entries} == {SECOND: True, FIRST: True}


def test_the_date_alone_changes_no_entry_without_fingerprints(path: Path, agent: Change) -> None:
    known = replace(ENTRY, applied=APPLIED, date_updated="yesterday")
    recording = recorder(path, ledger(known))
    unchanged = replace(agent, actions=())
    recording.record_change(unchanged, FIRST, "today")
    assert only(recording) == known
    recording.record_change(replace(unchanged, actions=(Action.UPDATE,)), FIRST, "today")
    assert only(recording) == replace(known, date_updated="today")
    recording.record_change(replace(unchanged, terminal=True), FIRST, "tomorrow")
    assert only(recording).date_updated == "today"


def test_more_than_the_date_changes_the_entry(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger(replace(ENTRY, applied={}, date_updated="yesterday")))
    recording.record_change(replace(agent, actions=()), FIRST, "today")
    assert only(recording) == replace(ENTRY, applied=APPLIED, date_updated="today")


def test_ignored_fields_keep_the_digest_of_what_was_sent(path: Path, desired: Callable[..., Desired]) -> None:
    change = Change(desired=desired(AGENT, "ignore: [permissions, type]"), actions=(Action.UPDATE,))
    recording = recorder(path, ledger(replace(ENTRY, applied={"permissions": "sent before"})))
    recording.record_change(change, FIRST, None)
    assert only(recording).applied == {**digests(friendly_name="agent"), "permissions": "sent before"}
    recording.record_change(replace(change, send={"type": "conversation"}), FIRST, None)
    assert only(recording).applied == {
        **digests(friendly_name="agent", type="conversation"),
        "permissions": "sent before",
    }


def test_a_field_that_was_not_sent_keeps_the_digest_of_what_was(path: Path, desired: Callable[..., Desired]) -> None:
    lounge = Address.parse("services/desk/conversations/lounge")
    change = Change(desired=desired(lounge), actions=(Action.CREATE,))
    timer = value_digest(change.desired.fields["timers.inactive"])
    recording = recorder(path, ledger())
    recording.record_change(change, Sid("CH" + "1" * 32), None)
    assert only(recording).applied == {**digests(unique_name="lounge"), "timers.inactive": timer}
    closed = recorder(path, ledger())
    closed.record_change(replace(change, terminal=True, create_only_unset=("unique_name",)), Sid("CH" + "1" * 32), None)
    assert only(closed).applied == {}


class Push:
    """Records a credential, whose secret Twilio never returns."""

    def __init__(self, path: Path, desired: Callable[..., Desired], *entries: Entry) -> None:
        self.recording = recorder(path, ledger(*entries))
        self.desired = desired

    def record(self, *values: Mapping[str, object], date: str | None = "today", version: str = "") -> Entry:
        change = Change(desired=self.desired(IOS, version=version), actions=(Action.UPDATE,))
        self.recording.record_change(replace(change, **dict(ChainMap(*map(dict, values)))), PUSH, date)
        return only(self.recording)


SENT: Mapping[str, object] = {"send": {"secret": Secret("a key")}}


def credential(fingerprint: str | None = None, date: str = "yesterday") -> Entry:
    known = {"secret": fingerprint} if fingerprint else {}
    return Entry(
        address=IOS, sid=PUSH, id="known", origin="created", fingerprints=known, date_updated=date, secret_version="1"
    )


PLACE = SecretPlace(ACCOUNT, "known", "secret")


def test_a_secret_is_fingerprinted_when_it_is_sent_and_never_digested(
    path: Path, desired: Callable[..., Desired]
) -> None:
    entry = Push(path, desired, credential("old")).record(SENT)
    assert entry.fingerprints == {"secret": FINGERPRINTER.fingerprint(Secret("a key"), PLACE)}
    assert entry.applied == digests(friendly_name="ios", type="fcm")


def test_a_secret_that_is_not_sent_keeps_its_fingerprint_and_has_none_without_one(
    path: Path, desired: Callable[..., Desired]
) -> None:
    assert Push(path, desired, credential("old")).record().fingerprints == {"secret": "old"}
    assert Push(path, desired, credential()).record().fingerprints == {}


def test_a_secret_that_is_no_longer_declared_keeps_its_fingerprint(path: Path, desired: Callable[..., Desired]) -> None:
    known = replace(credential("old"), fingerprints={"secret": "old", "api_key": "older"})
    assert Push(path, desired, known).record().fingerprints == {"secret": "old", "api_key": "older"}


def test_the_version_of_a_secret_stays_until_another_is_written(path: Path, desired: Callable[..., Desired]) -> None:
    push = Push(path, desired, credential("old"))
    assert push.record().secret_version == "1"
    assert push.record(version="2").secret_version == "2"


def test_the_date_of_a_credential_is_recorded_because_its_fingerprint_needs_it(
    path: Path, desired: Callable[..., Desired]
) -> None:
    push = Push(path, desired, credential("old"))
    assert push.record({"actions": ()}).date_updated == "today"


def test_a_secret_that_somebody_else_may_have_changed_stays_so_until_it_is_sent(
    path: Path, desired: Callable[..., Desired]
) -> None:
    modified = {"write_only": {"secret": SecretState.MODIFIED_OUTSIDE, "api_key": SecretState.UNCHANGED}}
    push = Push(path, desired, credential("old"))
    assert push.record(modified).date_updated == "yesterday"
    assert push.record({"write_only": {"secret": SecretState.UNCHANGED}}).date_updated == "today"
    assert push.record(modified, SENT, date="tomorrow").date_updated == "tomorrow"
    new = Push(path, desired)
    assert new.record(modified).date_updated == "today"


class Hooks:
    """Records webhooks, with a sensitive URL that Twilio returns."""

    def __init__(self, path: Path, desired: Callable[..., Desired], known: Entry | None) -> None:
        self.recording = recorder(path, ledger(*((known,) if known else ())))
        self.change = Change(desired=desired(HOOKS))
        self.change = replace(self.change, desired=replace(self.change.desired, fields=FIELDS))

    def record(self, date: str | None = "today", **values: object) -> Entry:
        self.recording.record_change(replace(self.change, **values), None, date)
        return only(self.recording)


URL = Secret("https://example.com/t1")
FIELDS = {"post_webhook_url": URL, "method": "POST"}
URL_PLACE = SecretPlace(ACCOUNT, "known", "post_webhook_url")
FINGERPRINT = FINGERPRINTER.fingerprint(URL, URL_PLACE)
OTHER_FINGERPRINT = FINGERPRINTER.fingerprint(Secret("https://example.com/t2"), URL_PLACE)


def hooks(fingerprint: str | None, date: str | None = "yesterday") -> Entry:
    known = {"post_webhook_url": fingerprint} if fingerprint else {}
    return Entry(address=HOOKS, sid=None, id="known", origin="created", fingerprints=known, date_updated=date)


@pytest.mark.parametrize(
    ("known", "date", "expected"),
    [
        (hooks(None), "today", FINGERPRINT),
        (hooks(FINGERPRINT), "today", FINGERPRINT),
        (hooks(OTHER_FINGERPRINT), "today", FINGERPRINT),
        (hooks(OTHER_FINGERPRINT), "yesterday", OTHER_FINGERPRINT),
        (hooks(OTHER_FINGERPRINT, None), None, FINGERPRINT),
    ],
    ids=["new", "equal", "another", "another, but unchanged since", "another, without a date"],
)
def test_a_sensitive_value_that_can_be_read_is_fingerprinted_if_it_differs(
    known: Entry, date: str | None, expected: str, path: Path, desired: Callable[..., Desired]
) -> None:
    entry = Hooks(path, desired, known).record(date)
    assert entry.fingerprints == {"post_webhook_url": expected}
    assert entry.applied == digests(method="POST")


def test_an_equal_value_keeps_its_fingerprint_with_the_same_salt(path: Path, desired: Callable[..., Desired]) -> None:
    salted = Fingerprinter()
    known = hooks(salted.fingerprint(URL, URL_PLACE))
    made = Hooks(path, desired, known)
    made.recording = ApplyRecorder(StateStore(path, ledger(known)), ledger(known), salted)
    assert made.record().fingerprints == known.fingerprints


def test_a_value_that_is_no_longer_sensitive_is_digested(path: Path, desired: Callable[..., Desired]) -> None:
    made = Hooks(path, desired, hooks(FINGERPRINT))
    entry = made.record(desired=replace(made.change.desired, unmarked=frozenset({"post_webhook_url"})))
    assert entry.applied == digests(method="POST", post_webhook_url="https://example.com/t1")
    assert entry.fingerprints == {}


def test_a_create_begins_on_disk_with_what_it_will_be(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    begun = recording.begin_create(replace(agent, same_name=(SECOND,)), (SERVICE,), {"type": "digest"}, NOON)
    assert begun
    assert begun == PendingCreate(
        entry=Entry(address=AGENT, sid=None, id=begun.entry.id, inside=(SERVICE,), origin="created", applied=APPLIED),
        existing=(SECOND,),
        sent={"type": "digest"},
        begun="2026-05-04T12:00:00+00:00",
    )
    assert events(path) == (Begin(begun),)
    assert recording.pending_create(AGENT) == begun
    assert recording.pending_create(CLERK) is None
    assert pending(recording) == (begun,)


def test_a_create_that_begins_again_keeps_its_id_and_everything_that_existed_before(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    first = recording.begin_create(replace(agent, same_name=(SECOND,)), (SERVICE,), {}, NOON)
    again = recording.begin_create(replace(agent, same_name=(FIRST,)), (SERVICE,), {}, NOON)
    assert first
    assert again
    assert again.entry.id == first.entry.id
    assert again.existing == (SECOND, FIRST)
    assert pending(recording) == (again,)


def test_the_end_of_a_create_has_the_id_of_its_beginning(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    begun = recording.begin_create(agent, (SERVICE,), {}, NOON)
    assert begun
    recording.record_change(agent, FIRST, "today", inside=(SERVICE,))
    assert only(recording) == replace(begun.entry, sid=FIRST, date_updated="today")
    assert events(path) == (Begin(begun), Put(only(recording)))
    assert pending(recording) == ()


def test_another_resource_at_its_address_ends_a_create(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger(ENTRY))
    begun = recording.begin_create(agent, (SERVICE,), {}, NOON)
    assert begun
    recording.record_change(replace(agent, actions=(Action.ADOPT, Action.UPDATE)), SECOND, None)
    assert events(path)[1] == Abandon(begun.entry.id)
    assert pending(recording) == ()
    assert {each.sid: each.origin for each in recording.ledger.entries} == {FIRST: "created", SECOND: "adopted"}


def test_an_abandoned_create_is_no_longer_pending(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    begun = recording.begin_create(agent, (SERVICE,), {}, NOON)
    assert begun
    recording.abandon_create(CLERK)
    assert pending(recording) == (begun,)
    recording.abandon_create(AGENT)
    assert events(path) == (Begin(begun), Abandon(begun.entry.id))
    assert pending(recording) == ()


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_create_that_cannot_be_recorded_is_none_and_not_pending(
    path: Path, agent: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    monkeypatch.setattr(os, "fsync", full)
    assert recording.begin_create(agent, (SERVICE,), {}, NOON) is None
    assert pending(recording) == ()
    assert not recording.is_ready()


def test_an_earlier_create_stays_pending_if_it_cannot_be_recorded_again(
    path: Path, agent: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    recording.begin_create(agent, (SERVICE,), {}, NOON)
    monkeypatch.setattr(os, "fsync", full)
    assert recording.begin_create(agent, (SERVICE,), {}, NOON) is None
    assert [each.entry.address for each in recording.ledger.pending] == [AGENT]


def test_what_is_forgotten_is_named_by_its_sid_or_its_address(path: Path) -> None:
    clerk = replace(ENTRY, address=CLERK, sid=SECOND, id="clerk")
    singleton = replace(ENTRY, address=HOOKS, sid=None, id="hooks")
    recording = recorder(path, ledger(ENTRY, clerk, singleton))
    recording.forget([FIRST, CLERK, PUSH, DESK])
    assert entries(recording) == (singleton,)
    recording.forget([HOOKS])
    assert entries(recording) == ()
    assert not journal_path(path).exists()


def test_a_delete_is_recorded_with_its_contents_and_can_be_undone(path: Path) -> None:
    desk = replace(ENTRY, address=DESK, sid=SERVICE, id="desk", inside=())
    recording = recorder(path, ledger(desk, ENTRY))
    recording.record_delete(SERVICE)
    assert entries(recording) == ()
    assert events(path) == (Drop(SERVICE), Drop(FIRST))
    recording.undo_delete(SERVICE)
    assert entries(recording) == (desk, ENTRY)
    assert events(path)[2:] == (Put(desk), Put(ENTRY))
    recording.undo_delete(SERVICE)
    assert len(events(path)) == 4


def test_a_delete_of_what_nobody_owned_is_recorded_too(path: Path) -> None:
    recording = recorder(path, ledger())
    recording.record_delete(FIRST)
    assert events(path) == (Drop(FIRST),)


def test_a_resource_takes_the_place_of_another(path: Path) -> None:
    recording = recorder(path, ledger(ENTRY))
    after = replace(ENTRY, sid=SECOND)
    recording.replace_entry(ENTRY, after)
    assert entries(recording) == (after,)
    assert events(path) == (Drop(FIRST), Put(after))


def test_fields_that_were_stored_differently_were_not_applied(path: Path) -> None:
    recording = recorder(path, ledger(replace(ENTRY, applied={"type": "1", "permissions": "2"})))
    recording.forget_applied(CLERK, {"type"})
    assert not journal_path(path).exists()
    recording.forget_applied(AGENT, {"type", "friendly_name"})
    assert only(recording) == replace(ENTRY, applied={"permissions": "2"})
    assert events(path) == (Put(only(recording)),)


def test_what_the_plan_knew_already_is_recorded_with_the_first_write(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger(ENTRY), ledger(replace(ENTRY, address=CLERK)))
    assert not journal_path(path).exists()
    recording.record_change(agent, SECOND, None)
    assert events(path)[0] == Put(replace(ENTRY, address=CLERK))


def revision(commit: str | None = "b" * 40) -> Revision:
    return Revision(digest="sha256:5", files=(), commit=commit)


def test_a_complete_apply_records_the_configuration_and_its_sensitive_variables(path: Path) -> None:
    stored = replace(ledger(), sensitive_variables=("old",), spent_plans={"one": "2999-01-01T00:00:00Z"})
    recording = recorder(path, stored)
    recording.finish(revision(), {"two": "2999-01-02T00:00:00Z"}, ["b", "a"])
    after = recording.ledger
    assert (after.configuration_digest, after.commit) == ("sha256:5", "b" * 40)
    assert after.sensitive_variables == ("a", "b")
    assert after.spent_plans == {"one": "2999-01-01T00:00:00Z", "two": "2999-01-02T00:00:00Z"}
    recording.finish(revision(None), {}, [])
    assert (recording.ledger.commit, recording.ledger.sensitive_variables) == ("b" * 40, ())


def test_the_plans_that_an_apply_spent_are_in_the_journal_before_the_ledger_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    recording.finish(revision(), {"one": "2999-01-01T00:00:00Z", "two": "2999-01-01T00:00:00Z"}, [])
    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(LocalFileError):
        recording.close()
    assert events(path) == (Spend("one"), Spend("two"))


def test_an_apply_without_a_plan_to_spend_writes_no_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorder(path, ledger())
    recording.finish(revision(), {}, [])
    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(LocalFileError):
        recording.close()
    assert not journal_path(path).exists()


def test_a_partial_apply_keeps_the_configuration_and_adds_to_the_sensitive_variables(path: Path) -> None:
    recording = recorder(path, replace(ledger(), sensitive_variables=("old",), configuration_digest="sha256:4"))
    recording.finish(None, {}, ["new"])
    assert recording.ledger.sensitive_variables == ("new", "old")
    assert (recording.ledger.configuration_digest, recording.ledger.commit) == ("sha256:4", "a" * 40)


def test_after_a_failure_no_more_is_recorded_and_the_ledger_has_what_was(
    path: Path, agent: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    assert recording.is_ready()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        recording.record_change(agent, FIRST, None)
    assert not recording.is_ready()
    recording.forget([FIRST])
    recording.abandon_create(AGENT)
    recording.record_change(replace(agent, actions=(Action.UPDATE,)), FIRST, None)
    assert events(path) == ()
    with pytest.raises(LocalFileError) as failed:
        recording.close()
    assert failed.value.happened == f"The journal {journal_path(path)} cannot be written: No space left on device."
    assert failed.value.changed == "The ledger records what was written before that; nothing more was written."
    assert failed.value.hint == "Free some disk space, then run `confsync apply` again."
    assert [each["sid"] for each in json.loads(path.read_text("utf-8"))["entries"]] == [FIRST]


@pytest.mark.parametrize(("more", "shown"), [(0, ""), (1, ""), (6, ""), (7, " and 1 more"), (1_006, " and 1,000 more")])
def test_what_is_recorded_nowhere_is_named(
    more: int, shown: str, path: Path, agent: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger(ENTRY))
    recording.is_ready()
    monkeypatch.setattr(os, "fsync", full)
    recording.record_change(replace(agent, actions=(Action.UPDATE,)), FIRST, None)
    recording.record_delete(FIRST)
    recording.forget([SECOND])
    recording.replace_entry(ENTRY, replace(ENTRY, address=HOOKS, sid=None))
    for _ in range(more):
        recording.record_delete(SECOND)
    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(LocalFileError) as failed:
        recording.close()
    names = [f"{AGENT} ({FIRST})", f"{FIRST}, which was deleted", f"{FIRST}, which was deleted", str(HOOKS)]
    names += [f"{SECOND}, which was deleted"] * min(more, 6)
    assert failed.value.happened == f"The ledger {path} cannot be written: No space left on device."
    assert failed.value.changed.endswith(
        f" yet. Neither the ledger nor the journal records: {', '.join(names)}{shown}."
    )
    assert failed.value.hint == "Free some disk space, then run `confsync apply` again: nothing is created twice."


def test_a_ledger_that_cannot_be_written_while_the_journal_has_everything_says_no_more(
    path: Path, agent: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    recording.record_change(agent, FIRST, None)
    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(LocalFileError) as failed:
        recording.close()
    assert failed.value.changed == "What was applied stays applied, but the ledger does not record it yet."
    assert events(path) == (Put(only(recording)),)


ANN, BOB = (Address.parse(f"services/desk/conversations/hall/participants/{name}") for name in ("ann", "bob"))
MEMBER, HALL = Sid("MB" + "1" * 32), Sid("CH" + "1" * 32)
VALUES = {"attributes": '{"seat":1}'}


def replacing(address: Address = ANN) -> PendingReplace:
    return PendingReplace(address=address, sid=MEMBER, inside=(SERVICE, HALL), fields=("attributes", "role"))


def test_a_replacement_is_on_disk_before_the_delete_and_its_end_after_the_refusal(path: Path) -> None:
    recording = recorder(path, ledger())
    assert recording.begun_replace(ANN) is None
    assert recording.begin_replace(replacing(), VALUES) == replacing()
    assert events(path) == (BeginReplace(replacing(), VALUES),)
    assert recording.begun_replace(ANN) == BeginReplace(replacing(), VALUES)
    assert recording.begun_replace(BOB) is None
    recording.end_replace(MEMBER)
    assert events(path)[1:] == (EndReplace(MEMBER),)
    assert recording.ledger.pending_replaces == ()


def test_a_replacement_of_which_nothing_is_recorded_has_no_values(path: Path) -> None:
    known = replace(ledger(), pending_replaces=(replacing(),))
    assert recorder(path, known).begun_replace(ANN) == BeginReplace(replacing())


def test_a_replacement_that_cannot_be_recorded_is_none_and_not_pending(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorder(path, ledger())
    monkeypatch.setattr(os, "fsync", full)
    assert recording.begin_replace(replacing(), VALUES) is None
    assert recording.ledger.pending_replaces == ()


def test_a_replacement_that_moved_keeps_its_values(path: Path) -> None:
    stored, moved = (replace(ledger(), pending_replaces=(replacing(each),)) for each in (ANN, BOB))
    write_ledger(path, stored)
    recording = ApplyRecorder(StateStore(path, stored, recorded={MEMBER: VALUES}), moved, FINGERPRINTER)
    assert recording.begun_replace(BOB) == BeginReplace(replacing(BOB), VALUES)
    assert recording.is_ready()
    assert events(path) == (BeginReplace(replacing(BOB), VALUES),)
    recording.close()
    assert events(path) == (BeginReplace(replacing(BOB), VALUES),)


def test_what_a_replacement_copies_stays_sensitive_if_it_was(path: Path, desired: Callable[..., Desired]) -> None:
    old = replace(ENTRY, fingerprints={"friendly_name": "hmac:old"})
    found = LiveResource(desired(AGENT).kind, FIRST, {})
    send: dict[str, DesiredValue] = {
        "friendly_name": Secret("hidden"),
        "type": Secret("masked"),
        "permissions": frozenset({"sendMessage"}),
    }
    declared = replace(desired(AGENT), fields={"permissions": send["permissions"]})
    change = Change(desired=declared, actions=(Action.REPLACE,), match=Match(found, How.OWNED), send=send)
    recording = recorder(path, ledger(old))
    recording.record_delete(FIRST)
    recording.record_change(change, SECOND, "now")
    made = only(recording)
    place = SecretPlace(ACCOUNT, made.id, "friendly_name")
    assert made.fingerprints.keys() == {"friendly_name"}
    compared = FINGERPRINTER.compare(Secret("hidden"), place, made.fingerprints["friendly_name"])
    assert compared is SecretState.UNCHANGED


def test_what_a_group_records_is_on_disk_at_its_end(path: Path, agent: Change) -> None:
    recording = recorder(path, ledger())
    with recording.one_commit():
        assert recording.begin_create(agent, (SERVICE,), {}, NOON)
        assert events(path) == ()
    assert len(events(path)) == 1
    with recording.one_commit():
        recording.record_adoption(ENTRY)
    assert len(events(path)) == 1
    assert entries(recording) == (ENTRY,)
