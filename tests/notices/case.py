"""A return worth writing about, and a customer to write to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.money import Money
from domain.order import Contact
from domain.refund import PolicyNote, Quote
from domain.returns import CustomerStage, Snapshot, Stage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANNA = Contact("Anna Vogel", "anna@example.test", "801", "Vogel GmbH")
QUOTE = Quote(1, "rma-1", "RMA1", (), Money(123_450, "EUR"), NOW, NOW + timedelta(days=7), "0" * 32, "inv-1")
NOTES = (
    PolicyNote("restocking_fee", "restocking is charged", -119),
    PolicyNote("bundle:Set", "a part of a set is kept", 0),
    PolicyNote("of_the_shop", "the shop's own policy", 0),
)
SNAPSHOT = Snapshot(
    "R-5001-9F2C41AB", "5001", 7, Stage.PENDING_INSPECTION, CustomerStage.INSPECTION, NOW, NOW - timedelta(days=2),
    order_name="#5001", shop="main", customer_id="801", currency="EUR", quote=replace(QUOTE, notes=NOTES),
    next_deadline=NOW + timedelta(days=3),
    reasons=("final_sale: MUG-01 was sold as final sale", "of_the_shop: too odd"),
)  # fmt: skip
BARE = Snapshot("R-1-A", "1", 1, Stage.REQUESTED, CustomerStage.CONFIRMATION, NOW, NOW)
