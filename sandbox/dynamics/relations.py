"""Relationships between the tables, one for each lookup and target, with the names of both ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.dynamics.schema import Column, Table

# The standard tables' own names; other relationships are named after their two tables and the column.
_NAMES = {
    ("account", "primarycontactid", "contact"): "account_primary_contact",
    ("contact", "parentcustomerid", "account"): "contact_customer_accounts",
    ("contact", "parentcustomerid", "contact"): "contact_customer_contacts",
    ("incident", "customerid", "account"): "incident_customer_accounts",
    ("incident", "customerid", "contact"): "incident_customer_contacts",
    ("incident", "primarycontactid", "contact"): "contact_as_primary_contact",
    ("salesorder", "customerid", "account"): "order_customer_accounts",
    ("salesorder", "customerid", "contact"): "order_customer_contacts",
    ("salesorder", "pricelevelid", "pricelevel"): "price_level_orders",
    ("msdyn_rmaproduct", "msdyn_rma", "msdyn_rma"): "msdyn_msdyn_rma_msdyn_rmaproduct_RMA",
    ("account", "masterid", "account"): "account_master_account",
    ("contact", "masterid", "contact"): "contact_master_contact",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """Many rows of `table` lead by `column` to one row of `target`."""

    name: str
    table: Table
    column: Column
    target: Table
    navigation: str
    """The property of `table` that leads to the target; the way back has the relationship's own name."""


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of two tables that belong together, many of either; `intersect` is the table that says which."""

    name: str
    one: str
    other: str
    intersect: str
    one_navigation: str
    """The collection of rows of the other table, as a row of the first one sees it."""
    other_navigation: str

    def navigations(self, table: str) -> dict[str, str]:
        """The collections that rows of `table` have by this relationship -> the table of what is in them."""
        found = {self.one_navigation: self.other} if table == self.one else {}
        return found | ({self.other_navigation: self.one} if table == self.other else {})


def relations_of(tables: Mapping[str, Table]) -> tuple[Relation, ...]:
    found = []
    for table in tables.values():
        for column in table.columns:
            for navigation, target in column.navigations().items() if column.kind == "lookup" else ():
                other = tables.get(target)
                if other is not None:
                    usual = _NAMES.get((table.name, column.name, target), f"{target}_{table.name}_{column.name}")
                    found.append(Relation(column.relation or usual, table, column, other, navigation))
    return tuple(found)
