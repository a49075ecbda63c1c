"""The sections of CRM orgs: any number, each under a name."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    model_validator,
)

from runtime.sections.section import Address, KeyFile, Pause, Section, named

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
            raise ValueError(f"to sign in, set {named(certificate)} (or instead {named(secret)})")
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
