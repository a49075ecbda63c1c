"""Change tracking: all rows and a delta link, then what was changed and deleted since; a link lives for some days.

The stamp of a link is the row version at the moment of its first page. The platform's own is said to be younger on a
long first load; this one may show a change twice, but never loses it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.dynamics.errors import Fault, bad_request
from sandbox.dynamics.query import pages
from sandbox.dynamics.query.answer import MOST_ROWS, context
from sandbox.dynamics.query.options import options
from sandbox.dynamics.query.shape import Annotations, shape
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

_TOKEN = re.compile(r"^(\d+)!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)$")
_MOMENT = "%m/%d/%Y %H:%M:%S"
_REFUSED = ("$filter", "$orderby", "$expand", "$top")


def answer(
    rows: Rows, table: Table, given: dict[str, str], base: str, page: int, notes: Annotations, days: float
) -> dict[str, Any]:
    """The first load when `given` has no token, else the changes since. `days` is how long a token is good for."""
    if not table.tracked:
        raise bad_request(f"Change tracking is not enabled for the entity '{table.name}'.")
    for name in _REFUSED:
        if name in given:
            raise bad_request(f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.')
    asked = options(rows.catalogue, table, given)
    since = _since(given.get("$deltatoken"), rows.now(), days)
    place = pages.read(given.get("$skiptoken"))
    stamp = int(place.stamp) if place.stamp else rows.version()
    size = min(page, MOST_ROWS)
    found = [row for row in rows.all(table) if since is None or row["versionnumber"] > since]
    start = place.start(found, table.id)
    shown = found[start : start + size]
    suffix = "" if since is None else "/$delta"
    body: dict[str, Any] = {"@odata.context": context(base, table, asked, suffix)}
    body["value"] = [shape(rows, table, row, asked, notes) for row in shown]
    if start + size < len(found):
        after = pages.Place(place.number + 1, start + size, shown[-1][table.id], str(stamp))
        tokens = {"skiptoken": pages.written(after, table.id, tracking=True)}
        if since is not None:
            tokens["deltatoken"] = given["$deltatoken"]
        body["@odata.nextLink"] = pages.link(base, given, **tokens)
        return body
    # Deletions come after the rows, and with them rows that were made and deleted since: their ids were never told.
    gone = f"{context(base, table, asked).partition('(')[0]}/$deletedEntity"
    if since is not None:
        body["value"] += [
            {"@odata.context": gone, "id": each["id"], "reason": "deleted"} for each in rows.deleted(table, since)
        ]
    token = f"{stamp}!{rows.now().strftime(_MOMENT)}"
    body["@odata.deltaLink"] = pages.link(base, given, deltatoken=token)
    return body


def count(rows: Rows, table: Table, token: str, days: float) -> int:
    since = _since(token, rows.now(), days) or 0
    changed: list[Row] = [row for row in rows.all(table) if row["versionnumber"] > since]
    return min(len(changed) + len(rows.deleted(table, since)), MOST_ROWS)


def _since(token: str | None, now: datetime, days: float) -> int | None:
    if token is None:
        return None
    match = _TOKEN.match(token)
    if match is None:
        raise bad_request(f"The delta token '{token}' cannot be read.")
    if now - datetime.strptime(match[2], _MOMENT).replace(tzinfo=UTC) > timedelta(days=days):
        message = "Version stamp associated with the client has expired. Please perform a full sync."
        raise Fault(400, "0x80044352", message)
    return int(match[1])
