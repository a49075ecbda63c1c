"""What callers may ask of a CRM org as a whole, checked field by field before anything happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from activities.crm_backfill import Whole
from domain.errors import BadInput
from runtime.inputs.fields import Input
from runtime.pauses import pause
from workflows.crm_backfill import Fill
from workflows.crm_reconcile import Reconcile

Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]


class WholeInput(Input):
    """Only returns a customer still waits for, or all; those opened `since` a day, in UTC."""

    stages: Literal["open", "all"] = "open"
    since: Day | None = None

    def whole(self, org: str) -> Whole:
        return Whole(org, self.stages == "open", _midnight(self.since) if self.since else None)


class FillInput(WholeInput):
    """`portion` returns are sent at a time."""

    portion: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 2000

    def fill(self, org: str) -> Fill:
        return Fill(self.whole(org), self.portion)


class SteeringInput(Input):
    act: Literal["pause", "resume", "cancel"]


class CompareInput(Input):
    """`sample` returns by chance, 0: all, both ways. With `heal` what is ours and differs is shown again, unless more
    than `heal_at_most` do: then a person looks first."""

    sample: Count = 0
    heal: bool = False
    heal_at_most: Count = 500

    def reconcile(self, org: str) -> Reconcile:
        return Reconcile(org, self.sample, self.heal, self.heal_at_most)


class ScheduleInput(CompareInput):
    """How often it is compared from now on: 30m, 6h, 1d; off: no more."""

    every: Annotated[str, Field(max_length=6, pattern=r"^[a-z0-9]+$")]

    def pause(self) -> timedelta | None:
        try:
            return pause(self.every)
        except ValueError as error:
            raise BadInput("every", str(error)) from None


def _midnight(day: str) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise BadInput("since", f"{day} is no day; say it as 2026-11-21") from None
