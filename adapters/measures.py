"""What calls to the vendors are measured by: how many, how they ended, how long they took, what is left to ask."""

from opentelemetry import metrics

_METER = metrics.get_meter("backhaul.vendor")
_CALLS = _METER.create_histogram(
    "backhaul.vendor.calls",
    unit="s",
    description="calls to a vendor by operation, outcome and status",
    explicit_bucket_boundaries_advisory=[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
)
_QUOTA = _METER.create_gauge(
    "backhaul.vendor.quota_left",
    description="what a vendor's last answer said is left of an allowance, in that vendor's own unit",
)


def call_ended(vendor: str, operation: str, outcome: str, status: int, seconds: float) -> None:
    """`outcome` is 'ok', the name of one of our errors, or 'abandoned' when the caller stopped waiting; `status` the
    protocol's, 0 when nothing was answered."""
    _CALLS.record(seconds, {"vendor": vendor, "operation": operation, "outcome": outcome, "status": status})


def quota_told(vendor: str, allowance: str, left: float) -> None:
    _QUOTA.set(left, {"vendor": vendor, "allowance": allowance})
