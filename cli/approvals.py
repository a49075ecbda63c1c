"""Commands for a second person: say to a proposal on a hold that it is approved, rejected, or taken back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.desk import Id, Url, ask_at
from cli.output import Json
from cli.returns import Key, show_ack
from domain.approval import Word
from runtime import inputs
from runtime.reading import parsed

HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="Such as H1; see `holds`.")]
Number = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal that was looked at, such as P1.")]
By = Annotated[str, typer.Option("--by", help="Who says it; kept in the timeline (with --url: whose key it is).")]
Note = Annotated[str, typer.Option("--note", help="Why.")]


def register(app: typer.Typer) -> None:
    for command in (approve, reject):
        app.command()(command)
    app.command("take-back")(take_back)


def approve(
    return_id: Id, hold_id: HoldId, proposal: Number, by: By, note: Note = "", key: Key = None, url: Url = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Approve what somebody else proposed: it is decided as they said."""
    _say(Word.APPROVE, return_id, hold_id, proposal, by, note, key, url, as_json)


def reject(
    return_id: Id, hold_id: HoldId, proposal: Number, by: By, note: Note = "", key: Key = None, url: Url = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Reject what somebody else proposed: the hold waits for its owner as before."""
    _say(Word.REJECT, return_id, hold_id, proposal, by, note, key, url, as_json)


def take_back(
    return_id: Id, hold_id: HoldId, proposal: Number, by: By, note: Note = "", key: Key = None, url: Url = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Take back what you proposed."""
    _say(Word.TAKE_BACK, return_id, hold_id, proposal, by, note, key, url, as_json)


def _say(
    word: Word, return_id: str, hold_id: str, proposal: str, by: str, note: str, key: str | None, url: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    given = {"hold_id": hold_id, "proposal": proposal, "decision": str(word), "by": by, "note": note}
    message = parsed(inputs.ApprovalInput, given | {"idempotency_key": key}).message()
    show_ack(ask_at(url, lambda desk: desk.second_word(return_id, message)), as_json)
