"""OpenTelemetry: silent unless asked for; then it reaches the collector with the process's name on it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from runtime import telemetry

ROOT = Path(__file__).resolve().parents[2]
_PROCESS = """
from opentelemetry import trace
from activities import measures
from adapters import measures as calls
from runtime import telemetry
end = telemetry.start("test")
with trace.get_tracer("x").start_as_current_span("a span"):
    measures.stage_reached("quoted", "DE", "web")
    measures.hold_opened("erp_difference", "finance")
    measures.hold_resolved("erp_difference", "accept")
    measures.crm_shown("sales", 0.4)
    calls.call_ended("netsuite", "GET invoice", "ok", 200, 0.1)
    calls.quota_told("shopify", "points", 1990.0)
end()
"""


class Collector(ThreadingHTTPServer):
    def __init__(self) -> None:
        self.taken: dict[str, bytes] = {}
        super().__init__(("127.0.0.1", 0), _Taker)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Taker(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken[self.path] = self.server.taken.get(self.path, b"") + body
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _run(environ: dict[str, str]) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    script = [sys.executable, "-c", _PROCESS]
    subprocess.run(script, env=ours | environ, cwd=ROOT, check=True, timeout=60)


def test_an_endpoint_gets_spans_and_counts(collector: Collector) -> None:
    uncompressed = {"OTEL_EXPORTER_OTLP_COMPRESSION": "none", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=dev"}
    _run({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url} | uncompressed)
    spans, counts = collector.taken["/v1/traces"], collector.taken["/v1/metrics"]
    assert b"a span" in spans
    assert b"backhaul-test" in spans
    assert b"deployment.environment" in spans
    for name in ("return.stages", "return.holds", "crm.lag", "vendor.calls", "vendor.quota_left"):
        assert f"backhaul.{name}".encode() in counts


@pytest.mark.parametrize(
    ("environ", "traces"),
    [
        ({}, "none"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318"}, "none"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, "none"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, "none"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
    ],
)
def test_only_what_is_asked_for_is_exported(environ: dict[str, str], traces: str) -> None:
    assert telemetry.wanted("traces", environ) == traces


def test_an_exporter_nobody_knows_is_told() -> None:
    with pytest.raises(ValueError, match="OTEL_TRACES_EXPORTER is 'jaeger'"):
        telemetry.start("test", {"OTEL_TRACES_EXPORTER": "jaeger"})
