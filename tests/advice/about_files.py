"""Scenarios: files that cannot be read or written, the ledger, the journal, the lock."""

import errno
import os
import threading
from pathlib import Path
from types import ModuleType

from confsync.config import yaml
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.emulator.server import running
from confsync.state import journal, ledger_file
from confsync.state.machine_lock import MachineLock
from confsync.state.replay import Event
from confsync.state.state_files import lock_path
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN

EMPTY = "version: 1\n"


def unreadable_until_its_permissions_are_fixed(desk: Desk, module: ModuleType) -> None:
    """Let a file of the state be unreadable; root, as whom CI may run, could read it whatever its permissions are."""

    def denied(path: Path, _: int) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    desk.apply(EMPTY)
    with desk.monkeypatch.context() as patched:
        patched.setattr(module, "read_whole_file", denied)
        desk.failed("plan", code=11)
    desk.done("plan")


@advice("Fix its permissions, or the disk, and run the command again.")
def a_ledger_without_permissions(desk: Desk) -> None:
    unreadable_until_its_permissions_are_fixed(desk, ledger_file)


@advice("Fix its permissions, and run the command again.")
def a_journal_without_permissions(desk: Desk) -> None:
    unreadable_until_its_permissions_are_fixed(desk, journal)


@advice("Run `confsync apply` again: it continues with that journal.")
def a_journal_that_appears_during_an_apply(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    append = journal.Journal.append

    def append_to_a_file_that_exists(self: journal.Journal, events: tuple[Event, ...]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        append(self, events)

    with desk.monkeypatch.context() as patched:
        patched.setattr(journal.Journal, "append", append_to_a_file_that_exists)
        desk.failed("apply --auto-approve", code=11)
    desk.done("apply --auto-approve")


@advice("Name one that exists with --var-file.", "Name a YAML file with --var-file.")
def a_file_of_variables_that_is_none(desk: Desk) -> None:
    desk.write("version: 1\nvariables: {name: x}\n")
    (desk.folder / "values").mkdir()
    for path in ("values", "values/none.yaml"):
        desk.failed(f"plan --var-file {path}", code=3)
    desk.write("name: y\n", "values/some.yaml")
    desk.done("plan --var-file values/some.yaml")


@advice("use fewer items or resources")
def a_for_each_with_too_many_items(desk: Desk) -> None:
    """Let a small file stand for more values than confsync accepts."""
    role = "{type: service, permissions: [" + ", ".join("addParticipant" for _ in range(1_000)) + "]}"
    text = "version: 1\nservices: {{a: {{roles: {{for_each: {{x: {{items: [{}], resource: {}}}}}}}}}}}\n"
    desk.write(text.format(", ".join(f"r{number}" for number in range(1_000)), role))
    desk.failed("validate", code=3)
    desk.write(text.format("r1, r2", role))
    desk.done("validate")


@advice("{}, or choose another file with --output, then run it again.")
def an_output_in_a_missing_folder(desk: Desk) -> None:
    desk.write(EMPTY)
    assert desk.failed("plan --output no/such/file", code=11).startswith("Create the folder no/such, or")
    (desk.folder / "no/such").mkdir(parents=True)
    desk.done("plan --output no/such/file")
    desk.write("x", "file")
    assert desk.failed("plan --output file/x", code=11).startswith("Remove the file that is in the place of the folder")
    (desk.folder / "file").unlink()
    (desk.folder / "file").mkdir()
    desk.done("plan --output file/x")
    (desk.folder / "taken").mkdir()
    assert desk.failed("plan --output taken", code=11).startswith("Move taken, which is not a file, to another place")
    (desk.folder / "taken").rename(desk.folder / "elsewhere")
    desk.done("plan --output taken")
    if Path("/dev/full").exists():
        assert desk.failed("plan --output /dev/full", code=11).startswith("Free some disk space")


@advice("{}, or name another file with --out, then run it again.")
def a_plan_into_a_missing_folder(desk: Desk) -> None:
    desk.write(EMPTY)
    assert desk.failed("plan --out no/such/file", code=11).startswith("Create the folder no/such, or")
    (desk.folder / "no/such").mkdir(parents=True)
    desk.done("plan --out no/such/file")


@advice("{}, or name another folder with --write, then run it again.")
def schemas_into_a_missing_folder(desk: Desk) -> None:
    desk.failed("schema --write no/such", code=11)
    (desk.folder / "no/such").mkdir(parents=True)
    desk.done("schema --write no/such")


@advice("{}, or name a file with --emulator-db, then run it again.")
def an_emulator_without_a_folder(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.write("x", ".confsync")
    hint = desk.failed("plan --emulator", code=11)
    assert hint.startswith("Remove the file that is in the place of the folder")
    desk.done("plan --emulator --emulator-db x.db")
    (desk.folder / ".confsync").unlink()
    desk.done("plan --emulator")


@advice("write confsync.yaml here, or name a file or a folder with -f.", "write one, or name another folder.")
def no_configuration(desk: Desk) -> None:
    desk.failed("validate", code=3)
    (desk.folder / "empty").mkdir()
    desk.failed("validate -f empty", code=3)
    desk.write(EMPTY, "empty/a.yaml")
    desk.done("validate -f empty")
    desk.write(EMPTY)
    desk.done("validate")


@advice("rename {} to {}, or name a file or a folder with -f.", "rename it, or name it with -f.")
def a_configuration_of_another_name(desk: Desk) -> None:
    desk.write(EMPTY, "confsync.yml")
    desk.failed("validate", code=3)
    (desk.folder / "confsync.yml").rename(desk.folder / "confsync.yaml")
    desk.done("validate")
    (desk.folder / "confsync.yaml").rename(desk.folder / "confsync.d")
    desk.failed("validate", code=3)
    desk.done("validate -f confsync.d")
    (desk.folder / "confsync.d").rename(desk.folder / "confsync.yaml")
    desk.done("validate")


@advice("move the file into the folder, or name one of them with -f.")
def two_configurations(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.write("services: {desk: {}}\n", "confsync.d/a.yaml")
    desk.failed("validate", code=3)
    desk.done("validate -f confsync.yaml")
    (desk.folder / "confsync.yaml").rename(desk.folder / "confsync.d/b.yaml")
    desk.done("validate")


@advice("name one that exists with -f.")
def a_file_that_does_not_exist(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed("validate -f nowhere.yaml", code=3)
    desk.done("validate -f confsync.yaml")


@advice("also in {}: keep one of them")
def a_value_in_two_files(desk: Desk) -> None:
    desk.write("version: 1\nservices: {desk: {friendly_name: a}}\n", "confsync.d/a.yaml")
    desk.write("services: {desk: {friendly_name: b}}\n", "confsync.d/b.yaml")
    desk.failed("validate", code=3)
    desk.write("services: {desk: {}}\n", "confsync.d/b.yaml")
    desk.done("validate")


@advice("write `version: 1` and your resources")
def an_empty_file(desk: Desk) -> None:
    desk.write("")
    desk.failed("validate", code=3)
    desk.write("version: 1\nservices: {desk: {}}\n")
    desk.done("validate")


@advice("save the file as UTF-8", "split it into several files in one folder", "split it")
def files_that_are_too_much(desk: Desk) -> None:
    path = desk.folder / "confsync.yaml"
    path.write_bytes("version: 1\nservices: {Büro: {}}\n".encode("latin-1"))
    desk.failed("validate", code=3)
    path.write_bytes("version: 1\nservices: {Büro: {}}\n".encode())
    desk.done("validate")
    many = [f"  s{number}: {{}}  # {'x' * 2_000}\n" for number in range(600)]
    path.write_text("version: 1\nservices:\n" + "".join(many))
    desk.failed("validate", code=3)
    path.unlink()
    for part in range(2):
        rows = "".join(many[part::2])
        desk.write(f"{EMPTY if part else ''}services:\n{rows}", f"confsync.d/{part}.yaml")
    desk.done("validate")
    values = ", ".join("0" * 20)
    ids = [f"    u{number}: {{attributes: {{x: [{values}]}}}}\n" for number in range(60)]
    users = "services:\n s0:\n  users:\n"
    with desk.monkeypatch.context() as patched:
        patched.setattr(yaml, "MAX_NODES", 1_500)
        (desk.folder / "confsync.d/0.yaml").write_text(users + "".join(ids))
        desk.failed("validate", code=3)
        for part in range(2):
            (desk.folder / f"confsync.d/{2 * part}.yaml").write_text(users + "".join(ids[part::2]))
        desk.done("validate")


MISSING = (
    "restore it from version control. If the environment was renamed, run `confsync ledger adopt FILE` with the old "
    "ledger. If it is lost, run `confsync ledger rebuild`, which adopts what exists."
)
CORRUPT = "restore it from version control, or run `confsync ledger rebuild`, which adopts what exists."


@advice(CORRUPT, MISSING, "run `confsync ledger show` to look at it.")
def a_corrupt_or_missing_ledger(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    good, path = desk.ledger.read_bytes(), desk.ledger
    path.write_text("<<<<<<< HEAD\n")
    hint = desk.failed("plan", code=11)
    path.write_bytes(good)
    desk.done("plan")
    path.write_text("<<<<<<< HEAD\n")
    assert desk.follow(hint).code == 0
    assert desk.plan()["changes"] == []
    assert desk.follow(desk.failed("ledger rebuild", code=8)).code == 0
    path.unlink()
    desk.add("require_ledger: true")
    hint = desk.failed("plan", code=11)
    _, rebuild = snippets(hint)
    desk.done(rebuild)
    assert desk.plan()["changes"] == []


def environment(name: str) -> str:
    return f"environments: {{{name}: {{account_sid: {ACCOUNT_SID}, require_ledger: true}}}}\n"


@advice(
    "`confsync ledger adopt {}`, or remove that file",
    "remove {}, if nothing that it owns or protects matters any more",
    "name the file of the ledger to adopt.",
    most=PLAIN,
)
def a_renamed_environment(desk: Desk) -> None:
    text = desk_with(AGENT) + f"environments: {{%s: {{account_sid: {ACCOUNT_SID}}}}}\n"
    desk.apply(text % "old")
    old = desk.ledger
    desk.failed(f"ledger adopt {old}", code=8)
    desk.write(text % "new")
    desk.failed(f"ledger adopt {old.with_name('none.json')}", code=11)
    (command,) = snippets(desk.blocked())
    kept = old.read_bytes()
    desk.done(command)
    desk.allowed()
    old.write_bytes(kept)
    desk.write(text % "new")
    assert desk.blocked().startswith(f"remove {old}")
    old.unlink()
    desk.allowed()


@advice("select that environment with -e.")
def the_ledger_of_another_environment(desk: Desk) -> None:
    other = "AC" + "b" * 32
    environments = f"environments: {{here: {{account_sid: {ACCOUNT_SID}}}, other: {{account_sid: {other}}}}}\n"
    desk.write(desk_with(AGENT) + environments)
    desk.done("plan -e here")
    ledger = desk.folder / f".confsync/{os.environ['CONFSYNC_BASE_URL'].removeprefix('http://').replace(':', '-')}"
    assert desk.failed(f"ledger adopt {ledger}/confsync.ledger.other.json -e here", code=8).startswith("Select that")
    with Emulator(account_sid=other) as emulator, running(emulator) as url:
        desk.set("CONFSYNC_BASE_URL", url)
        desk.set("TWILIO_ACCOUNT_SID", other)
        desk.done("plan -e other")


@advice("wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`.")
def another_apply_that_holds_the_lock(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with(AGENT, AGENT.replace("agent", "clerk")))
    lock = MachineLock(lock_path(desk.ledger), "confsync apply")
    assert list(lock.attempts(0, lambda _: None)) == []
    (option,) = snippets(desk.failed("apply --auto-approve", code=10))
    threading.Timer(0.5, lock.release).start()
    desk.done(f"apply --auto-approve {option}")
    desk.write(desk_with(AGENT))
    desk.done("apply --auto-approve")


@advice("put the file itself there, then run the command again.")
def a_ledger_that_is_a_link(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    path = desk.ledger
    moved = desk.folder / "elsewhere.json"
    path.rename(moved)
    path.symlink_to(moved)
    desk.failed("plan", code=11)
    path.unlink()
    moved.rename(path)
    assert desk.plan()["changes"] == []


@advice("check that the file exists and that you may read it, then run the command again.")
def a_file_that_disappears(desk: Desk) -> None:
    desk.write(EMPTY)

    def gone(*_: object) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.config.sources.files.read_regular_file", gone)
        desk.failed("validate", code=11)
    desk.done("validate")
