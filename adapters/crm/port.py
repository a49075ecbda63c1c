"""A CRM's door: it shows the newest state of a return. It never decides anything about money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.money import Money


@dataclass(frozen=True, slots=True)
class ProjectionLine:
    """quantity_* are units; `key` is '{return_id}:{line_id}'."""

    key: str
    line_id: str
    sku: str
    title: str
    reason: str
    requested: int
    received: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Projection:
    """What a CRM shows of a return, made from the return's state number `version`. Publishing never goes backwards.

    Contact fields are personal: they go to the CRM and nowhere else. `customer_stage` is confirmation, inspection or
    financial_posting; `stage` is the return's own stage."""

    return_id: str
    version: int
    stage: str
    customer_stage: str
    order_id: str
    order_name: str
    customer_id: str
    contact_name: str
    contact_email: str
    company: str | None
    reason: str
    quoted: Money | None
    credited: Money | None
    paid: Money | None
    hold: str | None
    next_step: str
    changed_at: datetime
    lines: tuple[ProjectionLine, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The CRM's record id and the version it now shows (>= the one sent, when somebody newer was there first)."""

    record: str
    version: int


class Crm(Protocol):
    async def publish(self, projection: Projection) -> Published:
        """Upsert the record under its return id. Raises Retryable or Permanent: a keyed upsert may be repeated."""
        ...
