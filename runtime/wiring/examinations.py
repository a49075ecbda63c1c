"""Every counterpart of the settings, as `doctor` examines it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.crm.dynamics.preflight import DynamicsPreflight
from adapters.crm.salesforce.preflight import SalesforcePreflight
from adapters.erp.netsuite.preflight import NetSuitePreflight
from adapters.erp.tryton.preflight import TrytonPreflight
from adapters.notify.preflight import MailPreflight
from adapters.storefront.shopify.preflight import ShopifyPreflight
from domain.preflight import Check, Preflight
from runtime import hints, sections
from runtime.preflight import Part, TemporalPreflight
from runtime.settings import PREFIX, Settings
from runtime.wiring import vendors
from runtime.wiring.vendors import crm_orgs
from store.preflight import DatabasePreflight

_NO_MAPPING = frozenset({"rules", "privileges", "price lists", "changes", "change tracking", "webhook"})


def preflight(settings: Settings) -> tuple[Part, ...]:
    """Every counterpart of these settings, to be examined once; none is connected until then."""
    ca = settings.files.ca
    return (
        Part("database", "", _database(settings.database)),
        Part("temporal", "", TemporalPreflight(settings)),
        Part("shopify", "", ShopifyPreflight(vendors.shopify(settings))),
        _erp_part(settings),
        *(_crm_part(org, given, ca) for org, given in settings.crm.items()),
        Part("mail", "", MailPreflight(vendors.smtp(settings))),
    )


def _database(given: sections.Database) -> DatabasePreflight:
    return DatabasePreflight(given.url, given.pool_size, given.api_url)


def mapping_parts(settings: Settings, org: str | None) -> tuple[Part, ...]:
    """The CRM orgs, to be examined for their mappings only. Raises BadMapping, and UnknownOrg."""
    orgs = {name: settings.crm[name] for name in crm_orgs(settings, org)}
    parts = (_crm_part(name, given, settings.files.ca) for name, given in orgs.items())
    return tuple(Part(part.kind, part.name, _MappingOnly(part.preflight)) for part in parts)


class _MappingOnly:
    """A CRM's preflight without what no mapping decides."""

    def __init__(self, whole: Preflight) -> None:
        self._whole = whole

    def checks(self) -> Sequence[Check]:
        return [each for each in self._whole.checks() if each.name not in _NO_MAPPING]

    async def aclose(self) -> None:
        await self._whole.aclose()


def _erp_part(settings: Settings) -> Part:
    given, ca, calls = settings.erp, vendors.text(settings.files.ca), settings.worker.erp
    if isinstance(given, sections.Tryton):
        return Part("tryton", "", TrytonPreflight(vendors.tryton(given, ca, calls)))
    return Part("netsuite", "", NetSuitePreflight(vendors.netsuite(given, ca, calls)))


def _crm_part(org: str, given: sections.Salesforce | sections.Dynamics, ca: Path | None) -> Part:
    prefix = f"{PREFIX}CRM__{org.upper()}__"
    if isinstance(given, sections.Salesforce):
        return Part("salesforce", org, SalesforcePreflight(vendors.salesforce(given, ca), prefix))
    return Part("dynamics", org, DynamicsPreflight(vendors.dynamics(given, ca, hints.path(org)), prefix))
