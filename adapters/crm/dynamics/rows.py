"""A projection in Dataverse's words: what the mapping says of each column, and what links the rows to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.crm.dynamics.keys import alternate, row
from adapters.crm.dynamics.settings import Profile
from adapters.crm.mapping import Compiled, document, of_line
from adapters.crm.port import Projection
from adapters.crm.wording import GIVEN_UP, currency, fit

KEY, LINE_KEY, CUSTOMER_KEY, ORDER_KEY = "bh_returnref", "bh_lineref", "bh_customerref", "bh_orderref"
VERSION, SKU = "bh_version", "productnumber"
SETS = {"rma": "msdyn_rmas", "case": "incidents", "custom": "new_returns"}
IDS = {"rma": "msdyn_rmaid", "case": "incidentid", "custom": "new_returnid"}

TABLES: dict[Profile, str] = {"rma": "msdyn_rma", "case": "incident", "custom": "new_return"}
# What is filled here and not by a mapping.
RESERVED: Mapping[str, Collection[str]] = {
    "return": {
        VERSION, ORDER_KEY, "statecode", "statuscode", "msdyn_serviceaccount", "msdyn_requestedbycontact", "bh_order",
        "transactioncurrencyid", "msdyn_pricelist", "customerid", "primarycontactid", "new_customer", "new_order",
    },
    "line": {"msdyn_rma", "msdyn_product", "msdyn_unit", "msdyn_pricelist"},
    "contact": {"parentcustomerid"},
}  # fmt: skip

# How the key of a guest begins; a shop's customer number is never like it.
GUEST = "guest-"
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
    fields: Mapping[str, Any]


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


def shape(profile: Profile) -> dict[str, tuple[str, str]]:
    """The table and the key of each concept."""
    lines = {"line": ("msdyn_rmaproduct", LINE_KEY)} if profile == "rma" else {}
    return {
        "return": (TABLES[profile], KEY),
        **lines,
        "contact": ("contact", CUSTOMER_KEY),
        "account": ("account", CUSTOMER_KEY),
        "product": ("product", SKU),
    }


def customer(projection: Projection) -> str:
    """The customer's key; a guest, whom the shop gave no number, is known by the order."""
    return projection.customer_id or f"{GUEST}{projection.order_id}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a projection writes, but for what has to be looked up: its own row, and one for each of its lines."""

    own: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()


def draft(projection: Projection, mapping: Compiled) -> Draft:
    """Raises Unmappable. The key column stands in the address."""
    whole = document(projection)
    own = {
        VERSION: projection.version,
        ORDER_KEY: fit(alternate(projection.order_id), 100),
        **mapping.own.record(whole),
    }
    line = mapping.concepts.get("line")
    parts = range(1, len(projection.lines) + 1) if line is not None and line.mode.pushes else ()
    return Draft(own, tuple(line.record(of_line(whole, at)) for at in parts) if line is not None else ())


def _address(entity_set: str, who: str, record: str) -> str:
    return f"/{entity_set}({record})" if record else f"/{row(entity_set, CUSTOMER_KEY, who)}"


def rma(projection: Projection, known: Known, trade: Trade, *, new: bool) -> dict[str, Any]:
    """What a return authorization hangs on, and its state. Currency and price list are given once, on creation."""
    body = {"msdyn_serviceaccount@odata.bind": known.account(projection), **_over(projection)}
    if contact := known.contact(projection):
        body["msdyn_requestedbycontact@odata.bind"] = contact
    if projection.order_id in known.orders:
        body["bh_Order@odata.bind"] = f"/{row('salesorders', ORDER_KEY, projection.order_id)}"
    if new:
        body["transactioncurrencyid@odata.bind"] = f"/transactioncurrencies({trade.currency})"
        body["msdyn_pricelist@odata.bind"] = f"/pricelevels({trade.price_list})"
    return body


def rma_product(projection: Projection, drafted: Draft, at: int, known: Known, trade: Trade) -> dict[str, Any] | None:
    """One line; None for goods the environment's catalogue does not have, which the header shows in words."""
    product = known.products.get(projection.lines[at].sku)
    if product is None:
        return None
    return {
        "msdyn_rma@odata.bind": f"/{row(SETS['rma'], KEY, projection.return_id)}",
        "msdyn_product@odata.bind": f"/products({product[0]})",
        "msdyn_unit@odata.bind": f"/uoms({product[1]})",
        "msdyn_pricelist@odata.bind": f"/pricelevels({trade.price_list})",
        **drafted.lines[at],
    }


def case(projection: Projection, known: Known) -> dict[str, Any]:
    """What a case hangs on, and its state: it is cancelled by it; resolving it is a message of its own, which the
    caller adds."""
    body: dict[str, Any] = {"customerid_account@odata.bind": known.account(projection)}
    if contact := known.contact(projection):
        body["primarycontactid@odata.bind"] = contact
    if projection.stage in GIVEN_UP:
        return body | {"statecode": 2, "statuscode": 6}
    if projection.stage == "closed":
        return body
    reason = _ON_HOLD if projection.hold else _CASE_REASONS.get(projection.stage, _IN_PROGRESS)
    return body | {"statecode": 0, "statuscode": reason}


def custom(projection: Projection, known: Known) -> dict[str, Any]:
    body = {"new_Customer_account@odata.bind": known.account(projection), **_over(projection)}
    if projection.order_id in known.orders:
        body["new_Order@odata.bind"] = f"/{row('salesorders', ORDER_KEY, projection.order_id)}"
    return body


def _over(projection: Projection) -> dict[str, Any]:
    over = projection.stage in GIVEN_UP or projection.stage == "closed"
    return {"statecode": 1 if over else 0, "statuscode": 2 if over else 1}


def account(projection: Projection, mapping: Compiled) -> dict[str, Any]:
    """For a customer the environment does not know yet."""
    return mapping.concepts["account"].record(document(projection))


def contact(projection: Projection, known: Known, mapping: Compiled) -> dict[str, Any]:
    fields = mapping.concepts["contact"].record(document(projection))
    return {**fields, "parentcustomerid_account@odata.bind": known.account(projection)}
