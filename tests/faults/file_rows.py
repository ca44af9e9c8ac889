"""Faults of this machine: the ledger, the journal, the disk, and where the output goes."""

import errno
import json
import os
import tempfile
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from tests.faults.causes import in_turn
from tests.faults.expected import CREATE, DELETE, NO_DIFFERENCE, PLAN, READ, SINGLETON, UPDATE, without
from tests.faults.row import AFTER, BEFORE, WRITES, Cause, Cell, Cells, Row, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene

REBUILD = "Restore the ledger from version control. If the ledger is lost, run `ledger rebuild`."
UNTOUCHED = "confsync changes nothing."
FULL = OSError(errno.ENOSPC, "No space left on device")


def everywhere(code: int, *says: str, requests: int = 1) -> Cells:
    """Expect the same of a plan and of every write: nothing is changed."""
    return {column: Cell(code=code, requests=requests, account=BEFORE, says=says) for column in (PLAN, CREATE, UPDATE)}


def ledger_is(change: "Callable[[str], str]") -> Cause:
    """Change the file of the ledger, and restore it afterwards."""

    def cause(scene: "Scene") -> None:
        before = scene.ledger.read_text("utf-8")
        scene.ledger.write_text(change(before), "utf-8")
        scene.finally_do(lambda: scene.ledger.write_text(before, "utf-8"))

    return cause


def with_value(**values: object) -> "Callable[[str], str]":
    """Replace values at the top level of a JSON document."""
    return lambda text: json.dumps({**json.loads(text), **values})


def conflicting(text: str) -> str:
    """Leave the marks of a merge conflict."""
    return f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"


def ledger_lost(scene: "Scene") -> None:
    """Delete the ledger."""
    scene.ledger.unlink()


def ledger_is_a_folder(scene: "Scene") -> None:
    """Put a folder in place of the ledger."""
    before = scene.ledger.read_bytes()
    scene.ledger.unlink()
    scene.ledger.mkdir()
    scene.finally_do(scene.ledger.rmdir)
    scene.finally_do(lambda: scene.ledger.write_bytes(before))


def journal_has(*lines: str, **header: object) -> Cause:
    """Leave a journal behind, and remove it afterwards; a line may name the SID of the role `agent`."""

    def cause(scene: "Scene") -> None:
        ledger = json.loads(scene.ledger.read_text("utf-8"))
        first = {"format_version": 1, **{name: ledger[name] for name in ("account_sid", "host", "serial")}, **header}
        (sid,) = (each["sid"] for each in ledger["entries"] if each["address"].endswith("agent"))
        text = "\n".join((json.dumps(first), *(line.replace("SID", sid) for line in lines)))
        scene.journal.parent.mkdir(exist_ok=True)
        scene.journal.write_text(text, "utf-8")
        scene.finally_do(lambda: scene.journal.unlink(missing_ok=True))

    return cause


def disk_full(record: str, *, number: int = 1) -> Cause:
    """Let no file be written any more, from a record of the journal with this text on."""

    def cause(scene: "Scene") -> None:
        write, seen = os.write, 0

        def fill(file: int, content: bytes) -> int:
            nonlocal seen
            seen += record.encode() in bytes(content)
            if seen >= number:
                raise FULL
            return write(file, content)

        scene.patch(os, "write", fill)

    return cause


def no_new_files(scene: "Scene") -> None:
    """Let no temporary file be created, and therefore no ledger."""

    def full(*_: object, **__: object) -> None:
        raise FULL

    scene.patch(tempfile, "mkstemp", full)


def closed_stdout(scene: "Scene") -> None:
    """Close stdout."""
    scene.stdout.append(None)


