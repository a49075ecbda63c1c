"""Vendors' credentials: which there are, and writing one. What is written is in no answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from api.access import Allowed
from api.bodies import IdempotencyKey, body_of, needed
from api.documented import ANSWERS, answer, body, page, problem
from runtime.credentials.input import CredentialInput
from runtime.credentials.keeping import Keeping, Standing
from runtime.documents import plain
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(tags=["credentials"], responses=ANSWERS)
WHAT = "a credential"


def _keeping(request: Request) -> Keeping:
    found: Keeping = request.app.state.keeping
    return found


Kept = Annotated[Keeping, Depends(_keeping)]


@router.get("/credentials", responses={200: page("how each stands", credentials=tuple[Standing, ...])})
async def every(kept: Kept, who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_SEE))]) -> dict[str, Any]:
    """Where each is from, and who wrote it when; never the credential, nor anything made from it."""
    check_everywhere(who, WHAT)
    return {"credentials": plain(tuple[Standing, ...], await kept.all())}


@router.put(
    "/credentials/{credential}",
    responses={200: answer(Standing, "it counts within seconds, in all processes")},
    openapi_extra=body(CredentialInput),
)
async def write(
    credential: str,
    request: Request,
    kept: Kept,
    who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_WRITE))],
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """The next version. Calls that are under way end with the one before it."""
    check_everywhere(who, WHAT)
    given, sent = await body_of(request, CredentialInput), needed(key)
    secret = given.secret.get_secret_value()
    document: dict[str, Any] = plain(Standing, await kept.write(credential, secret, who.name, given.overlap(), sent))
    return document


@router.delete(
    "/credentials/{credential}",
    responses={
        200: answer(Standing, "what the settings say counts again"),
        400: problem("this is no credential's name"),
        409: problem("somebody else wrote it at the same moment"),
    },
)
async def drop(
    credential: str, kept: Kept, who: Annotated[Principal, Depends(Allowed(Action.CREDENTIAL_WRITE))]
) -> dict[str, Any]:
    """What is kept is deleted; dropping it twice changes nothing."""
    check_everywhere(who, WHAT)
    document: dict[str, Any] = plain(Standing, await kept.drop(credential, who.name))
    return document
