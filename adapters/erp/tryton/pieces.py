"""What of a return moves through the warehouse: a line's article, or the parts of a kit, which is sold as one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from adapters.erp.tryton.client import Record, TrytonClient
from adapters.erp.tryton.promises import Promise

_FIELDS = ("line", "product", "unit", "quantity", "price_ratio")
_FEWEST_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Piece:
    """`count` pieces of a product for each unit of a line. Its moves have `origin`."""

    line_id: str
    origin: str
    product: int
    unit: int
    count: int
    price: Decimal


async def pieces(client: TrytonClient, promise: Promise) -> list[Piece]:
    kits = {line["id"]: line_id for line_id, line in promise.lines.items() if _type(line) == "kit"}
    parts = await client.find("sale.line.component", [["line", "in", sorted(kits)]], _FIELDS) if kits else []
    lines = {line["id"]: line for line in promise.lines.values()}
    goods = [
        Piece(line_id, f"sale.line,{line['id']}", line["product"], line["unit"], 1, line["unit_price"])
        for line_id, line in promise.lines.items()
        if _type(line) in ("goods", "assets")
    ]
    return goods + [_part(part, lines[part["line"]], kits[part["line"]]) for part in parts]


def _part(part: Record, kit: Record, line_id: str) -> Piece:
    count = round(part["quantity"] / kit["quantity"])
    price = (kit["unit_price"] * (part["price_ratio"] or 0)).quantize(_FEWEST_DIGITS, ROUND_HALF_EVEN)
    return Piece(line_id, f"sale.line.component,{part['id']}", part["product"], part["unit"], count, price)


def _type(line: Record) -> str:
    product = line.get("product.")
    return str(product["type"]) if product else ""
