"""What calls to the vendors are measured by: how many, how they ended, how long they took."""

from opentelemetry import metrics

_METER = metrics.get_meter("backhaul.vendor")
_CALLS = _METER.create_histogram(
    "backhaul.vendor.calls",
    unit="s",
    description="calls to a vendor by operation and outcome",
    explicit_bucket_boundaries_advisory=[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
)


def call_ended(vendor: str, operation: str, outcome: str, seconds: float) -> None:
    """`outcome` is 'ok', the name of one of our errors, or 'abandoned' when the caller stopped waiting."""
    _CALLS.record(seconds, {"vendor": vendor, "operation": operation, "outcome": outcome})
