"""The CRMs as IT sees them: coverage, quality, allowances, listening, backfills, comparisons, and what is left to
people. What names a return is told only to those who see the return; an org as a whole is nobody's region."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.bodies import body_of
from api.documented import ANSWERS, answer, body, page
from api.house import House
from api.letters import OrgName
from api.returns import by
from runtime import inputs
from runtime.documents import document_of, plain
from runtime.hub import backfills, coverage, listening, overview, quota, reconciliations
from runtime.hub.backfills import BackfillView
from runtime.hub.coverage import CoverageView
from runtime.hub.items import ItemView, view_of
from runtime.hub.listening import OrgHeard
from runtime.hub.overview import QualityView, StatusView
from runtime.hub.quota import AllowanceView
from runtime.hub.reconciliations import ComparisonReport
from runtime.refusals import NotFound
from runtime.scope import check_everywhere
from security.roles import Action, Principal
from store.port import Conflict

router = APIRouter(tags=["crm"], responses=ANSWERS)
Days = Annotated[int, Query(ge=1, le=3650, description="how far back is measured")]
Most = Annotated[int, Query(ge=0, le=10_000, description="how many returns are listed")]


@router.get("/crm/status", responses={200: answer(StatusView)})
async def status(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, days: Days = 30
) -> dict[str, Any]:
    """Coverage by region, latency, errors, dead letters, allowance, listening, backfill, comparison of each org."""
    return document_of(overview.status_of(await house.overview.seen(org, days), days, datetime.now(UTC)))


@router.get("/crm/coverage", responses={200: answer(CoverageView)})
async def covered(
    house: House,
    who: Annotated[Principal, by(Action.KPI_SEE)],
    org: OrgName = None,
    days: Days = 30,
    limit: Most = 50,
) -> dict[str, Any]:
    """The share of returns each org shows as they stand; of yours which lag, since when and why."""
    found = await house.sight.coverage(org, days, limit)
    mine = await house.scope.only(who, found.lagging, lambda one: one.return_id)
    return document_of(coverage.view_of(replace(found, lagging=mine), days, datetime.now(UTC)))


@router.get("/crm/quality", responses={200: answer(QualityView)})
async def quality(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, days: Days = 365
) -> dict[str, Any]:
    """What the returns of that time lack, what is malformed, twice or stale, and what differs in the CRMs by field."""
    found, runs = await house.overview.quality(org, days)
    return document_of(overview.quality_of(found, runs, days, datetime.now(UTC)))


@router.get("/crm/quota", responses={200: page("each of them", orgs=tuple[AllowanceView, ...])})
async def allowances(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None
) -> dict[str, Any]:
    """Each org's calls: the limit, what we and others used, the reserve, a forecast, and breakers not closed."""
    now = datetime.now(UTC)
    return {"orgs": [document_of(quota.view_of(one, now)) for one in await house.protection.orgs(org)]}


@router.post(
    "/crm/orgs/{org}/breakers/closing",
    responses={200: page("how many were open", org=str, closed=int)},
    openapi_extra=body(inputs.WhyInput),
)
async def close(
    org: str, request: Request, house: House, who: Annotated[Principal, by(Action.BREAKER_CLOSE)]
) -> dict[str, Any]:
    """Close every breaker of an org, after what was wrong is mended: calls are made again within a minute."""
    check_everywhere(who, f"org {org}")
    # Those the books know may have left the settings.
    if org not in {one.org for one in await house.protection.orgs(None)}:
        raise NotFound(f"there is no CRM org {org!r}")
    given = await body_of(request, inputs.WhyInput)
    return {"org": org, "closed": await house.protection.close(org, given.why, who.name)}


@router.get("/crm/backfills", responses={200: page("of each org", backfills=tuple[BackfillView, ...])})
async def filled(house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None) -> dict[str, Any]:
    """How far the newest backfill of each org is."""
    now = datetime.now(UTC)
    return {"backfills": [document_of(backfills.view_of(one, now)) for one in await house.overview.backfills(org)]}


@router.get("/crm/reconciliations", responses={200: page("of each org", reconciliations=tuple[ComparisonReport, ...])})
async def compared(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, limit: Most = 50
) -> dict[str, Any]:
    """What the last comparison of each org with the books found; the differences of your returns one by one."""
    now, told = datetime.now(UTC), []
    for one in await house.overview.compared(org, limit):
        mine = await house.scope.only(who, one.drifts, lambda each: each.return_id)
        told.append(document_of(reconciliations.report_of(replace(one, drifts=mine), now)))
    return {"reconciliations": told}


@router.get("/crm/listening", responses={200: page("of each org", orgs=tuple[OrgHeard, ...])})
async def heard(
    request: Request, house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None
) -> dict[str, Any]:
    """How far each org was listened to, and what is in its way."""
    through = house.listening(await request.app.state.temporal.client())
    now = datetime.now(UTC)
    return {"orgs": [document_of(listening.view_of(one, now)) for one in await through.status(org)]}


@router.get("/crm/items", responses={200: page("oldest first", items=tuple[ItemView, ...])})
async def items(
    house: House,
    who: Annotated[Principal, by(Action.ITEM_SEE)],
    org: OrgName = None,
    resolved: Annotated[bool, Query(description="also what was resolved")] = False,
) -> dict[str, Any]:
    """What the CRMs left to people, with the choices there are."""
    found = await house.scope.only(who, await house.edits.items(org, resolved), lambda one: one.key)
    return {"items": [document_of(view_of(one)) for one in found]}


@router.post(
    "/crm/items/{item_id}/resolution",
    responses={200: answer(ItemView, "decided")},
    openapi_extra=body(inputs.ItemInput),
)
async def resolve(
    item_id: inputs.Number, request: Request, house: House, who: Annotated[Principal, by(Action.ITEM_RESOLVE)]
) -> dict[str, Any]:
    """Decide about one item."""
    given = await body_of(request, inputs.ItemInput)
    item = await house.edits.item(item_id)
    if item is None or not await house.scope.only(who, (item,), lambda one: one.key):
        raise NotFound(f"there is no open item {item_id}")
    through = house.listening(await request.app.state.temporal.client())
    return document_of(view_of(await through.resolve(item_id, given.choice, who.name, given.note)))


@router.get("/crm/conflicts", responses={200: page("newest first", conflicts=tuple[Conflict, ...])})
async def conflicts(
    house: House,
    who: Annotated[Principal, by(Action.ITEM_SEE)],
    org: OrgName = None,
    record: Annotated[str | None, Query(description="only this return or record of a CRM", max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 50,
) -> dict[str, Any]:
    """Why values are as they are: what was changed in the CRMs, and what was decided. Newest first."""
    found = await house.edits.conflicts(org, record, limit)
    mine = await house.scope.only(who, found, lambda one: one.key)
    return {"conflicts": plain(tuple[Conflict, ...], mine)}
