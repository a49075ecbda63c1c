"""What each vendor's adapter is told, from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from adapters.crm.allowance import UNLIMITED, Allowance
from adapters.crm.dynamics import DynamicsBulk, DynamicsCrm, DynamicsFeed, DynamicsSettings
from adapters.crm.dynamics.rows import TABLES
from adapters.crm.dynamics.rows import VERSION as DYNAMICS_VERSION
from adapters.crm.port import Bulk
from adapters.crm.salesforce import SalesforceBulk, SalesforceCrm, SalesforceFeed, SalesforceSettings
from adapters.crm.salesforce.records import OBJECTS as SALESFORCE_OBJECTS
from adapters.crm.salesforce.records import VERSION as SALESFORCE_VERSION
from adapters.erp.netsuite import AccessToken, Certificate, Names, NetSuite, NetSuiteSettings
from adapters.erp.tryton import Names as TrytonNames
from adapters.erp.tryton import Tryton, TrytonSettings
from adapters.notify.smtp import SmtpSettings
from adapters.notify.wording import Letterhead, Templates
from adapters.secrets import Given
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from adapters.webhooks.sender import WebhookSender
from domain.allowance import Terms
from domain.credentials import Credential
from runtime import sections
from runtime.credentials.known import as_set, by_certificate, key_as_set
from runtime.credentials.vault import Vault
from runtime.mappings import mapping
from runtime.settings import Settings
from security.boxes import Box

_PUBLIC_BUS = "api.pubsub.salesforce.com:7443"


Secrets = Callable[[str], Given]
"""By its name, a secret of one counterpart."""


def kept(vault: Vault, vendor: str, org: str = "") -> Secrets:
    """Of a vault, so that a change counts without a restart."""
    return lambda name: vault.secret(Credential(vendor, org, name))


def kept_of_erp(vault: Vault, settings: Settings) -> Secrets:
    return kept(vault, settings.erp.kind)


def as_given(section: sections.Salesforce | sections.Dynamics) -> Secrets:
    """What the settings of an org say, for who has no vault."""

    def secret(name: str) -> str:
        if name == "private_key" and isinstance(section, sections.Salesforce):
            return key_as_set(section)
        return as_set(section.client_secret)

    return secret


@asynccontextmanager
async def shop(settings: Settings, vault: Vault) -> AsyncIterator[ShopifyStorefront]:
    """The storefront's door, for what the webhooks have to look up."""
    door = ShopifyStorefront(shopify(settings, vault))
    try:
        yield door
    finally:
        await door.aclose()


def shopify(settings: Settings, vault: Vault) -> ShopifySettings:
    given = settings.storefront
    return ShopifySettings(
        url=given.url,
        client_id=given.client_id,
        client_secret=kept(vault, "shopify")("client_secret"),
        api_version=given.api_version,
        location=given.location,
        ca_file=text(settings.files.ca),
    )


def erp(settings: Settings, vault: Vault) -> NetSuite | Tryton:
    given, secrets = settings.erp, kept_of_erp(vault, settings)
    ca, calls = text(settings.files.ca), settings.worker.erp
    if isinstance(given, sections.Tryton):
        return Tryton(tryton(given, ca, calls, secrets))
    return NetSuite(netsuite(given, ca, calls, secrets))


def tryton(given: sections.Tryton, ca: str | None, calls: int, secrets: Secrets) -> TrytonSettings:
    names = TrytonNames(
        web_shop=given.web_shop,
        quarantine=given.quarantine_location,
        scrap=given.scrap_location,
        other_payments=given.payment_method,
    )
    return TrytonSettings(given.url, given.database, given.user, secrets("password"), ca, calls, names)


def netsuite(given: sections.NetSuite, ca: str | None, calls: int, secrets: Secrets) -> NetSuiteSettings:
    login: Certificate | AccessToken
    if by_certificate(given):
        login = Certificate(given.client_id or "", given.certificate_id or "", secrets("private_key"))
    else:
        login = AccessToken(
            given.consumer_key or "", secrets("consumer_secret"), given.token_id or "", secrets("token_secret")
        )
    host = given.account.lower().replace("_", "-")
    return NetSuiteSettings(
        account=given.account,
        base_url=given.base_url or f"https://{host}.suitetalk.api.netsuite.com",
        login=login,
        ca_file=ca,
        concurrency=calls,
        names=Names(shipping_item=given.shipping_item, fee_item=given.fee_item, price_item=given.price_item),
    )


def smtp(settings: Settings, vault: Vault) -> SmtpSettings:
    given = settings.notify
    return SmtpSettings(
        host=given.host,
        port=given.port,
        sender=given.sender,
        security=given.security,
        username=given.username,
        password=kept(vault, "mail")("password") if given.username is not None else None,
        ca_file=text(settings.files.ca),
    )


