"""Returns this process has shown lately, with every id their records need: the next version is sent without a look.

Only a return the org has everything for is remembered; while customer, order or goods are missing there, it is looked
for them each time.
"""

from __future__ import annotations

from adapters.crm.port import Projection
from adapters.crm.salesforce.records import Known, whose

# The oldest goes first.
_KEPT = 5000


class Memory:
    def __init__(self, *, orders: bool, lines: bool) -> None:
        """`orders` and `lines` say whether the profile's records are linked to orders and have lines."""
        self._orders, self._lines = orders, lines
        self._shown: dict[str, Known] = {}

    def recall(self, projection: Projection) -> Known | None:
        """What the org has of the return; None when it must be looked up, as for a version older than the one shown."""
        known = self._shown.get(projection.return_id)
        if known is None or known.returns[projection.return_id][1] > projection.version:
            return None
        told = projection.contact_record
        if told and known.contacts.get(whose(projection), ("", None))[0] != told:
            # Another contact stands for the customer by now: the one remembered may be gone.
            return None
        return known if self._complete(projection, known) else None

    def keep(self, projection: Projection, record: str, known: Known) -> None:
        """The return now stands in `record` with the projection's version, linked to what is in `known`."""
        self.forget(projection.return_id)
        keys = {line.key for line in projection.lines} if self._lines else set()
        skus = {line.sku for line in projection.lines}
        own = Known(
            returns={projection.return_id: (record, projection.version)},
            contacts={key: value for key, value in known.contacts.items() if key == whose(projection)},
            orders={key: value for key, value in known.orders.items() if key == projection.order_id},
            products={key: value for key, value in known.products.items() if key in skus},
            lines=keys,
        )
        if self._complete(projection, own):
            if len(self._shown) >= _KEPT:
                del self._shown[next(iter(self._shown))]
            self._shown[projection.return_id] = own

    def forget(self, return_id: str) -> None:
        self._shown.pop(return_id, None)

    def _complete(self, projection: Projection, known: Known) -> bool:
        if projection.customer_id and whose(projection) not in known.contacts:
            return False
        if self._orders and projection.order_id not in known.orders:
            return False
        return not self._lines or all(
            line.key in known.lines and line.sku in known.products for line in projection.lines
        )
