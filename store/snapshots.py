"""A snapshot as a row: the document that is kept, and the columns by which it is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Text, cast

from domain.returns import Snapshot
from store.tables import returns

# Reads what an older release wrote (missing fields take their defaults) and what a newer one did (more is ignored).
_SNAPSHOT = TypeAdapter(Snapshot)

# The document as it travels: JSON, read and written in one go.
DOCUMENT = cast(returns.c.snapshot, Text).label("snapshot")


@dataclass(frozen=True, slots=True)
class Row:
    """The table's columns, by their names."""

    return_id: str
    order_id: str
    request_key: str | None
    version: int
    stage: str
    customer_id: str
    region: str
    channel: str
    held: bool
    hold_owners: tuple[str, ...]
    skus: tuple[str, ...]
    tracking: tuple[str, ...]
    words: str
    opened_at: datetime
    changed_at: datetime
    snapshot: Snapshot


_ROW = TypeAdapter(Row)


def load(document: str) -> Snapshot:
    return _SNAPSHOT.validate_json(document)


def row(snapshot: Snapshot, request_key: str) -> str:
    """The row as JSON. No request key is NULL."""
    return _ROW.dump_json(_row(snapshot, request_key)).decode()


def columns(snapshot: Snapshot) -> dict[str, Any]:
    """The row's columns that follow from the snapshot, by name."""
    found: dict[str, Any] = _ROW.dump_python(_row(snapshot, ""), mode="json")
    return found


def _row(snapshot: Snapshot, request_key: str) -> Row:
    return Row(
        return_id=snapshot.return_id,
        order_id=snapshot.order_id,
        request_key=request_key or None,
        version=snapshot.version,
        stage=str(snapshot.stage),
        customer_id=snapshot.customer_id,
        region=snapshot.region,
        channel=snapshot.channel,
        held=bool(snapshot.holds),
        hold_owners=_each(hold.owner for hold in snapshot.holds),
        skus=_each((*(line.sku for line in snapshot.lines), *(goods.sku or "" for goods in snapshot.unexpected))),
        tracking=_each(snapshot.tracking),
        words=_words(snapshot),
        opened_at=snapshot.opened_at,
        changed_at=snapshot.changed_at,
        snapshot=snapshot,
    )


def _each(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({str(word) for word in words if word}))


def _words(snapshot: Snapshot) -> str:
    """All that free text looks in, one to a line, so that no match spans two of them."""
    words = [snapshot.return_id, snapshot.order_id, snapshot.order_name, snapshot.customer_id]
    words += [snapshot.storefront_return, snapshot.authorization, snapshot.credit_memo]
    words += [snapshot.quote.authorization_number] if snapshot.quote else []
    words += [line.sku for line in snapshot.lines]
    words += snapshot.tracking
    return "\n".join(word for word in words if word).lower()
