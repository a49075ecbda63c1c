"""Commands about one return or many: what the storefront, the warehouse and support do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter

from cli.output import Json, show, table
from domain import money
from domain.errors import BadInput
from domain.returns import Snapshot, Stage
from runtime import inputs, wiring
from runtime.returns import Returns
from runtime.settings import read
from runtime.temporal import connect
from store.port import Search
from workflows import messages as m

T = TypeVar("T")
Id = Annotated[str, typer.Argument(metavar="RETURN", help="The return's id, such as R-5001-9F2C41AB.")]
Body = Annotated[
    str, typer.Argument(metavar="JSON", help="A JSON document: a file, '-' for standard input, or the text.")
]
Key = Annotated[str | None, typer.Option("--key", help="Idempotency key; the same key twice is the same message.")]


def register(app: typer.Typer) -> None:
    for command in (start, confirm, withdraw, receive, inspect, consent, lost, track, timeline, holds, resolve):
        app.command()(command)
    app.command("list")(search)


def start(body: Body, key: Key = None, as_json: Json = False) -> None:
    """Ask units back; answers the quote. {"order_id": "5001", "lines": [{"line_id", "quantity", "reason"}]}"""
    given = inputs.parsed(inputs.StartInput, _document(body))
    if key:
        given = given.model_copy(update={"idempotency_key": key})
    answer = _with(lambda desk: desk.start(given.message()))
    show(_plain(m.RequestAnswer, answer), _answer_lines(answer), as_json)


def confirm(
    return_id: Id,
    digest: Annotated[str, typer.Option("--digest", help="The digest of the quote that was shown.")],
    amount: Annotated[str, typer.Option("--amount", help="The amount that was shown, such as 96.28.")],
    currency: Annotated[str, typer.Option("--currency", help="Its currency, such as EUR.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The customer confirms exactly the quote that was shown."""
    body = {"digest": digest, "amount": amount, "currency": currency} | ({"idempotency_key": key} if key else {})
    message = inputs.parsed(inputs.ConfirmInput, body).message()
    _show_ack(_with(lambda desk: desk.confirm(return_id, message)), as_json)


