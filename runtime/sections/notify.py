"""The sections of notices: the mail server, and how each shop writes."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    DirectoryPath,
    Field,
    SecretStr,
    field_validator,
)

from runtime.sections.section import Section
from security.webhook_signing import signing_secret


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
