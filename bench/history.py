"""Reads a plan off a workflow's history."""

from __future__ import annotations

from collections.abc import Iterable

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.plan import Batch, Phase, Plan


def plan_of(history: Iterable[HistoryEvent]) -> Plan:
    """The plan that a workflow followed. Events come in the order of the commands that made them: a completed workflow
    task opens a batch, an accepted update a phase."""
    phases: list[Phase] = []
    batch = Batch()
    for event in history:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                phases.append(Phase([batch := Batch()]))
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED if phases:
                phases[-1].batches.append(batch := Batch())
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                batch.activities.append(event.activity_task_scheduled_event_attributes.task_queue.name)
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                batch.local_activities += 1
            case EventType.EVENT_TYPE_TIMER_STARTED:
                batch.timers += 1
            case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
                batch.upserts += 1
    return Plan([Phase([batch for batch in phase.batches if batch]) for phase in phases])
