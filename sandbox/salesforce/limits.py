"""The limits resource: what the org allows in a day and what is left of it."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records

# Allocations of an Enterprise Edition org; what the sandbox does not count is always left whole.
_UNCOUNTED = {
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DataStorageMB": 10_240,
    "FileStorageMB": 10_240,
}


def counted(records: Records, names: list[str]) -> dict[str, Any]:
    """How many records there are of each type asked for, of all when none is."""
    known = [of for name in names or [each.name for each in OBJECTS] if (of := records.type_of(name)) is not None]
    return {"sObjects": [{"count": len(records.all(of)), "name": of.name} for of in known]}


def answer(org: Org) -> dict[str, Any]:
    most = int(org.settings()["daily_limit"])
    counted = {"DailyApiRequests": {"Max": most, "Remaining": max(0, most - org.used())}}
    return counted | {name: {"Max": most, "Remaining": most} for name, most in _UNCOUNTED.items()}
