"""The RemoteExecutionContext: one event as the platform's JSON serializer tells a webhook of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sandbox.dynamics.schema import Column, Row, Table
from sandbox.dynamics.users import ORGANIZATION, ORGANIZATION_NAME, USER

_NO_ID = str(uuid.UUID(int=0))
_XRM = "http://schemas.microsoft.com/xrm/2011/Contracts"
_LEFT_OUT = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")


def execution_context(
    number: int,
    step: str,
    now: datetime,
    user: str,
    tag: str,
    message: str,
    table: Table,
    row: Row,
    changes: Row,
    before: Row | None,
) -> dict[str, Any]:
    correlation = str(uuid.uuid5(uuid.NAMESPACE_URL, f"correlation/{number}"))
    target = _reference(table.name, row[table.id]) if message == "Delete" else _entity(table, row, changes)
    post = [] if message == "Delete" else [{"key": "AsynchronousStepPrimaryName", "value": _entity(table, row, row)}]
    return {
        "BusinessUnitId": ORGANIZATION,
        "CorrelationId": correlation,
        "Depth": 1,
        "InitiatingUserId": USER,
        "InputParameters": [{"key": "Target", "value": target}],
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": message,
        "Mode": 1,
        "OperationCreatedOn": _moment(now),
        "OperationId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"operation/{number}")),
        "OrganizationId": ORGANIZATION,
        "OrganizationName": ORGANIZATION_NAME,
        "OutputParameters": [{"key": "id", "value": row[table.id]}] if message == "Create" else [],
        "OwningExtension": _reference("sdkmessageprocessingstep", step),
        "ParentContext": None,
        "PostEntityImages": post,
        "PreEntityImages": [] if before is None else [{"key": "before", "value": _entity(table, before, before)}],
        "PrimaryEntityId": row[table.id],
        "PrimaryEntityName": table.name,
        "RequestId": correlation,
        "SecondaryEntityName": "none",
        "SharedVariables": [{"key": "tag", "value": tag}] if tag else [],
        "Stage": 40,
        "UserId": user,
    }


def shortened(context: dict[str, Any]) -> dict[str, Any]:
    """A context over the size limit: the parts that can grow are left out."""
    return {name: value for name, value in context.items() if name not in _LEFT_OUT}


def _entity(table: Table, row: Row, shown: Row) -> dict[str, Any]:
    attributes = [{"key": table.id, "value": row[table.id]}]
    for column in table.columns:
        if shown.get(column.stored_as) is not None:
            attributes.append({"key": column.name, "value": _value(column, row)})
        elif column.stored_as in shown and shown is not row:
            attributes.append({"key": column.name, "value": None})
    return {
        "__type": f"Entity:{_XRM}",
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": [],
        "Id": row[table.id],
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _reference(table: str, key: str) -> dict[str, Any]:
    return {
        "__type": f"EntityReference:{_XRM}",
        "Id": key,
        "KeyAttributes": [],
        "LogicalName": table,
        "Name": None,
        "RowVersion": None,
    }


def _value(column: Column, row: Row) -> Any:
    value = row[column.stored_as]
    if column.kind == "picklist":
        return {"__type": f"OptionSetValue:{_XRM}", "Value": value}
    if column.kind == "money":
        return {"__type": f"Money:{_XRM}", "Value": value}
    if column.kind == "lookup":
        return _reference(str(row.get(f"{column.stored_as}.table") or _NO_ID), value)
    if column.kind in ("datetime", "date"):
        return _moment(datetime.fromisoformat(value))
    return value


def _moment(value: datetime) -> str:
    """Milliseconds since 1970 in the notation of .NET's older serializers."""
    return f"/Date({int(value.timestamp() * 1000)})/"
