"""Who bought what: account, contact, product, salesorder, and the money and units they are counted in."""

from __future__ import annotations

from sandbox.dynamics.schema import SYSTEM, Column, Table, lookup, money

ACCOUNT = Table(
    "account",
    "accounts",
    (
        *SYSTEM,
        Column("name", length=160, required=True),
        Column("accountnumber", length=20),
        Column("emailaddress1"),
        lookup("primarycontactid", "contact"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        lookup("masterid", "account", read_only=True),
        Column("merged", "boolean", default=False, read_only=True),
        Column("bh_customerref", length=100),
    ),
    {"bh_customerref_key": ("bh_customerref",)},
)

CONTACT = Table(
    "contact",
    "contacts",
    (
        *SYSTEM,
        Column("firstname", length=50),
        Column("lastname", length=50, required=True),
        Column("fullname", length=160, read_only=True),
        Column("emailaddress1"),
        lookup("parentcustomerid", "account", "contact"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        lookup("masterid", "contact", read_only=True),
        Column("merged", "boolean", default=False, read_only=True),
        Column("bh_customerref", length=100),
    ),
    {"bh_customerref_key": ("bh_customerref",)},
    primary_name="fullname",
)

PRODUCT = Table(
    "product",
    "products",
    (
        *SYSTEM,
        Column("name", required=True),
        Column("productnumber", required=True),
        Column("description", "memo", 2000),
        Column("productstructure", "picklist", default=1, options=(1, 2, 3)),
        Column("quantitydecimal", "integer", default=0),
        lookup("defaultuomid", "uom", required=True),
        lookup("transactioncurrencyid", "transactioncurrency"),
    ),
    {"productnumber_key": ("productnumber",)},
    states={0: (1,), 1: (2,), 2: (0,), 3: (3,)},
)

ORDER = Table(
    "salesorder",
    "salesorders",
    (
        *SYSTEM,
        Column("name", length=300, required=True),
        Column("ordernumber", required=True),
        lookup("customerid", "account", "contact", required=True),
        lookup("pricelevelid", "pricelevel", required=True),
        lookup("transactioncurrencyid", "transactioncurrency", required=True, fixed=True),
        Column("submitdate", "datetime"),
        Column("datefulfilled", "datetime"),
        money("totalamount", read_only=True),
        money("totalamount_base", read_only=True),
        Column("exchangerate", "decimal", read_only=True),
        Column("bh_orderref", length=100),
    ),
    {"bh_orderref_key": ("bh_orderref",)},
    states={0: (1, 2), 1: (3,), 2: (4,), 3: (100001, 100002), 4: (100003,)},
)

CURRENCY = Table(
    "transactioncurrency",
    "transactioncurrencies",
    (
        *SYSTEM,
        Column("isocurrencycode", length=5, required=True),
        Column("currencyname", required=True),
        Column("currencysymbol", length=10, required=True),
        Column("currencyprecision", "integer", required=True),
        Column("exchangerate", "decimal", required=True),
    ),
    primary_name="currencyname",
)

PRICE_LIST = Table(
    "pricelevel",
    "pricelevels",
    (*SYSTEM, Column("name", required=True), lookup("transactioncurrencyid", "transactioncurrency", required=True)),
)

UNIT = Table("uom", "uoms", (*SYSTEM, Column("name", required=True), Column("quantity", "decimal", default=1)))
