"""Returns spoken to over the HTTP API, by its client, as the commands speak to them otherwise: same questions, same
answers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from client import Backhaul, NotAllowed
from domain import ids
from domain.change_request import Answered, ChangeRequest, RequestKind, RequestState
from domain.errors import BadInput
from domain.returns import Snapshot
from domain.units import FULL_VALUE, Verdict
from runtime.complaints import BadSettings
from runtime.documents import loaded
from store.port import DeadLetter, Page, Search, TimelineEvent
from workflows import messages as m

T = TypeVar("T")
KEY = "BACKHAUL_API_KEY"
URL = "BACKHAUL_URL"


@contextmanager
def speaking(url: str, values: Mapping[str, str]) -> Iterator[Backhaul]:
    """`values` are the variables that are set. Raises BadSettings and BadInput."""
    if not url.startswith(("https://", "http://")):
        raise BadInput("--url", f"{url!r} must begin with https://")
    key = values.get(KEY)
    if not key:
        raise BadSettings((f"{KEY} is not set: it is the key the API at {url} knows, as `backhaul api-key` made it.",))
    file = values.get("BACKHAUL_FILES__CA")
    trusted = ssl.create_default_context(cafile=file) if file and url.startswith("https://") else True
    with Backhaul(url, key, verify=trusted) as api:
        yield api


class RemoteReturns:
    """What runtime.returns.Returns has, as far as the commands ask it. Raises the errors of the client."""

    def __init__(self, api: Backhaul) -> None:
        self._api = api

    async def start(self, start: m.StartReturn) -> m.RequestAnswer:
        lines: list[Any] = [
            {"line_id": line.line_id, "quantity": line.quantity, "reason": str(line.reason)} for line in start.lines
        ]
        return read(m.RequestAnswer, self._api.start(start.order_id, lines, key=start.key))

    async def confirm(self, return_id: str, message: m.Confirm) -> m.Ack:
        amount = message.amount
        said = self._api.confirm(_id(return_id), message.digest, amount.decimal(), amount.currency, key=message.key)
        return read(m.Ack, said)

    async def withdraw(self, return_id: str, message: m.Withdraw) -> m.Ack:
        return read(m.Ack, self._api.withdraw(_id(return_id), message.reason, key=message.key))

    async def receive(self, return_id: str, message: m.Receipt) -> m.Ack:
        lines: list[Any] = [
            {"quantity": line.quantity, "line_id": line.line_id, "sku": line.sku, "serial": line.serial}
            for line in message.lines
        ]
        return read(m.Ack, self._api.receive(_id(return_id), message.receipt_id, lines, message.tracking))

    async def inspect(self, return_id: str, message: m.Inspection) -> m.Ack:
        verdicts: list[Any] = [_verdict(one) for one in message.verdicts]
        return read(m.Ack, self._api.inspect(_id(return_id), message.inspection_id, verdicts))

    async def consent(self, return_id: str, message: m.Consent) -> m.Ack:
        return read(m.Ack, self._api.consent(_id(return_id), message.answer, message.digest, key=message.key))

    async def report_lost(self, return_id: str, message: m.ReportLost) -> m.Ack:
        return read(m.Ack, self._api.report_lost(_id(return_id), message.tracking or None, key=message.key))

    async def resolve(self, return_id: str, message: m.Resolve) -> m.Ack:
        """The API says by itself who decides: whose key it is."""
        said = self._api.resolve(_id(return_id), message.hold_id, message.choice, message.note, key=message.key)
        return read(m.Ack, said)

    async def second_word(self, return_id: str, message: m.SecondWord) -> m.Ack:
        """As `resolve`: whose key it is says it."""
        told = (message.hold_id, message.proposal, message.word, message.note)
        return read(m.Ack, self._api.second_word(_id(return_id), *told, key=message.key))

    async def tracking(self, return_id: str, message: m.Tracking) -> None:
        self._api.track(_id(return_id), message.number, message.status)

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        """The API says by itself who asks: whose key it is."""
        kind, value = request.kind, request.value
        said = self._api.ask_change(
            _id(return_id),
            reason=value if kind is RequestKind.REASON else None,
            partial_refund=value if kind is RequestKind.PARTIAL_REFUND else None,
            cancel=kind is RequestKind.CANCELLATION,
            note=note if kind is RequestKind.NOTE else None,
            key=request.request_id,
        )
        return read(Answered, said)

    async def changes(self, return_id: str) -> tuple[RequestState, ...]:
        return read(tuple[RequestState, ...], self._api.changes(_id(return_id)))

    async def notes(self, return_id: str) -> dict[str, str]:
        """None for a key that may not see them: they are personal."""
        try:
            return {one["request_id"]: one["text"] for one in self._api.notes(_id(return_id))}
        except NotAllowed:
            return {}

    async def live(self, return_id: str) -> Snapshot:
        return read(Snapshot, self._api.look(_id(return_id)).document)

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        return read(tuple[TimelineEvent, ...], self._api.timeline(_id(return_id)))

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        return read(tuple[DeadLetter, ...], self._api.dead_letters())

    async def search(self, search: Search) -> Page:
        days = None
        if search.opened_before is not None:
            days = round((datetime.now(UTC) - search.opened_before) / timedelta(days=1))
        found, cursor = self._api.page(
            text=search.text, order=search.order_id, email=search.email, sku=search.sku, stage=list(search.stages),
            region=search.region, channel=search.channel, held=search.held, hold_owner=search.hold_owner,
            older_than_days=days, limit=search.limit, cursor=search.cursor,
        )  # fmt: skip
        return Page(read(tuple[Snapshot, ...], found), cursor)


def _id(return_id: str) -> str:
    return ids.check_return_id(return_id)


def read(kind: type[T], document: Any) -> T:
    """What the API answered, as it is here."""
    found: T = loaded(kind, document)
    return found


def _verdict(one: Verdict) -> dict[str, Any]:
    whole, part = divmod(one.value, FULL_VALUE)
    said = {"line_id": one.line_id, "quantity": one.quantity, "disposition": str(one.disposition)}
    more = {"serial": one.serial, "note": one.note, "photos": list(one.photos)}
    return said | {"accepted": one.accepted, "value_fraction": f"{whole}.{part:06d}"} | more
