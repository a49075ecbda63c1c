"""What is asked, whichever language it was asked in. A reference is "alias.column", the column as rows store it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.dynamics.query.filters import Condition
from sandbox.dynamics.schema import Table

AGGREGATES = ("count", "countcolumn", "sum", "avg", "min", "max")
DATE_GROUPS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Source:
    """A table under the name the query has for it."""

    alias: str
    table: Table


@dataclass(frozen=True, slots=True)
class Join:
    """Rows whose `column` equals `to` of an earlier source. `outer` keeps rows that find none.

    `exists` only asks whether there is one: the joined rows are not seen and do not multiply."""

    source: Source
    column: str
    to: str
    outer: bool = False
    exists: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One property of the answer: a column, what groups the rows, or an aggregate of them."""

    name: str
    reference: str
    aggregate: str = ""
    distinct: bool = False
    group: bool = False
    date_group: str = ""
    aliased: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """By a reference, or where rows are grouped by the name of an output."""

    by: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Plan:
    root: Source
    joins: tuple[Join, ...] = ()
    condition: Condition | None = None
    outputs: tuple[Output, ...] = ()
    order: tuple[Order, ...] = ()
    grouped: bool = False
    """The rows are aggregated, perhaps all of them into one."""
    distinct: bool = False
    skip: int = 0
    top: int | None = None
    sources: dict[str, Table] = field(default_factory=dict)
    """Every alias with its table."""
