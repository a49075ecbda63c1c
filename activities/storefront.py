"""What the storefront is asked during a return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.storefront.port import (
    OpenReturn,
    PayOut,
    ReleaseGoods,
    StageGoods,
    Storefront,
    StorefrontReturn,
)
from domain.basis import groups_named, matters
from domain.order import Order
from domain.policy import Policy
from domain.refund import Payout
from store.port import Returns


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """`lines` are the order lines the return is about; of the others only what the policy asks for is kept.

    `storefront_return` is the shop's own request when the customer began there: its units are still to be had."""

    return_id: str
    order_id: str
    lines: tuple[str, ...]
    storefront_return: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedOrder:
    """The order cut to what the return is about, the policy that holds for it, and the CRMs that will show it."""

    order: Order
    policy: Policy
    crm_orgs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseAndClose:
    """Let the goods go where the verdict says, then close the shop's return (`reference` empty: there is none)."""

    release: ReleaseGoods
    reference: str


class StorefrontActivities:
    def __init__(
        self, storefront: Storefront, returns: Returns, policy_for: Callable[[Order], Policy], crm_orgs: tuple[str, ...]
    ) -> None:
        self._storefront, self._returns = storefront, returns
        self._policy_for, self._crm_orgs = policy_for, crm_orgs

    @activity.defn
    @speaks_temporal
    async def load_order(self, ask: LoadOrder) -> LoadedOrder:
        order, contact = await self._storefront.order(ask.order_id)
        await self._returns.save_contact(ask.return_id, contact)
        asked = await self._storefront.requested_return(ask.storefront_return) if ask.storefront_return else None
        own = {line.line_id: line.quantity for line in asked.lines} if asked else {}
        policy = self._policy_for(order)
        about = replace(
            order,
            lines=tuple(
                replace(line, returnable=line.returnable + own.get(line.line_id, 0))
                for line in order.lines
                if line.line_id in ask.lines or matters(line, order, policy)
            ),
            groups=tuple(group for group in order.groups if group in groups_named(policy)),
        )
        return LoadedOrder(about, policy, self._crm_orgs)

    @activity.defn
    @speaks_temporal
    async def open_storefront_return(self, ask: OpenReturn) -> StorefrontReturn:
        return await self._storefront.open_return(ask)

    @activity.defn
    @speaks_temporal
    async def stage_goods(self, ask: StageGoods) -> None:
        await self._storefront.stage_goods(ask)

    @activity.defn
    @speaks_temporal
    async def pay_out(self, ask: PayOut) -> Payout:
        return await self._storefront.pay_out(ask)

    @activity.defn
    @speaks_temporal
    async def release_goods(self, ask: ReleaseAndClose) -> None:
        if ask.release.moves:
            await self._storefront.release_goods(ask.release)
        if ask.reference:
            await self._storefront.close_return(ask.reference)

    @activity.defn
    @speaks_temporal
    async def cancel_storefront_return(self, ask: ReleaseAndClose) -> None:
        if ask.release.moves:
            await self._storefront.release_goods(ask.release)
        if ask.reference:
            await self._storefront.cancel_return(ask.reference)
