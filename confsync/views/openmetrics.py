"""The numbers of a drift as an OpenMetrics file, for the textfile collector of Prometheus's node_exporter."""

# node_exporter reads the older text format of Prometheus. Gauges are written the same way in both, and `# UNIT` and
# `# EOF` are comments there.

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from confsync.plan.drift_words import FAIL_ON
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.finding_lines import drift_findings
from confsync.views.escaping import utf8_safe

LAST_SUCCESS = "confsync_last_success_timestamp_seconds"

Labels = Mapping[str, str]
Samples = Iterable[tuple[Labels, float]]


class RunMetrics(Struct, frozen=True):
    """What the metrics of every run need. `previous` is the file of the run before, or nothing."""

    account: str
    environment: str
    exit_code: int
    seconds: float
    previous: str = ""

    @property
    def labels(self) -> Labels:
        """The labels of every sample."""
        return {"account": self.account, "environment": self.environment}


def drift_as_openmetrics(document: DriftDocument, run: RunMetrics) -> str:
    """Render the numbers of a drift, with a zero for each sort of finding that there is none of."""
    found = Counter(each.sort for each in drift_findings(document))
    coverage = document.coverage.items()
    target = document.target
    run = replace(run, account=target.account_sid, environment=target.environment or "")
    succeeded = datetime.fromisoformat(document.created_at).timestamp()
    return _file(
        run,
        _gauge("confsync_managed_resources", [({"section": name}, each.managed) for name, each in coverage]),
        _gauge("confsync_live_resources", [({"section": name}, each.live) for name, each in coverage]),
        _gauge("confsync_drift_findings", [({"finding": sort}, found[sort]) for sort in FAIL_ON]),
        _gauge("confsync_unmanaged_resources", [({}, len(document.unmanaged))]),
        _gauge("confsync_unchecked_values", [({}, len(document.unchecked))]),
        _gauge("confsync_guardrails", [({}, len(document.guardrails))]),
        _gauge("confsync_requests", [({}, document.requests.reads)]),
        _gauge(LAST_SUCCESS, [({}, succeeded)]) if document.complete else _earlier_success(run),
    )


def failed_run_as_openmetrics(run: RunMetrics) -> str:
    """Render a run that failed: its exit code, its duration, and when the last one succeeded."""
    return _file(run, _earlier_success(run))


class _Gauge(Struct, frozen=True):
    """A metric with its samples, as lines without the labels of the run, or complete."""

    name: str
    complete: tuple[str, ...] = ()
    samples: tuple[tuple[Labels, float], ...] = ()


def _gauge(name: str, samples: Samples) -> _Gauge:
    return _Gauge(name, samples=tuple(samples))


def _file(run: RunMetrics, *gauges: _Gauge) -> str:
    always = (
        _gauge("confsync_run_duration_seconds", [({}, round(run.seconds, 3))]),
        _gauge("confsync_exit_code", [({}, run.exit_code)]),
    )
    lines = (line for each in (*gauges, *always) for line in _lines(each, run.labels))
    return "\n".join((*lines, "# EOF", ""))


def _lines(gauge: _Gauge, labels: Labels) -> Iterator[str]:
    if not (gauge.samples or gauge.complete):
        return
    yield f"# TYPE {gauge.name} gauge"
    if gauge.name.endswith("_seconds"):
        yield f"# UNIT {gauge.name} seconds"
    yield f"# HELP {gauge.name} {_HELP[gauge.name]}"
    for own, value in gauge.samples:
        pairs = ",".join(f'{name}="{_label(text)}"' for name, text in {**labels, **own}.items())
        yield f"{gauge.name}{{{pairs}}} {value:.15g}"
    yield from gauge.complete


def _label(text: str) -> str:
    """Escape the value of a label; what no format can hold becomes a visible escape."""
    shown = utf8_safe(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return _CONTROL.sub(lambda found: f"\\\\x{ord(found[0]):02x}", shown)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _earlier_success(run: RunMetrics) -> _Gauge:
    """Copy the moments of success from the file of the run before, as long as they are well formed."""
    return _Gauge(LAST_SUCCESS, tuple(each[0] for each in _LAST_SUCCESS.finditer(run.previous)))


_TEXT = r'"(?:[^"\\\n\x00-\x1f]|\\[\\n"])*"'
_LAST_SUCCESS = re.compile(rf"^{LAST_SUCCESS}\{{account={_TEXT},environment={_TEXT}\}} [0-9.]{{1,20}}$", re.MULTILINE)

_HELP = {
    "confsync_managed_resources": "Live resources that the configuration declares.",
    "confsync_live_resources": "Live resources, without those that Twilio creates by itself.",
    "confsync_drift_findings": "Findings of the last comparison, by the words that --fail-on accepts.",
    "confsync_unmanaged_resources": "Live resources that nobody declares.",
    "confsync_unchecked_values": "Declared values that could not be compared.",
    "confsync_guardrails": "Guardrails that block an apply.",
    "confsync_requests": "Requests that the run sent to Twilio.",
    LAST_SUCCESS: "When a comparison was last complete, in seconds since 1970.",
    "confsync_run_duration_seconds": "How long the run took.",
    "confsync_exit_code": "The exit code of the run.",
}
