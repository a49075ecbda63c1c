"""The sections of the settings: one model per counterpart or concern, each field described as the operator reads it.

A description finishes the sentence "BACKHAUL_X is not set: it is …"; `runtime/complaints.py` says it.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from runtime.pauses import pause
from security.keys import Keyring
from security.marks import MarkKey
from security.signing import KnownKeys, SigningKey, key_bytes
from security.webhook_signing import signing_secret


class Section(BaseModel):
    """Unknown names are refused, so that a misspelt variable is told instead of ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def words(value: Any) -> Any:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def address(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise ValueError("it must begin with https://")
    return value.rstrip("/")


def _database(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("postgresql://", "postgresql+asyncpg://")):
        raise ValueError("it must begin with postgresql://")
    return value


def _named(fields: Iterable[str]) -> str:
    """Field names as the operator writes them; `{}` becomes the section's own variable name."""
    return ", ".join("{}__" + name.upper() for name in fields)


def _pause(value: Any) -> Any:
    return pause(value) if isinstance(value, str) else value


Pause = Annotated[timedelta | None, BeforeValidator(_pause)]
Words = Annotated[tuple[str, ...], BeforeValidator(words)]
Address = Annotated[str, BeforeValidator(address)]
# In the place of a file whose content is kept elsewhere (runtime/credential_settings.py); a folder is no file.
LEFT_OUT = Path()


def _or_left_out(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return LEFT_OUT if value == "" else check(value)


KeyFile = Annotated[FilePath, WrapValidator(_or_left_out)]


class Database(Section):
    url: Annotated[str, BeforeValidator(_database)] = Field(
        description="the PostgreSQL address, such as postgresql://user:password@host:5432/backhaul",
        repr=False,
    )
    pool_size: int = Field(default=10, ge=1, description="the most connections one process opens")


class Shopify(Section):
    kind: Literal["shopify"] = "shopify"
    url: Address = Field(description="the shop's address, such as https://your-shop.myshopify.com")
    api_version: str = Field(
        default="2026-07", pattern=r"^\d{4}-\d{2}$", description="the Admin API version, such as 2026-07"
    )
    client_id: str = Field(description="the client id of the app in Shopify's Dev Dashboard")
    client_secret: SecretStr = Field(description="the client secret of that app; it also signs the shop's webhooks")
    location: str | None = Field(
        default=None, description="the id of the location that takes returns, when not the shop's first"
    )


class NetSuite(Section):
    kind: Literal["netsuite"]
    account: str = Field(description="the NetSuite account id, such as 1234567 or 1234567_SB1")
    base_url: Address | None = Field(default=None, description="the REST address, when not the account's usual one")
    client_id: str | None = Field(default=None, description="the client id of the integration record (OAuth 2.0)")
    certificate_id: str | None = Field(default=None, description="the id of the certificate mapped to that integration")
    private_key_file: KeyFile | None = Field(default=None, description="the PEM file of that certificate's private key")
    consumer_key: str | None = Field(default=None, description="the integration's consumer key (token-based sign-in)")
    consumer_secret: SecretStr | None = Field(default=None, description="the integration's consumer secret")
    token_id: str | None = Field(default=None, description="the access token's id")
    token_secret: SecretStr | None = Field(default=None, description="the access token's secret")
    shipping_item: str = Field(
        default="item-SHIPPING", description="the service item for shipping given back, by external or internal id"
    )
    fee_item: str = Field(default="item-RETURN-FEE", description="the service item for fees taken off a credit")
    price_item: str = Field(
        default="item-RETURN-PRICE",
        description="the service item for what a forfeited bundle price or promotion takes off a credit",
    )

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> "NetSuite":
        certificate = ("client_id", "certificate_id", "private_key_file")
        token = ("consumer_key", "consumer_secret", "token_id", "token_secret")
        missing = {way: [name for name in way if getattr(self, name) is None] for way in (certificate, token)}
        if all(missing.values()):
            begun = token if len(missing[token]) < len(token) else certificate
            other = certificate if begun is token else token
            raise ValueError(f"to sign in, set {_named(missing[begun])} (or instead {_named(other)})")
        return self


class Tryton(Section):
    kind: Literal["tryton"]
    url: Address = Field(description="where the server answers, such as https://erp.your-company.example")
    database: str = Field(description="the name of its database")
    user: str = Field(
        description="the login of the integration's user; it needs the groups Sales, Stock and Accounting"
    )
    password: SecretStr = Field(description="that user's password")
    web_shop: str = Field(default="Storefront", description="the name of the web shop in Tryton whose orders these are")
    quarantine_location: str = Field(
        default="QUA",
        description="the code of the location for goods in quarantine, one of the warehouse's waste places",
    )
    scrap_location: str = Field(
        default="SCR", description="the code of the location for scrapped goods, another of these"
    )
    payment_method: str = Field(
        default="Card", description="the payment method that books refunds of any tender without one named like it"
    )


Erp = Annotated[NetSuite | Tryton, Field(discriminator="kind")]
DEFAULT_ERP = "netsuite"
_MAPPING = "the file that says which field shows what, when not the profile's own"


class Protected(Section):
    """What keeps an org's allowance: see docs/crm/protection.md."""

    live_reserve: int = Field(
        default=20, ge=0, le=90, description="the percentage of the org's calls kept for the live status of returns"
    )
    calls_per_second: float = Field(
        default=0, ge=0, le=1000, description="the most calls per second of all workers together; 0 is no pace"
    )


class Org(Protected):
    """What every CRM org has."""

    reconcile_every: Pause = Field(
        default=timedelta(hours=24), description="how often it is compared with the books, such as 6h or 1d, or off"
    )
    keep_days: int = Field(
        default=400, ge=30, description="days that decisions about edits and counts of attempts are kept"
    )


def _bus(value: Any) -> Any:
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if value != "off" and not (host and colon and port.isdigit() and "/" not in host):
        raise ValueError("it must be host:port, or off")
    return value


class Salesforce(Org):
    kind: Literal["salesforce"]
    url: Address = Field(description="the org's My Domain address, such as https://your-org.my.salesforce.com")
    api_version: str = Field(default="67.0", pattern=r"^\d{2}\.0$", description="the API version, such as 67.0")
    client_id: str = Field(description="the consumer key of the connected app")
    username: str | None = Field(default=None, description="the integration user, for sign-in by certificate")
    private_key_file: KeyFile | None = Field(default=None, description="the PEM file of the private key, for the same")
    client_secret: SecretStr | None = Field(default=None, description="the consumer secret, for sign-in by secret")
    profile: Literal["return_order", "case", "custom"] = Field(
        default="return_order", description="which records show a return: return_order, case or custom"
    )
    mapping: FilePath | None = Field(default=None, description=_MAPPING)
    calls_per_day: int | None = Field(
        default=None, ge=1, description="the most calls a day of everybody, when less than the org itself allows"
    )
    calls_at_once: int = Field(
        default=10, ge=1, le=25, description="the most calls of one process at the same time; orgs take 25 long ones"
    )
    pubsub: Annotated[str, BeforeValidator(_bus)] | None = Field(
        default=None,
        description="where the Pub/Sub API tells changes, host:port, or off to poll for them; without it the public one"
        " for an org at salesforce.com, and off for any other",
    )

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> "Salesforce":
        if self.client_secret is None and (self.username is None or self.private_key_file is None):
            certificate, secret = ("username", "private_key_file"), ("client_secret",)
            raise ValueError(f"to sign in, set {_named(certificate)} (or instead {_named(secret)})")
        return self


class Dynamics(Org):
    kind: Literal["dynamics"]
    url: Address = Field(description="the environment's address, such as https://your-org.crm4.dynamics.com")
    authority: Address = Field(
        default="https://login.microsoftonline.com", description="the sign-in address; differs in national clouds"
    )
    tenant: str = Field(description="the directory (tenant) id")
    client_id: str = Field(description="the application (client) id of the app registration")
    client_secret: SecretStr = Field(description="a client secret of that registration")
    profile: Literal["rma", "case", "custom"] = Field(
        default="rma", description="which tables show a return: rma (Field Service), case or custom"
    )
    mapping: FilePath | None = Field(default=None, description=_MAPPING)
    calls_per_five_minutes: int = Field(
        default=6000, ge=1, description="the requests the environment's service protection allows our user"
    )
    calls_at_once: int = Field(
        default=52, ge=1, le=52, description="the most calls of one process at the same time; fewer when it objects"
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="the key the environment's webhooks prove themselves with, 16 characters at least",
    )


Crm = Annotated[Salesforce | Dynamics, Field(discriminator="kind")]


def _timezone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError, TypeError):
        raise ValueError("it must be a time zone such as Europe/Berlin") from None
    return value


TimeZone = Annotated[str, BeforeValidator(_timezone)]
_LINK = "where customers see their return, such as https://your-shop.example/returns/{return_id}"


class Smtp(Section):
    host: str = Field(description="the mail server that takes the customers' messages")
    port: int = Field(default=587, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="starttls, tls or none")
    username: str | None = Field(default=None, description="the user name, where the server wants one")
    password: SecretStr | None = Field(default=None, description="its password")
    sender: str = Field(description="the address messages come from, such as returns@your-shop.example")
    reply_to: str = Field(default="", description="the address customers answer to, when not the sender's")
    shop_name: str = Field(default="", description="the name notices end with")
    link: str = Field(default="", description=_LINK)
    language: str = Field(default="en", description="the language of customers whose own is not known or not there")
    timezone: TimeZone = Field(
        default="UTC", description="the time zone of the dates in notices, such as Europe/Berlin"
    )
    bounce_secret: SecretStr | None = Field(
        default=None, description="the secret (whsec_…) that signs reports of undelivered messages that come over HTTP"
    )
    templates: DirectoryPath | None = Field(
        default=None, description="a folder of your own templates, which take the place of those of the same name"
    )

    @field_validator("bounce_secret")
    @classmethod
    def _signs(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not signing_secret(value.get_secret_value()):
            raise ValueError("it must be whsec_ and at least 24 bytes in base64")
        return value


class Letterhead(Section):
    """How one of several shops writes to its customers; what is left out is as in BACKHAUL_NOTIFY__*."""

    shop: str = Field(description="the shop this is for, as the storefront names it: your-shop.myshopify.com")
    sender: str = Field(default="", description="the address its messages come from")
    reply_to: str = Field(default="", description="the address its customers answer to")
    name: str = Field(default="", description="the name its notices end with")
    link: str = Field(default="", description=_LINK)
    language: str = Field(default="", description="its language, for customers whose own is not known or not there")
    timezone: TimeZone | None = Field(default=None, description="the time zone of the dates in its notices")


def _keys(value: Any) -> Any:
    return Keyring.parse(value) if isinstance(value, str) else value


class Webhooks(Section):
    """Events for other systems: see docs/webhooks.md."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Annotated[Keyring | None, BeforeValidator(_keys)] = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64, that the secrets of webhooks are kept under",
        repr=False,
    )
    patience: Pause = Field(default=timedelta(days=1), description="after how long an event is given up, such as 1d")
    near: bool = Field(
        default=False, description="true where only this machine is told of events, also without TLS, as in a test"
    )

    @model_validator(mode="after")
    def _some_patience(self) -> "Webhooks":
        if self.patience is None:
            raise ValueError("{}__PATIENCE must be a span such as 12h or 1d")
        return self


class Worker(Section):
    """How much one worker process takes on. Counterparts have queues of their own, each with its own measure."""

    queues: Words = Field(default=(), description="the task queues to serve, by comma; none named means all of them")
    workflow_tasks: int = Field(default=50, ge=1, description="workflow tasks at once")
    cached_workflows: int = Field(default=1000, ge=0, description="returns kept in memory between their tasks")
    local_activities: int = Field(default=100, ge=1, description="local activities (our own records) at once")
    storefront: int = Field(default=20, ge=1, description="storefront calls at once")
    # NetSuite counts concurrent requests per account and gives small accounts five.
    erp: int = Field(default=5, ge=1, description="ERP calls at once; keep it under the account's concurrency limit")
    crm: int = Field(default=200, ge=1, description="CRM publications at once, per org; they travel in shared calls")
    notices: int = Field(default=20, ge=1, description="messages at once")
    webhooks: int = Field(default=100, ge=1, description="events of webhooks at once, and subscriptions looked after")
    grace: int = Field(default=30, ge=0, description="seconds a stopping worker gives to calls that are under way")


class Telemetry(Section):
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least level logged"
    )
    log_format: Literal["json", "plain"] = Field(default="json", description="json for machines, plain for people")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="where the worker serves Temporal's own metrics for Prometheus"
    )


class Codec(Section):
    """Encrypts everything a workflow history holds."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    keys: Annotated[Keyring | None, BeforeValidator(_keys)] = Field(
        default=None,
        description="id:key pairs by comma, the key 32 bytes in base64; the first encrypts, all decrypt",
        repr=False,
    )


def _mark_key(value: Any) -> Any:
    return MarkKey.parse(value) if isinstance(value, str) else value


class Identity(Section):
    """Who is the same party. Without a key nobody is matched, and nothing is kept of customers for that purpose."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    key: Annotated[MarkKey | None, BeforeValidator(_mark_key)] = Field(
        default=None,
        description="32 bytes in base64 that make codes of names and mailboxes, by which parties are found",
        repr=False,
    )


def _signing_key(value: Any) -> Any:
    return SigningKey.parse(value) if isinstance(value, str) else value


def _public_keys(value: Any) -> Any:
    return tuple(key_bytes(word) for word in words(value)) if isinstance(value, str) else value


def _days(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = {}
    for word in words(value):
        kind, colon, days = word.partition(":")
        if not (kind and colon and days.isdigit() and int(days)):
            raise ValueError("it must be kinds and days by comma, such as access:400,return:3650")
        found[kind] = int(days)
    return found


class Audit(Section):
    """Who did what, and how it is proved: see docs/audit.md."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    key: Annotated[SigningKey | None, BeforeValidator(_signing_key)] = Field(
        default=None,
        description="the key that signs checkpoints, 32 bytes in base64; without it nothing is signed",
        repr=False,
    )
    known_keys: Annotated[tuple[bytes, ...], BeforeValidator(_public_keys)] = Field(
        default=(), description="public keys, in base64 by comma, whose signatures count beside our own key's"
    )
    checkpoint_every: Pause = Field(
        default=timedelta(hours=1), description="how often a checkpoint is signed, such as 30m or 1d, or off"
    )
    keep: Annotated[Mapping[str, int], BeforeValidator(_days)] = Field(
        default={}, description="days that acts are kept, by the kind of their stream, such as access:400,return:3650"
    )

    @property
    def known(self) -> KnownKeys:
        return KnownKeys((*((self.key.public,) if self.key else ()), *self.known_keys))


class Files(Section):
    """Where things lie on disk."""

    data: Path = Field(default=Path(".backhaul"), description="the folder of the embedded stack")
    ca: FilePath | None = Field(default=None, description="a PEM file of one more authority to trust for TLS")
    policies: FilePath | None = Field(default=None, description="the shop's return policies")
