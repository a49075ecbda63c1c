"""The catalogue of object types the pretended org knows."""

from __future__ import annotations

from sandbox.salesforce.objects.customers import ACCOUNT, CASE, CONTACT
from sandbox.salesforce.objects.org import CREDIT_MEMO, ORGANIZATION, USER
from sandbox.salesforce.objects.returns import CUSTOM_RETURN, RETURN_ORDER, RETURN_ORDER_LINE_ITEM
from sandbox.salesforce.objects.sales import ASSET, ASSET_WARRANTY, ORDER, PRODUCT
from sandbox.salesforce.schema import SObject

OBJECTS: tuple[SObject, ...] = (
    ACCOUNT,
    CONTACT,
    CASE,
    PRODUCT,
    ORDER,
    ASSET,
    ASSET_WARRANTY,
    RETURN_ORDER,
    RETURN_ORDER_LINE_ITEM,
    CUSTOM_RETURN,
    CREDIT_MEMO,
    ORGANIZATION,
    USER,
)


def find_type(name: str) -> SObject | None:
    wanted = name.lower()
    return next((each for each in OBJECTS if each.name.lower() == wanted), None)
