"""What the platform works out itself: names, and money in the base currency."""

from __future__ import annotations

from sandbox.dynamics.schema import Row, Table


def derive(table: Table, row: Row, currency: Row | None) -> None:
    if table.name == "contact":
        row["fullname"] = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
    if currency is None or table.column("exchangerate") is None or table.name == "transactioncurrency":
        return
    row["exchangerate"] = currency["exchangerate"]
    for column in table.columns:
        if column.name.endswith("_base") and row.get(column.name.removesuffix("_base")) is not None:
            row[column.name] = row[column.name.removesuffix("_base")] / currency["exchangerate"]
