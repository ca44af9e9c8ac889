"""Runs a command within a span, if OpenTelemetry is installed and the environment variables ask for it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from confsync.extras import is_installed
from confsync.tracing import TRACER

if TYPE_CHECKING:
    from confsync.cli.invocation import Invocation
    from confsync.cli.results import Result

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PACKAGES = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


def asks_for_traces(environ: Mapping[str, str]) -> bool:
    """Whether the environment variables of OpenTelemetry ask for spans, to be sent with OTLP."""
    exporter = environ.get("OTEL_TRACES_EXPORTER", "")
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter not in ("", "otlp"):
        return False
    return bool(exporter) or any(environ.get(each) for each in _ENDPOINTS)


def run_traced(invocation: "Invocation", run: "Callable[[], Result | None]") -> "Result | None":
    """Run a command. Its span has the command and the exit code."""
    if not asks_for_traces(invocation.environ):
        return run()
    if not is_installed(*_PACKAGES):
        if invocation.options.verbose:
            invocation.remark("No traces are sent: the extra `otel` is not installed.", event="telemetry")
        return run()
    from confsync.cli.telemetry import Telemetry

    telemetry = Telemetry(invocation.environ)
    token = TRACER.set(telemetry)
    invocation.telemetry = telemetry
    try:
        with telemetry.span(f"confsync {invocation.command}", {"confsync.command": invocation.command}) as span:
            result = run()
            span.set({"confsync.exit_code": int(result.exit_result.code) if result is not None else 0})
            return result
    finally:
        TRACER.reset(token)
        telemetry.close()
        if telemetry.failed:
            text = "The traces could not be sent to the OpenTelemetry collector."
            invocation.console.note(text, event="telemetry", level="warning")
