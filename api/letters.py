"""Dead letters: what a CRM or a customer was owed and was given up for now, and showing it to the CRM again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.bodies import body_of
from api.documented import ANSWERS, Answers, answer, body, page
from api.house import House
from api.returns import by
from api.versions import check_match
from runtime import inputs
from runtime.documents import document_of, plain
from runtime.hub import letters
from runtime.hub.letters import LetterView, ReplayedLetters
from runtime.scope import check_sees
from security.roles import Action, Principal
from store.port import DeadLetter

router = APIRouter(tags=["dead letters"], responses=ANSWERS)
_REPLAYED: Answers = {200: answer(ReplayedLetters, "how each ended")}
OrgName = Annotated[str | None, Query(description="only this CRM org, by its name in the settings")]


@router.get("/dead-letters", responses={200: page("all of them", dead_letters=tuple[DeadLetter, ...])})
async def dead_letters(
    house: House,
    who: Annotated[Principal, by(Action.DEAD_LETTER_SEE)],
    org: OrgName = None,
    cause: Annotated[str, Query(description="only those whose cause has this text", max_length=200)] = "",
) -> dict[str, Any]:
    """Oldest first; those of an org, or all with the customers' notices."""
    found = await house.letters.listed(who, org, cause)
    return {"dead_letters": plain(tuple[DeadLetter, ...], found)}


@router.get(
    "/dead-letters/{return_id}",
    responses={200: page("all of it", return_id=str, crm=tuple[LetterView, ...], notices=tuple[DeadLetter, ...])},
)
async def of_return(
    return_id: str, house: House, who: Annotated[Principal, by(Action.DEAD_LETTER_SEE)]
) -> dict[str, Any]:
    """Of one return: by CRM org what it shows and what it should, and the notices that were given up."""
    check_sees(who, await house.views.snapshot(return_id))
    found, notices = await house.letters.of(return_id)
    now = datetime.now(UTC)
    return {
        "return_id": return_id,
        "crm": [document_of(letters.view_of(one, now)) for one in found],
        "notices": plain(tuple[DeadLetter, ...], notices),
    }


@router.post(
    "/dead-letters/{return_id}/replay", responses=_REPLAYED, openapi_extra=body(inputs.ReplayInput, "return_ids")
)
async def replay_one(
    return_id: str, request: Request, house: House, who: Annotated[Principal, by(Action.DEAD_LETTER_REPLAY)]
) -> dict[str, Any]:
    """Show one return again wherever it is a dead letter. Asked twice at once it is one replay."""
    check_match(request, check_sees(who, await house.views.snapshot(return_id)).version)
    given = await body_of(request, inputs.ReplayInput, return_ids=[return_id])
    return await _replay(request, house, who, given)


@router.post("/dead-letters/replay", responses=_REPLAYED, openapi_extra=body(inputs.ReplayInput))
async def replay(
    request: Request, house: House, who: Annotated[Principal, by(Action.DEAD_LETTER_REPLAY)]
) -> dict[str, Any]:
    """Show again what fits: of an org, with a text in the cause, of some returns; nothing named means all."""
    return await _replay(request, house, who, await body_of(request, inputs.ReplayInput))


async def _replay(request: Request, house: House, who: Principal, given: inputs.ReplayInput) -> dict[str, Any]:
    client = await request.app.state.temporal.client()
    named, patience = tuple(given.return_ids), given.patience_seconds
    told = await house.letters.replay(client, who, given.org, given.cause, named, patience)
    return document_of(letters.replayed(told))
