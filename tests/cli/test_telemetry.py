"""The spans of a run, as OpenTelemetry receives them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from confsync.cli.traced import asks_for_traces
from tests.canaries import found_in
from tests.cli.conftest import Confsync
from tests.cli.test_canaries import CANARIES, secrets
from tests.receiver import receiver

__all__ = ["secrets"]

pytestmark = pytest.mark.needs_tools

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
Found = Callable[[], list[Any]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Ask for traces, and collect them in this process."""
    exporters: list[InMemorySpanExporter] = []

    def create(**_: object) -> InMemorySpanExporter:
        exporters.append(InMemorySpanExporter())
        return exporters[-1]

    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setattr("confsync.cli.telemetry.OTLPSpanExporter", create)
    return lambda: [span for each in exporters for span in each.get_finished_spans()]


def named(spans: list[Any], name: str) -> list[Any]:
    return [each for each in spans if each.name == name]


def test_an_apply_is_one_trace_of_its_stages_its_writes_and_its_requests(confsync: Confsync, spans: Found) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    found = spans()
    assert {each.context.trace_id for each in found} == {found[0].context.trace_id}
    (command,) = named(found, "confsync apply")
    assert command.parent is None
    assert dict(command.attributes) == {"confsync.command": "apply", "confsync.exit_code": 0}
    for stage in ("read", "plan"):
        (each,) = named(found, stage)
        assert each.parent.span_id == command.context.span_id
    writes = {each.attributes["confsync.address"]: each for each in named(found, "write")}
    assert set(writes) == {"services/support", "services/support/roles/agent", "services/support/configuration"}
    assert {each.attributes["confsync.status"] for each in writes.values()} == {"done"}
    (created,) = named(found, "POST /v1/Services/{sid}/Roles")
    assert created.parent.span_id == writes["services/support/roles/agent"].context.span_id
    assert created.attributes["http.response.status_code"] == 201
    assert created.attributes["twilio.request_id"].startswith("RQ")
    assert created.attributes["confsync.attempt"] == 1
    assert created.kind.name == "CLIENT"
    read = named(found, "GET /v1/Services")
    assert read
    assert created.resource.attributes["service.name"] == "confsync"
    assert command.start_time <= created.start_time <= created.end_time <= command.end_time


def test_a_failed_command_has_the_class_of_its_error(confsync: Confsync, spans: Found) -> None:
    assert confsync("plan", "-e", "nope").code == 3
    (command,) = spans()
    assert command.attributes["error.type"] == "UsageError"
    assert command.status.status_code.name == "ERROR"
    assert not command.events


def test_a_trace_may_begin_outside(confsync: Confsync, spans: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEPARENT", f"00-{'a' * 32}-{'b' * 16}-01")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "nightly")
    assert confsync("validate").code == 0
    (command,) = spans()
    assert f"{command.context.trace_id:x}" == "a" * 32
    assert f"{command.parent.span_id:x}" == "b" * 16
    assert command.resource.attributes["service.name"] == "nightly"


def test_no_attribute_is_a_secret(
    secrets: Path, confsync: Confsync, spans: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (secrets / "phone.pem").exists()
    monkeypatch.setenv("TRACEPARENT", "canary")
    results = [confsync("apply", "--emulator", "--auto-approve"), confsync("drift", "--emulator")]
    assert [each.code for each in results] == [0, 0]
    text = "\n".join(each.to_json() for each in spans())
    assert "confsync drift" in text
    assert found_in(text.encode(), CANARIES) == []


def test_a_collector_receives_the_spans(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        said = confsync("plan", "--emulator")
    assert said.code == 0
    assert "OpenTelemetry" not in said.err
    names: Counter[str] = Counter()
    for each in collector.requests:
        request = ExportTraceServiceRequest.FromString(each.body)
        names.update(span.name for each in request.resource_spans for scope in each.scope_spans for span in scope.spans)
    assert names["confsync plan"] == names["read"] == names["plan"] == 1


def test_a_collector_that_refuses_changes_nothing_but_a_warning(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(*[400] * 9) as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        said = confsync("plan", "--emulator")
    assert said.code == 0
    assert said.err.count("The traces could not be sent to the OpenTelemetry collector.") == 1


@pytest.mark.parametrize(
    ("environ", "asks"),
    [
        ({}, False),
        ({ENDPOINT: "http://127.0.0.1"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", ENDPOINT: "http://127.0.0.1"}, False),
        ({"OTEL_TRACES_EXPORTER": "console"}, False),
        ({"OTEL_SDK_DISABLED": "true", ENDPOINT: "http://127.0.0.1"}, False),
    ],
)
def test_the_variables_of_opentelemetry_decide(environ: dict[str, str], asks: object) -> None:
    assert asks_for_traces(environ) is asks
