"""What a table of the pretended environment is made of: columns, alternate keys, states with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "string",
    "memo",
    "integer",
    "double",
    "decimal",
    "money",
    "boolean",
    "datetime",
    "date",
    "picklist",
    "lookup",
    "bigint",
    "file",
    "guid",
]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A lookup names its `targets`; `navigation` is the case-sensitive name that binds it."""

    name: str
    kind: Kind = "string"
    length: int = 100
    required: bool = False
    default: Any = None
    options: tuple[int, ...] = ()
    minimum: float | None = None
    targets: tuple[str, ...] = ()
    navigation: str = ""
    read_only: bool = False
    fixed: bool = False
    """May be given on create and never changed afterwards."""
    maximum: float | None = None
    precision: int | None = None
    schema_name: str = ""
    """As it was given when a client made the column; the name is its lower case."""
    words: str = ""
    """What people call it."""
    labels: Mapping[int, str] = field(default_factory=dict)
    """The words of the options of a column that a client made."""
    relation: str = ""
    """The name of the relationship that a client's lookup belongs to."""

    def navigations(self) -> dict[str, str]:
        """Property name for @odata.bind -> target table; a lookup with several targets has one property for each."""
        if self.name == "ownerid":
            # An owner has one property, whichever of the targets it is.
            return {self.name: self.targets[0]}
        if len(self.targets) == 1:
            return {self.navigation or self.name: self.targets[0]}
        return {f"{self.navigation or self.name}_{target}": target for target in self.targets}

    @property
    def stored_as(self) -> str:
        return f"_{self.name}_value" if self.kind == "lookup" else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """`states` maps statecode -> its status reasons, the first being the default one."""

    name: str
    entity_set: str
    columns: tuple[Column, ...]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: {0: (1,), 1: (2,)})
    licence: str = ""
    primary_name: str = "name"
    """The column that stands for the row where a lookup is shown in words."""
    schema_name: str = ""
    words: str = ""
    many_words: str = ""
    read_only: bool = False
    """Rows come from the platform alone."""
    key_status: Mapping[str, str] = field(default_factory=dict)
    """Of keys whose index is not Active: it is still built, or that has failed."""
    tracked: bool = True
    """Its changes can be asked for. On the platform somebody has to switch that on."""

    @property
    def id(self) -> str:
        return f"{self.name}id"

    @property
    def kind(self) -> str:
        """Of its rows in the books."""
        return f"dynamics.{self.name}"

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def stored(self, name: str) -> Column | None:
        """The column as it is read: a lookup by _name_value."""
        return next((each for each in self.columns if each.stored_as == name), None)

    def bound_by(self, navigation: str) -> tuple[Column, str] | None:
        """The lookup column and the target table that `navigation@odata.bind` sets. Case counts."""
        for each in self.columns:
            if each.kind == "lookup" and navigation in each.navigations():
                return each, each.navigations()[navigation]
        return None

    def reads(self, name: str) -> str | None:
        """How a row stores what FetchXML and SQL name by its logical name; None when there is no such column."""
        if name == self.id:
            return name
        column = self.column(name) or self.stored(name)
        return None if column is None else column.stored_as


SYSTEM = (
    Column("createdon", "datetime", read_only=True),
    Column("modifiedon", "datetime", read_only=True),
    Column("createdby", "lookup", targets=("systemuser",), read_only=True),
    Column("modifiedby", "lookup", targets=("systemuser",), read_only=True),
    Column("createdonbehalfby", "lookup", targets=("systemuser",), read_only=True),
    Column("modifiedonbehalfby", "lookup", targets=("systemuser",), read_only=True),
    Column("ownerid", "lookup", targets=("systemuser", "team")),
    Column("versionnumber", "bigint", read_only=True),
    Column("statecode", "picklist"),
    Column("statuscode", "picklist"),
)


def lookup(
    name: str,
    *targets: str,
    required: bool = False,
    navigation: str = "",
    fixed: bool = False,
    read_only: bool = False,
) -> Column:
    return Column(
        name,
        "lookup",
        required=required,
        targets=targets,
        navigation=navigation,
        fixed=fixed,
        read_only=read_only,
    )


def money(name: str, *, default: Any = None, read_only: bool = False) -> Column:
    return Column(name, "money", default=default, read_only=read_only)
