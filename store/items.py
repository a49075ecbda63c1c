"""What people have to look at about the CRMs, in PostgreSQL, and what their decision means for the record."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store import auditing
from store.engine import Database
from store.port import Act, Item, ItemKind

_OPEN = text("""
    INSERT INTO crm_items (org, kind, object, record, key, field, detail)
    VALUES (:org, :kind, :object, :record, :key, :field, :detail) ON CONFLICT DO NOTHING RETURNING item_id
""")
_ITEMS = text("""
    SELECT * FROM crm_items WHERE (CAST(:org AS text) IS NULL OR org = :org) AND (:resolved OR resolved_at IS NULL)
    ORDER BY item_id
""")
_RESOLVE = text("""
    UPDATE crm_items SET resolved_at = now(), choice = :choice, by = :by, note = :note
    WHERE item_id = :item_id AND resolved_at IS NULL RETURNING *
""")
_OVER = text("""
    UPDATE crm_items SET resolved_at = now(), acted_at = now(), choice = 'over', by = 'backhaul'
    WHERE org = :org AND object = :object AND record = :record AND field = :field AND kind = :kind
      AND resolved_at IS NULL
    RETURNING item_id
""")
_DECIDED = text("""
    SELECT * FROM crm_items WHERE org = :org AND object = :object AND resolved_at IS NOT NULL AND acted_at IS NULL
    ORDER BY item_id
""")
_ACTED = text("UPDATE crm_items SET acted_at = now() WHERE item_id = :item_id")
# A field is followed again: what it swung between is forgotten with the freeze.
_THAW = text("""
    UPDATE crm_records SET seq = seq + 1,
        fields = jsonb_set(fields, ARRAY[CAST(:field AS text)], (fields -> :field) - 'frozen' - 'dealt')
    WHERE org = :org AND object = :object AND record = :record AND fields ? :field
""")
# The CRM's value wins: the last one that was dealt with.
_THEIRS = text("""
    UPDATE crm_records SET seq = seq + 1, fields = jsonb_set(fields, ARRAY[CAST(:field AS text)], (fields -> :field)
        || jsonb_build_object('won', true, 'standing', fields -> :field -> 'dealt' -> -1 -> 'value'))
    WHERE org = :org AND object = :object AND record = :record AND fields ? :field
""")
# The record may be made once more: its tombstones no longer count.
_FORGIVEN = text("DELETE FROM crm_records WHERE org = :org AND object = :object AND key = :key AND state = 'deleted'")
_THERE_AGAIN = text("""
    UPDATE crm_records SET state = 'live', gone_at = NULL, seq = seq + 1
    WHERE org = :org AND object = :object AND state = 'missing'
""")
_MEANING = {
    (ItemKind.SWINGING, "follow"): _THAW,
    (ItemKind.MANUAL, "theirs"): _THEIRS,
    (ItemKind.DELETED_AGAIN, "show"): _FORGIVEN,
    (ItemKind.MASS_DELETE, "look_again"): _THERE_AGAIN,
}


class PostgresItems:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, item: Item) -> bool:
        async with self._database.statement() as connection:
            return await open_item(connection, item)

    async def listed(self, org: str | None = None, resolved: bool = False) -> tuple[Item, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_ITEMS, {"org": org, "resolved": resolved})).all()
        return tuple(_item(row) for row in rows)

    async def resolve(self, item_id: int, choice: str, by: str, note: str) -> Item | None:
        said = {"item_id": item_id, "choice": choice, "by": by, "note": note}
        async with self._database.transaction() as connection:
            row = (await connection.execute(_RESOLVE, said)).one_or_none()
            if row is None:
                return None
            item = _item(row)
            meaning = _MEANING.get((item.kind, choice))
            if meaning is not None:
                await connection.execute(meaning, _which(item))
            told = {"item": str(item_id), "kind": str(item.kind), "field": item.field, "choice": choice}
            await auditing.append(
                connection, Act(f"crm:{item.org}", by, "item:resolve", subject_of(item), note, {}, told)
            )
            return item

    async def over(self, item: Item) -> bool:
        async with self._database.statement() as connection:
            return (await connection.execute(_OVER, _which(item) | {"kind": item.kind})).first() is not None

    async def decided(self, org: str, of: str) -> tuple[Item, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_DECIDED, {"org": org, "object": of})).all()
        return tuple(_item(row) for row in rows)

    async def acted(self, item_id: int) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_ACTED, {"item_id": item_id})


def subject_of(item: Item | Row[Any]) -> str:
    """What an item is about, in the audit."""
    return f"{item.object}:{item.record or item.key}"


async def open_item(connection: AsyncConnection, item: Item) -> bool:
    """Within the caller's transaction."""
    values = _which(item) | {"kind": item.kind, "detail": item.detail}
    return (await connection.execute(_OPEN, values)).first() is not None


def _which(item: Item) -> dict[str, Any]:
    return {"org": item.org, "object": item.object, "record": item.record, "key": item.key, "field": item.field}


_NAMES = tuple(field.name for field in fields(Item) if field.name != "kind")


def _item(row: Row[Any]) -> Item:
    return Item(kind=ItemKind(row.kind), **{name: getattr(row, name) for name in _NAMES})
