"""Commands for changes asked of a return, as an agent asks for them in a CRM: ask, and see what was answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.desk import Id, Url, ask_at
from cli.output import Json, show, table
from cli.remote import RemoteReturns
from domain.change_request import Answered, RequestState
from runtime import inputs
from runtime.documents import plain
from runtime.reading import parsed
from runtime.returns import Returns


def register(app: typer.Typer) -> None:
    app.command()(change)
    app.command()(changes)


def change(
    return_id: Id,
    reason: Annotated[str | None, typer.Option("--reason", help="Another reason for all lines.")] = None,
    partial_refund: Annotated[
        str | None, typer.Option("--partial-refund", metavar="AMOUNT", help="A part is enough, such as '12.50 EUR'.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take the return back.")] = False,
    note: Annotated[str | None, typer.Option("--note", help="Something to be known. Kept apart, as personal.")] = None,
    by: Annotated[
        str, typer.Option("--by", help="Who asks, by an id rather than a name (with --url: whose key it is).")
    ] = "",
    key: Annotated[
        str | None, typer.Option("--key", help="The same key twice is the same request; none: always another one.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Ask for one change. The return's own rules accept or refuse it, or say who decides; exit code 0 for all three."""
    given = {"reason": reason, "partial_refund": partial_refund, "cancel": cancel, "note": note}
    message = parsed(inputs.ChangeInput, given | {"by": by, "idempotency_key": key})
    request = message.request(datetime.now(UTC))
    answer = ask_at(url, lambda desk: desk.ask(return_id, request, message.note or ""))
    show(plain(Answered, answer), [f"{answer.status}: {answer.sentence}"], as_json)


def changes(return_id: Id, url: Url = None, as_json: Json = False) -> None:
    """Everything that was asked of a return, what was answered, and what notes say. Oldest first."""

    async def both(desk: Returns | RemoteReturns) -> tuple[tuple[RequestState, ...], dict[str, str]]:
        return await desk.changes(return_id), await desk.notes(return_id)

    states, notes = ask_at(url, both)
    document = [
        plain(RequestState, state) | ({"note": notes[state.request.request_id]} if _noted(state, notes) else {})
        for state in states
    ]
    rows = [
        (
            f"{state.request.at:%Y-%m-%d %H:%M:%S}", state.request.source, state.request.by, what(state),
            state.status, notes[state.request.request_id] if _noted(state, notes) else state.sentence,
        )
        for state in states
    ]  # fmt: skip
    show({"return_id": return_id, "changes": document}, table(rows) if rows else ["nothing was asked"], as_json)


def what(state: RequestState) -> str:
    """What was asked, in a word or three."""
    kind = str(state.request.kind).replace("_", " ")
    return f"{kind} {state.request.value}".strip()


def _noted(state: RequestState, notes: dict[str, str]) -> bool:
    return state.request.request_id in notes
