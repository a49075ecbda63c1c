"""The answers to FetchXML, SQL and $apply in the shape of the Web API: no empty properties, cookies for pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.dynamics.query import pages
from sandbox.dynamics.query.meaning import holds
from sandbox.dynamics.query.shape import Annotations, getter, notes_of
from sandbox.dynamics.rows import Rows, etag
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.select import apply, fetch, sql
from sandbox.dynamics.select.plan import Plan
from sandbox.dynamics.select.run import Found, run

_COOKIE = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
_MORE = "Microsoft.Dynamics.CRM.morerecords"
_TOTAL = "Microsoft.Dynamics.CRM.totalrecordcount"
_ATTRIBUTE = "OData.Community.Display.V1.AttributeName"
_FORMATTED = "OData.Community.Display.V1.FormattedValue"


def fetched(rows: Rows, table: Table, given: dict[str, str], base: str, notes: Annotations) -> dict[str, Any]:
    """`given` are the query options, fetchXml among them; `base` is the address of the table."""
    asked = fetch.read(rows.catalogue, given["fetchXml"], table, rows.now(), rows.user)
    found = run(rows, asked.plan)
    start = (asked.page - 1) * asked.size
    if asked.last:
        # The page goes on behind the row that the one before ended with, even if rows came or went since.
        at = (at for at, each in enumerate(found) if _key(each, asked.plan) == asked.last)
        start = next(at, start - 1) + 1
    shown = found[start : start + asked.size]
    body: dict[str, Any] = {"@odata.context": _context(base, asked.plan)}
    if given.get("$count") == "true":
        body["@odata.count"] = min(len(found), fetch.MOST)
    if asked.counts and _TOTAL in notes:
        body[f"@{_TOTAL}"] = min(len(found), fetch.MOST)
        body[f"@{_TOTAL}limitexceeded"] = len(found) > fetch.MOST
    more = start + asked.size < len(found) and asked.plan.top is None
    if more and asked.cookies and _COOKIE in notes:
        first, last = (_key(each, asked.plan) for each in (shown[0], shown[-1]))
        inside = f'<{table.id} last="{{{last.upper()}}}" first="{{{first.upper()}}}" />'
        cookie = quote(quote(f'<cookie page="{asked.page}">{inside}</cookie>'))
        body[f"@{_COOKIE}"] = f'<cookie pagenumber="{asked.page + 1}" pagingcookie="{cookie}" istracking="False" />'
    if more and _MORE in notes:
        body[f"@{_MORE}"] = True
    body["value"] = [_shown(rows, asked.plan, each, notes) for each in shown]
    return body


def selected(
    rows: Rows, table: Table, given: dict[str, str], base: str, page: int, notes: Annotations
) -> dict[str, Any]:
    plan = sql.read(rows.catalogue, given["sql"], table)
    found = run(rows, plan)
    place = pages.read(given.get("$skiptoken"))
    start = place.rows
    if place.last and not plan.grouped:
        start = next((at + 1 for at, each in enumerate(found) if _key(each, plan) == place.last), start)
    shown = found[start : start + page]
    body: dict[str, Any] = {"@odata.context": _context(base, plan)}
    if _TOTAL in notes:
        body |= {f"@{_TOTAL}": -1, f"@{_TOTAL}limitexceeded": False}
    body["value"] = [_shown(rows, plan, each, notes) for each in shown]
    if start + page < len(found):
        after = pages.Place(place.number + 1, start + page, _key(shown[-1], plan))
        body["@odata.nextLink"] = pages.link(base, given, skiptoken=pages.written(after, table.id, tracking=False))
    return body


def applied(rows: Rows, table: Table, given: dict[str, str], base: str, notes: Annotations) -> dict[str, Any]:
    plan, filters = apply.parse(rows.catalogue, given["$apply"], table)
    wanted = apply.both(filters)
    kept = None
    if wanted is not None:
        kept = [row for row in rows.all(table) if holds(wanted, getter(rows, table, row))]
    found = run(rows, plan, kept)
    return {"@odata.context": _context(base, plan), "value": [_shown(rows, plan, each, notes) for each in found]}


def _shown(rows: Rows, plan: Plan, found: Found, notes: Annotations) -> Row:
    """Empty columns are left out. A row that is not an aggregate has its ETag and its id."""
    shown: Row = {}
    row = None if plan.grouped or plan.distinct else found.sources[plan.root.alias]
    if row is not None:
        shown |= {"@odata.etag": etag(row), plan.root.table.id: row[plan.root.table.id]}
    for output in plan.outputs:
        value = found.values.get(output.name)
        if value is None:
            continue
        shown[output.name] = value
        if not notes.wish:
            continue
        alias, _, stored = output.reference.partition(".")
        about: dict[str, Any] = {}
        if output.aggregate or output.date_group:
            about[_FORMATTED] = f"{value:,}" if isinstance(value, int | float) else str(value)
        else:
            source = plan.root if alias == plan.root.alias else _source(plan, alias)
            about |= notes_of(rows, source.table, {stored: value, **(found.sources.get(alias) or {})}, stored)
            if output.aliased:
                column = source.table.stored(stored)
                about[_ATTRIBUTE] = stored if column is None else column.name
        shown |= {f"{output.name}@{note}": text for note, text in about.items() if note in notes}
    return shown


def _source(plan: Plan, alias: str) -> Any:
    return next(join.source for join in plan.joins if join.source.alias == alias)


def _key(found: Found, plan: Plan) -> str:
    row = found.sources.get(plan.root.alias)
    return "" if row is None else str(row[plan.root.table.id])


def _context(base: str, plan: Plan) -> str:
    service = f"{base.rpartition('/')[0]}/$metadata#{plan.root.table.entity_set}"
    if plan.grouped:
        return service
    return f"{service}({','.join(dict.fromkeys([*(each.name for each in plan.outputs), plan.root.table.id]))})"
