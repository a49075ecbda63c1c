"""The owner's word on a hold."""

from __future__ import annotations

from workflows.answers import refused
from workflows.case import Case, Decision
from workflows.holds import decided
from workflows.messages import Resolve

# Where a person settles money that the systems do not agree on, and what is then asked of them.
NEED_A_NOTE = {
    "pay_rest_by_hand": "by which payment the rest was paid",
    "accept_posted": "why the posted credit stands",
    "accept_by_hand": "why the difference is accepted",
    "grant": "why a part is refunded instead of the whole",
}


def check_resolve(case: Case, message: Resolve) -> None:
    hold = next((hold for hold in case.snap.holds if hold.hold_id == message.hold_id), None)
    if hold is None or decided(case, message.hold_id):
        raise refused(f"hold_id: {message.hold_id!r} is not open on this return", "bad_input")
    if message.choice not in hold.choices:
        listed = ", ".join(hold.choices) or "none: it lifts itself"
        raise refused(f"choice: {message.choice!r} is not one of {listed}", "bad_input")
    if message.choice in NEED_A_NOTE and not (message.note.strip() and message.by.strip()):
        what = NEED_A_NOTE[message.choice]
        raise refused(f"note: {message.choice} is a decision about money; say by whom, and {what}", "bad_input")


def take_resolve(case: Case, message: Resolve) -> str:
    by = message.by or "unnamed"
    case.decisions[message.hold_id] = Decision(message.choice, by, message.note.strip())
    text = f"hold {message.hold_id}: {message.choice}" + (f" ({message.note.strip()})" if message.note.strip() else "")
    case.happened("resolved", text, actor=by, hold=message.hold_id, choice=message.choice)
    case.change()
    return ""
