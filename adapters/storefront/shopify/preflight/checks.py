"""A shop looked at before the first return: sign-in, version, scopes, location, reasons, stock, webhook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from adapters.errors import Permanent
from adapters.storefront.shopify.client import GraphQL, ShopifySettings
from adapters.storefront.shopify.gids import gid, ours
from adapters.storefront.shopify.mapping import HANDLES, OTHER_REASON
from adapters.storefront.shopify.preflight import documents
from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning

SCOPES = ("write_returns", "write_orders", "write_inventory", "read_customers", "read_payment_terms")
"""What our documents need by the published schema; to write includes to read."""
_OLD_ORDERS = "read_all_orders"
_OWN_PATH = "/webhooks/shopify"
_DOMAIN = ".myshopify.com"


class ShopifyPreflight:
    def __init__(self, settings: ShopifySettings) -> None:
        self._settings = settings
        self._graphql = GraphQL(settings)
        self._location = gid("Location", settings.location) if settings.location else ""

    def checks(self) -> Sequence[Check]:
        signed_in = ("sign-in",)
        return (
            Check(
                "sign-in",
                self._sign_in,
                "see in Shopify's Dev Dashboard that the app is installed in this shop; set "
                "BACKHAUL_STOREFRONT__CLIENT_ID and BACKHAUL_STOREFRONT__CLIENT_SECRET to its own",
            ),
            Check("version", self._version, "set BACKHAUL_STOREFRONT__API_VERSION to a supported version", signed_in),
            Check("scopes", self._scopes, "install the app anew", signed_in),
            Check("reasons", self._reasons, "grant the app write_returns", signed_in),
            Check("location", self._locations, "grant the app write_inventory", signed_in),
            Check("stock", self._stock, "grant the app write_inventory", ("sign-in", "location")),
            Check("webhook", self._webhook, "install the app anew", signed_in),
        )

    async def aclose(self) -> None:
        await self._graphql.close()

    async def _sign_in(self) -> Iterable[Finding]:
        shop = (await self._graphql.read("shop", documents.SHOP))["shop"]
        domain, currency = str(shop["myshopifyDomain"]), str(shop["currencyCode"])
        host = urlsplit(self._settings.url).hostname or ""
        if host.endswith(_DOMAIN) and host != domain:
            what = "set BACKHAUL_STOREFRONT__URL to that address: the order's source is kept under it"
            return [warning("address", f"{host} answers as {domain}", what)]
        return [ok("shop", f"signed in at {domain}, whose books are in {currency}")]

    async def _version(self) -> Iterable[Finding]:
        wanted = self._settings.api_version
        served = await self._graphql.served("publicApiVersions", documents.VERSIONS)
        known = (await self._graphql.read("publicApiVersions", documents.VERSIONS))["publicApiVersions"]
        supported = [str(each["handle"]) for each in known if each["supported"]]
        mend = f"set BACKHAUL_STOREFRONT__API_VERSION to one of {', '.join(supported)} that this release is tested with"
        if served and served != wanted:
            return [failed(wanted, f"the shop answers with version {served} in place of {wanted}", mend)]
        if wanted not in supported:
            return [failed(wanted, f"version {wanted} is not supported any more, or not yet", mend)]
        return [ok(wanted, f"version {wanted} is supported and served")]

    async def _scopes(self) -> Iterable[Finding]:
        installation = await self._graphql.read("currentAppInstallation", documents.INSTALLATION)
        granted = {str(each["handle"]) for each in installation["currentAppInstallation"]["accessScopes"]}
        bad = [
            failed(scope, f"the app has no scope {scope}", f"add {scope} to the app's scopes and release it")
            for scope in SCOPES
            if scope not in granted and scope.replace("read_", "write_") not in granted
        ]
        if _OLD_ORDERS not in granted:
            what = f"without the scope {_OLD_ORDERS} the shop shows no order older than 60 days"
            mend = f"ask Shopify for {_OLD_ORDERS} and add it, if returns may come later than that"
            bad.append(warning(_OLD_ORDERS, what, mend))
        return each_or_all(bad, "scopes", f"granted: {', '.join((*SCOPES, _OLD_ORDERS))}")

    async def _reasons(self) -> Iterable[Finding]:
        found = (await self._graphql.read("returnReasonDefinitions", documents.REASONS))["returnReasonDefinitions"]
        there = {str(each["handle"]) for each in found["nodes"] if not each["deleted"]}
        missing = sorted(set(HANDLES.values()) - there)
        if OTHER_REASON in missing:
            what = f"the shop has no return reason {OTHER_REASON}, which stands for every reason it does not have"
            return [failed(OTHER_REASON, what, "restore the shop's standard return reasons")]
        lacking = (
            warning(
                handle, f"the shop has no return reason {handle}: {OTHER_REASON} is used", "restore it, or leave it"
            )
            for handle in missing
        )
        return each_or_all(lacking, "reasons", "every standard return reason is there")

    async def _locations(self) -> Iterable[Finding]:
        mend = "set BACKHAUL_STOREFRONT__LOCATION to the id of the location that takes returns"
        if self._location:
            try:
                found = (await self._graphql.read("location", documents.LOCATION, id=self._location))["location"]
            except Permanent as refused:
                if refused.code != "RESOURCE_NOT_FOUND":
                    raise
                found = None
            if found is None:
                return [failed(ours(self._location), f"the shop has no location {ours(self._location)}", mend)]
            return [ok(ours(self._location), f"returns go to location {ours(self._location)}")]
        nodes = (await self._graphql.read("locations", documents.FIRST_LOCATION))["locations"]["nodes"]
        if not nodes:
            return [failed("location", "the shop has no location", "add one in the shop; or " + mend)]
        self._location = str(nodes[0]["id"])
        return [ok(ours(self._location), f"returns go to the shop's first location, {ours(self._location)}")]

    async def _stock(self) -> Iterable[Finding]:
        read = await self._graphql.read("inventoryItems", documents.ITEMS, location=self._location)
        items = [each for each in read["inventoryItems"]["nodes"] if each["sku"]]
        if not items:
            return [skipped("stock", "the shop has no inventory item with a SKU to look at")]
        where = f"at location {ours(self._location)}"
        return each_or_all(
            (
                warning(
                    str(each["sku"]),
                    f"{each['sku']} is not tracked" if not each["tracked"] else f"{each['sku']} is not stocked {where}",
                    f"track its quantity {where}: pending inspection cannot be shown for it",
                )
                for each in items
                if not each["tracked"] or each["inventoryLevel"] is None
            ),
            "stock",
            f"{len(items)} articles looked at are tracked {where}",
        )

    async def _webhook(self) -> Iterable[Finding]:
        """Subscriptions of the app's own configuration file are not shown by this interface, so none is no proof."""
        found = (await self._graphql.read("webhookSubscriptions", documents.SUBSCRIPTIONS))["webhookSubscriptions"]
        places = [str(each["uri"]) for each in found["nodes"] if each["topic"] == "RETURNS_REQUEST"]
        if any(urlsplit(place).path == _OWN_PATH for place in places):
            return [ok("returns/request", f"returns/request goes to {_OWN_PATH}")]
        told = f"to {', '.join(places)}" if places else "nowhere that can be seen here"
        mend = f"subscribe it to https://<your API>{_OWN_PATH}; without it returns begun in the shop do not start here"
        return [
            warning("returns/request", f"returns/request goes {told}", f"if the app's file does not say so: {mend}")
        ]
