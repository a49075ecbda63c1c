"""Figures of all CRM orgs."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.orgs import Allowance, Backfill, Comparison, ObjectHeard


class Counted(TypedDict):
    """`coverage` is the share of `returns` that is `current`; null of none."""

    returns: int
    current: int
    coverage: float | None


class Latency(TypedDict):
    """Seconds from a move being recorded to the CRM showing it, over `count` publications."""

    count: int
    p50: float
    p95: float
    p99: float


class RegionCoverage(TypedDict):
    """`region` is empty for all of them together."""

    region: str
    open: Counted
    all: Counted
    latency: Latency | None


class Attempts(TypedDict):
    """How publications ended, in one region or (empty) all together; `causes` by the vendor's code."""

    region: str
    went: int
    failed: int
    error_rate: float | None
    causes: dict[str, int]


class OrgStatus(TypedDict):
    """`object` is what the org shows a return as; empty for one that has left the settings. `inbound` says by object
    how far it was listened to."""

    org: str
    object: str
    dead_letters: int
    coverage: list[RegionCoverage]
    attempts: list[Attempts]
    allowance: Allowance | None
    inbound: dict[str, ObjectHeard]
    backfill: Backfill | None
    reconciliation: Comparison | None


class CrmStatus(TypedDict):
    """`untold` are open returns that no CRM was ever to show; latency and attempts are measured `days` back."""

    days: int
    orgs: list[OrgStatus]
    untold: int


class CoveredOrg(TypedDict):
    org: str
    open: Counted
    all: Counted
    oldest_lag_seconds: float | None
    latency: Latency | None


class LaggingReturn(TypedDict):
    """`cause` is empty unless showing it was given up for now."""

    return_id: str
    org: str
    stage: str
    version: int
    shown_stage: str
    shown_version: int
    open: bool
    age_seconds: float
    cause: str


class CrmCoverage(TypedDict):
    """`untold` are open returns that no CRM was ever to show; the latency is measured `latency_days` back."""

    orgs: list[CoveredOrg]
    latency_days: int
    untold: int
    lagging: list[LaggingReturn]


class FieldQuality(TypedDict):
    """`complete` is the share of `returns` that have the field, `valid` the share of those that is well-formed."""

    field: str
    returns: int
    complete: float | None
    valid: float | None


class Staleness(TypedDict):
    """Returns whose class of `fields` the org shows otherwise than they are."""

    org: str
    fields: str
    behind: int
    oldest_seconds: float | None


class DataQuality(TypedDict):
    """`duplicates` are mail addresses of several customers; `drift` counts by org and field what differed when it was
    last compared."""

    days: int
    fields: list[FieldQuality]
    duplicates: int
    staleness: list[Staleness]
    drift: dict[str, dict[str, int]]
