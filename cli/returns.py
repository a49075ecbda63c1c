"""Commands that say something to one return: the storefront's, the warehouse's, the carrier's and support's."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.desk import Id, Url, ask_at, document
from cli.output import Json, show, table
from domain import money
from runtime import inputs
from runtime.documents import plain
from runtime.reading import parsed
from workflows import messages as m

Body = Annotated[
    str, typer.Argument(metavar="JSON", help="A JSON document: a file, '-' for standard input, or the text.")
]
Key = Annotated[str | None, typer.Option("--key", help="Idempotency key; the same key twice is the same message.")]


def register(app: typer.Typer) -> None:
    for command in (start, confirm, withdraw, receive, inspect, consent, lost, track, resolve):
        app.command()(command)


def start(
    body: Body,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key; without it, the same lines are the same return.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Ask units back; answers the quote. {"order_id": "5001", "lines": [{"line_id", "quantity", "reason"}]}"""
    given = document(body)
    if isinstance(given, dict) and key is not None:
        given = given | {"idempotency_key": key}
    message = parsed(inputs.StartInput, given).message()
    answer = ask_at(url, lambda desk: desk.start(message))
    show(plain(m.RequestAnswer, answer), _answer_lines(answer), as_json)


def confirm(
    return_id: Id,
    digest: Annotated[str, typer.Option("--digest", help="The digest of the quote that was shown.")],
    amount: Annotated[str, typer.Option("--amount", help="The amount that was shown, such as 96.28.")],
    currency: Annotated[str, typer.Option("--currency", help="Its currency, such as EUR.")],
    key: Key = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """The customer confirms exactly the quote that was shown."""
    given = {"digest": digest, "amount": amount, "currency": currency, "idempotency_key": key}
    message = parsed(inputs.ConfirmInput, given).message()
    show_ack(ask_at(url, lambda desk: desk.confirm(return_id, message)), as_json)


def withdraw(
    return_id: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    key: Key = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Take the return back: whatever was opened is closed again. Refused once the credit posts."""
    message = parsed(inputs.WithdrawInput, {"reason": reason, "idempotency_key": key}).message()
    show_ack(ask_at(url, lambda desk: desk.withdraw(return_id, message)), as_json)


def receive(return_id: Id, body: Body, url: Url = None, as_json: Json = False) -> None:
    """A parcel arrived. {"receipt_id": "P1", "lines": [{"line_id" or "sku", "quantity", "serial"?}], "tracking"?}"""
    message = parsed(inputs.ReceiptInput, document(body)).message()
    show_ack(ask_at(url, lambda desk: desk.receive(return_id, message)), as_json)


def inspect(return_id: Id, body: Body, url: Url = None, as_json: Json = False) -> None:
    """The verdict. {"inspection_id": "I1", "verdicts": [{"line_id", "quantity", "disposition", "accepted", …}]}"""
    message = parsed(inputs.InspectionInput, document(body)).message()
    show_ack(ask_at(url, lambda desk: desk.inspect(return_id, message)), as_json)


def consent(
    return_id: Id,
    answer: Annotated[str, typer.Argument(help="accept, dispute or send_back.")],
    digest: Annotated[str, typer.Option("--digest", help="The digest of the lowered quote that was shown.")],
    key: Key = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """The customer answers a lowered credit."""
    given = {"answer": answer, "digest": digest, "idempotency_key": key}
    message = parsed(inputs.ConsentInput, given).message()
    show_ack(ask_at(url, lambda desk: desk.consent(return_id, message)), as_json)


def lost(
    return_id: Id,
    tracking: Annotated[str | None, typer.Option("--tracking", help="The lost parcel's number.")] = None,
    key: Key = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What has not arrived will not arrive; support then decides who bears it."""
    message = parsed(inputs.LostInput, {"tracking": tracking, "idempotency_key": key}).message()
    show_ack(ask_at(url, lambda desk: desk.report_lost(return_id, message)), as_json)


def track(
    return_id: Id,
    number: Annotated[str, typer.Argument(help="The tracking number.")],
    status: Annotated[str, typer.Option("--status", help="label_created, in_transit or delivered.")] = "in_transit",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Label or tracking news of a parcel."""
    message = parsed(inputs.TrackInput, {"number": number, "status": status}).message()
    ask_at(url, lambda desk: desk.tracking(return_id, message))
    show({"return_id": return_id, "tracking": number, "status": status}, [f"{return_id}: {number} {status}"], as_json)


def resolve(
    return_id: Id,
    hold_id: Annotated[str, typer.Argument(help="Such as H1; see `holds`.")],
    choice: Annotated[str, typer.Argument(help="One of the hold's choices.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; kept in the timeline (with --url: whose key it is).")],
    note: Annotated[str, typer.Option("--note", help="Why, or by which document; some choices need one.")] = "",
    key: Key = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Decide a hold. Above the policy's limit a decision about money is proposed, for `approve`."""
    given = {"hold_id": hold_id, "choice": choice, "by": by, "note": note, "idempotency_key": key}
    message = parsed(inputs.ResolveInput, given).message()
    show_ack(ask_at(url, lambda desk: desk.resolve(return_id, message)), as_json)


def show_ack(ack: m.Ack, as_json: bool) -> None:
    show(plain(m.Ack, ack), [f"{ack.return_id} is {ack.stage}" + (f" ({ack.note})" if ack.note else "")], as_json)


def _answer_lines(answer: m.RequestAnswer) -> list[str]:
    lines = [f"{answer.return_id}: {answer.decision}"]
    if answer.hold is not None:
        lines.append(f"hold {answer.hold.hold_id} ({answer.hold.owner}): {answer.hold.reason}: {answer.hold.detail}")
    if answer.quote is not None:
        quote, total = answer.quote, answer.quote.total
        rows = [(line.line_id, line.quantity, money.Money(line.total, total.currency)) for line in quote.lines]
        lines += table(rows) if rows else []
        lines += quote.policies
        until = f", open until {quote.expires_at:%Y-%m-%d %H:%M} UTC" if quote.expires_at else ""
        lines.append(f"credit {total}{until}")
        words = f"--digest {quote.digest} --amount {total.decimal()} --currency {total.currency}"
        lines.append(f"to confirm: confirm {answer.return_id} {words}")
    elif answer.decision == "pending":
        lines.append(f"the ERP has not answered yet; ask again: status {answer.return_id}")
    return [*lines, *answer.reasons]
