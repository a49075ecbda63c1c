"""Mappings over HTTP: which field of a CRM shows what, whether an org fits its mapping, and what would be written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from adapters.crm.mapping import Compiled, page
from api.bodies import body_of
from api.documented import ANSWERS, body
from api.house import House
from api.returns import by
from runtime import inputs, mappings, wiring
from runtime.hub import findings
from runtime.hub.rehearsals import document_of
from runtime.preflight import examine
from runtime.refusals import NotFound
from runtime.rehearsal import Rehearsed
from runtime.scope import scoped
from runtime.settings import Settings
from security.roles import Action, Principal
from store.port import Search

router = APIRouter(tags=["mappings"], responses=ANSWERS)


@router.get("/mappings")
async def every(request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> dict[str, Any]:
    """The mapping of each CRM org, and those that come with the program."""
    settings: Settings = request.app.state.settings
    orgs = [{"org": org} | _head(mappings.mapping(given)) for org, given in settings.crm.items()]
    return {"orgs": orgs, "shipped": [_head(one) for one in mappings.every()]}


@router.get("/mappings/{name}")
async def one(name: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> dict[str, Any]:
    """One mapping field by field: an org's by the org's name, or one that comes with the program by its own."""
    return page.data(found(request.app.state.settings, name))


@router.get("/mappings/{name}/page", response_class=PlainTextResponse)
async def document(name: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> PlainTextResponse:
    """The same as a page in Markdown, for people."""
    lines = page.markdown(found(request.app.state.settings, name))
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/markdown")


@router.post("/mappings/{org}/check")
async def check(org: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_CHECK)]) -> dict[str, Any]:
    """Compare an org's mapping with what the org says of its objects now. The CRM is asked; nothing is changed."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    return findings.document_of(await examine(wiring.mapping_parts(settings, request.app.state.vault, org)))


@router.post("/mappings/{org}/rehearsal", openapi_extra=body(inputs.RehearsalInput))
async def rehearse(
    org: str, request: Request, house: House, who: Annotated[Principal, by(Action.MAPPING_CHECK)]
) -> dict[str, Any]:
    """What the mapping would change in the CRM's records of these returns, or of your newest. Writes nothing."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    given = await body_of(request, inputs.RehearsalInput)
    return {"org": org, "returns": [document_of(each) for each in await rehearsed(house, settings, who, org, given)]}


async def rehearsed(
    house: House, settings: Settings, who: Principal, org: str, given: inputs.RehearsalInput
) -> tuple[Rehearsed, ...]:
    """Of the returns named, or of the newest that are theirs to see."""
    named = given.return_ids
    if not named:
        newest = await house.doors.stores.returns.search(scoped(who, Search(limit=given.limit)))
        named = [snap.return_id for snap in newest.snapshots]
    mine = await house.scope.only(who, named, lambda return_id: return_id)
    if others := [return_id for return_id in named if return_id not in mine]:
        raise NotFound(f"there is no return {others[0]}")
    if not named:
        return ()
    async with wiring.rehearsal(settings, org) as rehearsal:
        return await rehearsal.of(named, given.limit)


def found(settings: Settings, name: str) -> Compiled:
    if name in settings.crm:
        return mappings.mapping(settings.crm[name])
    shipped = {one.name: one for one in mappings.every()}
    if name not in shipped:
        known = ", ".join((*settings.crm, *shipped))
        raise NotFound(f"there is no mapping {name!r}; there are {known}")
    return shipped[name]


def check_org(settings: Settings, org: str) -> None:
    if org not in settings.crm:
        raise NotFound(f"there is no CRM org {org!r}; there are {', '.join(settings.crm) or 'none'}")


def _head(one: Compiled) -> dict[str, Any]:
    return {"name": one.name, "version": one.version, "vendor": one.vendor, "profile": one.profile}
