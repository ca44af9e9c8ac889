"""Campaigns: what every test run samples, and `--hypothesis-profile long` or `-m campaign` tries at length."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, settings

LONG = "long"
LONG_EXAMPLES = 1_000
"""The profile for long campaigns, and how many examples it tries of a test that does not say."""

SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


def campaign(sample: int, at_length: int) -> settings:
    """Try as many examples as the profile calls for."""
    is_long = settings().max_examples >= LONG_EXAMPLES
    return settings(  # what is not given is as in the profile
        deadline=None, suppress_health_check=list(HealthCheck), max_examples=at_length if is_long else sample
    )


def every_pair(rows: Sequence[object], columns: Sequence[object]) -> Iterator[object]:
    """Give each pair as a parameter: an ordinary run has each row and each column, the campaigns the other pairs.

    An ordinary run goes down a diagonal, which begins again at the edge.
    """
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            is_ordinary = i % len(columns) == j % len(rows)
            yield pytest.param(row, column, marks=() if is_ordinary else pytest.mark.campaign)
