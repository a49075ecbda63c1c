"""What every ERP promises, kept by a real Tryton: the suite is the one the double and NetSuite are held to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest

from adapters.erp.port import Erp
from tests.contracts import test_erp
from tests.contracts.test_erp import *  # noqa: F403 - every promise, also the next one somebody adds
from tests.stack.orders import order
from tests.stack.tryton import RealTryton
from tests.tryton.books import OrderBooks, door

ORDERS = count(9_100_001)


class OnTryton:
    def __init__(self, real: RealTryton) -> None:
        self.tryton = door(real)
        self.door: Erp = self.tryton
        self._books = OrderBooks(real, order(next(ORDERS)))
        self.order_id = self._books.order_id

    def memos(self) -> int:
        return len(self._books.posted())

    def pending(self) -> int:
        return self._books.stock(f"MUG-{self.order_id}")["IN"]


@pytest.fixture  # type: ignore[no-redef]
async def books(tryton: RealTryton) -> AsyncIterator[test_erp.Books]:
    real = OnTryton(tryton)
    yield real
    await real.tryton.close()
