"""A projection in Dataverse's words: the columns every profile shows, and each profile's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adapters.crm.dynamics.keys import alternate, row
from adapters.crm.port import Projection, ProjectionLine
from adapters.crm.wording import GIVEN_UP, amount, currency, fit, lines_in_words, moment, names, title

KEY, LINE_KEY, CUSTOMER_KEY, ORDER_KEY = "bh_returnref", "bh_lineref", "bh_customerref", "bh_orderref"
SETS = {"rma": "msdyn_rmas", "case": "incidents", "custom": "new_returns"}
TABLES = {"rma": "msdyn_rma", "case": "incident", "custom": "new_return"}
IDS = {"rma": "msdyn_rmaid", "case": "incidentid", "custom": "new_returnid"}

# How the key of a guest begins; a shop's customer number is never like it.
GUEST = "guest-"
# Option values of Field Service. The header and the line order the same words differently.
_PENDING, _CANCELED, _RECEIVED = 690970000, 690970001, 690970002
_LINE_PENDING, _LINE_RECEIVED, _LINE_CANCELED = 690970000, 690970001, 690970002
_TO_WAREHOUSE = 690970001
_BEFORE_ARRIVAL = frozenset({"requested", "quoted", "confirmed", "awaiting_goods"})
_ON_HOLD, _WAITING, _RESEARCHING, _IN_PROGRESS = 2, 3, 4, 1
_CASE_REASONS = {"awaiting_goods": _WAITING, "awaiting_consent": _WAITING, "pending_inspection": _RESEARCHING}
RESOLVED = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A return as the environment shows it now."""

    id: str
    version: int
    etag: str
    state: int


@dataclass(frozen=True, slots=True)
class Trade:
    """Which money and price list an order or a currency stands for."""

    currency: str
    price_list: str


@dataclass(slots=True)
class Known:
    returns: dict[str, Stored] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    """customer's key -> id, empty while it is not known"""
    orders: dict[str, Trade] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)
    """ISO code -> currency row and one price list in it"""
    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    """sku -> (product, unit)"""

    def contact(self, projection: Projection) -> str | None:
        """The address of the customer's contact; None when there is none."""
        who = customer(projection)
        return _address("contacts", who, self.contacts[who]) if who in self.contacts else None

    def account(self, projection: Projection) -> str:
        who = customer(projection)
        return _address("accounts", who, self.accounts.get(who, ""))

    def trade(self, projection: Projection) -> Trade | None:
        """The order's own money and prices; else those of the currency of the return's amounts."""
        return self.orders.get(projection.order_id) or self.trades.get(currency(projection) or "")


def customer(projection: Projection) -> str:
    """The customer's key; a guest, whom the shop gave no number, is known by the order."""
    return projection.customer_id or f"{GUEST}{projection.order_id}"


def _address(entity_set: str, who: str, record: str) -> str:
    return f"/{entity_set}({record})" if record else f"/{row(entity_set, CUSTOMER_KEY, who)}"


def shared(projection: Projection) -> dict[str, Any]:
    """The columns our solution puts on every table that can show a return. The key column stands in the address."""
    return {
        "bh_returnid": fit(projection.return_id, 100),
        "bh_version": projection.version,
        "bh_stage": fit(projection.stage, 100),
        "bh_customerstage": fit(projection.customer_stage, 100),
        "bh_reason": fit(projection.reason, 200),
        "bh_hold": fit(projection.hold, 500),
        "bh_nextstep": fit(projection.next_step, 500),
        "bh_lines": fit(lines_in_words(projection), 20000),
        "bh_orderref": fit(alternate(projection.order_id), 100),
        "bh_changedat": moment(projection.changed_at),
        "bh_currency": currency(projection),
        "bh_quotedamount": amount(projection.quoted),
        "bh_creditedamount": amount(projection.credited),
        "bh_paidamount": amount(projection.paid),
    }


