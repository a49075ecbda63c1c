"""Documents that may be there twice for a moment: Tryton holds no key of an invoice or a shipment unique.

Whoever made a draft looks again, and steps back when it is not alone: then at most one goes on, the one who looked when
the others were not there yet. The lowest id would be no judge: ids are not given in the order in which records appear.
Nobody touches a draft of another, for its maker may be at work on it; only what lies there for minutes is left over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from adapters.erp.tryton.client import VENDOR, Record
from adapters.errors import Retryable

# Longer than any attempt may take.
_AT_WORK = timedelta(minutes=5)


def chosen(found: list[Record], beyond_draft: Collection[str], key: str) -> tuple[Record | None, list[Record]]:
    """The document under the key, if there is one, and drafts that were left over beside it.

    Raises Retryable while several are being made."""
    further = [record for record in found if record["state"] in beyond_draft]
    drafts = [record for record in found if record["state"] == "draft"]
    if not further and len(drafts) < 2:
        return next(iter(drafts), None), []
    old = [draft for draft in drafts if datetime.now(UTC) - draft["create_date"] > _AT_WORK]
    if further:
        return further[0], old
    if len(old) < len(drafts):
        raise busy(key)
    return old[0], old[1:]


def busy(key: str) -> Retryable:
    return Retryable(VENDOR, "create", f"somebody else makes {key} at the same moment", retry_after=1.0)
