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


_UNCHANGED = _METER.create_counter(
    "backhaul.crm.unchanged", unit="{publication}", description="publications that had nothing to write"
)
_DECIDED = _METER.create_counter(
    "backhaul.crm.decisions", unit="{decision}", description="decisions about fields that were changed in a CRM"
)
_SWINGS = _METER.create_counter(
    "backhaul.crm.oscillation_trips", unit="{field}", description="fields frozen because they swung to and fro"
)


def crm_unchanged(org: str) -> None:
    _UNCHANGED.add(1, {"org": org})


def crm_decided(org: str, outcome: str) -> None:
    _DECIDED.add(1, {"org": org, "outcome": outcome})


def crm_swung(org: str) -> None:
    _SWINGS.add(1, {"org": org})
