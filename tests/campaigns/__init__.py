"""Campaigns: properties that every test run samples, and that `--hypothesis-profile long` tries at length."""

from hypothesis import HealthCheck, settings

LONG = "long"
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


def campaign(sample: int, at_length: int) -> settings:
    """Try as many examples as the profile calls for."""
    is_long = settings().max_examples >= settings.get_profile(LONG).max_examples
    return settings(SETTINGS, max_examples=at_length if is_long else sample)
