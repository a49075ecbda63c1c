"""Bundles sold at a price of their own: what the price costs when only a part of the bundle comes back."""

from __future__ import annotations

from collections.abc import Sequence

from domain.policy import BundlePrice
from domain.standing import Standing
from domain.terms import Price
from domain.units import FULL_VALUE


def labels(standings: Sequence[Standing]) -> list[str]:
    return list(dict.fromkeys(one.terms.bundle for one in standings if one.terms.bundle is not None))


def forfeited(standings: Sequence[Standing], label: str, choice: BundlePrice) -> tuple[Price, str]:
    """What components kept outside whole bundles cost more at their stand-alone price, in all, and why."""
    if choice is BundlePrice.PRO_RATA:
        return Price(0), f"parts of bundle {label} are credited at their share of its price"
    parts = [one for one in standings if one.terms.bundle == label]
    bundles = min(one.kept // (one.terms.per_bundle * FULL_VALUE) for one in parts)
    price = Price(0)
    for one in parts:
        alone = one.kept - bundles * one.terms.per_bundle * FULL_VALUE
        if one.terms.stand_alone is not None and alone:
            price += one.dearer(one.terms.stand_alone, alone)
    if not price.total:
        return Price(0), f"no part of bundle {label} is kept on its own"
    return price, f"parts of bundle {label} are kept on their own and cost their stand-alone price"