def withdraw(
    return_id: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why; shown in the timeline.")] = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Take the return back: whatever was opened is closed again. Refused once the credit posts."""
    message = m.Withdraw(key or f"withdraw-{return_id}", reason)
    _show_ack(_with(lambda desk: desk.withdraw(return_id, message)), as_json)


def receive(return_id: Id, body: Body, as_json: Json = False) -> None:
    """A parcel arrived. {"receipt_id": "P1", "lines": [{"line_id" or "sku", "quantity", "serial"?}], "tracking"?}"""
    message = inputs.parsed(inputs.ReceiptInput, _document(body)).message()
    _show_ack(_with(lambda desk: desk.receive(return_id, message)), as_json)


def inspect(return_id: Id, body: Body, as_json: Json = False) -> None:
    """The verdict. {"inspection_id": "I1", "verdicts": [{"line_id", "quantity", "disposition", "accepted", …}]}"""
    message = inputs.parsed(inputs.InspectionInput, _document(body)).message()
    _show_ack(_with(lambda desk: desk.inspect(return_id, message)), as_json)


def consent(
    return_id: Id,
    answer: Annotated[str, typer.Argument(help="accept, dispute or send_back.")],
    digest: Annotated[str, typer.Option("--digest", help="The digest of the lowered quote that was shown.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The customer answers a lowered credit."""
    message = m.Consent(key or f"consent-{digest}", answer, digest)
    _show_ack(_with(lambda desk: desk.consent(return_id, message)), as_json)


def lost(
    return_id: Id,
    tracking: Annotated[str, typer.Option("--tracking", help="The lost parcel's number.")] = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """What has not arrived will not arrive; support then decides who bears it."""
    message = m.ReportLost(key or f"lost-{return_id}-{tracking}", tracking)
    _show_ack(_with(lambda desk: desk.report_lost(return_id, message)), as_json)


def track(
    return_id: Id,
    number: Annotated[str, typer.Argument(help="The tracking number.")],
    status: Annotated[str, typer.Option("--status", help="label_created, in_transit or delivered.")] = "in_transit",
    as_json: Json = False,
) -> None:
    """Label or tracking news of a parcel."""
    _with(lambda desk: desk.tracking(return_id, m.Tracking(number, status)))
    show({"return_id": return_id, "tracking": number, "status": status}, [f"{return_id}: {number} {status}"], as_json)


def show_return(return_id: str, as_json: bool) -> None:
    """What `status RETURN` prints."""
    snapshot = _with(lambda desk: desk.live(return_id))
    show(_plain(Snapshot, snapshot), _snapshot_lines(snapshot), as_json)


def timeline(return_id: Id, as_json: Json = False) -> None:
    """Everything that happened, oldest first."""
    events = _with(lambda desk: desk.timeline(return_id))
    document = [
        {"at": event.at.isoformat(), "kind": event.kind, "text": event.text, "actor": event.actor} | event.detail
        for event in events
    ]
    rows = [(f"{event.at:%Y-%m-%d %H:%M:%S}", event.actor, event.text) for event in events]
    show({"return_id": return_id, "timeline": document}, table(rows) if rows else ["nothing yet"], as_json)


def search(
    text: Annotated[
        str | None, typer.Argument(help="An id, order name, SKU, tracking or memo number, or e-mail.")
    ] = None,
    order: Annotated[str | None, typer.Option("--order", help="The order's id.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="The customer's address.")] = None,
    sku: Annotated[str | None, typer.Option("--sku")] = None,
    stage: Annotated[list[Stage] | None, typer.Option("--stage", help="May be given several times.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Country, such as DE.")] = None,
    channel: Annotated[str | None, typer.Option("--channel")] = None,
    held: Annotated[bool | None, typer.Option("--held/--not-held", help="On hold or not.")] = None,
    older_than: Annotated[int | None, typer.Option("--older-than", metavar="DAYS", min=0)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="From the page before.")] = None,
    as_json: Json = False,
) -> None:
    """Find returns, newest first."""
    before = datetime.now(UTC) - timedelta(days=older_than) if older_than is not None else None
    wanted = Search(
        order_id=order, email=email, sku=sku, stages=tuple(str(one) for one in stage or ()), region=region,
        channel=channel, held=held, opened_before=before, text=text, limit=limit, cursor=cursor,
    )  # fmt: skip
    _show_page(wanted, as_json)


def holds(
    owner: Annotated[str | None, typer.Option("--owner", help="support, finance, warehouse or it_admin.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="From the page before.")] = None,
    as_json: Json = False,
) -> None:
    """What waits for a person, why, and the choices."""
    page = _with(lambda desk: desk.search(Search(held=True, hold_owner=owner, limit=limit, cursor=cursor)))
    rows = [
        (snap.return_id, hold.hold_id, hold.owner, hold.reason, " | ".join(hold.choices), hold.detail)
        for snap in page.snapshots
        for hold in snap.holds
        if owner in (None, hold.owner)
    ]
    names = ("return_id", "hold_id", "owner", "reason", "choices", "detail")
    document = {"holds": [dict(zip(names, row, strict=True)) for row in rows], "cursor": page.cursor}
    show(document, table(rows) if rows else ["nothing is on hold"], as_json)


def resolve(
    return_id: Id,
    hold_id: Annotated[str, typer.Argument(help="Such as H1; see `holds`.")],
    choice: Annotated[str, typer.Argument(help="One of the hold's choices.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; kept in the timeline.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Decide a hold."""
    message = m.Resolve(key or f"resolve-{return_id}-{hold_id}-{choice}", hold_id, choice, by)
    _show_ack(_with(lambda desk: desk.resolve(return_id, message)), as_json)


def _show_page(wanted: Search, as_json: bool) -> None:
    page = _with(lambda desk: desk.search(wanted))
    rows = [
        (
            snap.return_id, snap.order_name, snap.stage, snap.agreed or (snap.quote.total if snap.quote else ""),
            ", ".join(hold.reason for hold in snap.holds) or snap.waiting_for,
        )
        for snap in page.snapshots
    ]  # fmt: skip
    lines = table(rows) if rows else ["no return fits"]
    more = [f"more: --cursor {page.cursor}"] if page.cursor else []
    document = {"returns": [_plain(Snapshot, snap) for snap in page.snapshots], "cursor": page.cursor}
    show(document, [*lines, *more], as_json)


def _show_ack(ack: m.Ack, as_json: bool) -> None:
    show(_plain(m.Ack, ack), [f"{ack.return_id} is {ack.stage}" + (f" ({ack.note})" if ack.note else "")], as_json)


def _answer_lines(answer: m.RequestAnswer) -> list[str]:
    lines = [f"{answer.return_id}: {answer.decision}"]
    if answer.quote is not None:
        quote = answer.quote
        lines += table((line.line_id, line.quantity, line.net, *line.taxes.values()) for line in quote.lines) or []
        lines.append(
            f"credit {quote.total}" + (f", open until {quote.expires_at:%Y-%m-%d %H:%M}" if quote.expires_at else "")
        )
        total = quote.total
        words = f"--digest {quote.digest} --amount {total.decimal()} --currency {total.currency}"
        lines.append(f"to confirm: confirm {answer.return_id} {words}")
    return [*lines, *answer.reasons]


def _snapshot_lines(snap: Snapshot) -> list[str]:
    lines = [f"{snap.return_id} of order {snap.order_name or snap.order_id}: {snap.stage} ({snap.customer_stage})"]
    if snap.quote is not None:
        memo = f"{snap.credited or '-'} {snap.credit_memo}".strip()
        paid = snap.payout.total if snap.payout else "-"
        lines.append(f"quote {snap.quote.total}, agreed {snap.agreed or '-'}, credit memo {memo}, payout {paid}")
    for lot in snap.lots:
        fate = f", {lot.disposition}" if lot.disposition else ""
        lines.append(f"  {lot.quantity} x line {lot.line_id}: {lot.reception}, {lot.acceptance}{fate}")
    lines += [f"hold {hold.hold_id} ({hold.owner}): {hold.reason}: {hold.detail}" for hold in snap.holds]
    if snap.waiting_for:
        lines.append(
            f"waits for {snap.waiting_for}"
            + (f" until {snap.next_deadline:%Y-%m-%d %H:%M}" if snap.next_deadline else "")
        )
    for crm in snap.crm:
        behind = snap.version - crm.published
        lines.append(
            f"{crm.org} shows version {crm.published}" + (f", {behind} behind" if behind > 0 else ", the newest")
        )
    return [*lines, *snap.reasons]


def _document(body: str) -> Any:
    """The argument itself when it looks like JSON, else the file (or standard input) it names."""
    if body.lstrip().startswith(("{", "[")):
        return inputs.read_json(body, "body")
    if body == "-":
        return inputs.read_json(sys.stdin.read(), "standard input")
    try:
        return inputs.read_json(Path(body).read_text(encoding="utf-8"), body)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("body", f"{body!r} is neither JSON nor a file that can be read ({error})") from None


def _plain(kind: type[Any], value: Any) -> Any:
    """The document of a dataclass, amounts as decimal strings."""
    return _decimal(TypeAdapter(kind).dump_python(value, mode="json"))


def _decimal(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"minor", "currency"}:
            return {"amount": money.Money(value["minor"], value["currency"]).decimal(), "currency": value["currency"]}
        return {name: _decimal(part) for name, part in value.items()}
    return [_decimal(part) for part in value] if isinstance(value, list) else value


def _with(ask: Callable[[Returns], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _desk() as desk:
            return await ask(desk)

    return asyncio.run(run())


@asynccontextmanager
async def _desk() -> AsyncIterator[Returns]:
    settings = read()
    async with wiring.returns(settings, await connect(settings)) as desk:
        yield desk
