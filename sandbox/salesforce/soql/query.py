"""What a query is made of, once its words are understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; `path` may walk over parents ("Account.Name") or, in HAVING, be an aggregate ("COUNT(Id)").

    The value of IN may be a query of its own."""

    path: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    part: Condition


Condition = Test | Both | Either | Opposite


@dataclass(frozen=True, slots=True)
class Order:
    path: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over the rows of a group; `path` is empty for COUNT() with nothing in it."""

    function: str
    path: str
    alias: str

    @property
    def text(self) -> str:
        return f"{self.function}({self.path})"


@dataclass(slots=True)
class Query:
    """`paths` are plain fields, in a grouped query the grouped ones; `every` names what FIELDS() asks for."""

    paths: list[str]
    of: str
    count: bool = False
    every: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    aggregates: list[Aggregate] = field(default_factory=list)
    children: list[Query] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    having: Condition | None = None
    where: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
