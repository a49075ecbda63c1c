"""`$apply` read into a plan: filter(…)/groupby((…),aggregate(…)), and no more of it than the platform has."""

from __future__ import annotations

import re

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import bad_query, bad_request
from sandbox.dynamics.query.filters import Condition, Group, read
from sandbox.dynamics.query.fitting import fitted
from sandbox.dynamics.query.options import split
from sandbox.dynamics.schema import Table
from sandbox.dynamics.select.plan import Join, Output, Plan, Source

_AGGREGATE = re.compile(r"^(?:(?P<count>\$count)|(?P<column>[\w/]+) with (?P<method>\w+)) as (?P<name>\w+)$")
_METHODS = {"sum": "sum", "average": "avg", "min": "min", "max": "max", "countdistinct": "countcolumn"}
Filters = list[Condition]


def parse(catalogue: Catalogue, text: str, table: Table) -> tuple[Plan, Filters]:
    """The plan, and the conditions on the table's own rows, which are tested before it."""
    filters: Filters = []
    joins: dict[str, Join] = {}
    outputs: list[Output] = []
    last = ""
    for step in split(text, "/"):
        last, inside = _call(step)
        if outputs:
            raise bad_request("Only filter transformations may stand before groupby or aggregate.")
        if last == "filter":
            filters.append(fitted(catalogue, table, read(inside)))
        elif last == "aggregate":
            outputs += _aggregates(catalogue, inside, table, joins)
        elif last == "groupby":
            outputs += _groups(catalogue, inside, table, joins)
        else:
            raise bad_request(f"The transformation '{last}' of $apply is not supported.")
    if not outputs:
        raise bad_request("$apply needs a groupby or an aggregate transformation.")
    root = Source(table.name, table)
    return Plan(root, tuple(joins.values()), None, tuple(outputs), grouped=True), filters


def both(filters: Filters) -> Condition | None:
    return Group(tuple(filters), every=True) if filters else None


def _call(step: str) -> tuple[str, str]:
    name, mark, inside = step.partition("(")
    if not mark or not inside.endswith(")"):
        raise bad_query(f"'{step}' cannot be read in $apply.")
    return name.strip(), inside[:-1]


def _groups(catalogue: Catalogue, inside: str, table: Table, joins: dict[str, Join]) -> list[Output]:
    parts = split(inside, ",")
    if not parts or len(parts) > 2 or not parts[0].startswith("("):
        raise bad_query(f"'groupby({inside})' cannot be read.")
    outputs = []
    for path in split(parts[0][1:-1], ","):
        reference, name, kind = _column(catalogue, path, table, joins)
        if kind in ("datetime", "date"):
            raise bad_request("Grouping by a date and time is not supported.")
        outputs.append(Output(name, reference, group=True))
    if len(parts) == 2:
        name, aggregates = _call(parts[1])
        if name != "aggregate":
            raise bad_request(f"The transformation '{name}' of $apply is not supported within groupby.")
        outputs += _aggregates(catalogue, aggregates, table, joins)
    return outputs


def _aggregates(catalogue: Catalogue, inside: str, table: Table, joins: dict[str, Join]) -> list[Output]:
    outputs = []
    for part in split(inside, ","):
        match = _AGGREGATE.match(part)
        if match is None:
            raise bad_query(f"'{part}' cannot be read as an aggregate.")
        if match["count"]:
            outputs.append(Output(match["name"], "", "count", aliased=True))
            continue
        method = _METHODS.get(match["method"])
        if method is None:
            raise bad_request(f"The aggregation method '{match['method']}' is not supported.")
        reference, _, _ = _column(catalogue, match["column"], table, joins)
        outputs.append(Output(match["name"], reference, method, match["method"] == "countdistinct", aliased=True))
    return outputs


def _column(catalogue: Catalogue, path: str, table: Table, joins: dict[str, Join]) -> tuple[str, str, str]:
    """(reference, the property's name in the answer, kind); a path leads over one lookup."""
    navigation, _, name = path.strip().rpartition("/")
    owner, alias, shown = table, table.name, name
    if navigation:
        relation = catalogue.leading_from(table, navigation)
        if relation is None:
            raise bad_request(
                f"Could not find a property named '{navigation}' on type 'Microsoft.Dynamics.CRM.{table.name}'."
            )
        owner, alias, shown = relation.target, navigation, f"{relation.target.name}_{name}"
        source = Source(alias, owner)
        joins[navigation] = Join(source, owner.id, f"{table.name}.{relation.column.stored_as}", outer=True)
    column = owner.stored(name)
    if column is None and name != owner.id:
        raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{owner.name}'.")
    return f"{alias}.{name}", shown, "guid" if column is None else column.kind
