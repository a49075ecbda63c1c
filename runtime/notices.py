"""What front doors may ask of notices: how one reads, whether all templates are whole, what became of those of a
return, and to send one again that was given up.

Raises domain refusals and RetryLater.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities import queues
from activities.notify import NOTICE_LANE, Notice
from adapters.notify.bounce import bounce_of
from adapters.notify.port import Message, Wording
from domain import ids
from domain.errors import BadInput, WrongStage
from domain.money import Money
from domain.notices import SUBJECTS
from domain.order import Contact
from domain.refund import PolicyNote, Quote
from domain.returns import CustomerStage, Snapshot, Stage
from runtime.refusals import RetryLater, unknown
from store.port import Sent, Stores
from workflows.notice_replay import NoticeReplay

# A report brings the message back at most; ours are a few kilobytes.
MOST_REPORT_BYTES = 262_144
# Nobody: a preview shows how a notice reads, and to whom it went is another question.
_SOMEBODY = Contact("Alex Example", "alex@example.com", "0")
_NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_CREDIT = Money(123_450, "EUR")
_QUOTE = Quote(
    1, "1", "RMA1", (), _CREDIT, _NOW, None, "0" * 32, "1", (PolicyNote("restocking_fee", "restocking", -990),)
)
SAMPLE = Snapshot(
    "R-1001-EXAMPLE", "1001", 1, Stage.QUOTED, CustomerStage.CONFIRMATION, _NOW, _NOW, order_name="#1001",
    currency="EUR", quote=_QUOTE, credited=_CREDIT, next_deadline=_NOW + timedelta(days=14),
    reasons=("window_over: the return window closed on 2026-11-01",),
)  # fmt: skip
# The least that is known of a return when somebody is told.
BARE = replace(SAMPLE, order_name="", currency="", quote=None, credited=None, next_deadline=None, reasons=())


@dataclass(frozen=True, slots=True)
class Preview:
    """How a notice reads. `html` is a whole page."""

    notice: str
    language: str
    subject: str
    text: str
    html: str


class Previews:
    """`check` says what is wrong with the templates, given samples; neither the engine nor a vendor is connected."""

    def __init__(self, wording: Wording, check: Callable[[Sequence[Snapshot], Contact], tuple[str, ...]]) -> None:
        self._wording, self._check = wording, check

    def subjects(self) -> tuple[str, ...]:
        return SUBJECTS

    def languages(self) -> tuple[str, ...]:
        return tuple(self._wording.languages())

    def preview(self, notice: str, language: str, snapshot: Snapshot = SAMPLE) -> Preview:
        """With the numbers of a return where one is given, and never with its customer's name."""
        if notice not in SUBJECTS:
            raise BadInput("notice", f"there is no notice {notice!r}; there are {', '.join(SUBJECTS)}")
        if language not in self.languages():
            known = ", ".join(self.languages())
            raise BadInput("language", f"there are no templates in {language!r}; there are {known}")
        shown: Message = self._wording.message("preview", notice, snapshot, replace(_SOMEBODY, language=language))
        return Preview(notice, language, shown.subject, shown.text, shown.html)

    def check(self) -> tuple[str, ...]:
        """One sentence for everything that is wrong."""
        return self._check((SAMPLE, BARE), _SOMEBODY)


class Sendings:
    """What became of notices."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def of(self, return_id: str) -> tuple[Sent, ...]:
        if await self._stores.returns.snapshot(ids.check_return_id(return_id)) is None:
            raise unknown(return_id)
        return await self._stores.notices.of(return_id)

    async def bounced(self, report: bytes) -> tuple[str, str] | None:
        """Take in what a mail system reports back; (return, notice) when it is about one of ours that failed."""
        # Anybody may have written the mail that is reported: whoever waits meanwhile does not wait for that.
        found = await asyncio.to_thread(bounce_of, report)
        about = await self._stores.notices.whose(found.message_id) if found else None
        if found is None or about is None:
            return None
        await self._stores.notices.bounced(*about, found.status)
        return about

    async def again(self, client: Client, return_id: str, notice: str, by: str) -> None:
        """Send a notice again that is a dead letter: it was given up, or bounced and the address is mended."""
        if notice not in {one.subject for one in await self.of(return_id)}:
            raise BadInput("notice", f"{return_id} has no notice {notice!r}")
        if not await self._stores.notices.again(return_id, notice, by):
            raise WrongStage(f"the notice {notice!r} of {return_id} is no dead letter; only those are sent again")
        try:
            await client.start_workflow(
                NoticeReplay.run,
                Notice(return_id, notice),
                id=ids.notice_replay_id(return_id, notice),
                task_queue=queues.RETURNS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"tell the customer of {return_id} again: {notice}",
            )
        except RPCError as error:
            # Nobody would send it: it is a dead letter as before.
            await self._stores.outbox.park(return_id, NOTICE_LANE, "the engine was away")
            raise RetryLater(f"the engine did not answer ({error})") from error
