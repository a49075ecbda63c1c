"""What the customer is told: one message per subject, sent once, worded here, addressed from the contacts table."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.errors import Retryable
from adapters.notify.port import Message, Notifier
from domain.order import Contact
from domain.returns import Snapshot
from store.port import Erased, Outbox, Returns

NOTICE_LANE = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """`subject` is one of the keys of WORDS; a repeat of the same (return, subject) is not sent again."""

    return_id: str
    subject: str


# Subject line and text per notice; {amount}, {order}, {return_id}, {due} are filled in.
WORDS: dict[str, tuple[str, str]] = {
    "confirmation": (
        "Your return {return_id} is confirmed",
        "We have authorized your return for order {order}. You will be credited {amount} once your goods have been "
        "received and inspected.",
    ),
    "kept": (
        "Your return {return_id} is confirmed: keep the goods",
        "We will credit {amount} for order {order}. You may keep the goods; please do not send them back.",
    ),
    "inspection": (
        "Your return {return_id} has been inspected",
        "The goods of order {order} have been inspected. We will credit {amount}.",
    ),
    "financial_posting": (
        "Your refund for return {return_id} is done",
        "We have credited {amount} for order {order}. Your return is complete.",
    ),
    "quote_reminder": (
        "Your return {return_id} awaits your confirmation",
        "We offer to credit {amount} for your return of order {order}. The offer ends {due}.",
    ),
    "quote_changed": (
        "The offer for your return {return_id} has changed",
        "After a change to your return of order {order} we offer to credit {amount}. Please confirm this new offer; it "
        "ends {due}.",
    ),
    "goods_reminder": (
        "We are waiting for your parcel, return {return_id}",
        "Please send the goods of order {order} so that they reach us by {due}.",
    ),
    "consent": (
        "Please look at the inspection of return {return_id}",
        "After inspection the credit for order {order} would be {amount}. Please accept it, dispute it or ask for the "
        "goods to be sent back by {due}.",
    ),
    "consent_changed": (
        "The credit of return {return_id} has changed",
        "Another return of order {order} changed, and the credit of this one would be {amount}. Please accept it, "
        "dispute it or ask for the goods to be sent back by {due}.",
    ),
    "consent_anew": (
        "The credit of return {return_id} has changed",
        "After a change to your return of order {order} the credit would be {amount}. Please accept it, dispute it or "
        "ask for the goods to be sent back by {due}.",
    ),
    "consent_reminder": (
        "Your answer on return {return_id} is still open",
        "The credit for order {order} would be {amount}. Without an answer by {due} the shop's default applies.",
    ),
    "not_credited": (
        "Your return {return_id} is closed",
        "After inspection nothing can be credited for your return of order {order}.",
    ),
    "expired": (
        "Your return {return_id} has expired",
        "We closed your return for order {order} because a deadline passed. Nothing was credited.",
    ),
    "withdrawn": ("Your return {return_id} is withdrawn", "Your return for order {order} was withdrawn."),
    "refused": (
        "Your return {return_id} cannot be accepted",
        "We cannot take back the goods of order {order}: {reasons}.",
    ),
}


# Notices that name an amount the customer is to agree to, or has agreed to: they say what it follows from.
_WITH_POLICIES = frozenset(
    {"confirmation", "consent", "consent_anew", "consent_changed", "quote_changed", "quote_reminder"}
)


class NotifyActivities:
    def __init__(self, notifier: Notifier, returns: Returns, outbox: Outbox) -> None:
        self._notifier, self._returns, self._outbox = notifier, returns, outbox

    @activity.defn
    @speaks_temporal
    async def notify(self, notice: Notice) -> None:
        """Send the notice unless it was sent. Between sending and marking, a crash repeats it with the same key."""
        if not await self._outbox.open_notice(notice.return_id, notice.subject):
            return
        try:
            found = await self._returns.with_contact(notice.return_id)
        except Erased:
            await self._outbox.delivered(notice.return_id, NOTICE_LANE, notice.subject)
            return
        if found is None:
            raise Retryable("notify", notice.subject, f"{notice.return_id} is not recorded yet")
        await self._notifier.send(worded(notice, *found))
        await self._outbox.delivered(notice.return_id, NOTICE_LANE, notice.subject)


def worded(notice: Notice, snapshot: Snapshot, contact: Contact) -> Message:
    """The message of a notice. Amounts are decimal strings with their currency."""
    subject, text = WORDS[notice.subject]
    # The newest quote, not what was agreed: it is the number the customer is asked about, and becomes the agreed one.
    quoted = snapshot.quote.total if snapshot.quote else None
    amount = snapshot.credited if notice.subject == "financial_posting" else quoted
    values = {
        "return_id": snapshot.return_id,
        "order": snapshot.order_name or snapshot.order_id,
        "amount": str(amount) if amount else "nothing",
        "due": f"{snapshot.next_deadline:%d %B %Y, %H:%M} UTC" if snapshot.next_deadline else "soon",
        "reasons": "; ".join(snapshot.reasons) or "see the shop's terms",
    }
    body = f"Dear {contact.name},\n\n{text.format(**values)}\n"
    if notice.subject in _WITH_POLICIES and snapshot.quote is not None and snapshot.quote.notes:
        body += "\nThe amount takes into account:\n" + "".join(f"- {said}\n" for said in snapshot.quote.policies)
    return Message(f"{snapshot.return_id}.{notice.subject}", contact.email, subject.format(**values), body)
