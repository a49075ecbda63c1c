"""Which database, who signs in, and what this Tryton calls the things we need."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.secrets import Given
from domain.invoice import SHIPPING_LINE

# What a warning says by the name of its kind; any other stops a step, for a person to look.
_HARMLESS = frozenset({
    # The line's taxes are not the product's usual ones: they are those of the invoice that is credited.
    "invoice_taxes",
    # Units that leave for the customer again do not go to the storage with the others.
    "check_quantity_product",
    # A credit posted into a later period, with the tax point kept, would have been due before today.
    "invoice_payment_term",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What a database may call differently.

    - `web_shop`: the web shop of Tryton whose orders these are. It makes an order's id, and a return's key, unique.
    - `quarantine`, `scrap`: codes of stock locations. Tryton lets a return's goods go only below its storage, which is
      for sale, or to what the warehouse names as waste: both must be named there.
    - `services`: codes of service products, by the line id of what they stand for.
    - `payment_methods`: names of payment methods, by kind of tender; `other_payments` for every other kind, and for
      what finance refunds by its own means.
    - `closed_period`: words of the error for a period that is closed; Tryton gives it no code.
    - `already_there`: words of the error for a key that is taken; `gone`: of that for a record that was there when it
      was looked for, and is not any more. These are the English ones: the user's language must be English.
    - `accepted_warnings`: kinds of warnings that are passed over; Tryton asks a person to confirm them.
    """

    web_shop: str = "Storefront"
    quarantine: str = "QUA"
    scrap: str = "SCR"
    services: dict[str, str] = field(
        default_factory=lambda: {
            SHIPPING_LINE: "SHIPPING",
            "restocking_fee": "RESTOCKING_FEE",
            "return_shipping_fee": "RETURN_SHIPPING_FEE",
            "promotion": "PROMOTION",
            "bundle": "BUNDLE",
            "partial_refund": "PARTIAL_REFUND",
        }
    )
    payment_methods: dict[str, str] = field(
        default_factory=lambda: {"card": "Card", "gift_card": "Gift card", "store_credit": "Store credit"}
    )
    other_payments: str = "Card"
    closed_period: tuple[str, ...] = ("you must reopen the period", "create a period", "open period")
    already_there: tuple[str, ...] = ("web id on the sale must be unique",)
    gone: tuple[str, ...] = ("that don't exist",)
    accepted_warnings: frozenset[str] = _HARMLESS


@dataclass(frozen=True, slots=True)
class TrytonSettings:
    """`url` is where the server answers, without the database. The user needs the groups for sales, stock and accounts.

    `concurrency` is how many calls run at a time: one server process computes one at a time anyway."""

    url: str
    database: str
    user: str
    password: Given = field(repr=False)
    ca_file: str | None = None
    concurrency: int = 5
    names: Names = field(default_factory=Names)
