"""Mappings over HTTP: which field of a CRM shows what, whether an org fits its mapping, and what would be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from adapters.crm.mapping import Compiled
from adapters.crm.mapping import page as mapping_page
from adapters.crm.mapping.page import MappingData
from api.bodies import body_of
from api.documented import ANSWERS, Answers, answer, body, page
from api.house import House
from api.returns import by
from runtime import inputs, mappings, wiring
from runtime.documents import document_of
from runtime.hub import findings
from runtime.hub.findings import Findings
from runtime.hub.rehearsals import RehearsedReturn, view_of
from runtime.preflight import examine
from runtime.refusals import NotFound, unknown
from runtime.rehearsal import Rehearsed
from runtime.scope import scoped
from runtime.settings import Settings
from security.roles import Action, Principal
from store.port import Search

router = APIRouter(tags=["mappings"], responses=ANSWERS)
_PAGE: Answers = {200: {"description": "Markdown", "content": {"text/markdown": {"schema": {"type": "string"}}}}}


@dataclass(frozen=True, slots=True)
class Shipped:
    """A mapping that comes with the program."""

    name: str
    version: str
    vendor: str
    profile: str


@dataclass(frozen=True, slots=True)
class OfOrg(Shipped):
    """The mapping of a CRM org of the settings."""

    org: str


@router.get("/mappings", responses={200: page("all there are", orgs=tuple[OfOrg, ...], shipped=tuple[Shipped, ...])})
async def every(request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> dict[str, Any]:
    """The mapping of each CRM org, and those that come with the program."""
    settings: Settings = request.app.state.settings
    orgs = [{"org": org} | _head(mappings.mapping(given)) for org, given in settings.crm.items()]
    return {"orgs": orgs, "shipped": [_head(one) for one in mappings.every()]}


@router.get("/mappings/{name}", responses={200: answer(MappingData)})
async def one(name: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> dict[str, Any]:
    """One mapping field by field: an org's by the org's name, or one that comes with the program by its own."""
    return document_of(mapping_page.data(found(request.app.state.settings, name)))


@router.get("/mappings/{name}/page", response_class=PlainTextResponse, responses=_PAGE)
async def document(name: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_SEE)]) -> PlainTextResponse:
    """The same as a page in Markdown, for people."""
    lines = mapping_page.markdown(found(request.app.state.settings, name))
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/markdown")


@router.post("/mappings/{org}/check", responses={200: answer(Findings, "what was found")})
async def check(org: str, request: Request, who: Annotated[Principal, by(Action.MAPPING_CHECK)]) -> dict[str, Any]:
    """Compare an org's mapping with what the org says of its objects now. The CRM is asked; nothing is changed."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    return document_of(findings.view_of(await examine(wiring.mapping_parts(settings, org))))


@router.post(
    "/mappings/{org}/rehearsal",
    responses={200: page("each of them", org=str, returns=tuple[RehearsedReturn, ...])},
    openapi_extra=body(inputs.RehearsalInput),
)
async def rehearse(
    org: str, request: Request, house: House, who: Annotated[Principal, by(Action.MAPPING_CHECK)]
) -> dict[str, Any]:
    """What the mapping would change in the CRM's records of these returns, or of your newest. Writes nothing."""
    settings: Settings = request.app.state.settings
    check_org(settings, org)
    given = await body_of(request, inputs.RehearsalInput)
    told = [document_of(view_of(each)) for each in await rehearsed(house, settings, who, org, given)]
    return {"org": org, "returns": told}


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
        raise unknown(others[0])
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
