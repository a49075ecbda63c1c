"""The document's parts and their fields: a number in text is checked as one, and nothing unknown is passed over."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, InstanceOf, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from domain.policy import BundlePrice, Promotion, Shipping
from domain.units import FULL_VALUE
from runtime.inputs import Input, Name, Units

_NUMBER = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]+))?")
UNIT_PRICE_PLACES = 6
_RATE_PLACES = 12


def _wrong(words: str) -> PydanticCustomError:
    return PydanticCustomError("number", "{words}", {"words": words})


def _checked(value: Any, places: int, whose: str) -> str:
    """A decimal that is not negative, as text. Numbers of JSON are refused: somebody's float may have made them."""
    if not isinstance(value, str):
        raise _wrong('must be a decimal number as text in quotes, such as "12.30"')
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise _wrong("must be a decimal number such as 12.30: digits, and a point before the decimals")
    if found[1]:
        raise _wrong("must not be negative")
    if len(found[3] or "") > places:
        raise _wrong(f"has more decimals than {whose} has ({places})")
    return value


def _minor(value: Any, info: ValidationInfo) -> int:
    places = info.context["places"] if info.context else 0
    text = _checked(value, places, info.context["currency"] if info.context else "the currency")
    return int(Fraction(text) * 10**places)


def _unit_price(value: Any, info: ValidationInfo) -> Fraction:
    text = _checked(value, UNIT_PRICE_PLACES, "a unit price")
    return Fraction(text) * 10 ** (info.context["places"] if info.context else 0)


def _rate(value: Any) -> Fraction:
    rate = Fraction(_checked(value, _RATE_PLACES, "a rate"))
    if not rate:
        raise _wrong("must be more than 0")
    return rate


def _percent(value: Any) -> str:
    return _checked(value, UNIT_PRICE_PLACES, "a percentage")


def _part_percent(value: Any) -> str:
    text = _percent(value)
    if Fraction(text) > 100:
        raise _wrong("must not be more than 100")
    return text


def _fraction(value: Any) -> int:
    parts = Fraction(_checked(value, 6, "a value fraction")) * FULL_VALUE
    if parts > FULL_VALUE:
        raise _wrong("must be from 0 to 1")
    return int(parts)


Amount = Annotated[int, BeforeValidator(_minor)]
UnitPrice = Annotated[InstanceOf[Fraction], BeforeValidator(_unit_price)]
ExchangeRate = Annotated[InstanceOf[Fraction], BeforeValidator(_rate)]
Percent = Annotated[str, BeforeValidator(_percent)]
PartPercent = Annotated[str, BeforeValidator(_part_percent)]
ValueFraction = Annotated[int, BeforeValidator(_fraction)]


class Part(Input):
    """A part of the document. A field that is null is as good as absent."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: part for name, part in value.items() if part is not None or name not in cls.model_fields}


class Posted(Part):
    """What the invoice is known to have posted; absent: worked out."""

    net: Amount | None = None
    taxes: dict[Name, Amount] | None = None
    total: Amount | None = None


class Component(Posted):
    id: Name
    quantity: Units = 1
    stand_alone: Amount
    tax_codes: list[Name] | None = None


class Bundle(Part):
    price: Amount
    prices_include_tax: bool | None = None
    components: list[Component] = Field(min_length=1)


class Line(Posted):
    id: Name
    quantity: Units
    unit_price: UnitPrice | None = None
    discount: Amount = 0
    tax_codes: list[Name] = Field(default_factory=list)
    bundle: Bundle | None = None


class OrderDiscount(Part):
    amount: Amount | None = None
    allocation: dict[Name, Amount] | None = None
    minimum_spend: Amount | None = None


class Charge(Part):
    net: Amount = 0
    taxes: dict[Name, Amount] = Field(default_factory=dict)


class ShippingCharge(Charge):
    standard: Charge | None = None


class Tender(Part):
    id: Name
    kind: str = ""
    captured: Amount
    refunded: Amount = 0


class Compound(Part):
    rate: Percent
    compound: bool = False


class Fee(Part):
    percent: PartPercent | None = None
    flat: Amount | None = None
    taxed: bool = True


class ReturnShippingFee(Fee):
    tax_codes: list[Name] | None = None


class Policies(Part):
    """All but the tender order, which is a list or a word."""

    bundle: BundlePrice = Field(default=BundlePrice.PRO_RATA, strict=False)
    promotion: Promotion = Field(default=Promotion.PRO_RATA, strict=False)
    shipping: Shipping = Field(default=Shipping.WHEN_ALL_RETURNED, strict=False)
    restocking_fee: Fee | None = None
    return_shipping_fee: ReturnShippingFee | None = None


class ReturnLine(Part):
    line: Name
    quantity: Units
    value_fraction: ValueFraction = FULL_VALUE


class Base(Part):
    """The books' own currency; its total is read with the decimals of that currency."""

    currency: str
    rate: ExchangeRate | None = None
    total: Amount | None = None
