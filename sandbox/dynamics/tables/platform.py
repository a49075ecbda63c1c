"""What the platform itself keeps: its users, and the jobs it does by and by."""

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
