"""OpenTelemetry from the standard OTEL_* variables: off, and silent on the network, where none of them asks for it.

Traces and metrics go out over OTLP/HTTP; context travels in W3C headers (the library's default). What is counted is
defined beside those who count (`activities/measures.py`, `adapters/measures.py`, `runtime/allowance/measures.py`,
`api/measures.py`).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricExporter,
    MetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter


def wanted(signal: str, environ: Mapping[str, str]) -> str:
    """The exporter of 'traces' or 'metrics': 'otlp', 'console' or 'none', by the specification's variables.

    The specification's default is otlp to localhost; ours is none until an endpoint or exporter is named."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return "none"
    named = environ.get(f"OTEL_{signal.upper()}_EXPORTER", "")
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    return named or ("otlp" if any(environ.get(name) for name in endpoints) else "none")


def tracing(environ: Mapping[str, str] = os.environ) -> bool:
    return wanted("traces", environ) != "none"


def start(
    process: str, environ: Mapping[str, str] = os.environ, readers: Sequence[MetricReader] = ()
) -> Callable[[], None]:
    """Set up the process's providers; answers the function that flushes and ends them. `process` is worker, api, …

    `readers` get the metrics too, whatever the variables say."""
    resource = Resource.create(
        {
            # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over these.
            "service.name": environ.get("OTEL_SERVICE_NAME") or f"backhaul-{process}",
            "service.namespace": "backhaul",
            "service.version": _version(),
        }
    )
    ends: list[Callable[[], None]] = []
    spans = _span_exporter(wanted("traces", environ))
    if spans is not None:
        tracer = TracerProvider(resource=resource)
        tracer.add_span_processor(BatchSpanProcessor(spans))
        trace.set_tracer_provider(tracer)
        ends.append(tracer.shutdown)
    counts = _metric_exporter(wanted("metrics", environ))
    sent = [PeriodicExportingMetricReader(counts)] if counts is not None else []
    if sent or readers:
        meter = MeterProvider(resource=resource, metric_readers=[*sent, *readers])
        metrics.set_meter_provider(meter)
        ends.append(meter.shutdown)

    def end() -> None:
        for one in ends:
            one()

    return end


def _span_exporter(name: str) -> SpanExporter | None:
    match name:
        case "otlp":
            return OTLPSpanExporter()
        case "console":
            return ConsoleSpanExporter()
        case "none":
            return None
    raise ValueError(f"OTEL_TRACES_EXPORTER is {name!r}; it may be otlp, console or none.")


def _metric_exporter(name: str) -> MetricExporter | None:
    match name:
        case "otlp":
            return OTLPMetricExporter()
        case "console":
            return ConsoleMetricExporter()
        case "none":
            return None
    raise ValueError(f"OTEL_METRICS_EXPORTER is {name!r}; it may be otlp, console or none.")


def _version() -> str:
    try:
        return version("backhaul")
    except PackageNotFoundError:
        # Run from a checkout that was not installed.
        return "0"
