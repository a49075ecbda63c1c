"""A shop's rules as data: windows, deadlines, defaults. Chosen per channel, recorded with each return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DAY = 24 * 3600


class OnDifference(StrEnum):
    """What to do when the ERP's number is not the reversal we worked out."""

    HOLD = "hold"
    ACCEPT_ERP = "accept_erp"


class ConsentDefault(StrEnum):
    """What happens when the customer does not answer a lowered credit in time."""

    ACCEPT = "accept"
    SEND_BACK = "send_back"


class LateArrival(StrEnum):
    """Goods that come after the return expired: taken after all, or a human looks."""

    ACCEPT = "accept"
    HOLD = "hold"


class Shipping(StrEnum):
    """Is the outbound shipping charge refunded."""

    WHEN_ALL_RETURNED = "when_all_returned"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Policy:
    """Durations in whole seconds. `window` counts from delivery; `*_reminder` counts from the start of the wait."""

    name: str = "default"
    window: int = 30 * DAY
    review_window: int = 14 * DAY
    quote_ttl: int = 7 * DAY
    quote_reminder: int = 5 * DAY
    goods_due: int = 30 * DAY
    goods_reminder: int = 10 * DAY
    late_grace: int = 30 * DAY
    late_arrival: LateArrival = LateArrival.ACCEPT
    inspection_due: int = 3 * DAY
    consent_due: int = 7 * DAY
    consent_reminder: int = 3 * DAY
    consent_default: ConsentDefault = ConsentDefault.ACCEPT
    shipping: Shipping = Shipping.WHEN_ALL_RETURNED
    on_difference: OnDifference = OnDifference.HOLD
    tender_order: tuple[str, ...] = ("card", "store_credit", "gift_card")
    vendor_patience: int = DAY
    crm_patience: int = DAY
    retry_at_most: int = 60

    def span(self, seconds: int) -> timedelta:
        return timedelta(seconds=seconds)
