"""One return as those see it who have to do with it: money, goods, CRMs, messages. The engine is not asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter

from api.documented import ANSWERS, answer, page
from api.house import House
from api.returns import by
from runtime.scope import check_sees
from runtime.views import crm, messages, money, stock
from runtime.views.crm import OrgView
from runtime.views.messages import MessageView
from runtime.views.money import MoneyDocument
from runtime.views.stock import StockView
from security.roles import Action, Principal

router = APIRouter(tags=["returns"], responses=ANSWERS)


@router.get("/returns/{return_id}/money", responses={200: answer(MoneyDocument)})
async def money_view(return_id: str, house: House, who: Annotated[Principal, by(Action.MONEY_SEE)]) -> dict[str, Any]:
    """Quote, credit memo and payout side by side, every number line by line with its reason, and the ledger."""
    snapshot = check_sees(who, await house.views.snapshot(return_id))
    return money.document(await house.views.money(snapshot))


@router.get("/returns/{return_id}/stock", responses={200: answer(StockView)})
async def stock_view(return_id: str, house: House, who: Annotated[Principal, by(Action.STOCK_SEE)]) -> dict[str, Any]:
    """By line: what is expected, what waits for a verdict, and where the rest went."""
    snapshot = check_sees(who, await house.views.snapshot(return_id))
    return stock.document(house.views.stock(snapshot))


@router.get("/returns/{return_id}/crm", responses={200: page("by org", return_id=str, orgs=tuple[OrgView, ...])})
async def crm_view(return_id: str, house: House, who: Annotated[Principal, by(Action.CRM_SEE)]) -> dict[str, Any]:
    """By CRM org: what it shows and since when, what was edited there and decided, what is asked and left to people."""
    snapshot = check_sees(who, await house.views.snapshot(return_id))
    return crm.document(return_id, await house.views.crm(snapshot))


@router.get(
    "/returns/{return_id}/messages",
    responses={200: page("oldest first", return_id=str, messages=tuple[MessageView, ...])},
)
async def message_view(
    return_id: str, house: House, who: Annotated[Principal, by(Action.MESSAGE_SEE)]
) -> dict[str, Any]:
    """The notices the customer was sent, those that are owed, and those that were given up for now."""
    snapshot = check_sees(who, await house.views.snapshot(return_id))
    return messages.document(return_id, await house.views.messages(snapshot))
