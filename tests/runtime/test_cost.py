"""What a history costs: each billable event once, local activities by workflow task, retries again."""

from __future__ import annotations

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskStartedEventAttributes,
    HistoryEvent,
    MarkerRecordedEventAttributes,
)

from runtime.cost import Cost, cost


def event(name: str) -> HistoryEvent:
    return HistoryEvent(event_type=EventType.Value(f"EVENT_TYPE_{name}"))


def attempt(number: int) -> HistoryEvent:
    one = event("ACTIVITY_TASK_STARTED")
    one.activity_task_started_event_attributes.CopyFrom(ActivityTaskStartedEventAttributes(attempt=number))
    return one


def marker(task: int) -> HistoryEvent:
    one = event("MARKER_RECORDED")
    one.marker_recorded_event_attributes.CopyFrom(MarkerRecordedEventAttributes(workflow_task_completed_event_id=task))
    return one


def test_nothing_costs_nothing() -> None:
    assert cost([]) == Cost(0, 0)


def test_what_is_billed_is_counted_and_what_is_not_is_only_an_event() -> None:
    billed = (
        "WORKFLOW_EXECUTION_STARTED", "ACTIVITY_TASK_SCHEDULED", "TIMER_STARTED", "WORKFLOW_EXECUTION_SIGNALED",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED", "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    )  # fmt: skip
    free = (
        "WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED", "ACTIVITY_TASK_COMPLETED",
        "TIMER_FIRED", "TIMER_CANCELED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED", "WORKFLOW_EXECUTION_COMPLETED",
    )  # fmt: skip
    assert cost(map(event, (*billed, *free))) == Cost(len(billed) + len(free), len(billed))


def test_a_retry_counts_again() -> None:
    assert cost([event("ACTIVITY_TASK_SCHEDULED"), attempt(1)]) == Cost(2, 1)
    assert cost([event("ACTIVITY_TASK_SCHEDULED"), attempt(4)]) == Cost(2, 4)


def test_local_activities_of_one_workflow_task_count_once() -> None:
    assert cost([marker(4), marker(4), marker(9)]) == Cost(3, 2)
