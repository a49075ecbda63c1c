"""What each hold is called, and what each of its choices says and does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MENDED = ("Try again", "The cause is mended: the step is made again. What was done before is found, not repeated.")

HOLDS: Mapping[str, tuple[str, dict[str, tuple[str, str]]]] = MappingProxyType(
    {
        "order_not_loaded": ("The shop could not be asked for the order", {}),
        "eligibility_review": (
            "The rules want a person to decide",
            {
                "accept": ("Accept the return", "The ERP is asked for the quote."),
                "refuse": ("Refuse the return", "It ends here, and the customer is told."),
            },
        ),
        "erp_cannot_quote": ("The ERP cannot quote", {}),
        "quote_differs": (
            "The ERP's amount is not what we work out",
            {
                "accept_erp": ("Take the ERP's amount", "The customer is shown what the ERP says."),
                "refuse": ("Refuse the return", "It ends here, and the customer is told."),
            },
        ),
        "authorization_refused": ("The ERP will not approve the authorization", {}),
        "storefront_return_refused": ("The shop will not open its return", {}),
        "receipt_refused": ("The ERP will not take the receipt", {}),
        "stock_refused": ("The shop will not take the stock", {}),
        "stock_unknown": (
            "Nobody knows whether the stock was counted",
            {
                "done": ("It was counted", "You looked in the shop: all of it is there. Nothing is changed."),
                "not_done": ("It was not counted", "You looked in the shop: none of it is there. It is counted now."),
            },
        ),
        "inspection_overdue": ("Goods wait too long for their verdict", {}),
        "parcel_lost": (
            "The parcel is reported lost",
            {
                "credit": ("Credit what was lost", "What has not arrived is credited in full."),
                "no_credit": ("Do not credit it", "What has not arrived is not credited."),
            },
        ),
        "late_arrival": (
            "Goods came after the return had expired",
            {
                "accept": ("Take them", "The return goes on to inspection."),
                "send_back": ("Send them back", "The return ends without credit; the parcel goes back."),
            },
        ),
        "disputed": (
            "The customer disputes the inspection",
            {
                "uphold": ("Keep the lower credit", "The inspection stands."),
                "overrule": ("Credit in full", "The contested units are credited in full."),
                "send_back": ("Send the goods back", "The contested units go back without credit."),
            },
        ),
        "reason_review": (
            "Another reason is asked for",
            {
                "accept": ("Take the new reason", "The credit is worked out anew."),
                "refuse": ("Keep the reason", "Whoever asked is told."),
            },
        ),
        "partial_refund": (
            "A part of the credit is said to be enough",
            {
                "grant": ("Grant the part", "From here on the credit is no more than that."),
                "decline": ("Leave it", "The whole credit stays due."),
            },
        ),
        "unexpected_goods": (
            "Something else was in the parcel",
            {
                "send_back": ("Send it back", "It goes back to the customer, and is never credited."),
                "quarantine": ("Keep it apart", "It stays in quarantine, and is never credited."),
            },
        ),
        "credit_refused": ("The ERP will not post the credit memo", {}),
        "credit_differs": (
            "The credit memo is not what was agreed",
            {"accept_posted": ("Let it stand", "What is posted is what is agreed and paid from here on.")},
        ),
        "period_closed": (
            "The accounting period is closed",
            {
                "post_in_next_open_period": (
                    "Post into the next open period",
                    "The tax point stays the day the credit was first to be posted.",
                )
            },
        ),
        "tender_cap": (
            "The payments can take less than the credit",
            {"pay_rest_by_hand": ("The rest was paid by hand", "The shop pays its part; yours is a line of its own.")},
        ),
        "account_credit": (
            "What becomes of the credit on account?",
            {
                "keep_open": ("Keep it open", "The credit memo stays open on the account."),
                "apply": ("Take it off the invoice", "It is taken off what the original invoice has open."),
                "refund": ("Book it as refunded", "You pay it yourselves."),
            },
        ),
        "payout_refused": ("The shop did not pay", {}),
        "payout_unknown": ("Nobody knows whether the shop paid", {}),
        "settlement_refused": ("The ERP will not book the payout", {}),
        "release_refused": ("The shop will not release the stock", {}),
        "match_failed": (
            "Agreed, credited and paid are not the same amount",
            {"accept_by_hand": ("Close it with the difference", "It is closed and marked as not matched.")},
        ),
        "cancel_refused": ("The ERP will not close the authorization", {}),
        "undo_refused": ("What was begun cannot be undone yet", {}),
    }
)
