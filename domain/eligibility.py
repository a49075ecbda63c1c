"""May these units come back? Every rule answers for itself; the verdict keeps all reasons, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.invoice import Invoice
from domain.money import Money, parse
from domain.order import Order, OrderLine
from domain.policy import Policy
from domain.returns import RequestedLine

DEFECTS = frozenset({"defective", "damaged"})


class Answer(StrEnum):
    """Ordered by weight: one refusal outweighs any review, one review any acceptance."""

    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line may not simply come back. `code` is stable; `text` is for people, without personal data."""

    code: str
    answer: Answer
    line_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Assessment:
    answer: Answer
    reasons: tuple[Reason, ...]


def assess(
    order: Order, invoice: Invoice, lines: tuple[RequestedLine, ...], now: datetime, policy: Policy
) -> Assessment:
    """The verdict on a request at `now` (UTC): the heaviest answer, and every reason found."""
    reasons = tuple(_request(lines))
    reasons += tuple(reason for asked in lines for reason in _line(order, invoice, asked, now, policy))
    weight = list(Answer)
    answer = max((reason.answer for reason in reasons), key=weight.index, default=Answer.ACCEPT)
    return Assessment(answer, reasons)


def may_keep(policy: Policy, credit: Money) -> bool:
    """A credit below the shop's limit for its currency is paid without the goods coming back."""
    limit = policy.keep_item_below.get(credit.currency)
    return limit is not None and 0 < credit.minor < parse(limit, credit.currency).minor


def _request(lines: tuple[RequestedLine, ...]) -> Iterator[Reason]:
    if not lines:
        yield Reason("nothing_asked", Answer.REFUSE, "", "no line is asked back; name at least one")
    asked = [line.line_id for line in lines]
    for line_id in dict.fromkeys(line_id for line_id in asked if asked.count(line_id) > 1):
        text = f"line {line_id} is asked back more than once; ask once, with the whole quantity"
        yield Reason("line_twice", Answer.REFUSE, line_id, text)


def _line(order: Order, invoice: Invoice, asked: RequestedLine, now: datetime, policy: Policy) -> Iterator[Reason]:
    bought = next((line for line in order.lines if line.line_id == asked.line_id), None)
    if bought is None or invoice.line(asked.line_id) is None:
        where = "order" if bought is None else f"invoice {invoice.number}"
        text = f"line {asked.line_id} is not on the {where}; see the order for its lines"
        yield Reason("unknown_line", Answer.REFUSE, asked.line_id, text)
        return
    yield from _enough(bought, asked)
    yield from _final_sale(bought, asked)
    yield from _in_time(order, invoice, asked, now, policy)


def _enough(bought: OrderLine, asked: RequestedLine) -> Iterator[Reason]:
    if asked.quantity < 1:
        yield Reason(
            "no_units", Answer.REFUSE, bought.line_id, f"{asked.quantity} units asked back; ask for at least 1"
        )
    elif asked.quantity > bought.quantity:
        text = f"{asked.quantity} units asked back, {bought.quantity} were bought"
        yield Reason("more_than_bought", Answer.REFUSE, bought.line_id, text)
    elif bought.fulfilled < asked.quantity:
        text = f"{bought.fulfilled} of {bought.quantity} units were delivered so far"
        yield Reason("not_delivered", Answer.REFUSE, bought.line_id, text)
    elif bought.returnable < asked.quantity:
        text = f"{bought.returnable} units are left to return; the others are returned or in another return"
        yield Reason("already_returned", Answer.REFUSE, bought.line_id, text)


def _final_sale(bought: OrderLine, asked: RequestedLine) -> Iterator[Reason]:
    if bought.final_sale and asked.reason not in DEFECTS:
        yield Reason("final_sale", Answer.REFUSE, bought.line_id, f"{bought.sku} was sold as final sale")
    elif bought.final_sale:
        text = f"{bought.sku} was sold as final sale and is said to be {asked.reason}"
        yield Reason("final_sale_defect", Answer.REVIEW, bought.line_id, text)


def _in_time(order: Order, invoice: Invoice, asked: RequestedLine, now: datetime, policy: Policy) -> Iterator[Reason]:
    delivered = order.delivered_at
    if delivered is None:
        return  # nothing delivered is said by _enough, per line
    closes = delivered + timedelta(seconds=policy.window)
    if now <= closes:
        return
    posted = invoice.line(asked.line_id)
    warranty = posted.warranty_until if posted else None
    if asked.reason in DEFECTS and warranty is not None:
        if now.date() > warranty:
            text = f"the warranty ended on {warranty.isoformat()}"
            yield Reason("warranty_over", Answer.REFUSE, asked.line_id, text)
        return
    day = closes.date().isoformat()
    if asked.reason in DEFECTS:
        text = f"the return window closed on {day} and no warranty is known for this unit"
        yield Reason("warranty_unknown", Answer.REVIEW, asked.line_id, text)
    elif now <= closes + timedelta(seconds=policy.review_window):
        yield Reason("just_late", Answer.REVIEW, asked.line_id, f"the return window closed on {day}")
    else:
        yield Reason("window_over", Answer.REFUSE, asked.line_id, f"the return window closed on {day}")
