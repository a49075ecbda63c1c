"""The audit in PostgreSQL: appended to, searched, and a subject's commitments made silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, tuple_

from security.audit import commitment
from store import auditing, pages
from store.engine import Database
from store.port import Act, ActPage, ActSearch, Entry
from store.port.audit import DISCLOSING, LET_IN, stream_of_return
from store.tables import audit, audit_reasons, returns

_SAME = and_(audit.c.stream == audit_reasons.c.stream, audit.c.seq == audit_reasons.c.seq)


class PostgresAudit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, act: Act) -> None:
        async with self._database.statement() as connection:
            await auditing.append(connection, act)

    async def search(self, search: ActSearch) -> ActPage:
        pages.check(search)
        wanted = select(audit, audit_reasons.c.reason).join_from(audit, audit_reasons, _SAME, isouter=True)
        wanted = wanted.where(*_conditions(search))
        order = (audit.c.at.desc(), audit.c.stream.desc(), audit.c.seq.desc())
        async with self._database.statement() as connection:
            rows = (await connection.execute(wanted.order_by(*order).limit(search.limit + 1))).all()
        shown = rows[: search.limit]
        last = shown[-1] if len(rows) > len(shown) else None
        return ActPage(tuple(map(entry, shown)), pages.cursor(last.at, last.stream, last.seq) if last else None)

    async def forget(self, subject: str) -> bool:
        async with self._database.statement() as connection:
            return await auditing.forget(connection, subject)


def entry(row: Row[Any]) -> Entry:
    """With its reason; and when the row has the subject's salt, with whether it is the one committed to."""
    said = dict(row._mapping)
    salt, reason = said.pop("salt", None), said.pop("reason") or ""
    committed = not (salt and reason) or commitment(salt, "why", reason) == row.why
    return Entry(**said, reason=reason, committed=committed)


def _conditions(search: ActSearch) -> Iterator[ColumnElement[bool]]:
    for name in ("actor", "subject", "stream"):
        if value := getattr(search, name):
            yield audit.c[name] == value
    if search.action and ":" in search.action:
        yield audit.c.action == search.action
    elif search.action:
        yield audit.c.action.startswith(f"{search.action}:", autoescape=True)
    if search.since:
        yield audit.c.at >= search.since
    if search.until:
        yield audit.c.at < search.until
    if search.personal:
        yield audit.c.personal
    if search.disclosures:
        yield audit.c.action.in_(DISCLOSING)
        yield ~audit.c.stream.startswith(LET_IN)
    if search.regions or search.shops:
        yield audit.c.stream.in_(_streams_of(search))
    if search.cursor:
        yield tuple_(audit.c.at, audit.c.stream, audit.c.seq) < tuple_(*pages.position(search.cursor, str, int))


def _streams_of(search: ActSearch) -> Any:
    mine = select(stream_of_return("") + returns.c.return_id)
    if search.regions:
        mine = mine.where(returns.c.region.in_(search.regions))
    if search.shops:
        mine = mine.where(returns.c.snapshot["shop"].as_string().in_(search.shops))
    return mine
