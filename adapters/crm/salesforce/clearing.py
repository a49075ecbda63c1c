"""An org's records of a person whose data are erased: what is ours there is emptied, what is the org's own is named."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.crm.mapping import Compiled
from adapters.crm.port import Cleared
from adapters.crm.salesforce.org import Lookup, Org, Row
from adapters.crm.salesforce.records import CUSTOMER_KEY, KEY
from adapters.crm.salesforce.refusals import of_item


async def clear(
    org: Org, mapping: Compiled, return_ids: Sequence[str], contacts: Sequence[str], accounts: Sequence[str]
) -> Cleared:
    own = mapping.own.object
    names = {own: mapping.to_clear("return"), "Contact": mapping.to_clear("contact")}
    names["Account"] = mapping.to_clear("account")
    found = await org.read(
        [
            Lookup(own, KEY, return_ids, names[own]),
            Lookup("Contact", CUSTOMER_KEY, (), names["Contact"], contacts),
            Lookup("Account", CUSTOMER_KEY, (), names["Account"], accounts),
        ]
    )
    cleared: list[str] = []
    refused: list[str] = []
    for of, rows in zip(names, found, strict=True):
        filled = [emptied for row in rows if len(emptied := _emptied(row, names[of])) > 1]
        answers = await org.upsert(of, "Id", filled) if filled else []
        for row, item in zip(filled, answers, strict=True):
            if item["success"]:
                cleared.append(f"{of} {row['Id']}: {', '.join(name for name in row if name != 'Id')}")
            else:
                refused.append(f"{of} {row['Id']}: {of_item('clear', item)}")
    left = tuple(f"{of} {row['Id']}" for of, rows in zip(names, found, strict=True) if of != own for row in rows)
    return Cleared(tuple(cleared), left, tuple(refused))


def _emptied(row: Row, names: Sequence[str]) -> Row:
    """The record with each of the fields that say something made empty."""
    return {"Id": row["Id"]} | {name: None for name in names if row.get(name) not in (None, "")}
