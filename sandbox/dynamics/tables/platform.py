"""What the platform itself keeps: its users, the jobs it does by and by, and where it posts what happened."""

from __future__ import annotations

from sandbox.dynamics.schema import SYSTEM, Column, Row, Table
from sandbox.dynamics.users import USERS

USER_TABLE = Table(
    "systemuser",
    "systemusers",
    (
        *SYSTEM,
        Column("fullname", length=200),
        Column("domainname", length=1024),
        Column("internalemailaddress"),
        Column("azureactivedirectoryobjectid", "guid"),
        Column("applicationid", "guid"),
        Column("isdisabled", "boolean", default=False),
    ),
    primary_name="fullname",
    read_only=True,
)

JOB = Table(
    "asyncoperation",
    "asyncoperations",
    (
        *SYSTEM,
        Column("name", length=256),
        Column("operationtype", "integer"),
        Column("startedon", "datetime"),
        Column("completedon", "datetime"),
    ),
    states={0: (0,), 1: (10,), 2: (20, 21, 22), 3: (30, 31, 32)},
    read_only=True,
)


ENDPOINT = Table(
    "serviceendpoint",
    "serviceendpoints",
    (
        *SYSTEM,
        Column("name", length=100),
        Column("contract", "picklist", options=(8,)),
        Column("authtype", "picklist", options=(4, 5, 6)),
        Column("url", length=1024),
    ),
    read_only=True,
)
# Their options by what a webhook is and how it proves itself.
_WEBHOOK, _PROOFS = 8, {"WebhookKey": 4, "HttpHeader": 5, "HttpQueryString": 6}


def endpoint_row(step: Row, number: int, moment: str) -> Row:
    """A webhook as those who ask for registrations see it; its keys are not shown."""
    row: Row = {column.stored_as: column.default for column in ENDPOINT.columns}
    row |= {ENDPOINT.id: step["id"], "name": f"webhook {number}", "url": step["url"], "contract": _WEBHOOK}
    row |= {"authtype": _PROOFS.get(step["auth"].get("kind", "")), "statecode": 0, "statuscode": 1}
    return row | {"createdon": moment, "modifiedon": moment, "versionnumber": number}


def user_rows(moment: str) -> list[Row]:
    """The users an environment begins with."""
    rows: list[Row] = []
    for number, user in enumerate(USERS, 1):
        row: Row = {column.stored_as: column.default for column in USER_TABLE.columns}
        row |= {"systemuserid": user.id, "fullname": user.name, "domainname": user.mail}
        row |= {"internalemailaddress": user.mail, "azureactivedirectoryobjectid": user.directory_id}
        row |= {"applicationid": user.application, "statecode": 0, "statuscode": 1, "versionnumber": number}
        row |= {"createdon": moment, "modifiedon": moment}
        rows.append(row)
    return rows
