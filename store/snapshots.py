"""A snapshot as a row: the document that is kept, and the columns by which it is found."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from domain.returns import Snapshot

# Reads what an older release wrote (missing fields take their defaults) and what a newer one did (more is ignored).
_SNAPSHOT = TypeAdapter(Snapshot)


def dump(snapshot: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = _SNAPSHOT.dump_python(snapshot, mode="json")
    return document


def load(document: dict[str, Any]) -> Snapshot:
    return _SNAPSHOT.validate_python(document)


def row(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "return_id": snapshot.return_id,
        "order_id": snapshot.order_id,
        "version": snapshot.version,
        "stage": str(snapshot.stage),
        "customer_id": snapshot.customer_id,
        "region": snapshot.region,
        "channel": snapshot.channel,
        "held": bool(snapshot.holds),
        "hold_owners": sorted({str(hold.owner) for hold in snapshot.holds}),
        "skus": sorted(
            {line.sku for line in snapshot.lines} | {goods.sku for goods in snapshot.unexpected if goods.sku}
        ),
        "tracking": sorted(set(snapshot.tracking)),
        "words": _words(snapshot),
        "opened_at": snapshot.opened_at,
        "changed_at": snapshot.changed_at,
        "snapshot": dump(snapshot),
    }


def _words(snapshot: Snapshot) -> str:
    """All that free text looks in, one to a line, so that no match spans two of them."""
    words = [snapshot.return_id, snapshot.order_id, snapshot.order_name, snapshot.customer_id]
    words += [snapshot.storefront_return, snapshot.authorization, snapshot.credit_memo]
    words += [snapshot.quote.authorization_number] if snapshot.quote else []
    words += [line.sku for line in snapshot.lines]
    words += snapshot.tracking
    return "\n".join(word for word in words if word).lower()
