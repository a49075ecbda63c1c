"""What a record can be found by without being read: its marks (blocking.py), and what ties it to one party for certain.

The first letter is the kind. The keys hold personal data; whoever stores them makes codes of them first.
"""

from __future__ import annotations

from domain.identity.blocking import marks
from domain.identity.normal import email, phone
from domain.identity.party import FIELDS, Vocabulary
from domain.identity.record import PartyRecord

MAILBOX, ORDER, LOYALTY, PHONE = "M", "O", "L", "P"
# Kinds of which one key is enough to compare two records by.
TELLING = (MAILBOX, ORDER, LOYALTY, "n")


def keys(record: PartyRecord) -> tuple[str, ...]:
    (party,) = Vocabulary(FIELDS).prepare([record.fields])
    found = set(marks(party))
    if mailbox := email(record.fields.get("email", "")):
        found.add(f"{MAILBOX}{mailbox}")
    if number := phone(record.fields.get("phone", "")):
        found.add(f"{PHONE}{number}")
    found |= {f"{ORDER}{order}" for order in record.orders}
    if record.loyalty:
        found.add(f"{LOYALTY}{record.loyalty.strip().casefold()}")
    return tuple(sorted(found))
