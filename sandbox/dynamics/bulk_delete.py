"""BulkDelete: the rows that queries find are deleted, and a job says so. Here the job is done when it is answered."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.errors import Fault, bad_request, invalid_argument
from sandbox.dynamics.query import conditions
from sandbox.dynamics.query.filters import Condition, Group
from sandbox.dynamics.query.meaning import holds
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

# QueryExpression's names of operators -> FetchXML's.
_OPERATORS = {
    "Equal": "eq",
    "NotEqual": "ne",
    "GreaterThan": "gt",
    "GreaterEqual": "ge",
    "LessThan": "lt",
    "LessEqual": "le",
    "Like": "like",
    "NotLike": "not-like",
    "In": "in",
    "NotIn": "not-in",
    "Between": "between",
    "NotBetween": "not-between",
    "Null": "null",
    "NotNull": "not-null",
    "BeginsWith": "begins-with",
    "EndsWith": "ends-with",
    "On": "on",
    "OnOrBefore": "on-or-before",
    "OnOrAfter": "on-or-after",
    "Today": "today",
    "OlderThanXDays": "olderthan-x-days",
    "OlderThanXMonths": "olderthan-x-months",
    "LastXDays": "last-x-days",
}
_DELETION = 13


def bulk_delete(rows: Rows, body: Row) -> Row:
    queries = body.get("QuerySet")
    if not isinstance(queries, list) or not queries:
        raise invalid_argument("QuerySet must hold the queries of what is to be deleted.")
    if body.get("RecurrencePattern"):
        raise bad_request("A recurring deletion is not covered here.")
    for query in queries:
        table = rows.catalogue.find(str(query.get("EntityName")))
        if table is None:
            name = query.get("EntityName")
            raise Fault(400, "0x80041102", f"The entity with a name = '{name}' was not found in the MetadataCache.")
        if query.get("LinkEntities"):
            raise bad_request("A deletion over linked tables is not covered here.")
        wanted = _filter(rows, table, query.get("Criteria") or {})
        for row in [each for each in rows.all(table) if holds(wanted, each.get)]:
            rows.delete(table, row)
    return {"JobId": rows.job(str(body.get("JobName") or "Bulk delete"), _DELETION)}


def _filter(rows: Rows, table: Table, given: dict[str, Any]) -> Condition:
    parts: list[Condition] = [_condition(rows, table, each) for each in given.get("Conditions") or []]
    parts += [_filter(rows, table, each) for each in given.get("Filters") or []]
    return Group(tuple(parts), every=given.get("FilterOperator", "And") == "And" or not parts)


def _condition(rows: Rows, table: Table, given: dict[str, Any]) -> Condition:
    operator = _OPERATORS.get(str(given.get("Operator")))
    if operator is None:
        raise bad_request(f"The operator '{given.get('Operator')}' is not covered here.")
    values = [str(each.get("Value") if isinstance(each, dict) else each) for each in given.get("Values") or []]
    name = str(given.get("AttributeName"))
    return conditions.fitted(table, "", name, operator, values, rows.now(), rows.user)