def templates(settings: Settings) -> Templates:
    """How customers are written to. Raises BadTemplate."""
    given = settings.notify
    usual = Letterhead(given.shop_name, given.sender, given.reply_to, given.link, given.language, given.timezone)
    heads = {
        one.shop: Letterhead(
            one.name or usual.name,
            one.sender or usual.sender,
            one.reply_to or usual.reply_to,
            one.link or usual.link,
            one.language or usual.language,
            one.timezone or usual.timezone,
        )
        for one in settings.letterheads.values()
    }
    return Templates(usual, heads, given.templates)


def box(settings: Settings) -> Box | None:
    """What the secrets of webhooks are kept in."""
    keys = settings.webhooks.keys
    return Box(keys) if keys is not None else None


def webhook_sender(settings: Settings) -> WebhookSender:
    return WebhookSender(box(settings), text(settings.files.ca), settings.webhooks.near)


class UnknownOrg(Exception):
    """A CRM org was named that these settings do not have; the sentence names those there are."""


def crm_orgs(settings: Settings, org: str | None) -> tuple[str, ...]:
    """The named org, or all. Raises UnknownOrg."""
    if org is not None and org not in settings.crm:
        known = ", ".join(settings.crm) or "none"
        raise UnknownOrg(f"these settings have no CRM org {org!r}; there are {known}")
    return (org,) if org is not None else tuple(settings.crm)


def crm(
    given: sections.Salesforce | sections.Dynamics,
    ca: Path | None,
    allowance: Allowance = UNLIMITED,
    secrets: Secrets | None = None,
) -> SalesforceCrm | DynamicsCrm:
    if isinstance(given, sections.Salesforce):
        return SalesforceCrm(salesforce(given, ca, secrets), allowance)
    return DynamicsCrm(dynamics(given, ca, secrets=secrets), allowance)


def shown_as(given: sections.Salesforce | sections.Dynamics) -> str:
    """The object that shows a return in this org, as the org names it."""
    return SALESFORCE_OBJECTS[given.profile] if isinstance(given, sections.Salesforce) else TABLES[given.profile]


def bulk(given: sections.Salesforce | sections.Dynamics, ca: Path | None, door: SalesforceCrm | DynamicsCrm) -> Bulk:
    """The same org's door for many returns at once, over the same session."""
    if isinstance(given, sections.Salesforce):
        assert isinstance(door, SalesforceCrm)
        return SalesforceBulk(salesforce(given, ca), door)
    assert isinstance(door, DynamicsCrm)
    return DynamicsBulk(dynamics(given, ca), door)


def counts(given: sections.Salesforce | sections.Dynamics) -> str:
    """The field of the return's own record that says which version of the return it shows."""
    return SALESFORCE_VERSION if isinstance(given, sections.Salesforce) else DYNAMICS_VERSION


def terms(given: sections.Salesforce | sections.Dynamics) -> Terms:
    """What the org allows: Salesforce counts a day and tells its limit, Dataverse five minutes and does not."""
    window, most = (
        (86_400.0, given.calls_per_day)
        if isinstance(given, sections.Salesforce)
        else (300.0, given.calls_per_five_minutes)
    )
    return Terms(window, most, given.live_reserve, given.calls_per_second, given.calls_at_once)


def feed(
    given: sections.Salesforce | sections.Dynamics,
    ca: Path | None,
    allowance: Allowance = UNLIMITED,
    secrets: Secrets | None = None,
) -> SalesforceFeed | DynamicsFeed:
    """What tells the changes made in a CRM."""
    if isinstance(given, sections.Salesforce):
        return SalesforceFeed(salesforce(given, ca, secrets), allowance=allowance)
    return DynamicsFeed(dynamics(given, ca, secrets=secrets), allowance=allowance)


def salesforce(given: sections.Salesforce, ca: Path | None, secrets: Secrets | None = None) -> SalesforceSettings:
    secret, by_secret = secrets or as_given(given), given.client_secret is not None
    return SalesforceSettings(
        url=given.url,
        client_id=given.client_id,
        username=given.username,
        private_key=None if by_secret else secret("private_key"),
        client_secret=secret("client_secret") if by_secret else None,
        profile=given.profile,
        api_version=given.api_version,
        pubsub=_event_bus(given),
        ca_file=text(ca),
        mapping=mapping(given),
    )


def _event_bus(given: sections.Salesforce) -> str | None:
    """The platform has one address for all orgs; where an org stands elsewhere nobody can know its bus."""
    if given.pubsub is not None:
        return None if given.pubsub == "off" else given.pubsub
    host = urlsplit(given.url).hostname or ""
    return _PUBLIC_BUS if host.endswith(".salesforce.com") else None


def dynamics(
    given: sections.Dynamics, ca: Path | None, webhook: str = "", secrets: Secrets | None = None
) -> DynamicsSettings:
    """`webhook` is the path of the org's own webhooks in our API, when it has a key for them."""
    return DynamicsSettings(
        url=given.url,
        authority=given.authority,
        tenant=given.tenant,
        client_id=given.client_id,
        client_secret=(secrets or as_given(given))("client_secret"),
        profile=given.profile,
        ca_file=text(ca),
        mapping=mapping(given),
        webhook=webhook if given.webhook_key else "",
    )


def text(path: Path | None) -> str | None:
    return str(path) if path else None
