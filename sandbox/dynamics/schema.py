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

    def navigations(self) -> dict[str, str]:
        """Property name for @odata.bind -> target table; a lookup with several targets has one property for each."""
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

    @property
    def id(self) -> str:
        return f"{self.name}id"

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


SYSTEM = (
    Column("createdon", "datetime", read_only=True),
    Column("modifiedon", "datetime", read_only=True),
    Column("modifiedby", "lookup", targets=("systemuser",), read_only=True),
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
