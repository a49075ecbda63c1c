"""Reads a shop's export of order lines into purchases and the cancellations that match them."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from domain.errors import BadInput

# Beyond this a price is a typing error, and the arithmetic of Decimal no longer exact.
_TOO_LARGE = Decimal(10) ** 12
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


@dataclass(frozen=True, slots=True)
class PurchasedLine:
    sku: str
    title: str
    quantity: int
    unit_price: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """One invoice with the lines of the export that can be used."""

    invoice: str
    customer: str
    country: str
    at: datetime
    lines: tuple[PurchasedLine, ...]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the file (the header is row 1) that could not be used, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """A cancellation and what it takes back: units of a line of a purchase, so many days after it."""

    purchase: int
    line: int
    quantity: int
    days: int


@dataclass
class Export:
    """`matches` has every cancellation that follows a purchase of the same article by the same customer."""

    purchases: list[Purchase] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    invoice: str
    sku: str
    title: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str


def read_export(path: Path) -> Export:
    """Raises BadInput when the file is no CSV with the columns; single bad lines are kept in `bad` with a reason."""
    export = Export()
    bought: dict[str, list[_Row]] = defaultdict(list)
    cancelled: list[_Row] = []
    for row in _rows(path, export.bad):
        if row.quantity < 0 or row.invoice.upper().startswith("C"):
            cancelled.append(row)
        else:
            bought[row.invoice].append(row)
    places: dict[tuple[str, str], list[tuple[int, int, datetime, int]]] = defaultdict(list)
    for invoice, rows in bought.items():
        first = rows[0]
        lines = tuple(PurchasedLine(row.sku, row.title, row.quantity, f"{row.price:.2f}") for row in rows)
        for place, row in enumerate(rows):
            places[row.customer, row.sku].append((len(export.purchases), place, row.at, row.quantity))
        export.purchases.append(Purchase(invoice, first.customer, first.country, first.at, lines))
    for row in cancelled:
        _match(row, places, export)
    return export


def _match(row: _Row, places: dict[tuple[str, str], list[tuple[int, int, datetime, int]]], export: Export) -> None:
    """The latest earlier purchase of the same article by the same customer takes the cancellation."""
    if not row.customer:
        export.bad.append(BadLine(row.row, "a cancellation without a customer matches no purchase"))
        return
    earlier = [place for place in places.get((row.customer, row.sku), ()) if place[2] <= row.at]
    if not earlier:
        export.bad.append(BadLine(row.row, "a cancellation with no earlier purchase in the file"))
        return
    purchase, line, at, quantity = max(earlier, key=lambda place: place[2])
    export.matches.append(Match(purchase, line, min(abs(row.quantity), quantity), (row.at - at).days))


def _rows(path: Path, bad: list[BadLine]) -> list[_Row]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BadInput("orders", f"{path} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    rows = []
    try:
        for number, given in enumerate(reader, start=2):
            try:
                rows.append(_row(number, given))
            except ValueError as error:
                bad.append(BadLine(number, str(error)))
    except csv.Error as error:
        raise BadInput("orders", f"{path} is no CSV from line {reader.line_num} on ({error})") from None
    return rows


def _row(number: int, given: dict[str, str | None]) -> _Row:
    """One line. Raises ValueError with the reason it cannot be used."""
    values = {name: (given.get(name) or "").strip() for name in COLUMNS}
    if not values["InvoiceNo"] or not values["StockCode"]:
        raise ValueError("InvoiceNo or StockCode is empty")
    try:
        quantity = int(values["Quantity"])
    except ValueError:
        raise ValueError("Quantity is not a whole number") from None
    if quantity == 0:
        raise ValueError("Quantity is zero")
    try:
        price = Decimal(values["UnitPrice"])
    except InvalidOperation:
        raise ValueError("UnitPrice is not a number") from None
    if not price.is_finite() or price <= 0:
        raise ValueError("UnitPrice is not above zero: a gift or a correction")
    if price >= _TOO_LARGE:
        raise ValueError("UnitPrice is too large to be one")
    if price != price.quantize(Decimal("0.01")):
        raise ValueError("UnitPrice has more decimals than its currency")
    try:
        at = _instant(values["InvoiceDate"])
    except ValueError:
        raise ValueError("InvoiceDate is not a date such as 2010-12-01 08:26:00") from None
    customer = values["CustomerID"].removesuffix(".0")
    title = values["Description"] or values["StockCode"]
    return _Row(
        number, values["InvoiceNo"], values["StockCode"], title, quantity, at, price, customer, values["Country"]
    )


def _instant(text: str) -> datetime:
    """Without a time zone it is UTC, so that all lines of a file can be compared."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadInput("orders", f"{path} cannot be read as UTF-8 CSV ({error})") from None
