"""The sections of the ERPs: one is set, and its kind says which."""

from typing import Annotated, Literal

from pydantic import (
    Field,
    SecretStr,
    model_validator,
)

from runtime.sections.section import Address, KeyFile, Section, named


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
            raise ValueError(f"to sign in, set {named(missing[begun])} (or instead {named(other)})")
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
