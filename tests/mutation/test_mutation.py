"""Mutation testing names files, tests and survivors that exist, and a few mutants are killed in every test run."""

import ast
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.mutation.report import FileResult, read_saved_report, report_of
from tests.mutation.survivors import ListedSurvivor, Mutation, function_of, read_listed_survivors
from tests.mutation.targets import TARGETS, MutationTarget, targets_named
from tests.mutation.workspace import MutationResult, prepare_workspace, read_result, run_mutmut
from tests.repository.paths import ROOT, run

LISTED = read_listed_survivors()


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.module)
def test_the_file_and_its_tests_exist(target: MutationTarget) -> None:
    assert (ROOT / target.file).is_file()
    for each in target.tests:
        file, _, test = each.partition("::")
        assert f"def {test}" in (ROOT / file).read_text("utf-8")


def source_of(file: str, function: str) -> str:
    """Return the lines of a function or method, without indentation."""
    text = (ROOT / file).read_text("utf-8")
    body: list[ast.stmt] = ast.parse(text).body
    for name in function.split("."):
        (node,) = (each for each in body if getattr(each, "name", "") == name)
        assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        body = node.body
    return "\n".join(line.strip() for line in text.splitlines()[node.lineno - 1 : node.end_lineno])


@pytest.mark.parametrize("listed", LISTED, ids=lambda each: f"{each.function}: {each.after}"[:60])
def test_a_listed_survivor_still_is_a_change_of_the_code(listed: ListedSurvivor) -> None:
    assert listed.before in source_of(listed.file, listed.function)
    assert listed.before != listed.after
    assert listed.file in {each.file for each in TARGETS}
    assert len(listed.reason) > 20


def test_no_survivor_is_listed_twice() -> None:
    assert len({each.mutation for each in LISTED}) == len(LISTED)


@pytest.mark.parametrize(
    ("mutant", "function"),
    [("confsync.a.b.x__read__mutmut_12", "_read"), ("confsync.a.b.xǁ_Reader__ǁ_x_of__mutmut_1", "_Reader__._x_of")],
)
def test_the_function_of_a_mutant_is_in_its_name(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_a_survivor_without_a_reason_fails_the_run_and_so_do_too_many_with_one() -> None:
    (target,) = targets_named(("outcomes",))
    one = Mutation(target.file, "classify", "a", "b")
    reason = ListedSurvivor(one.file, one.function, one.before, one.after, reason="no test can tell them apart")
    result = MutationResult(target, killed=98, timed_out=1, survivors=(one,))
    assert not report_of([result], []).is_good
    assert "- a\n+ b\n99.0% of 100 mutants killed." in report_of([result], []).as_text()
    assert report_of([result], [reason]).is_good
    assert not report_of([replace(result, killed=17)], [reason]).is_good


def test_the_command_refuses_a_name_of_nothing() -> None:
    ran = run([sys.executable, "-m", "tests.mutation", "nothing"], ROOT)
    assert (ran.returncode, ran.stderr) == (2, "No file and no concern is named nothing.\n")


def test_the_checked_in_report_is_about_these_files_and_is_good() -> None:
    report = read_saved_report()
    assert [each.file for each in report.files] == [each.file for each in TARGETS]
    assert report.is_good


@pytest.mark.parametrize("result", read_saved_report().files, ids=lambda each: each.file)
def test_each_survivor_of_the_checked_in_report_has_a_reason(result: FileResult) -> None:
    assert sum(each.file == result.file for each in LISTED) == result.survived


@pytest.mark.needs_tools
def test_the_mutants_of_one_function_are_killed(tmp_path: Path) -> None:
    pytest.importorskip("mutmut", reason="`scripts/install mutation` installs it")
    (target,) = targets_named(("outcomes",))
    quick = replace(target, tests=("tests/twilio/test_outcomes.py",))
    prepare_workspace(tmp_path, quick)
    run_mutmut(tmp_path, (f"{target.module}.x__has_expected_body__mutmut_*",))
    result = read_result(tmp_path, quick)
    assert result.survivors == ()
    assert result.killed + result.timed_out >= 5
