"""A change of the shop's stock, never made twice: the shop knows its key for a day, after that a person must look."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.storefront import ReleaseAndClose, StorefrontActivities
    from adapters.storefront.port import ReleaseGoods
    from domain import ids
    from domain.inventory import StockMove
    from domain.returns import Owner

from workflows.case import Case
from workflows.holds import held
from workflows.steps import call

# Shopify keeps an idempotency key for 24 hours from its first use (its schema, @idempotent); one attempt lasts 90 s.
KEY_LIFE = timedelta(hours=23)

Act = Callable[[datetime], Coroutine[Any, Any, None]]
"""Makes the change, trying until the moment given (UTC)."""


class StockChange:
    """One change, made by calling it until it does not raise. A repeat within the key's life is harmless; a later one
    would count the goods again if the first went through, so it is not made before somebody has looked.

    `without` is what is still to do when the stock turns out to be moved already."""

    def __init__(self, case: Case, what: str, act: Act, without: Act | None = None) -> None:
        self._case, self._what, self._act, self._without = case, what, act, without
        self._first: datetime | None = None
        self._done = False

    async def __call__(self) -> None:
        if not self._done and self._first is not None and workflow.now() >= self._first + KEY_LIFE:
            await self._look()
        if self._done:
            if self._without is not None:
                await self._without(workflow.now() + KEY_LIFE)
            return
        self._first = self._first or workflow.now()
        await self._act(self._first + KEY_LIFE)

    async def _look(self) -> None:
        detail = f"tried first at {self._first:%Y-%m-%d %H:%M} UTC, and the shop has forgotten the key: {self._what}"
        choice = await held(self._case, "stock_unknown", Owner.WAREHOUSE, detail, ("done", "not_done"))
        self._first, self._done = None, choice == "done"
        self._case.happened("stock_looked_up", f"{self._what}: {choice}")


def released(case: Case, key: str, moves: tuple[StockMove, ...]) -> StockChange:
    """Goods out of pending inspection, then the shop's return closed."""
    return _ended(case, StorefrontActivities.release_goods, key, moves, "release stock, close the return")


def taken_back(case: Case, key: str, moves: tuple[StockMove, ...]) -> StockChange:
    """Goods out of pending inspection, then the shop's return cancelled."""
    return _ended(case, StorefrontActivities.cancel_storefront_return, key, moves, "undo in the storefront")


def _ended(case: Case, act: Callable[..., Any], key: str, moves: tuple[StockMove, ...], summary: str) -> StockChange:
    release = ReleaseGoods(case.snap.return_id, ids.stock_key(case.snap.return_id, key), moves)
    reference = case.snap.storefront_return

    async def both(until: datetime) -> None:
        await call(case, act, ReleaseAndClose(release, reference), queues.STOREFRONT, summary, until)

    async def end_only(until: datetime) -> None:
        only = ReleaseAndClose(replace(release, moves=()), reference)
        await call(case, act, only, queues.STOREFRONT, summary, until)

    what = "; ".join(f"{move.quantity} x {move.sku} {move.to}" for move in moves) or "no stock"
    return StockChange(case, what, both, end_only)
