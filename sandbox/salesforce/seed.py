"""A neutral order taken into the org: account, contact, products, order, an asset with warranty per serial."""

from __future__ import annotations

from typing import Any

from sandbox.money import decimal
from sandbox.posting import PostedLine, PostedOrder, post
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.customers import ACCOUNT, CONTACT
from sandbox.salesforce.objects.sales import ASSET, ASSET_WARRANTY, ORDER, PRODUCT
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Record
from sandbox.world import World


def seed(world: World, records: Records, document: dict[str, Any]) -> dict[str, Any]:
    """Repeating an order changes nothing: every record stands under the shop's own key. ValueError when refused."""
    try:
        return _take(world, records, post(document))
    except Refusal as refusal:
        raise ValueError(f"salesforce refuses the order: {refusal.code} {refusal.message}") from refusal


def _take(world: World, records: Records, order: PostedOrder) -> dict[str, Any]:
    person, key = order.customer, str(order.customer.id)
    name = " ".join(part for part in (person.first_name, person.last_name) if part) or key
    money = {"CurrencyIsoCode": order.currency}
    account, _ = records.upsert(ACCOUNT, "Shop_Customer_Ref__c", key, {"Name": person.company or name, **money})
    contact, _ = records.upsert(
        CONTACT,
        "Shop_Customer_Ref__c",
        key,
        {
            "FirstName": person.first_name[:40],
            "LastName": (person.last_name or name)[:80],
            "Email": person.email,
            "AccountId": account["Id"],
            **money,
        },
    )
    sold, _ = records.upsert(
        ORDER,
        "Shop_Order_Ref__c",
        str(order.order_id),
        {
            "Name": order.name,
            "AccountId": account["Id"],
            "BillToContactId": contact["Id"],
            "EffectiveDate": order.placed_at.date().isoformat(),
            "OrderReferenceNumber": order.name,
            "Status": "Activated",
            "ShippingCountry": order.country,
            **money,
        },
    )
    world.books.put(
        f"salesforce.{ORDER.name}", sold["Id"], sold | {"TotalAmount": float(decimal(order.total, order.currency))}
    )
    products = {line.sku: _product(records, line, money) for line in order.lines}
    assets = [
        _asset(world, records, order, line, serial, account["Id"], contact["Id"], products[line.sku])
        for line in order.lines
        for serial in line.serials
    ]
    return {
        "account": account["Id"],
        "contact": contact["Id"],
        "order": sold["Id"],
        "products": products,
        "assets": assets,
    }


def _product(records: Records, line: PostedLine, money: Record) -> str:
    body = {"Name": line.title[:255], "ProductCode": line.sku, "StockKeepingUnit": line.sku, **money}
    product, _ = records.upsert(PRODUCT, "Shop_Sku__c", line.sku, body)
    return str(product["Id"])


def _asset(
    world: World,
    records: Records,
    order: PostedOrder,
    line: PostedLine,
    serial: str,
    account: str,
    contact: str,
    product: str,
) -> str:
    known = world.books.find(f"salesforce.{ASSET.name}", SerialNumber=serial, IsDeleted=False)
    if known:
        return str(known[0]["Id"])
    bought = order.placed_at.date().isoformat()
    asset = records.create(
        ASSET,
        {
            "Name": f"{line.title} {serial}",
            "AccountId": account,
            "ContactId": contact,
            "Product2Id": product,
            "SerialNumber": serial,
            "PurchaseDate": bought,
            "InstallDate": (order.delivered_at or order.placed_at).date().isoformat(),
            "Status": "Purchased",
            "Quantity": 1,
            "CurrencyIsoCode": order.currency,
        },
    )
    if line.warranty_until:
        warranty = {
            "AssetId": asset["Id"],
            "StartDate": bought,
            "EndDate": line.warranty_until,
            "WarrantyType": "Standard",
        }
        records.create(ASSET_WARRANTY, {**warranty, "CurrencyIsoCode": order.currency})
    return str(asset["Id"])
