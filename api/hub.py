"""The CRMs as IT sees them: coverage, quality, allowances, listening, backfills, comparisons, and what is left to
people. What names a return is told only to those who see the return; an org as a whole is nobody's region."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.bodies import body_of
from api.documented import ANSWERS, body
from api.house import House
from api.letters import OrgName
from api.returns import by
from runtime import inputs
from runtime.hub import backfills, coverage, listening, overview, quota, reconciliations
from runtime.inbound import CHOICES
from runtime.refusals import NotFound
from runtime.scope import check_everywhere
from security.roles import Action, Principal
from store.port import Item

router = APIRouter(tags=["crm"], responses=ANSWERS)
Days = Annotated[int, Query(ge=1, le=3650, description="how far back is measured")]
Most = Annotated[int, Query(ge=0, le=10_000, description="how many returns are listed")]


@router.get("/crm/status")
async def status(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, days: Days = 30
) -> dict[str, Any]:
    """Coverage by region, latency, errors, dead letters, allowance, listening, backfill, comparison of each org."""
    return overview.status_of(await house.overview.seen(org, days), days, datetime.now(UTC))


@router.get("/crm/coverage")
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
    return coverage.document_of(replace(found, lagging=mine), days, datetime.now(UTC))


@router.get("/crm/quality")
async def quality(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, days: Days = 365
) -> dict[str, Any]:
    """What the returns of that time lack, what is malformed, twice or stale, and what differs in the CRMs by field."""
    found, runs = await house.overview.quality(org, days)
    return overview.quality_of(found, runs, days, datetime.now(UTC))


@router.get("/crm/quota")
async def allowances(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None
) -> dict[str, Any]:
    """Each org's calls: the limit, what we and others used, the reserve, a forecast, and breakers not closed."""
    now = datetime.now(UTC)
    return {"orgs": [quota.document_of(one, now) for one in await house.protection.orgs(org)]}


@router.post("/crm/orgs/{org}/breakers/closing", openapi_extra=body(inputs.WhyInput))
async def close(
    org: str, request: Request, house: House, who: Annotated[Principal, by(Action.BREAKER_CLOSE)]
) -> dict[str, Any]:
    """Close every breaker of an org, after what was wrong is mended: calls are made again within a minute."""
    check_everywhere(who, f"org {org}")
    given = await body_of(request, inputs.WhyInput)
    return {"org": org, "closed": await house.protection.close(org, given.why, who.name)}


@router.get("/crm/backfills")
async def filled(house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None) -> dict[str, Any]:
    """How far the newest backfill of each org is."""
    now = datetime.now(UTC)
    return {"backfills": [backfills.document_of(one, now) for one in await house.overview.backfills(org)]}


@router.get("/crm/reconciliations")
async def compared(
    house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None, limit: Most = 50
) -> dict[str, Any]:
    """What the last comparison of each org with the books found; the differences of your returns one by one."""
    now, told = datetime.now(UTC), []
    for one in await house.overview.compared(org, limit):
        mine = await house.scope.only(who, one.drifts, lambda each: each.return_id)
        told.append(reconciliations.found_of(replace(one, drifts=mine), now))
    return {"reconciliations": told}


@router.get("/crm/listening")
async def heard(
    request: Request, house: House, who: Annotated[Principal, by(Action.KPI_SEE)], org: OrgName = None
) -> dict[str, Any]:
    """How far each org was listened to, and what is in its way."""
    through = house.listening(await request.app.state.temporal.client())
    now = datetime.now(UTC)
    return {"orgs": [listening.document_of(one, now) for one in await through.status(org)]}


@router.get("/crm/items")
async def items(
    house: House,
    who: Annotated[Principal, by(Action.ITEM_SEE)],
    org: OrgName = None,
    resolved: Annotated[bool, Query(description="also what was resolved")] = False,
) -> dict[str, Any]:
    """What the CRMs left to people, with the choices there are."""
    found = await house.scope.only(who, await house.edits.items(org, resolved), lambda one: one.key)
    return {"items": [_item(one) for one in found]}


@router.post("/crm/items/{item_id}/resolution", openapi_extra=body(inputs.ItemInput))
async def resolve(
    item_id: inputs.Number, request: Request, house: House, who: Annotated[Principal, by(Action.ITEM_RESOLVE)]
) -> dict[str, Any]:
    """Decide about one item."""
    given = await body_of(request, inputs.ItemInput)
    item = await house.edits.item(item_id)
    if item is None or not await house.scope.only(who, (item,), lambda one: one.key):
        raise NotFound(f"there is no open item {item_id}")
    through = house.listening(await request.app.state.temporal.client())
    return _item(await through.resolve(item_id, given.choice, who.name, given.note))


@router.get("/crm/conflicts")
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
    return {"conflicts": [asdict(one) for one in mine]}


def _item(one: Item) -> dict[str, Any]:
    return asdict(one) | {"choices": dict(CHOICES[one.kind])}
