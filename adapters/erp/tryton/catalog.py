"""What the database names, by id: taxes, service products, locations, payment methods, the next open period."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from adapters.erp.tryton import documents
from adapters.erp.tryton.client import VENDOR, Record, TrytonClient
from adapters.erp.tryton.settings import Names
from adapters.errors import Permanent

# Names and their ids hardly ever change while a process lives; what is not found is asked again every time.
_KEPT = 20_000
_SERVICE = ("code", "name", "default_uom")
_TAX = ("name", "type", "rate")


class Catalog:
    def __init__(self, client: TrytonClient, names: Names) -> None:
        self._client, self._names = client, names
        self._known: dict[tuple[str, str], Record] = {}
        self._digits: int | None = None

    async def taxes(self, codes: Iterable[str]) -> dict[str, Record]:
        """Sales taxes by name."""
        return await self._named("account.tax", "name", codes, _TAX, ["parent", "=", None])

    async def service(self, line_id: str, company: int) -> Record:
        """The service product that stands for shipping or a charge; of a bundle whatever its label."""
        kind = line_id.partition(":")[0]
        code = self._names.services.get(kind)
        if code is None:
            raise Permanent(VENDOR, "credit", f"line {line_id} is not on the invoice, and no service stands for it")
        product = (await self._named("product.product", "code", [code], _SERVICE))[code]
        if "account" not in product:
            # Which account a product's sales go to depends on categories and defaults: Tryton works it out for a line.
            line = {"type": "line", "invoice_type": "out", "product": product["id"], "company": company, "taxes": []}
            told = await self._client.call("model.account.invoice.line.on_change_product", line, repeatable=True)
            if not told.get("account"):
                raise Permanent(VENDOR, "product.product", f"product {code} has no revenue account")
            product["account"] = told["account"]
        return product

    async def location(self, code: str) -> int:
        return int((await self._named("stock.location", "code", [code], ("code",)))[code]["id"])

    async def payment_method(self, kind: str) -> int:
        """By the kind of a tender."""
        name = self._names.payment_methods.get(kind, self._names.other_payments)
        return int((await self._named("account.invoice.payment.method", "name", [name], ("name",)))[name]["id"])

    async def web_shop(self) -> int:
        name = self._names.web_shop
        return int((await self._named("web.shop", "name", [name], ("name",)))[name]["id"])

    async def price_digits(self) -> int:
        """Decimals of a unit price: the server's own configuration, which cannot change while it holds prices."""
        if self._digits is None:
            what = ["unit_price"]
            found = await self._client.call("model.account.invoice.line.fields_get", what, repeatable=True)
            self._digits = digits_of(found)
        return self._digits

    async def next_open_day(self, company: int) -> date:
        """The first day, today or later, of a period that may be posted into."""
        today = await self._client.today()
        domain = [
            ["company", "=", company],
            ["type", "=", "standard"],
            ["state", "=", "open"],
            ["end_date", ">=", today],
        ]
        periods = await self._client.find("account.period", domain, ("start_date", "end_date"))
        if not periods:
            raise Permanent(VENDOR, "account.period", "no accounting period is open: finance must open one")
        first: date = min(period["start_date"] for period in periods)
        return max(first, today)

    async def _named(
        self, model: str, column: str, names: Iterable[str], fields: Iterable[str], *more: list[Any]
    ) -> dict[str, Record]:
        """{name: record}, remembered. Raises Permanent for a name the database does not have, or has twice."""
        if len(self._known) > _KEPT:
            self._known.clear()
        wanted = sorted(set(names))
        missing = [name for name in wanted if (model, name) not in self._known]
        if missing:
            found = await self._client.find(model, [[column, "in", missing], *more], fields)
            for name in missing:
                fitting = [record for record in found if record[column] == name]
                if len(fitting) != 1:
                    what = f"has {len(fitting)} records with the {column} {name!r}, one is needed"
                    raise Permanent(VENDOR, model, what)
                self._known[(model, name)] = fitting[0]
        return {name: self._known[(model, name)] for name in wanted}


@documents.understood
def digits_of(fields: Record) -> int:
    """Of the description of a unit price, which holds a pair as JSON: digits before the point, and after it."""
    return int(json.loads(fields["unit_price"]["digits"])[1])
