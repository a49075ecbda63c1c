"""What a person does in the account's pages and no REST call can: voiding a document, cancelling an authorization."""

from sandbox.netsuite import authorization, credit, refund
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content


def act(desk: Desk, wish: Doc) -> Doc:
    """{"act": "void", "record": "creditMemo", "id": "1007"}; the id may be an external one, as eid:..."""
    kind, ref = str(wish.get("record")), str(wish.get("id"))
    match (wish.get("act"), kind):
        case ("void", "creditMemo" | "cashRefund"):
            credit.voided(desk, _found(desk, kind, ref))
        case ("void", "customerRefund"):
            refund.voided(desk, _found(desk, kind, ref))
        case ("cancel", "returnAuthorization"):
            desk.save(authorization.cancelled(desk, _found(desk, kind, ref)))
        case _:
            raise invalid_content(
                "There is void for creditMemo, cashRefund and customerRefund, and cancel for returnAuthorization.",
                "act",
            )
    status: Doc = _found(desk, kind, ref)["status"]
    return {"record": kind, "id": ref, "status": status["refName"]}


def _found(desk: Desk, kind: str, ref: str) -> Doc:
    doc = desk.find(kind, ref)
    if doc is None:
        raise invalid_content(f"There is no {kind} {ref}.", "id")
    return doc
