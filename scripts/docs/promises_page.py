"""The page of promises: each with the figure that the last test run gave, and the tests behind it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.docs.reliability import REPORTS
from tests.acceptance.mutants import MUTANTS
from tests.acceptance.ordinary_work import DAYS
from tests.campaigns.report import CampaignReport, read_report
from tests.faults.matrix import MATRIX
from tests.mutation.report import read_saved_report
from tests.read_only_watch.watch import READING

ROOT = Path(__file__).resolve().parents[2]
PROTECTION = "tests/acceptance/test_protection_histories.py"
APPLY = "tests/apply/test_failures.py"

INTRODUCTION = """\
# Promises

This page lists what confsync promises, what we measured, and the tests in `tests/` that fail if confsync breaks a
promise. [Safety](safety.md) explains how confsync keeps most of these promises.

We measured everything with the [emulator](emulator.md), not with a live account. The figures therefore cover only the
behavior of Twilio that the emulator reproduces.

The longest tests are [campaigns](reliability.md#campaigns), each of which has rules that must always hold. A
*violation* is a case in which one of these rules is broken.

"""


class Promise(NamedTuple):
    """What confsync promises, what was measured, and the tests, each `FILE::TEST` or a file."""

    text: str
    figure: str
    tests: Sequence[str]


def promises_page() -> str:
    """Write the page."""
    return INTRODUCTION + "\n".join(_section(title, promises) for title, promises in _promises().items())


def _section(title: str, promises: Sequence[Promise]) -> str:
    return "\n".join((f"## {title}", "", *_table(promises), ""))


def _table(promises: Sequence[Promise]) -> Iterator[str]:
    yield "| promise | what was measured | tests |"
    yield "|---|---|---|"
    for each in promises:
        tests = "<br>".join(f"`{_existing(test).removeprefix('tests/')}`" for test in each.tests)
        yield f"| {each.text} | {each.figure} | {tests} |"


def _existing(test: str) -> str:
    """Check that a test that a promise names exists."""
    path, _, name = test.partition("::")
    file = ROOT / path
    if not file.exists() or (name and f"def {name}(" not in file.read_text("utf-8")):
        raise SystemExit(f"promises_page.py names a test that does not exist: {test}")
    return test


def _promises() -> Mapping[str, Sequence[Promise]]:
    campaigns = {path.stem: read_report(path) for path in REPORTS.glob("*.json")}
    return {
        "Changes": _about_changes(campaigns),
        "Deletions": _about_deletions(),
        "Failures": _about_failures(campaigns),
        "Several people at once": _about_concurrency(campaigns),
        "Secrets": _about_secrets(),
        "Twilio's API": _about_twilio(),
    }


def _about_changes(campaigns: Mapping[str, CampaignReport]) -> Sequence[Promise]:
    return (
        Promise(
            "Read-only commands write nothing to Twilio, the [ledger](glossary.md#ledger) or the "
            "[journal](glossary.md#journal).",
            f"A monitor watches every test that runs one of the {len(READING)} read-only commands. If the command "
            "writes anything, the test fails.",
            ["tests/read_only_watch/test_watch.py::test_every_read_only_command_is_watched"],
        ),
        Promise(
            "If Twilio already matches the configuration, `apply` sends no writes.",
            "A long test run applies each of 500 generated configurations twice. The second apply sends no writes. "
            "The configurations cover every field of every resource type.",
            ["tests/acceptance/test_idempotence.py::test_applied_twice_the_second_time_sends_nothing"],
        ),
        Promise(
            "An apply of a saved plan makes only the changes in that plan. If the configuration, or a resource that "
            "the plan would change, has changed since the plan was made, confsync rejects the plan.",
            _cases(campaigns["histories"], "random sequences of plans, applies, failures and outside changes"),
            [
                "tests/campaigns/histories.py",
                "tests/acceptance/test_other_tools.py::test_a_stale_plan_is_refused",
                "tests/acceptance/test_other_tools.py::test_a_plan_that_was_edited_is_refused",
            ],
        ),
        Promise(
            "Everyday changes are not blocked, so they need no override.",
            f"{len(DAYS)} examples of ordinary work succeed without a flag.",
            ["tests/acceptance/test_ordinary_work.py::test_an_ordinary_day_passes_without_any_flag"],
        ),
    )


def _about_deletions() -> Sequence[Promise]:
    return (
        Promise(
            "Mistakes and damage, such as a truncated configuration or a corrupt ledger, never lead to deletions.",
            f"None of {len(MUTANTS)} damaged configurations, accounts, ledgers and responses causes a DELETE request.",
            ["tests/acceptance/test_destructive_mutants.py::test_a_destructive_mutant_deletes_nothing"],
        ),
        Promise(
            "No plan deletes a [protected](protection.md) resource. You first have to remove the protection "
            "in a separate apply.",
            "A long test run applies 20,000 random pairs of plans, one plan after the other. No plan deletes a "
            "resource that is still protected.",
            [f"{PROTECTION}::test_no_two_plans_delete_what_is_protected_or_block_what_is_ordinary"],
        ),
        Promise(
            "If somebody deletes a service or a credential, confsync creates it again only with your permission.",
            "Without `--allow-recreate`, `apply` exits with code 8 and writes nothing.",
            ["tests/acceptance/test_vanished_services.py::test_an_apply_refuses_without_the_flag"],
        ),
    )


def _about_failures(campaigns: Mapping[str, CampaignReport]) -> Sequence[Promise]:
    rows = [row for section in MATRIX for row in section.rows]
    ambiguous, signals, mutation = campaigns["ambiguous-responses"], campaigns["signals"], read_saved_report()
    return (
        Promise(
            "After a fault, confsync says what happened and what to do. If you follow this advice, the next run makes "
            "all the remaining changes.",
            f"{sum(len(row.cells) for row in rows)} tests inject {len(rows)} different faults at various points of a "
            "run.",
            ["tests/faults/test_matrix.py::test_a_cell"],
        ),
        Promise(
            "If an apply is killed, one rerun completes it without duplicates or losses.",
            _cases(campaigns["kill-points"], "applies, each killed at a request or a file write"),
            ["tests/campaigns/kill_points.py"],
        ),
        Promise(
            "If an apply is killed while it [replaces](glossary.md#replace) a resource, the next apply completes the "
            "replacement. The new resource keeps the undeclared values of the old one. If some of these values may be "
            "secret, the next apply stops, and names their fields.",
            "Tests kill the apply before and after the deletion, and before and after the creation.",
            [
                "tests/apply/test_interrupted_replace.py::test_a_killed_replacement_is_completed_with_the_undeclared_values",
                "tests/apply/test_interrupted_replace.py::test_what_may_be_secret_is_not_stored_and_blocks_the_create",
            ],
        ),
        Promise(
            "If the response to a write is lost, the change is not lost. A duplicate can appear only if Twilio creates "
            "the resource more than 10 seconds after the response was lost. confsync reports each duplicate.",
            f"{_cases(ambiguous, 'applies')}; {ambiguous.facts['responses lost']:,} lost responses, "
            f"{ambiguous.facts['duplicates']:,} late duplicates, all of them reported",
            ["tests/campaigns/ambiguous_responses.py"],
        ),
        Promise(
            "After SIGINT or SIGTERM, an apply stops within a few seconds, and records the changes that it has made.",
            f"{_cases(signals, 'stopped applies')}; 99% ended within "
            f"{signals.facts['ms from signal to end: 99th percentile'] / 1000:.1f} seconds",
            ["tests/campaigns/signals.py"],
        ),
        Promise(
            "If somebody breaks the code that prevents duplicates, losses and wrong deletions, a test fails.",
            f"Mutation testing: the tests detect {mutation.killed:,} of {mutation.mutants:,} small edits to "
            f"{len(mutation.files)} source files. For each of the remaining edits, `survivors.toml` says why no test "
            "can detect it.",
            ["tests/mutation/survivors.toml"],
        ),
    )


def _about_concurrency(campaigns: Mapping[str, CampaignReport]) -> Sequence[Promise]:
    return (
        Promise(
            "Within one folder, only one apply to an environment runs at a time. Two applies in different folders "
            "without a shared lock can create duplicates. confsync reports every duplicate.",
            _cases(campaigns["races"], "races between two applies"),
            ["tests/campaigns/races.py"],
        ),
        Promise(
            "With `lock: git`, only one apply to an environment runs at a time, even on several machines.",
            _cases(campaigns["git-races"], "races between two clones"),
            ["tests/campaigns/git_races.py"],
        ),
        Promise(
            "If somebody changes a resource after the plan was made, but before the apply writes to the resource, "
            "confsync leaves the resource alone and says so.",
            "A test changes a resource between the plan and the apply. confsync does not send the write.",
            ["tests/apply/test_precondition.py::test_a_resource_that_someone_changed_since_the_plan_is_left_alone"],
        ),
        Promise(
            "For each difference, `drift` says whether Twilio, the configuration or both changed.",
            "A test simulates random sequences of nightly runs, with outside changes and unapplied commits between "
            "the runs.",
            ["tests/acceptance/test_nights.py::test_every_night_names_each_difference_and_its_side"],
        ),
    )


def _about_secrets() -> Sequence[Promise]:
    return (
        Promise(
            "No plan, ledger, report, log or message contains a secret.",
            "The tests look for secrets, in 12 encodings, in everything that confsync writes.",
            ["tests/cli/test_canaries.py::test_no_byte_of_a_run_contains_a_secret"],
        ),
        Promise(
            "confsync sends credentials only to Twilio, to the local machine, and to a host that you permit.",
            "In the tests, confsync never follows a redirect, or a link to another host.",
            [
                "tests/twilio/test_paginator.py::test_a_redirect_is_never_followed",
                "tests/twilio/test_paginator.py::test_a_next_page_elsewhere_is_refused_and_nothing_is_sent_there",
            ],
        ),
        Promise(
            "confsync rejects credentials that do not belong to the account of the environment.",
            "In the tests, confsync shows no plan and changes nothing if the credentials are for a different account.",
            [
                f"{APPLY}::test_an_account_other_than_the_environments_is_refused_before_anything_else",
                "tests/account/test_account_check.py::test_the_wrong_account_ends_the_plan_that_was_begun",
            ],
        ),
    )


def _about_twilio() -> Sequence[Promise]:
    return (
        Promise(
            "confsync and the emulator follow Twilio's OpenAPI description.",
            "All tests check every request and response against that description, apart from a list of known "
            "differences. In addition, a test calls all 103 operations with Twilio's SDK.",
            [
                "tests/contract/test_openapi.py",
                "tests/emulator_sdk/test_every_operation.py::test_twilios_sdk_calls_every_operation",
            ],
        ),
        Promise(
            "confsync sends the same requests as Twilio's SDK.",
            "For every operation on every resource type, the tests compare confsync's request with that of the SDK.",
            ["tests/contract/test_sdk.py::test_the_same_operation_is_sent_with_the_same_form"],
        ),
    )


def _cases(report: CampaignReport, what: str) -> str:
    return f"{report.cases:,} {what}, {len(report.violations)} violations"
