"""Metrics as Prometheus's own parsers read them."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_older_format

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""The value of each sample by its name and labels."""


def samples_of(text: str) -> Samples:
    """Parse as OpenMetrics, and as node_exporter does, which reads the older format; both must read the same."""
    samples = _samples(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]  # no annotations
    assert samples == _samples(parse_older_format(text))
    assert text.endswith("# EOF\n")
    return samples


def _samples(families: Iterable[Metric]) -> Samples:
    found = [sample for each in families for sample in each.samples]
    samples = {(each.name, frozenset(each.labels.items())): each.value for each in found}
    assert len(samples) == len(found)
    return samples
