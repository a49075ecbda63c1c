"""What a return's life is measured by. Counted where a move is recorded, so a replay counts nothing twice."""

from opentelemetry import metrics

_METER = metrics.get_meter("backhaul.returns")
_STAGES = _METER.create_counter("backhaul.return.stages", unit="{return}", description="returns that reached a stage")
_HOLDS = _METER.create_counter("backhaul.return.holds", unit="{hold}", description="holds that were opened")
_RESOLVED = _METER.create_counter(
    "backhaul.return.holds_resolved", unit="{hold}", description="holds that were resolved"
)
_CRM_LAG = _METER.create_histogram(
    "backhaul.crm.lag",
    unit="s",
    description="from a return's change to the CRM showing it",
    explicit_bucket_boundaries_advisory=[0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600],
)


def stage_reached(stage: str, region: str, channel: str) -> None:
    _STAGES.add(1, {"stage": stage, "region": region, "channel": channel})


def hold_opened(reason: str, owner: str) -> None:
    _HOLDS.add(1, {"reason": reason, "owner": owner})


def hold_resolved(reason: str, choice: str) -> None:
    _RESOLVED.add(1, {"reason": reason, "choice": choice})


def crm_shown(org: str, seconds: float) -> None:
    _CRM_LAG.record(max(seconds, 0.0), {"org": org})
