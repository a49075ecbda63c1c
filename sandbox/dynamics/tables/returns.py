"""Where a return can stand: Field Service's RMA tables, a custom table, a case; with the columns a solution adds."""

from __future__ import annotations

from sandbox.dynamics.schema import SYSTEM, Column, Table, lookup, money

PENDING, CANCELED, RECEIVED = 690970000, 690970001, 690970002
_ACTIONS = (690970000, 690970001, 690970002)

# The solution puts the same columns on all three, so that views and flows read them alike.
RETURN_COLUMNS = (
    Column("bh_returnref", length=100),
    Column("bh_returnid", length=100),
    Column("bh_stage", length=100),
    Column("bh_customerstage", length=100),
    Column("bh_version", "integer"),
    Column("bh_reason", length=200),
    Column("bh_hold", length=500),
    Column("bh_nextstep", length=500),
    Column("bh_lines", "memo", 20000),
    Column("bh_orderref", length=100),
    Column("bh_changedat", "datetime"),
    Column("bh_currency", length=3),
    Column("bh_quotedamount", "decimal"),
    Column("bh_creditedamount", "decimal"),
    Column("bh_paidamount", "decimal"),
    # What people in the environment ask of a return, and what became of it.
    Column("bh_requestedrefund", "decimal"),
    Column("bh_cancelrequested", "boolean", default=False),
    Column("bh_notetoreturns", "memo", 2000),
    Column("bh_requestref", length=100),
    Column("bh_requeststatus", length=40),
    Column("bh_requestanswer", length=500),
)
RETURN_KEY = {"bh_returnref_key": ("bh_returnref",)}

RMA = Table(
    "msdyn_rma",
    "msdyn_rmas",
    (
        *SYSTEM,
        Column("msdyn_name", required=True),
        lookup("msdyn_serviceaccount", "account", required=True),
        lookup("msdyn_billingaccount", "account"),
        lookup("msdyn_requestedbycontact", "contact"),
        lookup("msdyn_pricelist", "pricelevel", required=True),
        lookup("transactioncurrencyid", "transactioncurrency", required=True),
        Column("msdyn_daterequested", "date"),
        Column("msdyn_eta", "date"),
        Column("msdyn_description"),
        Column("msdyn_referenceno"),
        Column("msdyn_packagingtrackingno"),
        Column("msdyn_shippingtrackingno"),
        Column("msdyn_processingaction", "picklist", options=_ACTIONS),
        Column("msdyn_systemstatus", "picklist", required=True, default=PENDING, options=(PENDING, CANCELED, RECEIVED)),
        Column("msdyn_taxable", "boolean", required=True, default=False),
        money("msdyn_totalamount"),
        money("msdyn_totalamount_base", read_only=True),
        Column("exchangerate", "decimal", read_only=True),
        lookup("bh_order", "salesorder", navigation="bh_Order"),
        *RETURN_COLUMNS,
    ),
    RETURN_KEY,
    licence="field_service",
    primary_name="msdyn_name",
)

RMA_PRODUCT = Table(
    "msdyn_rmaproduct",
    "msdyn_rmaproducts",
    (
        *SYSTEM,
        lookup("msdyn_rma", "msdyn_rma", required=True),
        lookup("msdyn_product", "product", required=True),
        lookup("msdyn_unit", "uom", required=True),
        lookup("msdyn_pricelist", "pricelevel", required=True),
        lookup("transactioncurrencyid", "transactioncurrency"),
        Column("msdyn_quantitytoreturn", "double", required=True, minimum=0.01),
        Column("msdyn_qtyreceived", "double"),
        Column("msdyn_qtyprocessed", "double"),
        # Note the order: received and canceled change places against the header's status.
        Column("msdyn_itemstatus", "picklist", required=True, default=690970000, options=_ACTIONS),
        Column("msdyn_processingaction", "picklist", required=True, options=_ACTIONS),
        Column("msdyn_credittoaccount", "boolean", default=False),
        Column("msdyn_lineorder", "integer", required=True),
        Column("msdyn_taxable", "boolean", required=True, default=False),
        Column("msdyn_description", "memo", 2000),
        # Left out, the server prices the line from the price list; the pretended one knows no prices.
        money("msdyn_unitamount", default=0),
        money("msdyn_totalamount", default=0),
        Column("bh_lineref", length=150),
        Column("bh_reason", length=200),
        Column("bh_rejected", "integer"),
        Column("bh_accepted", "integer"),
    ),
    {"bh_lineref_key": ("bh_lineref",)},
    licence="field_service",
    primary_name="msdyn_description",
)

CUSTOM = Table(
    "new_return",
    "new_returns",
    (
        *SYSTEM,
        Column("new_name", required=True),
        lookup("new_customer", "account", "contact", navigation="new_Customer"),
        lookup("new_order", "salesorder", navigation="new_Order"),
        *RETURN_COLUMNS,
    ),
    RETURN_KEY,
    primary_name="new_name",
)

INCIDENT = Table(
    "incident",
    "incidents",
    (
        *SYSTEM,
        Column("title", length=200, required=True),
        Column("ticketnumber", read_only=True),
        Column("description", "memo", 2000),
        lookup("customerid", "account", "contact", required=True),
        lookup("primarycontactid", "contact"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        Column("caseorigincode", "picklist", options=(1, 2, 3, 2483, 3986)),
        Column("casetypecode", "picklist", options=(1, 2, 3)),
        Column("prioritycode", "picklist", default=2, options=(1, 2, 3)),
        lookup("masterid", "incident", read_only=True),
        Column("merged", "boolean", default=False, read_only=True),
        *RETURN_COLUMNS,
    ),
    RETURN_KEY,
    primary_name="title",
    states={0: (1, 2, 3, 4), 1: (5, 1000), 2: (6, 2000)},
)
