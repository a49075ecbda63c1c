"""The policies, fees and tenders of a document, in the words of the domain."""

from __future__ import annotations

from domain.money import Money
from domain.order import Tender
from domain.policy import Fee, Policy, Shipping, TenderSplit
from runtime.calculator import document as d
from runtime.calculator.parts import PRO_RATA, Parts
from runtime.calculator.problems import Problems

# A shop's order names these also where an invoice was not paid by them.
_KINDS = frozenset({"card", "gift_card", "store_credit", "account"})


def policy(parts: Parts, problems: Problems) -> Policy:
    given = parts.policies
    if given.shipping is Shipping.STATUTORY and (parts.shipping is None or parts.shipping.standard is None):
        problems.add("is missing; the statutory policy credits at most this", "shipping", "standard")
    order = () if parts.tender_order is None or isinstance(parts.tender_order, str) else parts.tender_order
    known = {name for tender in parts.tenders if tender is not None for name in (tender.id, tender.kind)} | _KINDS
    if None not in parts.tenders:
        for place, name in enumerate(order):
            if name and name not in known:
                problems.add("is neither the id nor the kind of a tender", "policies", "tender_order", place)
    return Policy(
        shipping=given.shipping,
        bundle=given.bundle,
        promotion=given.promotion,
        restocking_fee=_fee(parts, given.restocking_fee, "restocking_fee", problems),
        return_shipping_fee=_fee(parts, given.return_shipping_fee, "return_shipping_fee", problems),
        tender_order=order,
        tender_split=TenderSplit.PRO_RATA if parts.tender_order == PRO_RATA else TenderSplit.IN_ORDER,
    )


def tenders(parts: Parts, problems: Problems) -> tuple[Tender, ...]:
    found: list[Tender] = []
    for place, given in enumerate(parts.tenders):
        if given is None or not parts.currency:
            continue
        if any(given.id == other.tender_id for other in found):
            problems.add("names a tender that another one names already", "tenders", place, "id")
        if given.refunded > given.captured:
            problems.add("is more than was captured", "tenders", place, "refunded")
        captured, refunded = Money(given.captured, parts.currency), Money(given.refunded, parts.currency)
        found.append(Tender(given.id, given.kind, "", captured, refunded))
    return tuple(found)


def _fee(parts: Parts, given: d.Fee | None, name: str, problems: Problems) -> Fee | None:
    if given is None:
        return None
    if (given.percent is None) == (given.flat is None):
        problems.add("must have either percent or flat", "policies", name)
    codes = given.tax_codes or [] if isinstance(given, d.ReturnShippingFee) else []
    for place, code in enumerate(codes):
        if parts.unknown(code):
            problems.add("has no rate in tax_rates", "policies", name, "tax_codes", place)
    flat = {parts.currency: Money(given.flat, parts.currency).decimal()} if given.flat and parts.currency else {}
    return Fee(given.percent or "", flat, given.taxed)
