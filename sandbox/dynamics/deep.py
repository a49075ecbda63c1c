"""Deep insert: a new row with new rows around it, in one request and one transaction."""

from __future__ import annotations

from sandbox.dynamics.errors import bad_request
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table


def create(rows: Rows, table: Table, body: Row) -> Row:
    """What a lookup's property holds is made before the row, what a collection holds after it, each deep itself."""
    plain: Row = {}
    after: list[tuple[str, list[Row]]] = []
    for name, value in body.items():
        if isinstance(value, dict) and (relation := rows.catalogue.leading_from(table, name)):
            made = create(rows, relation.target, value)
            plain[f"{name}@odata.bind"] = f"/{relation.target.entity_set}({made[relation.target.id]})"
        elif isinstance(value, list) and rows.catalogue.leading_back(table, name):
            after.append((name, value))
        elif isinstance(value, dict | list):
            raise bad_request(f"Could not find a navigation property named '{name}' on {table.name}.")
        else:
            plain[name] = value
    row = rows.create(table, plain)
    for name, children in after:
        relation = rows.catalogue.leading_back(table, name)
        assert relation is not None, f"{name} of {table.name} was a collection a moment ago"
        here = {f"{relation.navigation}@odata.bind": f"/{table.entity_set}({row[table.id]})"}
        for child in children:
            if not isinstance(child, dict):
                raise bad_request(f"'{name}' must hold rows.")
            create(rows, relation.table, {**child, **here})
    return row
