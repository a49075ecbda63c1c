"""An account looked at before the first return: sign-in, rights, fields, statuses, items, period, tax."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from adapters.erp.netsuite import mapping
from adapters.erp.netsuite.client import NetSuiteClient, Record
from adapters.erp.netsuite.preflight import certificate
from adapters.erp.netsuite.settings import Certificate, NetSuiteSettings
from adapters.errors import Permanent
from adapters.secrets import held
from domain.inventory import StockState
from domain.preflight import Check, Finding, State, each_or_all, failed, ok, skipped, warning

_SEEN = (
    "invoice", "returnAuthorization", "itemReceipt", "creditMemo", "customerRefund", "binTransfer",
    "inventoryAdjustment",
)  # fmt: skip
# Those that can be begun without a document they are made from.
_MADE = ("returnAuthorization", "creditMemo", "customerRefund", "binTransfer", "inventoryAdjustment")
_NOT_ALLOWED = "INSUFFICIENT_PERMISSION"
_NO_ROW = "SELECT {column} FROM {table} WHERE {key} = 0"
_SAMPLE = "SELECT id FROM transaction WHERE type = 'CustInvc' AND {field} IS NOT NULL ORDER BY id DESC"
_PERIOD = (
    "SELECT id, periodname, closed, alllocked, arlocked FROM accountingperiod WHERE isposting = 'T' AND isquarter = 'F'"
    " AND isyear = 'F' AND isadjust = 'F' AND startdate <= CURRENT_DATE AND enddate >= CURRENT_DATE"
)
_NAMES = "it is a name in adapters/erp/netsuite/settings.py"
_UNSEEN = (
    ("Refund in Advance of Return", "on, if a credit may come before every unit is back, or customers keep goods"),
    ("Advanced Receiving", "on"),
)


def _now() -> datetime:
    return datetime.now(UTC)


class NetSuitePreflight:
    def __init__(self, settings: NetSuiteSettings, clock: Callable[[], datetime] = _now) -> None:
        self._settings, self._names, self._clock = settings, settings.names, clock
        self._client = NetSuiteClient(settings)
        self._limits: Record | None = None

    def checks(self) -> Sequence[Check]:
        login = self._settings.login
        first = (Check("certificate", self._certificate),) if isinstance(login, Certificate) else ()
        asked = ("sign-in", "SuiteQL")
        query = "give the integration's role what SuiteQL needs to see this"
        return (
            *first,
            Check(
                "sign-in",
                self._sign_in,
                "compare account, client id, certificate id and key (or the four token settings) with the integration "
                "record; its role needs REST Web Services and Log in using Access Tokens",
                tuple(each.name for each in first),
            ),
            Check("concurrency", self._concurrency, needs=("sign-in",)),
            Check("records", self._records, needs=("sign-in",)),
            Check("SuiteQL", self._suiteql, "give the role SuiteAnalytics Workbook", ("sign-in",)),
            Check("fields", self._fields, query, asked),
            Check("statuses", self._statuses, query, asked),
            Check("places", self._places, query, asked),
            Check("items", self._items, query, asked),
            Check("currency", self._currency, query, asked),
            Check("period", self._period, query, asked),
            Check("invoice", self._invoice, "let finance look at that invoice", (*asked, "fields")),
            Check("preferences", self._preferences),
        )

    async def aclose(self) -> None:
        await self._client.close()

    async def _certificate(self) -> Iterable[Finding]:
        assert isinstance(self._settings.login, Certificate)
        return certificate.findings(await held(self._settings.login.private_key_pem).text(), self._clock())

    async def _sign_in(self) -> Iterable[Finding]:
        self._limits = await self._client.limits()
        return [ok("account", f"signed in to account {self._settings.account}")]

    async def _concurrency(self) -> Iterable[Finding]:
        ours, mend = self._settings.concurrency, "lower BACKHAUL_WORKER__ERP, or allot the integration more"
        told = self._limits or {}
        limit = told.get("integrationConcurrencyLimit", told.get("accountUnallocatedConcurrencyLimit"))
        if limit is None:
            return [skipped("limit", "NetSuite tells its limit to administrators only", "compare BACKHAUL_WORKER__ERP")]
        seen = f"one worker makes {ours} calls at once, NetSuite takes {limit} of all integrations like this one"
        if ours > int(limit):
            return [failed("limit", seen, mend)]
        if ours == int(limit):
            return [warning("limit", seen, f"{mend}: others, or a second worker, are refused while it works")]
        return [ok("limit", seen)]

    async def _records(self) -> Iterable[Finding]:
        """Whether a record may be changed is told by nothing that only reads; a form of a new one comes near."""
        bad, unproven = [], []
        for kind in _SEEN:
            try:
                await self._client.seen(kind)
                if kind in _MADE:
                    await self._client.blank(kind)
            except Permanent as refused:
                making = refused.call.startswith("form ")
                if making and refused.code != _NOT_ALLOWED:
                    unproven.append(kind)
                    continue
                need = "create and edit" if making else "view"
                mend = f"give the integration's role the permission to {need} it, and switch its feature on"
                bad.append(failed(kind, f"{kind} is refused: {refused.reason}", mend))
        if unproven:
            what = f"whether the role may create {', '.join(unproven)} cannot be told without making one"
            bad.append(skipped("creation", what, "compare the role's permissions with docs/vendors.md"))
        if all(each.state is not State.FAILED for each in bad):
            bad.append(ok("records", f"open to the role: {', '.join(_SEEN)}"))
        return bad

    async def _suiteql(self) -> Iterable[Finding]:
        await self._client.first(_NO_ROW.format(column="id", table="transaction", key="id"))
        return [ok("SuiteQL", "queries are answered")]

    async def _fields(self) -> Iterable[Finding]:
        names = self._names
        wanted = (
            ("transaction", "id", names.order_field, failed, "orders are not found without it"),
            ("transactionline", "transaction", names.line_field, failed, "lines are not found without it"),
            ("transactionline", "transaction", names.warranty_field, warning, "leave it if warranties do not matter"),
        )
        bad = []
        for table, key, field, judged, why in wanted:
            try:
                await self._client.first(_NO_ROW.format(column=field, table=table, key=key))
            except Permanent as refused:
                mend = f"create it and let the role see it; {why}"
                bad.append(judged(field, f"{field} cannot be read: {refused.reason}", mend))
        return each_or_all(bad, "fields", "the custom fields are there")

    async def _statuses(self) -> Iterable[Finding]:
        sellable = self._names.statuses[StockState.AVAILABLE]
        wanted = {name: name == sellable for name in (*self._names.statuses.values(), self._names.inspection_status)}
        marks = ", ".join("?" for _ in wanted)
        # The names travel as parameters.
        rows = await self._client.query(f"SELECT id, name FROM inventorystatus WHERE name IN ({marks})", *wanted)  # noqa: S608
        known = {row["name"]: row["id"] for row in rows}
        return each_or_all(
            [bad for name, sold in wanted.items() if (bad := await self._status(name, known.get(name), sold))],
            "statuses",
            f"{', '.join(wanted)} are there, and only {sellable} is for sale",
        )

    async def _status(self, name: str, number: str | None, sold: bool) -> Finding | None:
        if number is None:
            what = f"there is no inventory status {name}"
            return failed(name, what, f"create it under Inventory Statuses (a feature of its own); {_NAMES}")
        told = (await self._client.get("inventoryStatus", number)).get("inventoryAvailable")
        if told is None:
            mend = f"see that Make Inventory Available is {'on' if sold else 'off'} for it"
            return skipped(name, f"whether {name} is for sale is not shown", mend)
        if told is sold:
            return None
        what = f"{name} is {'not ' if sold else ''}for sale"
        return failed(name, what, f"switch Make Inventory Available {'on' if sold else 'off'} for it")

    async def _places(self) -> Iterable[Finding]:
        wanted = (("location", self._names.location), ("account", self._names.adjustment_account))
        return each_or_all(
            [
                failed(
                    f"{table} {number}", f"there is no {table} with the internal id {number}", f"{_NAMES}: change it"
                )
                for table, number in wanted
                if await self._client.first(f"SELECT id FROM {table} WHERE id = ?", number) is None  # noqa: S608
            ],
            "places",
            f"goods are received at location {wanted[0][1]}, and leave through account {wanted[1][1]}",
        )

    async def _items(self) -> Iterable[Finding]:
        names = self._names
        wanted = {"SHIPPING": names.shipping_item, "FEE": names.fee_item, "PRICE": names.price_item}
        bad = []
        for setting, item in wanted.items():
            key = "id" if item.isdecimal() else "externalid"
            row = await self._client.first(f"SELECT id, itemtype FROM item WHERE {key} = ?", item)  # noqa: S608
            mend = f"create a service item with that external id, or set BACKHAUL_ERP__{setting}_ITEM to yours"
            if row is None:
                bad.append(failed(item, f"there is no item {item}", mend))
            elif row.get("itemtype") == "InvtPart":
                bad.append(failed(item, f"{item} is an inventory item: crediting it would move stock", mend))
        return each_or_all(bad, "items", f"{', '.join(wanted.values())} are there")

    async def _currency(self) -> Iterable[Finding]:
        base = self._names.base_currency
        row = await self._client.first("SELECT id FROM currency WHERE symbol = ?", base)
        told = None if row is None else (await self._client.get("currency", row["id"])).get("isBaseCurrency")
        if row is not None and told is None:
            return [skipped(base, f"whether {base} is the base currency is not shown", f"compare; {_NAMES}")]
        if not told:
            what = f"the base currency is not {base}: amounts told in it would be wrong"
            return [failed(base, what, f"{_NAMES}: change it")]
        return [ok(base, f"the base currency is {base}")]

    async def _period(self) -> Iterable[Finding]:
        row = await self._client.first(_PERIOD)
        if row is None:
            return [failed("today", "there is no accounting period for today", "let finance create and open it")]
        shut = [name for name in ("closed", "alllocked", "arlocked") if row[name] == "T"]
        name = row["periodname"]
        if shut:
            what = f"the period {name} is {', '.join(shut)}: credits of today become holds"
            return [failed(name, what, "let finance open it, or wait for the next one")]
        return [ok(name, f"the period {name} is open")]

    async def _invoice(self) -> Iterable[Finding]:
        """The newest invoice of a storefront order, read as a return would read it."""
        row = await self._client.first(_SAMPLE.format(field=self._names.order_field))
        if row is None:
            return [skipped("invoice", f"no invoice carries {self._names.order_field} yet")]
        record = await self._client.get("invoice", row["id"])
        if "taxDetails" not in record:
            what = (
                f"invoice {record.get('tranId')} shows no tax details: SuiteTax is off, and legacy tax is not supported"
            )
            return [failed("SuiteTax", what, "switch SuiteTax on")]
        lines = record["item"]["items"]
        if any(not line.get(self._names.line_field) for line in lines):
            what = f"lines of invoice {record['tranId']} have no {self._names.line_field}"
            return [failed(self._names.line_field, what, "fill it on orders, and let invoices copy it from them")]
        invoice = mapping.invoice_of(record, self._names)
        return [ok("invoice", f"{invoice.number} can be read: {len(lines)} lines with their taxes add up to its total")]

    async def _preferences(self) -> Iterable[Finding]:
        return [
            skipped(name, f"{name} cannot be seen from outside", f"see under Setup that it is {wanted}")
            for name, wanted in _UNSEEN
        ]
