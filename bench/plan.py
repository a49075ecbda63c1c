"""What one return asks of the engine, in the order it asks for it. Nothing in here knows what it is for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Batch:
    """The commands of one workflow task. `activities` names the task queue of each."""

    activities: list[str] = field(default_factory=list)
    local_activities: int = 0
    timers: int = 0
    upserts: int = 0

    def __bool__(self) -> bool:
        return bool(self.activities or self.local_activities or self.timers or self.upserts)


@dataclass
class Phase:
    """What follows on one update, until the next one."""

    batches: list[Batch] = field(default_factory=list)


@dataclass
class Plan:
    """One phase per update, the first with the start."""

    phases: list[Phase]


@dataclass(frozen=True, slots=True)
class Counts:
    """The same, only counted."""

    activities: int
    local_activities: int
    updates: int
    timers: int
    upserts: int


def counts(plan: Plan) -> Counts:
    batches = [batch for phase in plan.phases for batch in phase.batches]
    return Counts(
        activities=sum(len(batch.activities) for batch in batches),
        local_activities=sum(batch.local_activities for batch in batches),
        updates=len(plan.phases),
        timers=sum(batch.timers for batch in batches),
        upserts=sum(batch.upserts for batch in batches),
    )