def rma(projection: Projection, known: Known, trade: Trade, *, new: bool) -> dict[str, Any]:
    """Field Service's return authorization. Currency and price list are given once, on creation."""
    over = projection.stage in GIVEN_UP or projection.stage == "closed"
    body: dict[str, Any] = {
        "msdyn_name": fit(projection.return_id, 100),
        "msdyn_referenceno": fit(projection.order_name, 100),
        "msdyn_description": fit(title(projection), 100),
        "msdyn_systemstatus": _system_status(projection),
        "msdyn_processingaction": _TO_WAREHOUSE,
        "msdyn_taxable": True,
        "msdyn_totalamount": amount(projection.credited or projection.quoted),
        "msdyn_serviceaccount@odata.bind": known.account(projection),
        "statecode": 1 if over else 0,
        "statuscode": 2 if over else 1,
    }
    if (contact := known.contact(projection)) is not None:
        body["msdyn_requestedbycontact@odata.bind"] = contact
    if projection.order_id in known.orders:
        body["bh_Order@odata.bind"] = f"/{row('salesorders', ORDER_KEY, projection.order_id)}"
    if new:
        body["transactioncurrencyid@odata.bind"] = f"/transactioncurrencies({trade.currency})"
        body["msdyn_pricelist@odata.bind"] = f"/pricelevels({trade.price_list})"
    return body


def rma_product(
    projection: Projection, part: ProjectionLine, position: int, known: Known, trade: Trade
) -> dict[str, Any] | None:
    """One line; None for goods the environment's catalogue does not have, which the header shows in words."""
    product = known.products.get(part.sku)
    if product is None:
        return None
    return {
        "msdyn_rma@odata.bind": f"/{row(SETS['rma'], KEY, projection.return_id)}",
        "msdyn_product@odata.bind": f"/products({product[0]})",
        "msdyn_unit@odata.bind": f"/uoms({product[1]})",
        "msdyn_pricelist@odata.bind": f"/pricelevels({trade.price_list})",
        "msdyn_quantitytoreturn": part.requested,
        "msdyn_qtyreceived": part.received,
        "msdyn_qtyprocessed": part.accepted + part.rejected,
        "msdyn_itemstatus": _item_status(projection, part),
        "msdyn_processingaction": _TO_WAREHOUSE,
        "msdyn_lineorder": position,
        "msdyn_taxable": True,
        "msdyn_description": fit(part.title, 2000),
        "bh_reason": fit(part.reason, 200),
        "bh_accepted": part.accepted,
        "bh_rejected": part.rejected,
    }


def case(projection: Projection, known: Known) -> dict[str, Any]:
    """A case. It is cancelled by its state; resolving it is a message of its own, which the caller adds."""
    body: dict[str, Any] = {
        "title": fit(title(projection), 200),
        "description": fit(lines_in_words(projection), 2000),
        "caseorigincode": 3,
        "casetypecode": 3,
        "prioritycode": 1 if projection.hold else 2,
        "customerid_account@odata.bind": known.account(projection),
    }
    if (contact := known.contact(projection)) is not None:
        body["primarycontactid@odata.bind"] = contact
    if projection.stage in GIVEN_UP:
        return body | {"statecode": 2, "statuscode": 6}
    if projection.stage == "closed":
        return body
    reason = _ON_HOLD if projection.hold else _CASE_REASONS.get(projection.stage, _IN_PROGRESS)
    return body | {"statecode": 0, "statuscode": reason}


def custom(projection: Projection, known: Known) -> dict[str, Any]:
    over = projection.stage in GIVEN_UP or projection.stage == "closed"
    body: dict[str, Any] = {
        "new_name": fit(projection.return_id, 100),
        "new_Customer_account@odata.bind": known.account(projection),
        "statecode": 1 if over else 0,
        "statuscode": 2 if over else 1,
    }
    if projection.order_id in known.orders:
        body["new_Order@odata.bind"] = f"/{row('salesorders', ORDER_KEY, projection.order_id)}"
    return body


def account(projection: Projection) -> dict[str, Any]:
    """For a customer the environment does not know yet."""
    return {"name": fit(projection.company or projection.contact_name or customer(projection), 160)}


def contact(projection: Projection) -> dict[str, Any]:
    first, last = names(projection)
    return {
        "firstname": fit(first, 50),
        "lastname": fit(last, 50),
        "emailaddress1": fit(projection.contact_email, 100),
        "parentcustomerid_account@odata.bind": f"/{row('accounts', CUSTOMER_KEY, customer(projection))}",
    }


def _system_status(projection: Projection) -> int:
    if projection.stage in GIVEN_UP:
        return _CANCELED
    return _PENDING if projection.stage in _BEFORE_ARRIVAL else _RECEIVED


def _item_status(projection: Projection, part: ProjectionLine) -> int:
    if projection.stage in GIVEN_UP:
        return _LINE_CANCELED
    return _LINE_RECEIVED if part.received else _LINE_PENDING
