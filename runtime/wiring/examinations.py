"""Every counterpart of the settings, as `doctor` examines it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from adapters.crm.dynamics.preflight import DynamicsPreflight
from adapters.crm.salesforce.preflight import SalesforcePreflight
from adapters.erp.netsuite.preflight import NetSuitePreflight
from adapters.erp.tryton.preflight import TrytonPreflight
from adapters.notify.preflight import MailPreflight
from adapters.storefront.shopify.preflight import ShopifyPreflight
from domain.preflight import Check, Preflight
from runtime import hints, sections
from runtime.credentials.preflight import CredentialsPreflight
from runtime.credentials.vault import Vault
from runtime.preflight import Part, TemporalPreflight
from runtime.settings import PREFIX, Settings
from runtime.wiring import vendors
from runtime.wiring.credentials import keeping
from runtime.wiring.vendors import crm_orgs
from store.preflight import DatabasePreflight

_NO_MAPPING = frozenset({"rules", "privileges", "price lists", "changes", "change tracking", "webhook"})


def preflight(settings: Settings, safe: Vault) -> tuple[Part, ...]:
    """Every counterpart of these settings, to be examined once; none is connected until then."""
    ca = settings.files.ca
    return (
        Part("database", "", _database(settings.database)),
        Part("credentials", "", CredentialsPreflight(partial(keeping, settings))),
        Part("temporal", "", TemporalPreflight(settings)),
        Part("shopify", "", ShopifyPreflight(vendors.shopify(settings, safe))),
        _erp_part(settings, safe),
        *(_crm_part(org, given, ca, safe) for org, given in settings.crm.items()),
        Part("mail", "", MailPreflight(vendors.smtp(settings, safe))),
    )


def _database(given: sections.Database) -> DatabasePreflight:
    return DatabasePreflight(given.url, given.pool_size, given.api_url)


def mapping_parts(settings: Settings, safe: Vault, org: str | None) -> tuple[Part, ...]:
    """The CRM orgs, to be examined for their mappings only. Raises BadMapping, and UnknownOrg."""
    orgs = {name: settings.crm[name] for name in crm_orgs(settings, org)}
    parts = (_crm_part(name, given, settings.files.ca, safe) for name, given in orgs.items())
    return tuple(Part(part.kind, part.name, _MappingOnly(part.preflight)) for part in parts)


class _MappingOnly:
    """A CRM's preflight without what no mapping decides."""

    def __init__(self, whole: Preflight) -> None:
        self._whole = whole

    def checks(self) -> Sequence[Check]:
        return [each for each in self._whole.checks() if each.name not in _NO_MAPPING]

    async def aclose(self) -> None:
        await self._whole.aclose()


def _erp_part(settings: Settings, safe: Vault) -> Part:
    secrets = vendors.kept_of_erp(safe, settings)
    given, ca, calls = settings.erp, vendors.text(settings.files.ca), settings.worker.erp
    if isinstance(given, sections.Tryton):
        return Part("tryton", "", TrytonPreflight(vendors.tryton(given, ca, calls, secrets)))
    return Part("netsuite", "", NetSuitePreflight(vendors.netsuite(given, ca, calls, secrets)))


def _crm_part(org: str, given: sections.Salesforce | sections.Dynamics, ca: Path | None, safe: Vault) -> Part:
    secrets = vendors.kept(safe, given.kind, org)
    prefix = f"{PREFIX}CRM__{org.upper()}__"
    if isinstance(given, sections.Salesforce):
        return Part("salesforce", org, SalesforcePreflight(vendors.salesforce(given, ca, secrets), prefix))
    return Part("dynamics", org, DynamicsPreflight(vendors.dynamics(given, ca, hints.path(org), secrets), prefix))
