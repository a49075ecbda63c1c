"""The words behind option values, states and status reasons."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.dynamics.schema import Column

_ACTIVE = {0: "Active", 1: "Inactive"}
_ACTIVE_REASONS = {1: "Active", 2: "Inactive"}
_ACTIONS = {690970000: "Create RTV", 690970001: "Return to Warehouse", 690970002: "Change Asset Ownership"}

_LABELS: Mapping[tuple[str, str], Mapping[int, str]] = {
    ("product", "productstructure"): {1: "Product", 2: "Product Family", 3: "Product Bundle"},
    ("product", "statecode"): {0: "Active", 1: "Retired", 2: "Draft", 3: "Under Revision"},
    ("product", "statuscode"): {1: "Active", 2: "Retired", 0: "Draft", 3: "Under Revision"},
    ("salesorder", "statecode"): {0: "Active", 1: "Submitted", 2: "Canceled", 3: "Fulfilled", 4: "Invoiced"},
    ("salesorder", "statuscode"): {
        1: "New",
        2: "Pending",
        3: "In Progress",
        4: "No Money",
        100001: "Complete",
        100002: "Partial",
        100003: "Invoiced",
    },
    ("incident", "caseorigincode"): {1: "Phone", 2: "Email", 3: "Web", 2483: "Facebook", 3986: "Twitter"},
    ("incident", "casetypecode"): {1: "Question", 2: "Problem", 3: "Request"},
    ("incident", "prioritycode"): {1: "High", 2: "Normal", 3: "Low"},
    ("incident", "statecode"): {0: "Active", 1: "Resolved", 2: "Canceled"},
    ("incident", "statuscode"): {
        1: "In Progress",
        2: "On Hold",
        3: "Waiting for Details",
        4: "Researching",
        5: "Problem Solved",
        1000: "Information Provided",
        6: "Canceled",
        2000: "Merged",
    },
    ("asyncoperation", "statecode"): {0: "Ready", 1: "Suspended", 2: "Locked", 3: "Completed"},
    ("asyncoperation", "statuscode"): {
        0: "Waiting For Resources",
        10: "Waiting",
        20: "In Progress",
        21: "Pausing",
        22: "Canceling",
        30: "Succeeded",
        31: "Failed",
        32: "Canceled",
    },
    ("serviceendpoint", "contract"): {8: "Webhook"},
    ("serviceendpoint", "authtype"): {4: "Webhook Key", 5: "Http Header", 6: "Http Query String"},
    ("msdyn_rma", "msdyn_systemstatus"): {690970000: "Pending", 690970001: "Canceled", 690970002: "Products Received"},
    ("msdyn_rma", "msdyn_processingaction"): _ACTIONS,
    ("msdyn_rmaproduct", "msdyn_itemstatus"): {690970000: "Pending", 690970001: "Received", 690970002: "Canceled"},
    ("msdyn_rmaproduct", "msdyn_processingaction"): _ACTIONS,
}


def labels(table: str, column: Column) -> Mapping[int, str]:
    """Every option of the column with its words; nothing for a column that has no options."""
    standard = {"statecode": _ACTIVE, "statuscode": _ACTIVE_REASONS}
    return column.labels or _LABELS.get((table, column.name)) or standard.get(column.name, {})
