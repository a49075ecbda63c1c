"""The limits resource: what the org allows in a day and what is left of it."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.org import Org

# Allocations of an Enterprise Edition org; what the sandbox does not count is always left whole.
_UNCOUNTED = {
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DataStorageMB": 10_240,
    "FileStorageMB": 10_240,
}


def answer(org: Org) -> dict[str, Any]:
    most = int(org.settings()["daily_limit"])
    counted = {"DailyApiRequests": {"Max": most, "Remaining": max(0, most - org.used())}}
    return counted | {name: {"Max": most, "Remaining": most} for name, most in _UNCOUNTED.items()}
