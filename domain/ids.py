"""Business keys: derived, never drawn, each beside its inverse where it has one."""

from __future__ import annotations

import hashlib
import re

from domain.errors import BadInput

_WORKFLOW = "return:"
_CREDIT = "credit:"
_FOREIGN = "erp:"
_CRM_LANE = "crm:"
_ERASURE = "E-"
_ERASURE_ID = re.compile(rf"{_ERASURE}[0-9A-F]{{12}}")
RETURN_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def return_id(order_id: str, idempotency_key: str) -> str:
    """The same request of the same order is the same return, whoever repeats it: 'R-5001-9F2C41'."""
    digest = hashlib.sha256(f"{order_id}\n{idempotency_key}".encode()).hexdigest()
    return f"R-{order_id}-{digest[:8].upper()}"


def check_return_id(text: str) -> str:
    if not RETURN_ID.fullmatch(text):
        raise BadInput("return_id", f"{text!r} is not a return id; it looks like R-5001-9F2C41AB")
    return text


def check_key(text: str, field: str = "idempotency_key") -> str:
    if not _KEY.fullmatch(text):
        raise BadInput(field, "must be 1 to 128 printable ASCII characters without spaces")
    return text


def workflow_id(of_return: str) -> str:
    return f"{_WORKFLOW}{of_return}"


def return_of_workflow(workflow: str) -> str:
    if not workflow.startswith(_WORKFLOW):
        raise BadInput("workflow_id", f"{workflow!r} is not a return's workflow")
    return workflow.removeprefix(_WORKFLOW)


def authorization_key(of_return: str, revision: int = 1) -> str:
    """External id of the ERP's return authorization. One that was quoted anew before anybody confirmed has a number."""
    return f"rma:{of_return}" if revision == 1 else f"rma:{of_return}:{revision}"


def receipt_key(of_return: str, receipt_id: str) -> str:
    return f"receipt:{of_return}:{receipt_id}"


def credit_key(of_return: str) -> str:
    """External id of the credit memo. One return posts one memo, whatever the number of its quotes."""
    return f"{_CREDIT}{of_return}"


def return_of_credit(key: str) -> str | None:
    """The return whose credit memo carries this external id; None for a memo that is none of ours."""
    found = key.removeprefix(_CREDIT)
    return found if found != key and RETURN_ID.fullmatch(found) else None


def foreign_credit(document: str) -> str:
    """Who holds what a credit memo took that no return of ours posted. Never a return's id: those have no colon."""
    return f"{_FOREIGN}{document}"


def payout_key(of_return: str) -> str:
    return f"payout:{of_return}"


def stock_key(of_return: str, move: str) -> str:
    return f"stock:{of_return}:{move}"


def crm_lane(org: str) -> str:
    """The lane by which a return tells one CRM org."""
    return f"{_CRM_LANE}{org}"


def org_of_lane(lane: str) -> str | None:
    """None for the lane of notices."""
    found = lane.removeprefix(_CRM_LANE)
    return found if found != lane else None


def backfill_id(org: str) -> str:
    """The workflow that fills an org: one at a time."""
    return f"crm-backfill:{org}"


def forecast_id(org: str) -> str:
    return f"crm-forecast:{org}"


def reconcile_id(org: str) -> str:
    """The workflow that compares an org with the books: one at a time."""
    return f"crm-reconcile:{org}"


def reconcile_schedule_id(org: str) -> str:
    return f"crm-reconcile-schedule:{org}"


def audit_checkpoint_id() -> str:
    return "audit-checkpoint"


def audit_schedule_id() -> str:
    return "audit-checkpoint-schedule"


def inbound_id(org: str) -> str:
    """The workflow that takes in what was changed in an org: one of each, for ever."""
    return f"crm-inbound:{org}"


def replay_id(of_return: str, org: str, version: int = 0) -> str:
    """The workflow that shows a return in an org once more: one at a time of each, and one of its own for a `version`
    that was recorded after the return had ended."""
    return f"crm-replay:{org}:{of_return}" + (f":{version}" if version else "")


def notice_replay_id(of_return: str, notice: str) -> str:
    """The workflow that sends a notice again: one at a time of each."""
    return f"notice-replay:{of_return}:{notice}"


def erasure_request(asked_as: str) -> str:
    """The same request of the same asker is one. It is made of the caller's key, never of who is to be erased."""
    return f"{_ERASURE}{hashlib.sha256(asked_as.encode()).hexdigest()[:12].upper()}"


def check_erasure(text: str) -> str:
    if not _ERASURE_ID.fullmatch(text):
        raise BadInput("request_id", f"{text!r} is not the id of an erasure; it looks like E-9F2C41AB07D3")
    return text


def erasure_id(request_id: str) -> str:
    """The workflow that erases a person."""
    return f"erasure:{request_id}"


def webhook_lane_id(subscription: str) -> str:
    """The workflow that delivers to a subscription: one of each."""
    return f"webhooks:{subscription}"


def crm_source(org: str) -> str:
    """Who asked, when a change was asked for in a CRM."""
    return f"{_CRM_LANE}{org}"


def change_request_id(org: str, record: str, field: str, event: str) -> str:
    """What was asked by one edit of one field: told twice, it is one request."""
    asked = "\n".join((org, record, field, event))
    return f"crm-{hashlib.sha256(asked.encode()).hexdigest()[:24]}"
