"""What the tests of both CRM adapters share: projections made from a few words, and the calls the sandbox counted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.crm.port import Projection, ProjectionLine
from domain.money import Money
from tests.stack.sandbox import Sandbox


def projection(return_id: str, order: dict[str, Any], version: int = 1, **more: Any) -> Projection:
    """A return of the order's first line, one unit, by the order's customer."""
    person, line = order["customer"], order["lines"][0]
    made = Projection(
        return_id=return_id,
        version=version,
        stage="awaiting_goods",
        customer_stage="inspection",
        order_id=str(order["order_id"]),
        order_name=order["name"],
        customer_id=str(person["id"]),
        contact_name=f"{person['first_name']} {person['last_name']}",
        contact_email=person["email"],
        company=person["company"],
        reason="damaged",
        quoted=Money(1189, order["currency"]),
        credited=None,
        paid=None,
        hold=None,
        next_step="the customer sends the goods",
        changed_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        lines=(
            ProjectionLine(
                key=f"{return_id}:{line['line_id']}",
                line_id=str(line["line_id"]),
                sku=line["sku"],
                title=line["title"],
                reason="damaged",
                requested=1,
                received=0,
                accepted=0,
                rejected=0,
            ),
        ),
    )
    return replace(made, **more)


def calls(sandbox: Sandbox, vendor: str) -> list[str]:
    """The operations served since the last `forget_calls`, without signing in."""
    seen = sandbox.control.get("/calls").json()
    return [call["operation"] for call in seen["recent"] if call["vendor"] == vendor and call["operation"] != "TOKEN"]


def forget_calls(sandbox: Sandbox) -> None:
    sandbox.control.delete("/calls").raise_for_status()
