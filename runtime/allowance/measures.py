"""What the CRMs' allowances are measured by: how much is used, what is broken, how long calls wait, who is refused."""

from __future__ import annotations

from opentelemetry import metrics

_METER = metrics.get_meter("backhaul.crm")
_USED = _METER.create_gauge(
    "backhaul.crm.quota_used", unit="1", description="part of the org's window that is used, by everybody"
)
_OPEN = _METER.create_gauge(
    "backhaul.crm.breaker", description="0 closed, 1 half open (a probe is let through), 2 open"
)
_WAITS = _METER.create_histogram(
    "backhaul.crm.allowance_wait",
    unit="s",
    description="what a call waited for its turn",
    explicit_bucket_boundaries_advisory=[0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
)
_REFUSED = _METER.create_counter("backhaul.crm.refused", unit="{call}", description="calls that were not made, by why")


def used(org: str, ratio: float) -> None:
    _USED.set(ratio, {"org": org})


def breaker(org: str, family: str, wait: float | None) -> None:
    _OPEN.set(0 if wait is None else 2 if wait > 0 else 1, {"org": org, "family": family})


def waited(org: str, purpose: str, seconds: float) -> None:
    _WAITS.record(seconds, {"org": org, "purpose": purpose})


def refused(org: str, purpose: str, why: str) -> None:
    _REFUSED.add(1, {"org": org, "purpose": purpose, "why": why})
