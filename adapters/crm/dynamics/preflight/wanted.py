"""The tables, columns, keys and links that `rows.py` reads and writes, as an environment must have them."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.crm.dynamics.rows import CUSTOMER_KEY, KEY, LINE_KEY, ORDER_KEY
from adapters.crm.dynamics.settings import Profile

_STATES = ("State", "Status")


@dataclass(frozen=True, slots=True)
class Column:
    """`kinds` as the environment calls them (AttributeType); `options` are the values we send."""

    name: str
    kinds: tuple[str, ...] = ("String", "Memo")
    length: int = 0
    options: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`binds` are the names links are set by, in their exact case; `rights` the privileges a user needs on it."""

    name: str
    columns: tuple[Column, ...]
    key: str = ""
    binds: tuple[str, ...] = ()
    rights: tuple[str, ...] = ("Read", "Create", "Write", "Append", "AppendTo")


def _whole(name: str) -> Column:
    return Column(name, ("Integer",))


def _decimal(name: str) -> Column:
    return Column(name, ("Decimal", "Double"))


def _link(name: str) -> Column:
    return Column(name, ("Lookup", "Customer"))


def _choice(name: str, *options: int) -> Column:
    return Column(name, ("Picklist",), options=options)


def _state(*reasons: int) -> tuple[Column, ...]:
    return Column("statecode", _STATES), Column("statuscode", _STATES, options=reasons)


_RETURN = (
    Column(KEY, length=100),
    Column("bh_returnid", length=100),
    _whole("bh_version"),
    Column("bh_stage", length=100),
    Column("bh_customerstage", length=100),
    Column("bh_reason", length=200),
    Column("bh_hold", length=500),
    Column("bh_nextstep", length=500),
    Column("bh_lines", ("Memo",), 20000),
    Column("bh_orderref", length=100),
    Column("bh_changedat", ("DateTime",)),
    Column("bh_currency", length=3),
    _decimal("bh_quotedamount"),
    _decimal("bh_creditedamount"),
    _decimal("bh_paidamount"),
)
_LOOKED_AT = ("Read", "AppendTo")
_RMA = Table(
    "msdyn_rma",
    (
        *_RETURN,
        Column("msdyn_name", length=100),
        Column("msdyn_referenceno", length=100),
        Column("msdyn_description", length=100),
        _choice("msdyn_systemstatus", 690970000, 690970001, 690970002),
        _choice("msdyn_processingaction", 690970001),
        Column("msdyn_taxable", ("Boolean",)),
        Column("msdyn_totalamount", ("Money",)),
        *_state(1, 2),
    ),
    KEY,
    ("msdyn_serviceaccount", "msdyn_requestedbycontact", "bh_Order", "transactioncurrencyid", "msdyn_pricelist"),
)
_RMA_PRODUCT = Table(
    "msdyn_rmaproduct",
    (
        Column(LINE_KEY, length=150),
        Column("bh_reason", length=200),
        _whole("bh_accepted"),
        _whole("bh_rejected"),
        Column("msdyn_quantitytoreturn", ("Double", "Decimal")),
        Column("msdyn_qtyreceived", ("Double", "Decimal")),
        Column("msdyn_qtyprocessed", ("Double", "Decimal")),
        _choice("msdyn_itemstatus", 690970000, 690970001, 690970002),
        _choice("msdyn_processingaction", 690970001),
        _whole("msdyn_lineorder"),
        Column("msdyn_taxable", ("Boolean",)),
        Column("msdyn_description", length=2000),
    ),
    LINE_KEY,
    ("msdyn_rma", "msdyn_product", "msdyn_unit", "msdyn_pricelist"),
)
_CASE = Table(
    "incident",
    (
        *_RETURN,
        Column("title", length=200),
        Column("description", ("Memo",), 2000),
        _choice("caseorigincode", 3),
        _choice("casetypecode", 3),
        _choice("prioritycode", 1, 2),
        *_state(1, 2, 3, 4, 5, 6),
    ),
    KEY,
    ("customerid_account", "primarycontactid"),
)
_CUSTOM = Table(
    "new_return",
    (*_RETURN, Column("new_name", length=100), *_state(1, 2)),
    KEY,
    ("new_Customer_account", "new_Order"),
)
_ACCOUNT = Table("account", (Column(CUSTOMER_KEY, length=100), Column("name", length=160)), CUSTOMER_KEY)
_CONTACT = Table(
    "contact",
    (
        Column(CUSTOMER_KEY, length=100),
        Column("firstname", length=50),
        Column("lastname", length=50),
        Column("emailaddress1", length=100),
    ),
    CUSTOMER_KEY,
    ("parentcustomerid_account",),
)
_ORDER = Table(
    "salesorder",
    (Column(ORDER_KEY, length=100), _link("transactioncurrencyid"), _link("pricelevelid")),
    ORDER_KEY,
    rights=_LOOKED_AT,
)
_TRADE = (
    Table("product", (Column("productnumber"), _link("defaultuomid")), rights=_LOOKED_AT),
    Table("uom", (), rights=_LOOKED_AT),
    Table("transactioncurrency", (Column("isocurrencycode"),), rights=_LOOKED_AT),
    Table("pricelevel", (_link("transactioncurrencyid"),), rights=_LOOKED_AT),
)

TABLES: dict[Profile, tuple[Table, ...]] = {
    "rma": (_RMA, _RMA_PRODUCT, _ACCOUNT, _CONTACT, _ORDER, *_TRADE),
    "case": (_CASE, _ACCOUNT, _CONTACT, _ORDER),
    "custom": (_CUSTOM, _ACCOUNT, _CONTACT, _ORDER),
}
