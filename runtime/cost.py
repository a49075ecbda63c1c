"""What a return cost the engine: events in its history, and billable actions worked out from them.

The rules are Temporal's published ones (docs: evaluate/cloud/actions); `make bench` checks the sum against the server's
own counter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

_ONE_EACH = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    }
)


@dataclass(frozen=True, slots=True)
class Cost:
    events: int
    actions: int


def cost(history: Iterable[HistoryEvent]) -> Cost:
    """All markers of one workflow task (local activities) count once; every retry of an activity counts again."""
    events = actions = 0
    marked: set[int] = set()
    for event in history:
        events += 1
        if event.event_type in _ONE_EACH:
            actions += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            actions += event.activity_task_started_event_attributes.attempt - 1
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marked.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
    return Cost(events, actions + len(marked))
