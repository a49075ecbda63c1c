"""Customers the org does not know yet: their account and contact are made, once. Those it knows are never touched."""

from __future__ import annotations

from adapters.crm.mapping import Compiled, Unmappable
from adapters.crm.port import Projection, Published
from adapters.crm.salesforce.org import Lookup, Org, Row
from adapters.crm.salesforce.records import CUSTOMER_KEY, Known, account, contact, whose
from adapters.crm.salesforce.refusals import of_item
from adapters.crm.salesforce.session import VENDOR
from adapters.errors import Permanent

# So many merges of one contact after the other are followed.
_MERGES = 5


async def introduce(
    org: Org, mapping: Compiled, batch: list[Projection], known: Known, done: dict[str, Published | Exception]
) -> None:
    """Create account and contact of customers the org does not know; those it knows are never touched.

    A duplicate rule may object: the return is then shown without a link, for the org's stewards to add."""
    new: list[Projection] = []
    drafts: list[tuple[Row, Row]] = []
    for each in _unknown(mapping, batch, known):
        try:
            drafts.append((account(each, mapping), contact(each, mapping)))
            new.append(each)
        except Unmappable as why:
            refused = Permanent(VENDOR, "introduce customer", str(why))
            done |= {one.return_id: refused for one in batch if one.customer_id == each.customer_id}
    if not new:
        return
    accounts = await org.upsert("Account", CUSTOMER_KEY, [record for record, _ in drafts])
    failed = {each.customer_id: item for each, item in zip(new, accounts, strict=True) if not item["success"]}
    made = [
        (each, {**record, "AccountId": item["id"]})
        for each, (_, record), item in zip(new, drafts, accounts, strict=True)
        if item["success"]
    ]
    if made:
        contacts = await org.upsert("Contact", CUSTOMER_KEY, [record for _, record in made])
        for (each, record), item in zip(made, contacts, strict=True):
            if item["success"]:
                known.contacts[each.customer_id] = (item["id"], record["AccountId"])
            else:
                failed[each.customer_id] = item
    for each in batch:
        if each.customer_id in failed:
            error = of_item("introduce customer", failed[each.customer_id])
            if error.code != "DUPLICATES_DETECTED":
                done[each.return_id] = error


async def survivors(org: Org, batch: list[Projection]) -> dict[str, tuple[str, str | None]]:
    """The contacts into which those were merged that stood for the customers of these returns, by customer: the merge
    is not told yet, and to introduce the customer anew would make a duplicate of whom somebody has just made one."""
    at: dict[str, str] = {whose(each): each.contact_record for each in batch if each.contact_record}
    found: dict[str, tuple[str, str | None]] = {}
    for _ in range(_MERGES):
        if not at:
            break
        fields = ("AccountId", "IsDeleted", "MasterRecordId")
        [rows] = await org.read([Lookup("Contact", "Id", list(at.values()), fields, deleted_too=True)])
        known = {row["Id"]: row for row in rows}
        found |= {who: (record, known[record]["AccountId"]) for who, record in at.items() if _lives(known.get(record))}
        into = {who: known[record]["MasterRecordId"] for who, record in at.items() if record in known}
        at = {who: record for who, record in into.items() if record and who not in found}
    return found


def _lives(row: Row | None) -> bool:
    return row is not None and not row["IsDeleted"]


def _unknown(mapping: Compiled, batch: list[Projection], known: Known) -> list[Projection]:
    """One return of each customer that is to be introduced: not in the org, and nobody there stands for them."""
    if not all(mapping.concepts[name].mode.pushes for name in ("account", "contact")):
        return []
    unknown = {each.customer_id: each for each in batch if each.customer_id and whose(each) not in known.contacts}
    return list(unknown.values())
