"""Sends the goods of sales out: every shipment from waiting to done, whether there is stock or not."""

from __future__ import annotations

import datetime

from tryton_lab.rpc import Tryton

_STEPS = ("wait", "assign_force", "pick", "pack", "ship", "do")


def deliver(tryton: Tryton, days: dict[int, datetime.date]) -> None:
    """`days` says when each sale's goods arrived."""
    rows = tryton.call("sale.sale.read", list(days), ["id", "shipments"])
    shipments = [shipment for row in rows for shipment in row["shipments"]]
    if not shipments:
        return
    for row in rows:
        tryton.call("stock.shipment.out.write", row["shipments"], {"effective_date": days[row["id"]]})
    for step in _STEPS:
        tryton.call(f"stock.shipment.out.{step}", shipments)
