"""All stories, in the order of the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stories import changes, crms, inspections, plain, prices, refusals, troubles
from stories.scene import Scene


@dataclass(frozen=True, slots=True)
class Story:
    """`alone`: disturbs the whole installation, so it is told when the others have ended."""

    name: str
    tell: Callable[[Scene], Awaitable[None]]
    alone: bool = False

    @property
    def about(self) -> str:
        return (self.tell.__doc__ or "").strip()


STORIES = (
    Story("full return", plain.full_return),
    Story("partial quantity, later the rest", plain.partial_then_rest),
    Story("bundle part", plain.bundle_part),
    Story("currency without decimals", plain.without_decimals),
    Story("two tenders", plain.two_tenders),
    Story("B2B on account", plain.on_account),
    Story("B2B credit applied to its invoice", plain.applied_to_invoice),
    Story("keep the item", plain.keep_the_item),
    Story("bundle price forfeited", prices.bundle_forfeited),
    Story("promotion clawed back, given back", prices.promotion_clawed_back),
    Story("lower credit accepted", inspections.lower_credit_accepted),
    Story("disputed and sent back", inspections.disputed_and_sent_back),
    Story("wrong item", inspections.wrong_item),
    Story("more than announced", inspections.over_receipt),
    Story("lost parcel", inspections.lost_parcel),
    Story("goods never sent", inspections.never_sent),
    Story("quote expires", plain.quote_expires),
    Story("withdrawn after confirmation", plain.withdrawn),
    Story("over-return refused", refusals.over_return),
    Story("late, a human looks", refusals.too_late),
    Story("changes an agent asks for", changes.asked_by_an_agent),
    Story("double click", refusals.double_click),
    Story("duplicate webhook", refusals.duplicate_webhook),
    Story("customers merged in both CRMs", crms.merged_in_both),
    Story("CRM down", troubles.crm_down),
    Story("ERP posts a different number", troubles.erp_differs),
    Story("answers lost", troubles.answers_lost),
    Story("worker killed before payout", troubles.worker_killed, alone=True),
    Story("ERP period closed", troubles.period_closed, alone=True),
    Story("CRMs gave up, replayed", crms.given_up_and_replayed, alone=True),
)
