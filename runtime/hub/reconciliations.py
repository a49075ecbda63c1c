"""What the last comparison of a CRM org with the books found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runtime.documents import parts_of
from runtime.hub.ages import seconds
from runtime.reconciling import Found
from store.port import Drift, Reconciliation, RunState


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """`in_crm` records were met, `in_books` returns should be there; `sample` 0: all were compared."""

    org: str
    object: str
    state: RunState
    sample: int
    in_crm: int
    in_books: int
    same: int
    healed: int
    subscription_alive: bool
    causes: Mapping[str, int]
    fields: Mapping[str, int]
    reason: str
    age_seconds: float


@dataclass(frozen=True, slots=True)
class ComparisonReport(ComparisonView):
    """With the differences one by one. `ours` and `theirs` are keyed hashes: no value is told."""

    drift: tuple[Drift, ...]


def report_of(found: Found, now: datetime) -> ComparisonReport:
    return ComparisonReport(**parts_of(view_of(found.run, now)), drift=found.drifts)


def view_of(run: Reconciliation, now: datetime) -> ComparisonView:
    return ComparisonView(
        org=run.org,
        object=run.object,
        state=run.state,
        sample=run.sample,
        in_crm=run.in_crm,
        in_books=run.in_books,
        same=run.same,
        healed=run.healed,
        subscription_alive=run.alive,
        causes=run.causes,
        fields=run.fields,
        reason=run.reason,
        age_seconds=seconds(now - run.started_at),
    )
