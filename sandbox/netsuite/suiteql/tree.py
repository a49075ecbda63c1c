"""The parts of a parsed query. Conditions are values too: true, false, or nothing known."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

Value = str | int | Decimal | date | None
"""A timestamp is a datetime, which is a date; conditions are kept as 1, 0 and nothing."""


@dataclass(frozen=True)
class Column:
    """`table` is the alias, empty until the query is bound to its tables when none was written."""

    table: str
    name: str


@dataclass(frozen=True)
class Literal:
    value: Value


@dataclass(frozen=True)
class Parameter:
    """A question mark, by its place from 0."""

    place: int


@dataclass(frozen=True)
class Star:
    """All columns, of one table when an alias is given."""

    table: str = ""


@dataclass(frozen=True)
class Call:
    name: str
    values: tuple["Expression", ...]


@dataclass(frozen=True)
class Aggregate:
    """COUNT, SUM, MIN, MAX or AVG over a group; the value is Star for COUNT(*)."""

    name: str
    value: "Expression"
    distinct: bool = False


@dataclass(frozen=True)
class Unary:
    sign: str
    """-, NOT or IS NULL."""
    value: "Expression"


@dataclass(frozen=True)
class Binary:
    sign: str
    """Arithmetic, ||, comparisons, LIKE, AND, OR."""
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Case:
    whens: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression"


@dataclass(frozen=True)
class Within:
    """value IN (a list, or the first column of a query)."""

    value: "Expression"
    among: "tuple[Expression, ...] | Query"


@dataclass(frozen=True)
class Scalar:
    """The one value of a query."""

    query: "Query"


@dataclass(frozen=True)
class Exists:
    query: "Query"


Expression = Column | Literal | Parameter | Star | Call | Aggregate | Unary | Binary | Case | Within | Scalar | Exists


@dataclass(frozen=True)
class Source:
    table: str
    alias: str
    on: Expression | None
    left: bool = False
    query: "Query | None" = None
    """What it reads instead of a table: a query in brackets, or one named by WITH."""


@dataclass(frozen=True)
class Select:
    columns: tuple[tuple[Expression, str | None], ...]
    sources: tuple[Source, ...]
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    top: int | None = None


@dataclass(frozen=True)
class Order:
    value: Expression
    descending: bool
    nothing_first: bool
    """Whether rows without a value come first."""


@dataclass(frozen=True)
class Query:
    """Selects joined by UNION, UNION ALL, INTERSECT or MINUS; the first one's sign is empty."""

    selects: tuple[tuple[str, Select], ...]
    order: tuple[Order, ...] = ()
    skip: int = 0
    first: int | None = None


T = TypeVar("T")


def rebuilt(part: T, change: Callable[[object], object]) -> T:
    """The same part with each of its expressions changed; queries within are left to `change`."""
    if isinstance(part, tuple):
        return tuple(change(each) if not isinstance(each, str | bool) else each for each in part)  # type: ignore[return-value]
    fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}  # type: ignore[arg-type]
    plain = (str, bool, int, Decimal, date, type(None))
    new = {name: value if isinstance(value, plain) else change(value) for name, value in fields.items()}
    return dataclasses.replace(part, **new)  # type: ignore[type-var]
