"""A customer who is content with a part: what the credit is lowered by, as a line of its own with its share of tax."""

from __future__ import annotations

from domain.allocation import at_most
from domain.invoice import PARTIAL_REFUND
from domain.money import Money
from domain.refund import CreditLine, PolicyNote


def left_with_the_shop(lines: tuple[CreditLine, ...], content_with: Money) -> tuple[CreditLine, PolicyNote]:
    """The line that makes a credit over `lines`, which is more, exactly `content_with`, and its note.

    Net amount and taxes fall alike, so that the tax account says what a lower price would have said."""
    whole: dict[str, int] = {"": 0}
    for line in lines:
        for code, amount in (("", line.net), *line.taxes.items()):
            whole[code] = whole.get(code, 0) + amount
    kept = at_most(whole, content_with.minor)
    taxes = {code: kept[code] - amount for code, amount in whole.items() if code and kept[code] != amount}
    left = CreditLine(PARTIAL_REFUND, 0, kept[""] - whole[""], taxes)
    reason = f"a partial refund: the customer is content with {content_with}"
    return left, PolicyNote(PARTIAL_REFUND, reason, left.total)
