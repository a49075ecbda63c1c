"""Commands that look: one return, what happened to it, many of them, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli.changes import what
from cli.desk import Id, Url, ask_at
from cli.output import Json, show, table
from domain.returns import Hold, Owner, Snapshot, Stage
from runtime.documents import plain
from store.port import Search

Limit = Annotated[int, typer.Option("--limit", min=1, max=500)]
Cursor = Annotated[str | None, typer.Option("--cursor", help="From the page before.")]
_CENTURY = 36_500


def register(app: typer.Typer) -> None:
    app.command()(timeline)
    app.command("list")(search)
    app.command()(holds)
    app.command()(dead_letters)


def dead_letters(url: Url = None, as_json: Json = False) -> None:
    """What a CRM or a customer was owed and was given up for now, oldest first."""
    letters = ask_at(url, lambda desk: desk.dead_letters())
    names = ("return_id", "lane", "subject", "since", "reason")
    rows = [(one.return_id, one.lane, one.subject, f"{one.since:%Y-%m-%d %H:%M:%S}", one.reason) for one in letters]
    document = {"dead_letters": [dict(zip(names, row, strict=True)) for row in rows]}
    show(document, table(rows) if rows else ["no dead letters"], as_json)


def show_return(return_id: str, url: str | None, as_json: bool) -> None:
    """What `status RETURN` prints."""
    snapshot = ask_at(url, lambda desk: desk.live(return_id))
    show(plain(Snapshot, snapshot), _snapshot_lines(snapshot), as_json)


def timeline(return_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Everything that happened, oldest first."""
    events = ask_at(url, lambda desk: desk.timeline(return_id))
    document = [
        {"at": event.at.isoformat(), "kind": event.kind, "text": event.text, "actor": event.actor}
        | {"detail": event.detail}
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
    older_than: Annotated[int | None, typer.Option("--older-than", metavar="DAYS", min=0, max=_CENTURY)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Find returns, newest first."""
    before = datetime.now(UTC) - timedelta(days=older_than) if older_than is not None else None
    wanted = Search(
        order_id=order, email=email, sku=sku, stages=tuple(str(one) for one in stage or ()), region=region,
        channel=channel, held=held, opened_before=before, text=text, limit=limit, cursor=cursor,
    )  # fmt: skip
    page = ask_at(url, lambda desk: desk.search(wanted))
    rows = [
        (
            snap.return_id, snap.order_name, snap.stage, snap.agreed or (snap.quote.total if snap.quote else ""),
            ", ".join(hold.reason for hold in snap.holds) or snap.waiting_for or _unmatched(snap),
        )
        for snap in page.snapshots
    ]  # fmt: skip
    document = {"returns": [plain(Snapshot, snap) for snap in page.snapshots], "cursor": page.cursor}
    show(document, [*(table(rows) if rows else ["no return fits"]), *_more(page.cursor)], as_json)


def holds(
    owner: Annotated[Owner | None, typer.Option("--owner", help="Only what this role must mend.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What waits for a person, why, and the choices."""
    page = ask_at(url, lambda desk: desk.search(Search(held=True, hold_owner=owner, limit=limit, cursor=cursor)))
    found = [
        (snap.return_id, hold) for snap in page.snapshots for hold in snap.holds if owner is None or hold.owner is owner
    ]
    rows = [
        (return_id, hold.hold_id, hold.owner, hold.reason, " | ".join(hold.choices), _proposed(hold) or hold.detail)
        for return_id, hold in found
    ]
    document = {
        "holds": [{"return_id": return_id} | plain(Hold, hold) for return_id, hold in found],
        "cursor": page.cursor,
    }
    show(document, [*(table(rows) if rows else ["nothing is on hold"]), *_more(page.cursor)], as_json)


def _proposed(hold: Hold) -> str:
    """What waits for a second person; empty when nothing does."""
    said = hold.proposal
    if said is None:
        return ""
    about = f" over {said.amount}" if said.amount else ""
    words = f"{said.choice}{about} by {said.by} since {said.at:%Y-%m-%d %H:%M} UTC ({said.note})"
    return f"{said.number} waits for a second person in {hold.owner}: {words}"


def _unmatched(snap: Snapshot) -> str:
    return "not matched" if snap.matched is False else ""


def _more(cursor: str | None) -> list[str]:
    return [f"more: --cursor {cursor}"] if cursor else []


def _snapshot_lines(snap: Snapshot) -> list[str]:
    lines = [f"{snap.return_id} of order {snap.order_name or snap.order_id}: {snap.stage} ({snap.customer_stage})"]
    if snap.quote is not None:
        memo = f"{snap.credited or '-'} {snap.credit_memo}".strip()
        paid = snap.payout.total if snap.payout else "-"
        lines.append(f"quote {snap.quote.total}, agreed {snap.agreed or '-'}, credit memo {memo}, payout {paid}")
        lines += [f"  {said}" for said in snap.quote.policies]
    for lot in snap.lots:
        fate = f", {lot.disposition}" if lot.disposition else ""
        lines.append(f"  {lot.quantity} x line {lot.line_id}: {lot.reception}, {lot.acceptance}{fate}")
    if snap.keep_item:
        lines.append("the customer keeps the goods")
    for said in snap.by_hand:
        second = f", approved by {said.approved_by}" if said.approved_by else ""
        lines.append(f"{said.what} by {said.by}{second}, {said.amount}: {said.detail} ({said.note})")
    if snap.matched is False:
        lines += [f"differs: {difference}" for difference in snap.differences]
    for hold in snap.holds:
        choices = f" [{' | '.join(hold.choices)}]" if hold.choices else ""
        lines.append(f"hold {hold.hold_id} ({hold.owner}): {hold.reason}: {hold.detail}{choices}")
        lines += [f"  needs a second person: {', '.join(hold.second)}"] if hold.second else []
        lines += [f"  {_proposed(hold)}"] if hold.proposal else []
    lines += [f"{what(state)} ({state.request.source}) {state.status}: {state.sentence}" for state in snap.changes]
    if snap.waiting_for:
        until = f" until {snap.next_deadline:%Y-%m-%d %H:%M} UTC" if snap.next_deadline else ""
        lines.append(f"waits for {snap.waiting_for}{until}")
    for crm in snap.crm:
        behind = snap.version - crm.published
        parked = ", given up for now" if crm.parked else ""
        lag = f", {behind} behind" if behind > 0 else ", the newest"
        shows = f"shows version {crm.published}{lag}" if crm.published else "does not show it"
        lines.append(f"{crm.org} {shows}{parked}")
    return [*lines, *snap.reasons]
