"""One return as those see it who have to do with it: its money, its goods, what CRMs show, what the customer was told.

Read from PostgreSQL only. Every front door shows these, so that nobody is told another number elsewhere. Whether a
reader may see the return has been asked before.
"""

from __future__ import annotations

from domain import ids
from domain.returns import Snapshot
from runtime.refusals import unknown
from runtime.views.crm import OrgBooks, OrgView, crm_of
from runtime.views.messages import MessageView, messages_of
from runtime.views.money import MoneyView, money_of
from runtime.views.stock import StockView, stock_of
from store.port import CrmBooks, Item, LedgerBooks, Messages, Stores, Visibility

_EDITS = 50


class Views:
    def __init__(
        self, stores: Stores, ledger: LedgerBooks, messages: Messages, visibility: Visibility, books: CrmBooks
    ) -> None:
        self._returns, self._changes, self._ledger, self._messages = stores.returns, stores.changes, ledger, messages
        self._visibility, self._books = visibility, books

    async def snapshot(self, return_id: str) -> Snapshot:
        """What the books say of it, also while the engine is away. Raises NotFound."""
        found = await self._returns.snapshot(ids.check_return_id(return_id))
        if found is None:
            raise unknown(return_id)
        return found

    async def money(self, snap: Snapshot) -> MoneyView:
        return money_of(snap, await self._ledger.of_order(snap.order_id))

    def stock(self, snap: Snapshot) -> StockView:
        return stock_of(snap)

    async def messages(self, snap: Snapshot) -> tuple[MessageView, ...]:
        return messages_of(await self._messages.of(snap.return_id))

    async def crm(self, snap: Snapshot) -> tuple[OrgView, ...]:
        """By org, those that show the return or are to."""
        return_id = snap.return_id
        shown = await self._visibility.of_return(return_id)
        items = [one for one in await self._books.items.listed() if one.key == return_id]
        books = {one.org: await self._kept(one.org, return_id, items) for one in shown}
        return crm_of(snap, shown, books, await self._changes.of(return_id))

    async def _kept(self, org: str, return_id: str, items: list[Item]) -> OrgBooks:
        record = await self._books.agreements.of_return(org, return_id)
        edits = await self._books.agreements.conflicts(org, return_id, _EDITS)
        return OrgBooks(record, edits, tuple(one for one in items if one.org == org))
