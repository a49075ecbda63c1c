"""The sections of the settings that say who comes in: machines, people, their issuer, and how much anybody may have."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from runtime.sections import Section, address, words
from security.roles import Role
from security.tokens import ASYMMETRIC


class ApiKey(Section):
    """One machine that speaks to the API. The key itself is nowhere; `backhaul api-key` makes one."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="the SHA-256 of the key, as `api-key` printed it")
    roles: Annotated[frozenset[Role], BeforeValidator(words)] = Field(
        min_length=1, description="what it may do, by comma: storefront, warehouse, support, finance, it_admin, auditor"
    )
    regions: Annotated[frozenset[str], BeforeValidator(words)] = Field(
        default=frozenset(), description="only returns of these countries, by comma; none named means all"
    )
    shops: Annotated[frozenset[str], BeforeValidator(words)] = Field(
        default=frozenset(), description="only returns of these shops, by comma; none named means all"
    )


class Login(ApiKey):
    """One person of the embedded stack, who signs in at its own page. Nobody else has any."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="the SHA-256 of the password the stack drew")


def _safe(value: Any) -> Any:
    """What people sign in by goes over TLS, or never leaves this machine."""
    address(value)
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise ValueError("it must begin with https://")
    return value


def _front(value: Any) -> Any:
    found = _safe(value).rstrip("/")
    if urlsplit(found).path:
        raise ValueError("it must end after the host, or its port")
    return found


class Api(Section):
    """How the API is met, and how much of it anybody may have."""

    url: Annotated[str, BeforeValidator(_front)] | None = Field(
        default=None, description="the address people reach it at, such as https://returns.your-company.example"
    )
    calls_per_minute: int = Field(
        default=1200, ge=1, description="the most calls of one key or person in a minute, of each process"
    )
    failures_per_minute: int = Field(
        default=20, ge=1, description="the most attempts to sign in, and refused keys, of one address in a minute"
    )
    streams: int = Field(
        default=200, ge=1, description="the most live updates one key or person has open, of each process"
    )
    session_minutes: int = Field(default=720, ge=1, description="minutes after which everybody signs in again")
    idle_minutes: int = Field(default=60, ge=1, description="minutes without a call after which a session ends")


def _pairs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = [pair.rpartition("=") for pair in words(value)]
    if not all(theirs and ours for theirs, _, ours in pairs):
        raise ValueError("it must be pairs like their-word=our-word, by comma")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


Pairs = Annotated[dict[str, str], BeforeValidator(_pairs)]
_ROLES = ", ".join(Role)


class Oidc(Section):
    """The OpenID Connect issuer whose people and programs are known here."""

    # Its last slash is kept: tokens are compared with it letter by letter.
    issuer: Annotated[str, BeforeValidator(_safe)] = Field(
        description="the issuer, exactly as its discovery document names it, such as https://login.your-company.example"
    )
    audience: str | None = Field(
        default=None, description="what tokens for the API are made out to; without it no token is accepted there"
    )
    client_id: str | None = Field(
        default=None, description="the client id of the console's registration; without it nobody signs in there"
    )
    client_secret: SecretStr | None = Field(default=None, description="its secret, where the registration has one")
    scope: str = Field(default="openid profile", pattern=r"\bopenid\b", description="what is asked for at a sign-in")
    algorithms: Annotated[frozenset[str], BeforeValidator(words)] = Field(
        default=frozenset({"RS256", "PS256", "ES256", "EdDSA"}),
        min_length=1,
        description="how tokens may be signed, by comma",
    )
    leeway_seconds: int = Field(default=60, ge=0, le=600, description="how far the issuer's clock may be from ours")
    name_claim: str = Field(
        default="sub", description="the claim people are named by in the books: never given to another, no real name"
    )
    roles_claim: str = Field(default="roles", description="the claim that says what somebody may do")
    roles: Pairs = Field(
        default_factory=dict,
        description=f"which of its values mean which role ({_ROLES}), as value=role by comma; without it they are ours",
    )
    regions_claim: str | None = Field(
        default=None, description="the claim that says whose returns somebody sees, by country; without it all"
    )
    regions: Pairs = Field(
        default_factory=dict, description="which of its values mean which country, as value=DE by comma; * means all"
    )
    shops_claim: str | None = Field(default=None, description="the same, by shop")
    shops: Pairs = Field(
        default_factory=dict, description="which of its values mean which shop, as value=shop by comma; * means all"
    )

    @field_validator("algorithms")
    @classmethod
    def _no_shared_secrets(cls, given: frozenset[str]) -> frozenset[str]:
        if unfit := given - ASYMMETRIC:
            raise ValueError(f"{sorted(unfit)[0]} is not one of {', '.join(sorted(ASYMMETRIC))}")
        return given

    @field_validator("roles")
    @classmethod
    def _our_roles(cls, given: dict[str, str]) -> dict[str, str]:
        if unknown := set(given.values()) - set(Role):
            raise ValueError(f"{sorted(unknown)[0]!r} is no role; there are {_ROLES}")
        return given

    @model_validator(mode="after")
    def _for_something(self) -> "Oidc":
        if self.audience is None and self.client_id is None:
            raise ValueError("set {}__AUDIENCE for tokens, {}__CLIENT_ID for people who sign in, or both")
        return self
