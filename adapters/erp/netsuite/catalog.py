"""Internal ids of things the account names: tax codes, items, inventory statuses, the next open period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from adapters.erp.netsuite.client import VENDOR, NetSuiteClient, Record
from adapters.errors import ClosedPeriod, Permanent

# Ids never change while a name lives; the memory is emptied when it grows past this.
_KEPT = 20_000
_NAME_COLUMN = {"salestaxitem": "itemid", "item": "itemid", "inventorystatus": "name"}
_NEXT_OPEN = (
    "SELECT id, periodname FROM accountingperiod WHERE isposting = 'T' AND isquarter = 'F' AND isyear = 'F'"
    " AND isadjust = 'F' AND closed = 'F' AND alllocked = 'F' AND arlocked = 'F' AND enddate >= CURRENT_DATE"
    " ORDER BY startdate"
)


class Catalog:
    def __init__(self, client: NetSuiteClient) -> None:
        self._client = client
        self._known: dict[tuple[str, str], str] = {}

    async def ids(self, table: str, names: Iterable[str]) -> dict[str, str]:
        """{name: internal id} from SuiteQL, remembered. Raises Permanent for a name the account does not have."""
        if len(self._known) > _KEPT:
            self._known.clear()
        wanted = sorted(set(names))
        missing = [name for name in wanted if (table, name) not in self._known]
        if missing:
            column = _NAME_COLUMN[table]
            marks = ", ".join("?" for _ in missing)
            # Table and column are ours, from the map above; the names travel as parameters.
            text = f"SELECT id, {column} FROM {table} WHERE {column} IN ({marks})"  # noqa: S608
            rows = await self._client.query(text, *missing)
            self._known |= {(table, row[column]): row["id"] for row in rows}
        lacking = [name for name in missing if (table, name) not in self._known]
        if lacking:
            raise Permanent(
                VENDOR, "suiteql", f"the account has no {table} named {', '.join(lacking)}: create it there"
            )
        return {name: self._known[(table, name)] for name in wanted}

    async def next_open_period(self) -> Record:
        """A reference to the first posting period, this month's or later, that receivables may be posted into."""
        rows = await self._client.query(_NEXT_OPEN)
        if not rows:
            raise Permanent(VENDOR, "suiteql", "no accounting period is open: finance must open one")
        return {"id": rows[0]["id"]}

    async def booked(self, make: Callable[[Record], Awaitable[str]]) -> str:
        """Book something that has already happened: goods came, money moved. If this month is closed, in the next open.

        `make` gets the body's fields for the period. A credit is not booked this way: there finance chooses.
        """
        try:
            return await make({})
        except ClosedPeriod:
            return await make({"postingPeriod": await self.next_open_period()})
