"""The owner's word on a hold."""

from __future__ import annotations

from workflows.answers import refused
from workflows.case import Case
from workflows.messages import Resolve


def check_resolve(case: Case, message: Resolve) -> None:
    hold = next((hold for hold in case.snap.holds if hold.hold_id == message.hold_id), None)
    if hold is None or case.chosen(message.hold_id):
        raise refused(f"hold_id: {message.hold_id!r} is not open on this return", "bad_input")
    if message.choice not in hold.choices:
        listed = ", ".join(hold.choices) or "none: it lifts itself"
        raise refused(f"choice: {message.choice!r} is not one of {listed}", "bad_input")


def take_resolve(case: Case, message: Resolve) -> str:
    case.choose(message.hold_id, message.choice)
    text, by = f"hold {message.hold_id}: {message.choice}", message.by or "unnamed"
    case.happened("resolved", text, actor=by, hold=message.hold_id, choice=message.choice)
    case.change()
    return ""
