"""The only errors that leave an adapter.

    VendorError
    ├── Retryable        not done, try again; retry_after when the vendor said how long
    ├── Permanent        not done and trying again will not help; a human or another choice is needed
    │   ├── SignInRefused    the vendor does not accept our credentials: nobody's record is at fault
    │   ├── NoSuchRecord     the vendor answers, and knows nothing of that id
    │   ├── Gone             the receiver of our events wants no more of any
    │   ├── Undeliverable    the customer's mail system refuses the recipient for good
    │   ├── ClosedPeriod     the ERP refuses to post into a closed accounting period
    │   └── TendersChanged   the order's payments are not what the payout was planned on: nothing was paid
    └── UnknownOutcome   the answer was lost after the request was sent: look before trying again

Messages name vendor, call and a short excerpt without personal data; they end up in holds and histories.
"""

from __future__ import annotations

import re

from security.redact import BLANK, redact

# A log keeps plain runs of digits; a vendor's text may spell a telephone number so.
_LONG_NUMBER = re.compile(r"\+?\d[\d ()-]{8,}\d")
# An answer may be of any size, and only its beginning is told. What the cut leaves of a word is dropped with it: half
# an address does not look like one.
_LOOKED_AT = 2000
_CUT_WORD = re.compile(r"\S*\Z")


def excerpt(text: str, length: int = 160) -> str:
    """The beginning of a vendor's answer with credentials, addresses and long numbers blanked, on one line."""
    if len(text) > _LOOKED_AT:
        text = _CUT_WORD.sub("", text[:_LOOKED_AT], count=1)
    return " ".join(_LONG_NUMBER.sub(BLANK, redact(text)).split())[:length]


class VendorError(Exception):
    """Something at a counterpart did not go through."""

    def __init__(self, vendor: str, call: str, reason: str, code: str = "") -> None:
        super().__init__(f"{vendor} {call}: {reason}" + (f" [{code}]" if code else ""))
        self.vendor, self.call, self.reason, self.code = vendor, call, reason, code


class Retryable(VendorError):
    """Not done; the same call may go through later. `retry_after` in seconds, None when the vendor did not say."""

    def __init__(self, vendor: str, call: str, reason: str, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(vendor, call, reason, code)
        self.retry_after = retry_after


class Permanent(VendorError):
    """Not done; repeating it cannot help."""


class SignInRefused(Permanent):
    """Our credentials are not accepted: no call will go through until somebody mends that."""


class NoSuchRecord(Permanent):
    """The vendor knows no record of that id: a caller's mistake, not the vendor's or ours."""


class Gone(Permanent):
    """Whoever asked to be told wants to be told no more."""


class Undeliverable(Permanent):
    """Nobody takes mail for this recipient; `code` is what was answered."""


class ClosedPeriod(Permanent):
    """The ERP will not post into the period asked for: finance decides."""


class TendersChanged(Permanent):
    """Nothing was paid: read the order's payments again and plan anew."""


class UnknownOutcome(VendorError):
    """The request left, the answer never came: the next attempt must look first."""