def full_stdout(scene: "Scene") -> None:
    """Let stdout be a full disk."""
    scene.stdout.append(full := os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", encoding="utf-8"))
    scene.finally_do(lambda: closed(full))


def closed(stream: TextIO) -> None:
    """Close a stream, whatever it still wants to write."""
    with suppress(OSError):
        stream.close()


def stdout_without_reader(scene: "Scene") -> None:
    """Let stdout be a pipe whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    scene.stdout.append(pipe := os.fdopen(writer, "w", encoding="utf-8"))
    scene.finally_do(lambda: closed(pipe))


class FillingOutput(StringIO):
    """A file on a disk that becomes full once the changes begin."""

    def write(self, text: str) -> int:
        if "Applied:" in text:
            raise FULL
        return super().write(text)


LEDGER = Section(
    "When the ledger or the journal is damaged",
    (
        Row(
            name="ledger corrupt",
            happens="The ledger is not JSON.",
            does=UNTOUCHED,
            advice=REBUILD,
            cause=ledger_is(lambda _: "garbage"),
            cells=everywhere(11, "confsync.ledger.json is corrupt", "confsync ledger rebuild"),
        ),
        Row(
            name="ledger torn",
            happens="The ledger is incomplete.",
            does=UNTOUCHED,
            advice=REBUILD,
            cause=ledger_is(lambda text: text[: len(text) // 2]),
            cells=everywhere(11, "confsync.ledger.json is corrupt", "confsync ledger rebuild"),
        ),
        Row(
            name="ledger empty",
            happens="The ledger is an empty file.",
            does=UNTOUCHED,
            advice=REBUILD,
            cause=ledger_is(lambda _: ""),
            cells=everywhere(11, "confsync.ledger.json is corrupt", "confsync ledger rebuild"),
        ),
        Row(
            name="ledger in conflict",
            happens="The ledger contains a Git merge conflict.",
            does=UNTOUCHED,
            advice="Resolve the conflict.",
            cause=ledger_is(conflicting),
            cells=everywhere(11, "merge"),
        ),
        Row(
            name="ledger newer",
            happens="A newer version of confsync wrote the ledger.",
            does="confsync changes nothing.",
            advice="Use that version or a newer one.",
            cause=ledger_is(with_value(format_version=99)),
            cells=everywhere(11, "99", "newer"),
        ),
        Row(
            name="ledger of another account",
            happens="The ledger belongs to a different account.",
            does="confsync changes nothing.",
            advice="Select the environment that the ledger belongs to.",
            cause=ledger_is(with_value(account_sid="AC" + "b" * 32)),
            cells=everywhere(8, "belongs to account ACbbbb"),
        ),
        Row(
            name="ledger is a folder",
            happens="There is a folder where the ledger file should be.",
            does="confsync changes nothing.",
            advice="Remove the folder, and restore the ledger from version control.",
            cause=ledger_is_a_folder,
            cells=everywhere(11, "confsync.ledger.json"),
        ),
        Row(
            name="ledger lost",
            happens="The ledger and the journal are lost.",
            does=(
                "confsync adopts the declared resources that exist, and creates the others. It does not delete "
                "resources with `lifecycle.absent`, because no ledger says that confsync owns them."
            ),
            advice=(
                "Restore the ledger from version control. If you cannot, see "
                "[Recovery](recovery.md#the-ledger-is-lost)."
            ),
            cause=ledger_lost,
            cells={
                PLAN: NO_DIFFERENCE[PLAN],
                CREATE: NO_DIFFERENCE[CREATE],
                UPDATE: NO_DIFFERENCE[UPDATE],
                SINGLETON: NO_DIFFERENCE[SINGLETON],
                DELETE: Cell(
                    code=8, requests=6, account=BEFORE, says=("confsync does not own",), again=8, finally_=BEFORE
                ),
            },
        ),
        Row(
            name="journal torn",
            happens="A killed run left a journal whose last line is incomplete.",
            does="confsync ignores that line, and uses all the other lines.",
            cause=journal_has('{"record": "END", "put": {"addr'),
            cells=without(NO_DIFFERENCE, READ),
        ),
        Row(
            name="journal corrupt",
            happens="A line of the journal, other than the last one, is unreadable.",
            does="confsync changes nothing.",
            advice="Run `ledger rebuild`.",
            cause=journal_has("garbage", '{"record": "END", "abandon": "0"}\n'),
            cells=everywhere(11, "is corrupt in line 2", "confsync ledger rebuild"),
        ),
        Row(
            name="journal newer",
            happens="A newer version of confsync wrote the journal.",
            does="confsync changes nothing.",
            advice="Use that version or a newer one.",
            cause=journal_has("", format_version=99),
            cells=everywhere(11, "has format 99"),
        ),
        Row(
            name="journal of another account",
            happens="The journal belongs to a different account.",
            does="confsync changes nothing.",
            advice="Select the environment that the journal belongs to, or move the journal to a different folder.",
            cause=journal_has("", account_sid="AC" + "b" * 32),
            cells=everywhere(8, "belongs to account ACbbbb"),
        ),
        Row(
            name="journal of another ledger",
            happens="Git has replaced the ledger, and the journal belongs to the old ledger.",
            does="confsync prints a warning, ignores the journal, and finds resources by name.",
            cause=journal_has('{"record": "END", "drop": {"sid": "SID"}}\n', serial=77),
            cells={
                column: Cell(code=0, requests=cell.requests, account=cell.account, says=("warning[",))
                for column, cell in without(NO_DIFFERENCE, READ).items()
            },
        ),
    ),
)

DISK = Section(
    "When the disk is full, or the output pipe is closed",
    (
        Row(
            name="disk full at the start",
            happens="The disk is full when an apply starts.",
            does="confsync sends no writes.",
            advice="Free disk space, and run the same command again.",
            cause=disk_full("format_version"),
            cells={
                column: Cell(
                    code=11,
                    requests=8 if column is DELETE else 6,
                    account=BEFORE,
                    says=("No space left on device", "Free some disk space"),
                )
                for column in WRITES
            },
        ),
        Row(
            name="disk full at begin",
            happens="The disk is full when confsync records a create in the journal.",
            does="confsync does not send the create.",
            advice="Free disk space, and run the same command again.",
            cause=disk_full('"BEGIN"'),
            cells={CREATE: Cell(code=11, requests=6, account=BEFORE, says=("No space left on device",))},
        ),
        Row(
            name="disk full at end",
            happens=(
                "The disk is full when confsync records a completed write in the journal. The disk has space "
                "again when confsync writes the ledger."
            ),
            does="confsync sends no further writes. The ledger records the completed write.",
            advice="Free disk space, and run the same command again.",
            cause=disk_full('"END"', number=2),
            cells={
                column: Cell(
                    code=11,
                    requests=NO_DIFFERENCE[column].requests,
                    account=AFTER,
                    says=("No space left on device", "The ledger records what was written before that"),
                )
                for column in WRITES
            },
        ),
        Row(
            name="disk full at end and for the ledger",
            happens=(
                "The disk is full when confsync records a completed write in the journal. The disk is still "
                "full when confsync writes the ledger."
            ),
            does="confsync sends no further writes. It prints the resources that it could not record.",
            advice="Free disk space, and run the same command again. The new run finds these resources by name.",
            cause=in_turn(disk_full('"END"', number=2), no_new_files),
            cells={
                column: Cell(
                    code=11,
                    requests=NO_DIFFERENCE[column].requests,
                    account=AFTER,
                    says=("No space left on device", "Neither the ledger nor the journal records"),
                )
                for column in WRITES
            },
        ),
        Row(
            name="disk full for the ledger",
            happens="The disk is full when confsync writes the ledger at the end of an apply.",
            does="The next run completes the ledger from the journal.",
            advice="Free disk space, and run the same command again.",
            cause=no_new_files,
            cells={
                column: Cell(
                    code=11,
                    requests=NO_DIFFERENCE[column].requests,
                    account=AFTER,
                    says=("confsync.ledger.json cannot be written: No space left on device",),
                )
                for column in WRITES
            },
        ),
        *(
            Row(
                name=name,
                happens=happens,
                does="`plan` ends without an error. `apply` changes nothing.",
                advice="Run the apply again in a terminal, or with `--output FILE`.",
                cause=cause,
                cells={
                    PLAN: NO_DIFFERENCE[PLAN],
                    **{
                        column: Cell(
                            code=11,
                            requests=8 if column is DELETE else 6,
                            account=BEFORE,
                            says=("The reader of the plan closed the pipe before the end.",),
                        )
                        for column in WRITES
                    },
                },
            )
            for name, happens, cause in (
                ("stdout closed", "stdout is closed.", closed_stdout),
                (
                    "stdout without a reader",
                    "stdout is a pipe, and its reader exits before the plan is complete.",
                    stdout_without_reader,
                ),
            )
        ),
        Row(
            name="stdout full",
            happens="stdout is a file on a full disk.",
            does="`apply` changes nothing.",
            advice="Free disk space, or choose a file on a different disk with `--output`.",
            cause=full_stdout,
            cells={
                column: Cell(
                    code=11,
                    requests=8 if column is DELETE else 6,
                    account=BEFORE,
                    says=("The result cannot be written: No space left on device",),
                )
                for column in (PLAN, *WRITES)
            },
        ),
        Row(
            name="stdout fills up",
            happens="stdout is a file on a disk that becomes full during the apply.",
            does="confsync makes and records every change, and says on stderr that the output was lost.",
            advice="Free disk space. To check that nothing is left to do, run `confsync plan`.",
            cause=lambda scene: scene.stdout.append(FillingOutput()),
            cells={
                column: Cell(
                    code=0,
                    requests=NO_DIFFERENCE[column].requests,
                    account=AFTER,
                    says=("The report was lost. The result cannot be written: No space left on device.",),
                )
                for column in WRITES
            },
        ),
    ),
)
