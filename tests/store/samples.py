"""Snapshots, moves and invoices for store tests, built from a few words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.change_request import ChangeRequest, RequestKind, RequestState, RequestStatus
from domain.inventory import Disposition, StockMove, StockState
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money
from domain.refund import CreditLine, Difference, Payout, PolicyNote, Quote, TenderPayout
from domain.returns import (
    CrmState,
    CustomerStage,
    Hold,
    Owner,
    Reason,
    Snapshot,
    SnapshotLine,
    Stage,
    UnexpectedGoods,
)
from domain.units import Acceptance, Lot, Reception
from store.port import Move, Outgoing, TimelineEvent

NOW = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)


def snapshot(return_id: str = "R-1-A", version: int = 1, **more: Any) -> Snapshot:
    found = Snapshot(
        return_id=return_id,
        order_id=return_id.split("-")[1],
        version=version,
        stage=Stage.QUOTED,
        customer_stage=CustomerStage.CONFIRMATION,
        changed_at=NOW,
        opened_at=NOW,
    )
    return replace(found, **more)


def full_snapshot() -> Snapshot:
    """Every field set, so that a round trip shows what it loses."""
    money = Money(2675, "EUR")
    lines = (CreditLine("70011", 2, 2248, {"DE19": 427}),)
    return snapshot(
        order_name="#5001",
        shop="backhaul-dev",
        customer_id="801",
        region="DE",
        channel="web",
        currency="EUR",
        lines=(SnapshotLine("70011", "MUG-01", "Mug", 2, Reason.DAMAGED),),
        lots=(Lot("70011", 2, Reception.RECEIVED, Acceptance.ACCEPTED, Disposition.RESTOCK, 500_000),),
        quote=Quote(
            1,
            "901",
            "RA-17",
            lines,
            money,
            NOW,
            NOW + timedelta(days=7),
            "ab12",
            "INV-9",
            (PolicyNote("restocking_fee", "15 %", -402),),
            True,
            (Difference("70011 net", 2248, 2249),),
        ),
        memo_lines=lines,
        agreed=money,
        credited=money,
        credit_memo="CM-33",
        payout=Payout("gid-1", (TenderPayout("t1", "card", money),), Money(0, "EUR"), NOW),
        matched=True,
        differences=(Difference("70011 net", 2248, 2249),),
        holds=(Hold("h1", "amount_differs", Owner.FINANCE, "ours 1, theirs 2", ("accept", "refuse"), NOW),),
        unexpected=(UnexpectedGoods("rc1", "other_article", None, "CUP-09", 1, "send_back"),),
        receipts=("rc1",),
        stock=(StockMove("70011", "MUG-01", 2, StockState.AVAILABLE),),
        tracking=("1Z999",),
        crm=(CrmState("salesforce", 3, True),),
        next_deadline=NOW + timedelta(days=3),
        waiting_for="inspection",
        reasons=("just_late",),
        storefront_return="gid-77",
        authorization="901",
        changes=(requested(),),
    )


def requested(
    name: str = "q1", status: RequestStatus = RequestStatus.PENDING, sentence: str = "finance decides"
) -> RequestState:
    asked = ChangeRequest(name, RequestKind.PARTIAL_REFUND, "8.00 EUR", "crm:sf", "005xx", NOW)
    return RequestState(asked, status, sentence, None if status is RequestStatus.PENDING else NOW)


def event(kind: str = "quoted") -> TimelineEvent:
    return TimelineEvent(kind, f"{kind} it was", NOW, "backhaul", {"total": "26.75 EUR"})


def move(return_id: str = "R-1-A", version: int = 1, outgoing: tuple[Outgoing, ...] = (), **more: Any) -> Move:
    key, answered = more.pop("request_key", ""), more.pop("answered", ())
    return Move(snapshot(return_id, version, **more), (event(f"step_{version}"),), outgoing, key, answered)


def invoice(*lines: InvoiceLine, invoice_id: str = "inv-1") -> Invoice:
    total = Money(sum(line.total for line in lines), "EUR")
    return Invoice(invoice_id, f"N-{invoice_id}", "1", "EUR", date(2026, 11, 10), "2026-11", lines, total)


def posted(line_id: str, quantity: int, net: int, **taxes: int) -> InvoiceLine:
    return InvoiceLine(line_id, f"erp-{line_id}", f"SKU-{line_id}", quantity, net, taxes)


def shipping(net: int, **taxes: int) -> InvoiceLine:
    return InvoiceLine(SHIPPING_LINE, "erp-shipping", "", 1, net, taxes)
