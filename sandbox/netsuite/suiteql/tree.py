"""The parts of a parsed query."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    table: str
    """The alias written before the dot, or empty."""
    name: str


@dataclass(frozen=True)
class Literal:
    value: str


@dataclass(frozen=True)
class Function:
    """TO_DATE, TO_CHAR, UPPER, LOWER or BUILTIN.DF over values."""

    name: str
    values: tuple["Value", ...]


Value = Column | Literal | Function


@dataclass(frozen=True)
class Compare:
    left: Value
    sign: str
    """=, <>, <, <=, >, >=, LIKE, IN, IS NULL, each perhaps negated."""
    right: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Both:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Either:
    parts: tuple["Condition", ...]


Condition = Compare | Both | Either


@dataclass(frozen=True)
class Source:
    table: str
    alias: str
    on: Condition | None
    left: bool = False


@dataclass(frozen=True)
class Query:
    columns: tuple[tuple[Value, str], ...]
    sources: tuple[Source, ...]
    where: Condition | None
    order: tuple[tuple[Value, bool], ...]
    """(value, descending)"""
