"""Scenarios: `init`, which writes a starter folder."""

import shlex
from unittest.mock import PropertyMock, patch

from confsync.cli.invocation import Invocation
from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.advice.selection import PLAIN


@advice("move them away, or name another folder with -C.")
def a_start_where_files_are_already(desk: Desk) -> None:
    desk.write("version: 1\n")
    desk.failed("init", code=8)
    (desk.folder / "other").mkdir()
    desk.done("init -C other")
    (desk.folder / "confsync.yaml").rename(desk.folder / "before.yaml")
    desk.done("init")


@advice("{}, or name another folder with -C, then run it again.")
def a_start_in_a_folder_that_has_a_file_in_the_way(desk: Desk) -> None:
    desk.write("", ".confsync")
    (desk.folder / "other").mkdir()
    desk.failed("init", code=11)
    desk.done("init -C other")
    (desk.folder / ".confsync").unlink()
    desk.done("init")


@advice("rename the folder, or leave out --ci.")
def a_start_in_a_folder_that_no_job_can_name(desk: Desk) -> None:
    (desk.folder / ".git").mkdir()
    for name in ("a\nb", "text"):
        (desk.folder / name).mkdir()
    desk.failed(shlex.join(["init", "--ci", "github", "-C", "a\nb"]), code=3)
    (desk.folder / "a\nb").rename(desk.folder / "ab")
    desk.done("init --ci github -C ab")
    desk.done("init -C text")


@advice("copy the file into the repository and name that copy, or name a URL.")
def a_start_whose_jobs_would_not_find_the_wheel(desk: Desk) -> None:
    desk.failed("init --ci github --package confsync.whl", code=3)
    desk.write("", "confsync.whl")
    desk.done("init --ci github --package confsync.whl")
    (desk.folder / "other").mkdir()
    desk.done("init --ci github -C other --package https://example.com/confsync.whl")


@advice(
    "run it again and answer the questions, or use options instead: `confsync init --help`.",
    "answer {} or {}.",
    most=PLAIN,
)
def a_start_whose_questions_are_not_answered(desk: Desk) -> None:
    asks = patch.object(Invocation, "asks", PropertyMock(return_value=True))
    answers = iter(["prod\n", "maybe\n", ""])
    with asks, patch("confsync.cli.questions.read_answer", lambda: next(answers)):
        desk.run("init")
    assert desk.last.code == 8
    assert "Answer live or empty." in desk.last.err
    assert "--from-live" in desk.done("init --help").out
    answers = iter(["prod\n", "empty\n", "\n", "\n"])
    with asks, patch("confsync.cli.questions.read_answer", lambda: next(answers)):
        desk.done("init")
