"""Campaigns: properties that every test run samples, and that `--hypothesis-profile long` tries at length."""

from hypothesis import HealthCheck, settings

LONG = "long"
LONG_EXAMPLES = 1_000
"""The profile for long campaigns, and how many examples it tries of a test that does not say."""

SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


def campaign(sample: int, at_length: int) -> settings:
    """Try as many examples as the profile calls for."""
    is_long = settings().max_examples >= LONG_EXAMPLES
    return settings(SETTINGS, max_examples=at_length if is_long else sample)
