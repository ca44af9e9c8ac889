"""Sends the spans of a run to an OpenTelemetry collector; needs the extra `otel`."""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from confsync.tracing import Attributes
from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.twilio.attempt import HttpAttempt

_FIRST_FAILURE = 400


class Telemetry:
    """The tracer of one run. `failed` says after `close` whether spans were lost."""

    def __init__(self, environ: Mapping[str, str], exporter: SpanExporter | None = None) -> None:
        _silence_logger()
        self._exporter = _CheckedExporter(exporter or OTLPSpanExporter(timeout=_timeout(environ)))
        self._provider = TracerProvider(resource=_resource(environ), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("confsync", __version__)
        carrier = {name: environ[name.upper()] for name in ("traceparent", "tracestate") if name.upper() in environ}
        self._parent = TraceContextTextMapPropagator().extract(carrier)

    @property
    def failed(self) -> bool:
        """Whether any spans could not be sent."""
        return self._exporter.failed

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> "Generator[_Started]":
        """Start a span within the current one; the first one is within the trace that `TRACEPARENT` names, if any.

        If the block raises, the span gets the class of the error. Its message may have values in it.
        """
        current = trace.get_current_span()
        parent = None if current.get_span_context().is_valid else self._parent
        started = self._tracer.start_span(name, parent, attributes=attributes)
        token = context.attach(trace.set_span_in_context(started, parent))
        try:
            yield _Started(started)
        except BaseException as error:
            started.set_attribute("error.type", type(error).__name__)
            started.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            context.detach(token)
            started.end()

    def record_attempt(self, attempt: "HttpAttempt") -> None:
        """Add a span for an attempt of a request that has ended, within the current one."""
        host = attempt.url.partition("://")[2].partition("/")[0]
        attributes: dict[str, str | int] = {
            "http.request.method": attempt.method,
            "url.template": attempt.route,
            "server.address": host,
            "confsync.attempt": attempt.number,
            "confsync.request.size": attempt.sent,
            "confsync.response.size": attempt.received,
        }
        optional: dict[str, str | int] = {
            "http.response.status_code": attempt.status,
            "twilio.request_id": attempt.request_id,
            "error.type": attempt.error or (str(attempt.status) if attempt.status >= _FIRST_FAILURE else ""),
        }
        attributes |= {name: value for name, value in optional.items() if value}
        recorded = self._tracer.start_span(
            f"{attempt.method} {attempt.route}",
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            start_time=attempt.started,
        )
        if "error.type" in attributes:
            recorded.set_status(trace.StatusCode.ERROR)
        recorded.end(attempt.started + attempt.nanoseconds)

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()


class _Started:
    """A span of OpenTelemetry as `tracing.py` wants it."""

    def __init__(self, started: trace.Span) -> None:
        self._started = started

    def set(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._started.set_attributes(attributes)


class _CheckedExporter(SpanExporter):
    """Exports, and remembers whether that failed."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.failed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export."""
        result = self._exporter.export(spans)
        self.failed = self.failed or result is not SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        """Stop."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export at once."""
        flushed: bool = self._exporter.force_flush(timeout_millis)
        return flushed


def _timeout(environ: Mapping[str, str]) -> float | None:
    """Return how many seconds a collector may keep a run waiting; None leaves it to the variables."""
    named = any(environ.get(f"OTEL_EXPORTER_OTLP_{each}TIMEOUT") for each in ("", "TRACES_"))
    return None if named else _SECONDS_AT_THE_END


_SECONDS_AT_THE_END = 3.0


def _resource(environ: Mapping[str, str]) -> Resource:
    """Describe this program; the environment variables may name it differently."""
    named = OTEL_SERVICE_NAME in environ or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return Resource.create({"service.version": __version__} | ({} if named else {"service.name": "confsync"}))


def _silence_logger() -> None:
    """Keep OpenTelemetry from printing on stderr: a failed export becomes one warning at the end."""
    logger = logging.getLogger("opentelemetry")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
