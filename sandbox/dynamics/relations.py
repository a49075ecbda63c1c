"""Relationships between the tables, one for each lookup and target, with the names of both ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandbox.dynamics.schema import Column, Table
from sandbox.dynamics.tables import TABLES, find_table

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


@cache
def relations() -> tuple[Relation, ...]:
    found = []
    for table in TABLES:
        for column in table.columns:
            for navigation, target in column.navigations().items() if column.kind == "lookup" else ():
                other = find_table(target)
                if other is not None:
                    name = _NAMES.get((table.name, column.name, target), f"{target}_{table.name}_{column.name}")
                    found.append(Relation(name, table, column, other, navigation))
    return tuple(found)


def leading_from(table: Table, navigation: str) -> Relation | None:
    """The lookup's property. Case counts."""
    return next((each for each in relations() if each.table is table and each.navigation == navigation), None)


def leading_back(table: Table, navigation: str) -> Relation | None:
    """The collection of the rows that lead to a row of `table`."""
    return next((each for each in relations() if each.target is table and each.name == navigation), None)
