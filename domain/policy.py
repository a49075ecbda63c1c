"""A shop's rules as data: windows, deadlines, defaults. Chosen per channel, recorded with each return."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """Is the outbound shipping charge refunded. STATUTORY: the standard one, when all is back (EU withdrawal)."""

    WHEN_ALL_RETURNED = "when_all_returned"
    ALWAYS = "always"
    NEVER = "never"
    STATUTORY = "statutory"


class BundlePrice(StrEnum):
    """What a bundle's price is worth when only a part of it comes back."""

    PRO_RATA = "pro_rata"
    FORFEIT = "forfeit"


class Promotion(StrEnum):
    """What an order discount with a minimum spend is worth when the goods kept no longer reach it."""

    PRO_RATA = "pro_rata"
    CLAW_BACK = "claw_back"


class TenderSplit(StrEnum):
    """How a payout is split over the original tenders: one after the other, or by what each captured."""

    IN_ORDER = "in_order"
    PRO_RATA = "pro_rata"


class OnAccount(StrEnum):
    """What becomes of a credit on account (domain.refund.AccountCredit); ASK leaves it to finance, return by return."""

    KEEP_OPEN = "keep_open"
    APPLY = "apply"
    REFUND = "refund"
    ASK = "ask"


class OnClosedPeriod(StrEnum):
    """The ERP's accounting period is closed: finance decides, or the memo posts in the next open one."""

    HOLD = "hold"
    NEXT_OPEN = "next_open"


class PartialRefunds(StrEnum):
    """Somebody asks for a part of the credit only: finance decides, or the shop makes none."""

    ASK = "ask"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Fee:
    """A charge taken off a credit: a percentage of the credited net, or a flat amount by currency (decimal strings).

    It is charged for the `reasons` named (none named: for every reason), to the customer groups named alike."""

    percent: str = ""
    flat: dict[str, str] = field(default_factory=dict)
    taxed: bool = True
    reasons: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def _decided_alone() -> dict[str, str]:
    return {"EUR": "100.00", "USD": "100.00", "GBP": "100.00", "CHF": "100.00", "JPY": "15000"}


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
    # What standard delivery costs, as the shop displays it, by currency: the most that STATUTORY gives back.
    standard_shipping: dict[str, str] = field(default_factory=dict)
    bundle: BundlePrice = BundlePrice.PRO_RATA
    promotion: Promotion = Promotion.PRO_RATA
    # Decimal strings by currency. The promotion's own minimum, where the storefront tells it, goes before.
    minimum_spend: dict[str, str] = field(default_factory=dict)
    restocking_fee: Fee | None = None
    return_shipping_fee: Fee | None = None
    # A credit below this is paid without the goods coming back.
    keep_item_below: dict[str, str] = field(default_factory=dict)
    partial_refunds: PartialRefunds = PartialRefunds.ASK
    # Above this an amount decided by hand needs a second person; in a currency without a limit every amount does.
    second_person_above: dict[str, str] = field(default_factory=_decided_alone)
    on_closed_period: OnClosedPeriod = OnClosedPeriod.HOLD
    tender_split: TenderSplit = TenderSplit.IN_ORDER
    account_credit: OnAccount = OnAccount.KEEP_OPEN
    on_difference: OnDifference = OnDifference.HOLD
    tender_order: tuple[str, ...] = ("card", "store_credit", "gift_card")
    vendor_patience: int = DAY
    crm_patience: int = DAY
    retry_at_most: int = 60

    def span(self, seconds: int) -> timedelta:
        return timedelta(seconds=seconds)
