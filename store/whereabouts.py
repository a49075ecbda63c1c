"""Where something is kept of one person: how many rows of every table are about them, as erasing.py says of each table
what becomes of it. No value is read."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.erasing import WHERE_KEPT
from store.port import Kept, Subject
from store.port.audit import stream_of_return
from store.tables import METADATA, party_links


async def of(connection: AsyncConnection, subject: Subject) -> tuple[Kept, ...]:
    """In the order of the tables' names."""
    mine = {name: _mine(METADATA.tables[name], subject) for name in WHERE_KEPT}
    counted = await _counted(connection, {name: about for name, about in mine.items() if about is not None})
    return tuple(Kept(name, counted.get(name), WHERE_KEPT[name]) for name in sorted(WHERE_KEPT))


async def _counted(connection: AsyncConnection, about: Mapping[str, ColumnElement[bool]]) -> dict[str, int]:
    """All in one statement."""
    each = (
        select(literal(name).label("name"), func.count().label("rows")).select_from(METADATA.tables[name]).where(mine)
        for name, mine in about.items()
    )
    return {row.name: row.rows for row in (await connection.execute(union_all(*each))).all()}


def _mine(table: Table, subject: Subject) -> ColumnElement[bool] | None:
    """Which rows are the person's; None for a table whose rows say nothing of whose they are."""
    columns = table.c
    links, streams = subject.links, [stream_of_return(one) for one in subject.returns]
    records = [ref.external_id for ref in subject.records]
    if table.name == "party_links":
        return party_links.c.id.in_(links)
    if table.name == "parties":
        return columns.id.in_(select(party_links.c.party_id).where(party_links.c.id.in_(links)))
    if table.name == "ledger_lines":
        return columns.order_id.in_(subject.orders)
    if table.name in ("audit", "audit_reasons", "audit_salts"):
        return columns.subject.in_(streams)
    if "return_id" in columns:
        return columns.return_id.in_(subject.returns)
    if "link_id" in columns:
        return columns.link_id.in_(links)
    if {"one", "other"} <= set(columns.keys()):
        return columns.one.in_(links) | columns.other.in_(links)
    if {"record", "key"} <= set(columns.keys()):
        return columns.key.in_(subject.returns) | columns.record.in_(records)
    return columns.key.in_(subject.returns) if table.name == "crm_under_way" else None
