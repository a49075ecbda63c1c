"""A neutral order taken into the environment: account, contact, products, sales order, its money and units."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.address import Address
from sandbox.dynamics.errors import Fault
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.tables.sales import ACCOUNT, CONTACT, CURRENCY, ORDER, PRICE_LIST, PRODUCT, UNIT
from sandbox.money import decimal, exponent
from sandbox.posting import PostedLine, PostedOrder, post

# Rates against the environment's base currency (EUR), so that *_base columns have something to say.
_RATES = {"EUR": 1.0, "USD": 1.16, "GBP": 0.87, "JPY": 178.0, "KWD": 0.355, "CHF": 0.93, "KRW": 1650.0, "BHD": 0.437}


def seed(rows: Rows, document: dict[str, Any]) -> dict[str, Any]:
    """Repeating an order changes nothing: every row stands under the shop's own key. ValueError when refused."""
    try:
        return _take(rows, post(document))
    except Fault as fault:
        raise ValueError(f"dynamics refuses the order: {fault.code} {fault.message}") from fault


def _take(rows: Rows, order: PostedOrder) -> dict[str, Any]:
    currency, price_list = _money(rows, order.currency)
    unit = _unit(rows)
    person, key = order.customer, str(order.customer.id)
    name = " ".join(part for part in (person.first_name, person.last_name) if part) or key
    paid_in = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
    account = _keyed(rows, ACCOUNT, "bh_customerref", key, {"name": person.company or name, **paid_in})
    contact = _keyed(
        rows,
        CONTACT,
        "bh_customerref",
        key,
        {
            "firstname": person.first_name[:50],
            "lastname": (person.last_name or name)[:50],
            "emailaddress1": person.email,
            "parentcustomerid_account@odata.bind": f"/accounts({account})",
            **paid_in,
        },
    )
    products = {line.sku: _product(rows, line, unit, paid_in) for line in order.lines}
    sold = _keyed(
        rows,
        ORDER,
        "bh_orderref",
        str(order.order_id),
        {
            "name": order.name,
            "ordernumber": f"ORD-{order.order_id}",
            "customerid_account@odata.bind": f"/accounts({account})",
            "pricelevelid@odata.bind": f"/pricelevels({price_list})",
            "submitdate": order.placed_at.isoformat(),
            "datefulfilled": order.delivered_at.isoformat() if order.delivered_at else None,
            **paid_in,
        },
    )
    _settle(rows, order, sold)
    return {"account": account, "contact": contact, "salesorder": sold, "products": products}


def _settle(rows: Rows, order: PostedOrder, sold: str) -> None:
    """The totals are the platform's to write; a delivered order is fulfilled."""
    row = rows.get(ORDER, Address(ORDER.entity_set, sold))
    row = rows.put_read_only(ORDER, row, {"totalamount": float(decimal(order.total, order.currency))})
    if order.delivered_at:
        rows.update(ORDER, row, {"statecode": 3, "statuscode": 100001})


def _money(rows: Rows, currency: str) -> tuple[str, str]:
    known = rows.with_value(CURRENCY, "isocurrencycode", [currency])
    if not known:
        about: Row = {
            "isocurrencycode": currency,
            "currencyname": currency,
            "currencysymbol": currency,
            "currencyprecision": exponent(currency),
            "exchangerate": _RATES.get(currency, 1.0),
        }
        known = [rows.create(CURRENCY, about)]
    found = str(known[0][CURRENCY.id])
    lists = rows.with_value(PRICE_LIST, "_transactioncurrencyid_value", [found])
    if not lists:
        bound = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({found})"}
        lists = [rows.create(PRICE_LIST, {"name": f"Shop {currency}", **bound})]
    return found, str(lists[0][PRICE_LIST.id])


def _unit(rows: Rows) -> str:
    known = rows.with_value(UNIT, "name", ["Primary Unit"]) or [rows.create(UNIT, {"name": "Primary Unit"})]
    return str(known[0][UNIT.id])


def _product(rows: Rows, line: PostedLine, unit: str, paid_in: Row) -> str:
    known = rows.with_value(PRODUCT, "productnumber", [line.sku])
    if known:
        return str(known[0][PRODUCT.id])
    body = {"name": line.title[:100], "productnumber": line.sku, "defaultuomid@odata.bind": f"/uoms({unit})", **paid_in}
    return str(rows.create(PRODUCT, body)[PRODUCT.id])


def _keyed(rows: Rows, table: Table, key: str, value: str, body: Row) -> str:
    row, _ = rows.upsert(table, Address(table.entity_set, key={key: value}), body)
    return str(row[table.id])
