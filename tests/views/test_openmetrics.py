"""The numbers of a drift, as Prometheus's own parsers read them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.plan.drift_words import FAIL_ON
from confsync.views.openmetrics import LAST_SUCCESS, RunMetrics, drift_as_openmetrics, failed_run_as_openmetrics
from tests.views.conftest import PlanOf
from tests.views.prometheus import Samples, samples_of
from tests.views.rendering import drift_of
from tests.views.test_junit import ANYTHING, FOUND
from tests.views.test_plan_text import STORIES

RUN = RunMetrics("AC" + "a" * 32, "dev", 2, 1.23456)
LABELS = {"account": "AC" + "a" * 32, "environment": "dev"}


def sample(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset({**LABELS, **labels}.items())]


@pytest.mark.parametrize("story", STORIES)
def test_every_drift_has_metrics_that_prometheus_reads(story: str, story_plan: PlanOf) -> None:
    samples = samples_of(drift_as_openmetrics(drift_of(story_plan(STORIES[story])), RUN))
    assert "canary" not in str(samples)
    assert {name for name, _ in samples} >= {"confsync_drift_findings", "confsync_exit_code"}


def test_every_sort_of_finding_has_a_number_and_so_has_every_section() -> None:
    samples = samples_of(drift_as_openmetrics(FOUND, RUN))
    found = {sort: sample(samples, "confsync_drift_findings", finding=sort) for sort in FAIL_ON}
    assert {sort: number for sort, number in found.items() if number} == dict.fromkeys(
        ("live", "configuration", "both", "deleted", "unmanaged", "orphaned"), 1
    )
    assert sample(samples, "confsync_managed_resources", section="users") == 1
    assert sample(samples, "confsync_live_resources", section="users") == 1
    assert sample(samples, "confsync_unmanaged_resources") == 1
    assert sample(samples, "confsync_unchecked_values") == 1
    assert sample(samples, "confsync_guardrails") == 1
    assert sample(samples, "confsync_run_duration_seconds") == 1.235
    assert sample(samples, "confsync_exit_code") == 2
    assert sample(samples, LAST_SUCCESS) == 1767323045  # 2026-01-02T03:04:05Z


def test_a_failed_run_keeps_the_moment_of_the_last_success() -> None:
    before = drift_as_openmetrics(FOUND, RUN)
    failed = RunMetrics(RUN.account, "dev", 4, 0.5, before)
    samples = samples_of(failed_run_as_openmetrics(failed))
    assert sample(samples, LAST_SUCCESS) == 1767323045
    assert sample(samples, "confsync_exit_code") == 4
    assert not [name for name, _ in samples if name == "confsync_drift_findings"]
    again = RunMetrics(RUN.account, "dev", 4, 0.5, failed_run_as_openmetrics(failed))
    assert sample(samples_of(failed_run_as_openmetrics(again)), LAST_SUCCESS) == 1767323045


def test_a_partial_run_is_no_success() -> None:
    before = drift_as_openmetrics(FOUND, RUN)
    later = msgspec.structs.replace(FOUND, complete=False, created_at="2026-02-02T03:04:05Z")
    run = RunMetrics(RUN.account, "dev", 2, 0.5, before)
    assert sample(samples_of(drift_as_openmetrics(later, run)), LAST_SUCCESS) == 1767323045
    assert (LAST_SUCCESS, frozenset(LABELS.items())) not in samples_of(drift_as_openmetrics(later, RUN))


@given(ANYTHING, ANYTHING)
def test_no_name_makes_the_metrics_invalid(account: str, environment: str) -> None:
    before = failed_run_as_openmetrics(RunMetrics(account, environment, 4, 0.5))
    assert len(samples_of(before)) == 2


@given(st.text(st.sampled_from(f'{LAST_SUCCESS}{{account="",environment="\\"}} 123.45\n# EOF'), max_size=200))
def test_whatever_was_in_the_file_the_metrics_are_valid(previous: str) -> None:
    crafted = f'{LAST_SUCCESS}{{account="{previous}",environment=""}} 1\n'
    for text in (previous, crafted):
        samples = samples_of(failed_run_as_openmetrics(RunMetrics("", "", 4, 0.5, text)))
        assert ("confsync_exit_code", frozenset({("account", ""), ("environment", "")})) in samples
