"""Duplicate rules: a new or changed person or company that looks like one the org has is blocked or only reported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.schema import Record, SObject

# What an administrator could set up with one matching rule each: exact, without regard to case.
MATCHED_BY = {"Contact": "Email", "Account": "Name"}
_MESSAGE = "You're creating a duplicate record. We recommend you use an existing record instead."


@dataclass(frozen=True, slots=True)
class Manners:
    """`Sforce-Duplicate-Rule-Header`: save in spite of an alert, and show the matching record's fields."""

    allow_save: bool = False
    details: bool = False


def manners(header: str) -> Manners:
    said = {name.lower(): value.lower() == "true" for name, value in re.findall(r"(\w+)\s*=\s*(\w+)", header)}
    return Manners(said.get("allowsave", False), said.get("includerecorddetails", False))


def refuse(of: SObject, matches: list[Record], action: str, shown: Manners) -> None:
    """Raise DUPLICATES_DETECTED; an alert is passed by saying allowSave, a block by nothing."""
    if not matches or (action == "alert" and shown.allow_save):
        return
    rule = f"{of.name}_By_{MATCHED_BY[of.name]}"
    result = {
        "allowSave": action == "alert",
        "duplicateRule": rule,
        "duplicateRuleEntityType": of.name,
        "errorMessage": _MESSAGE,
        "matchResults": [
            {
                "entityType": of.name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": [
                    {
                        "additionalInformation": [],
                        "fieldDiffs": [],
                        "matchConfidence": 100.0,
                        "record": _record(of, match, shown),
                    }
                    for match in matches
                ],
                "rule": f"{rule}_Match",
                "size": len(matches),
                "success": True,
            }
        ],
    }
    raise Refusal("DUPLICATES_DETECTED", _MESSAGE, more={"duplicateResult": result})


def _record(of: SObject, match: Record, shown: Manners) -> Record:
    names = [field.name for field in of.fields] if shown.details else ["Id"]
    url = f"/services/data/v67.0/sobjects/{of.name}/{match['Id']}"
    fields: dict[str, Any] = {name: match.get(name) for name in names}
    return {"attributes": {"type": of.name, "url": url}, **fields}
