"""Who is who, for those who decide about it: the queue of doubtful pairs, decisions, and what is linked. Masked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.bodies import body_of
from api.documented import ANSWERS, Answers, answer, body, page
from api.house import House
from api.returns import by
from domain.errors import BadInput
from domain.identity.record import Ref
from runtime import inputs
from runtime.documents import document_of
from runtime.hub.parties import DecisionView, PartyView, ReviewView, decision_of, party_of, review_of
from runtime.identity import Deciding, record_named
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(tags=["identity"], responses=ANSWERS)
_DECIDED: Answers = {200: answer(DecisionView, "decided")}


def _desk(house: House) -> Deciding:
    return house.deciding


Desk = Annotated[Deciding, Depends(_desk)]


@router.get("/identity/reviews", responses={200: page("the likeliest first", reviews=tuple[ReviewView, ...])})
async def reviews(
    desk: Desk,
    who: Annotated[Principal, by(Action.IDENTITY_SEE)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> dict[str, Any]:
    """Pairs a person should look at, side by side, the likeliest first."""
    _check(who)
    return {"reviews": [document_of(review_of(one)) for one in await desk.queue(limit, "", "")]}


@router.get("/identity/reviews/{review_id}", responses={200: answer(ReviewView)})
async def review(
    review_id: inputs.Number, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_SEE)]
) -> dict[str, Any]:
    """One pair: both records, field by field, and how far each field agrees."""
    _check(who)
    return document_of(review_of(await desk.review(review_id)))


@router.post(
    "/identity/reviews/{review_id}/disclosure",
    responses={200: answer(ReviewView)},
    openapi_extra=body(inputs.DisclosureInput),
)
async def disclose_review(
    review_id: inputs.Number, request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_UNMASK)]
) -> dict[str, Any]:
    """Both records as they are, for a reason, which is kept with who asked. Each time is an act of its own."""
    _check(who)
    given = await body_of(request, inputs.DisclosureInput)
    return document_of(review_of(await desk.review(review_id, who.name, given.reason)))


@router.post("/identity/reviews/{review_id}/acceptance", responses=_DECIDED, openapi_extra=body(inputs.WhyInput))
async def accept(
    review_id: inputs.Number, request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_DECIDE)]
) -> dict[str, Any]:
    """The two records are one party."""
    _check(who)
    given = await body_of(request, inputs.WhyInput)
    return document_of(decision_of(await desk.accept(review_id, who.name, given.why)))


@router.post("/identity/reviews/{review_id}/rejection", responses=_DECIDED, openapi_extra=body(inputs.WhyInput))
async def reject(
    review_id: inputs.Number, request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_DECIDE)]
) -> dict[str, Any]:
    """The two records are not one party, whatever any weights say from now on."""
    _check(who)
    given = await body_of(request, inputs.WhyInput)
    return document_of(decision_of(await desk.reject(review_id, who.name, given.why)))


@router.post("/identity/merges", responses=_DECIDED, openapi_extra=body(inputs.MergeInput))
async def merge(request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_DECIDE)]) -> dict[str, Any]:
    """Two parties are one. Undoing the decision takes it back."""
    _check(who)
    given = await body_of(request, inputs.MergeInput)
    return document_of(decision_of(await desk.merge(given.keep, given.other, who.name, given.why)))


@router.post("/identity/decisions/{decision_id}/undoing", responses=_DECIDED, openapi_extra=body(inputs.WhyInput))
async def unmerge(
    decision_id: inputs.Number, request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_DECIDE)]
) -> dict[str, Any]:
    """Take a link back, a rule's or a person's: what it brought together is apart again, and stays so."""
    _check(who)
    given = await body_of(request, inputs.WhyInput)
    return document_of(decision_of(await desk.unmerge(decision_id, who.name, given.why)))


@router.get("/identity/parties", responses={200: answer(PartyView)})
async def links(
    desk: Desk,
    who: Annotated[Principal, by(Action.IDENTITY_SEE)],
    party: Annotated[str | None, Query(description="its id", max_length=64)] = None,
    record: Annotated[str | None, Query(description="one of its records, as org:object:id", max_length=200)] = None,
) -> dict[str, Any]:
    """All records of a party and what was decided about them; the party by its id or by one of its records."""
    _check(who)
    return document_of(party_of(await desk.links(_named(party, record), "", "")))


@router.post(
    "/identity/parties/disclosure",
    responses={200: answer(PartyView)},
    openapi_extra=body(inputs.PartyDisclosureInput),
)
async def disclose_party(
    request: Request, desk: Desk, who: Annotated[Principal, by(Action.IDENTITY_UNMASK)]
) -> dict[str, Any]:
    """The records of a party as they are, for a reason, which is kept with who asked: each time an act of its own."""
    _check(who)
    given = await body_of(request, inputs.PartyDisclosureInput)
    of = _named(given.party, given.record)
    return document_of(party_of(await desk.links(of, who.name, given.reason)))


def _named(party: str | None, record: str | None) -> str | Ref:
    if (party is None) == (record is None):
        raise BadInput("party", "name a party by its id, or one of its records by `record`")
    return record_named(record) if record is not None else str(party)


def _check(who: Principal) -> None:
    check_everywhere(who, "who is who")
