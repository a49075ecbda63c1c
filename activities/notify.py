"""What the customer is told: one message per subject, sent once, addressed from the contacts table.

Temporal hands a notice to one attempt at a time, and the outbox says whether it is still owed: what is marked as sent
is not sent again. An attempt whose answer was lost is repeated once, under the same Message-ID; the customer gets at
most two, which their mail system can tell are one, and the books say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.errors import Permanent, Retryable, Undeliverable, UnknownOutcome
from adapters.notify.port import Notifier, Wording
from domain.notices import message_id, notice_key
from store.port import Erased, Notices, Returns

NOTICE_LANE = "notice"
# With one answer lost it is sent again; with two it is left to people.
_LOST_AT_MOST = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """`subject` is one of domain.notices.SUBJECTS; a repeat of the same (return, subject) is not sent again."""

    return_id: str
    subject: str


class NotifyActivities:
    def __init__(self, notifier: Notifier, returns: Returns, notices: Notices, wording: Wording) -> None:
        self._notifier, self._returns, self._notices, self._wording = notifier, returns, notices, wording

    @activity.defn
    @speaks_temporal
    async def notify(self, notice: Notice) -> None:
        """Send the notice unless it was sent. Between sending and marking, a crash repeats it with the same key."""
        sending = await self._notices.owed(notice.return_id, notice.subject)
        if not sending:
            return
        try:
            found = await self._returns.with_contact(notice.return_id)
        except Erased:
            await self._notices.sent(notice.return_id, notice.subject, "")
            return
        if found is None:
            raise Retryable("notify", notice.subject, f"{notice.return_id} is not recorded yet")
        key = notice_key(notice.return_id, notice.subject, sending)
        try:
            await self._notifier.send(self._wording.message(key, notice.subject, *found))
        except UnknownOutcome as error:
            lost = await self._notices.lost(notice.return_id, notice.subject)
            if lost > _LOST_AT_MOST:
                reason = f"the answer was lost {lost} times: the customer may have it, twice at most"
                raise Permanent(error.vendor, error.call, reason) from None
            raise
        except Undeliverable as error:
            await self._notices.bounced(notice.return_id, notice.subject, error.code)
            raise
        await self._notices.sent(notice.return_id, notice.subject, message_id(key))
