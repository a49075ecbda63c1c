"""What the API is measured by: requests by route and status, how long they took, and who watches live."""

from opentelemetry import metrics

_METER = metrics.get_meter("backhaul.api")
_DURATION = _METER.create_histogram(
    "http.server.request.duration",
    unit="s",
    description="from a request's first line to its answer's last",
    explicit_bucket_boundaries_advisory=[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
)
_STREAMS = _METER.create_up_down_counter(
    "backhaul.api.streams", unit="{stream}", description="readers of live updates at this moment"
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """`route` is the template: an address with ids in it would be a row of its own for each return."""
    named = method if method in _METHODS else "_OTHER"
    attributes: dict[str, str | int] = {
        "http.request.method": named,
        "http.route": route,
        "http.response.status_code": status,
    }
    _DURATION.record(seconds, attributes)


def stream_opened() -> None:
    _STREAMS.add(1)


def stream_ended() -> None:
    _STREAMS.add(-1)
