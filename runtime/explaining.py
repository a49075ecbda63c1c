"""What anybody may ask about a return's numbers: why they are what they are. Read from PostgreSQL only."""

from __future__ import annotations

from domain import ids
from domain.explanation import Explanation, explain
from runtime.refusals import unknown
from store.port import LedgerBooks, Returns


class Explaining:
    def __init__(self, returns: Returns, ledger: LedgerBooks) -> None:
        self._returns, self._ledger = returns, ledger

    async def explain(self, return_id: str) -> Explanation:
        """Raises NotFound for a return that is not in the books."""
        snapshot = await self._returns.snapshot(ids.check_return_id(return_id))
        if snapshot is None:
            raise unknown(return_id)
        return explain(snapshot, await self._ledger.of_order(snapshot.order_id))
