"""What customers are told: the subjects there are, and which of them name an amount with what it follows from."""

from __future__ import annotations

import hashlib

# By the moment of a return they belong to.
SUBJECTS = (
    "quote_reminder",
    "quote_changed",
    "confirmation",
    "kept",
    "goods_reminder",
    "consent",
    "consent_changed",
    "consent_anew",
    "consent_reminder",
    "inspection",
    "financial_posting",
    "not_credited",
    "refused",
    "expired",
    "withdrawn",
)
# These name an amount the customer is to agree to, or has agreed to: they say which policies speak in it.
WITH_POLICIES = frozenset(
    {"confirmation", "consent", "consent_anew", "consent_changed", "quote_changed", "quote_reminder"}
)
# The only one that tells what was credited; the others tell the newest quote, which the customer is asked about.
TELLS_THE_CREDIT = "financial_posting"


def notice_key(return_id: str, subject: str, sending: int = 1) -> str:
    """Names one message. One that people send again, after its bounce was mended, is another."""
    return f"{return_id}.{subject}" + (f".{sending}" if sending > 1 else "")


def message_id(key: str) -> str:
    """What stands before the @ of the Message-ID: the same on every attempt, so that receiving systems can drop a
    second message, and so that a bounce can be told whose it is."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
