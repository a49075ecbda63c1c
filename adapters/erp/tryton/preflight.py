"""A Tryton database looked at before the first return: sign-in, modules, rights, and every name the adapter needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import Record, TrytonClient
from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import Permanent
from domain.preflight import Check, Finding, each_or_all, failed, ok, warning

_SERIES = "8.2"
"""What the adapter was measured with."""
_WRITES = ("read", "write", "create")
_RIGHTS: dict[str, tuple[str, ...]] = {
    "sale.sale": _WRITES,
    "sale.line": _WRITES,
    "account.invoice": (*_WRITES, "delete"),
    "account.invoice.line": (*_WRITES, "delete"),
    "stock.shipment.out.return": _WRITES,
    "stock.move": _WRITES,
    "web.shop": ("read",),
    "product.product": ("read",),
    "stock.location": ("read",),
    "account.invoice.payment.method": ("read",),
    "account.period": ("read",),
    "account.tax": ("read",),
}
_GROUPS = "give the user the groups Sales, Stock and Accounting"


class TrytonPreflight:
    def __init__(self, settings: TrytonSettings) -> None:
        self._settings, self._names = settings, settings.names
        self._client = TrytonClient(settings)
        self._catalog = Catalog(self._client, settings.names)
        self._user: Record = {}

    def checks(self) -> Sequence[Check]:
        signed_in, allowed = ("sign-in",), ("sign-in", "rights")
        login = "compare BACKHAUL_ERP__DATABASE, BACKHAUL_ERP__USER and BACKHAUL_ERP__PASSWORD with Tryton's"
        return (
            Check("sign-in", self._sign_in, login),
            Check("version", self._version, needs=signed_in),
            Check("language", self._language, needs=signed_in),
            Check("rights", self._rights, _GROUPS, signed_in),
            Check("web shop", self._web_shop, needs=allowed),
            Check("places", self._places, needs=allowed),
            Check("services", self._services, needs=allowed),
            Check("payments", self._payments, needs=allowed),
            Check("period", self._period, "let finance open one", allowed),
        )

    async def aclose(self) -> None:
        await self._client.close()

    async def _sign_in(self) -> Iterable[Finding]:
        self._user = await self._client.call("model.res.user.get_preferences", True, repeatable=True)
        if not self._user.get("company"):
            return [failed("company", "the user has no company", "give it one in its preferences")]
        return [ok("user", f"signed in to {self._settings.database} as {self._settings.user}")]

    async def _version(self) -> Iterable[Finding]:
        series = await self._client.version()
        if series == _SERIES:
            return [ok(series, f"version {series}")]
        what = f"version {series}; the adapter was measured with {_SERIES}"
        return [warning(series, what, "try a return in a copy of the database first")]

    async def _language(self) -> Iterable[Finding]:
        language = str(self._user.get("language"))
        if language == "en":
            return [ok("language", "the user's language is English")]
        what = f"the user's language is {language}: a closed period and a taken key would not be understood"
        return [failed("language", what, "set the user's language to English")]

    async def _rights(self) -> Iterable[Finding]:
        bad: list[Finding] = []
        for model, wanted in _RIGHTS.items():
            try:
                access = await self._client.call("model.ir.model.access.get_access", [model], repeatable=True)
            except Permanent:
                bad.append(failed(model, f"there is no {model}", f"activate the module {_module(model)}"))
                continue
            lacking = [right for right in wanted if not access[model][right]]
            if lacking:
                bad.append(failed(model, f"the user may not {', '.join(lacking)} {model}", _GROUPS))
        return each_or_all(bad, "rights", "the modules are there, and the user may do what returns need")

    async def _web_shop(self) -> Iterable[Finding]:
        name = self._names.web_shop
        bad = await _missing(name, self._catalog.web_shop, "create it, or set BACKHAUL_ERP__WEB_SHOP to yours")
        return each_or_all(bad, name, f"orders are those of the web shop {name}")

    async def _places(self) -> Iterable[Finding]:
        quarantine, scrap = self._names.quarantine, self._names.scrap
        warehouses = await self._client.find("stock.location", [["type", "=", "warehouse"]], ("waste_locations",))
        waste = {place for warehouse in warehouses for place in warehouse["waste_locations"]}
        bad: list[Finding] = []
        for setting, code in (("QUARANTINE", quarantine), ("SCRAP", scrap)):
            mend = f"create it with the type lost and found, or set BACKHAUL_ERP__{setting}_LOCATION to yours"
            missing = await _missing(code, partial(self._catalog.location, code), mend)
            if not missing and await self._catalog.location(code) not in waste:
                what = f"{code} is no waste location of a warehouse: Tryton will not let returned goods go there"
                missing = [failed(code, what, "name it among the warehouse's waste locations")]
            bad += missing
        return each_or_all(bad, "places", f"quarantine is {quarantine}, scrap is {scrap}")

    async def _services(self) -> Iterable[Finding]:
        company, codes = int(self._user["company"]), self._names.services
        bad: list[Finding] = []
        for line, code in codes.items():
            mend = "create the service product with that code and a revenue account"
            bad += await _missing(code, partial(self._catalog.service, line, company), mend)
        return each_or_all(bad, "services", f"{', '.join(codes.values())} are there")

    async def _payments(self) -> Iterable[Finding]:
        wanted = {name: kind for kind, name in self._names.payment_methods.items()}
        wanted = {self._names.other_payments: "any other"} | wanted
        bad: list[Finding] = []
        for name, kind in wanted.items():
            mend = "create the payment method; BACKHAUL_ERP__PAYMENT_METHOD names the one for other tenders"
            bad += await _missing(name, partial(self._catalog.payment_method, kind), mend)
        return each_or_all(bad, "payments", f"{', '.join(wanted)} are there")

    async def _period(self) -> Iterable[Finding]:
        company, today = int(self._user["company"]), await self._client.today()
        first = await self._catalog.next_open_day(company)
        if first == today:
            return [ok(str(today), f"{today} is in an open period")]
        what = f"{today} is in no open period, {first} is the next day that is: credits of today become holds"
        return [failed(str(today), what, "let finance open it")]


async def _missing(name: str, look: Callable[[], Awaitable[Any]], mend: str) -> list[Finding]:
    """Empty when it is there, once."""
    try:
        await look()
    except Permanent as refused:
        return [failed(name, refused.reason, mend)]
    return []


def _module(model: str) -> str:
    """The module that brings a model, by its name; where that is another one, it depends on this."""
    if model.startswith("account.invoice"):
        return "account_invoice_stock"
    return "web_shop" if model == "web.shop" else model.partition(".")[0]
