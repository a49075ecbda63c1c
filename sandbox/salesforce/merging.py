"""merge(): up to two records of a type go into a third, which takes over everything that pointed at them."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Record, SObject

_MOST_VICTIMS = 2


@dataclass(frozen=True, slots=True)
class Merged:
    into: str
    merged: list[str]
    moved: list[str]


def merge(records: Records, of: SObject, into: str, changes: Record, victims: list[str]) -> Merged:
    """The master is changed first, while the losers still hold their unique keys: taking one over is refused."""
    if of.field("MasterRecordId") is None:
        raise Refusal("INVALID_TYPE", f"merge is not supported for {of.name}")
    if not 0 < len(victims) <= _MOST_VICTIMS:
        raise Refusal("INVALID_NUMBER_OF_ARGUMENTS", f"between 1 and {_MOST_VICTIMS} records can be merged into one")
    master = records.by_id(of, into)
    losers = [records.by_id(of, each) for each in victims]
    if len({master["Id"], *(each["Id"] for each in losers)}) != len(losers) + 1:
        raise Refusal("INVALID_ID_FIELD", "a record cannot be merged with itself")
    # A merge without field values changes the master all the same: it is locked, and marked as modified.
    master = records.update(of, master, changes)
    moved = [each for loser in losers for each in _reparent(records, of, loser["Id"], master["Id"])]
    for loser in losers:
        records.delete(of, loser, MasterRecordId=master["Id"])
    return Merged(master["Id"], [each["Id"] for each in losers], moved)


def _reparent(records: Records, of: SObject, old: str, new: str) -> list[str]:
    """Every lookup that named the loser names the master. Fixed parents move too: the platform does it, no client."""
    moved: list[str] = []
    for child in OBJECTS:
        lookups = [each for each in child.fields if each.parent == of.name and each.name != "MasterRecordId"]
        for field in lookups:
            for row in [row for row in records.all(child) if row.get(field.name) == old]:
                records.write(child, row | {field.name: new})
                moved.append(row["Id"])
    return list(dict.fromkeys(moved))
