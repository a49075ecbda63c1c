"""What the application user may do: every privilege of every table, but for those an administrator has taken away."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from sandbox.books import Books
from sandbox.dynamics.errors import Fault, bad_request
from sandbox.dynamics.schema import Table
from sandbox.dynamics.users import ORGANIZATION, USER

RIGHTS = ("Create", "Read", "Write", "Delete", "Assign", "Share", "Append", "AppendTo")
_TAKEN = ("dynamics.privileges", "taken")
_FUNCTION = re.compile(r"^Microsoft\.Dynamics\.CRM\.RetrieveUserPrivileges(\(\))?$")


def name_of(table: str, right: str) -> str:
    """Tables of the platform itself stand with a capital letter in the names of their privileges."""
    return f"prv{right}{table if '_' in table else table.capitalize()}"


def described(table: str) -> list[dict[str, Any]]:
    """The privileges of a table, as its definition tells them."""
    depths = ("CanBeBasic", "CanBeDeep", "CanBeGlobal", "CanBeLocal")
    references = ("CanBeEntityReference", "CanBeParentEntityReference")
    return [
        {
            **dict.fromkeys(depths, True),
            **dict.fromkeys(references, False),
            "Name": name_of(table, right),
            "PrivilegeId": _id(name_of(table, right)),
            "PrivilegeType": right,
        }
        for right in RIGHTS
    ]


def asked(step: str) -> bool:
    """Whether this step of an address, below a user, asks what the user may do."""
    return _FUNCTION.match(step) is not None


def held(books: Books, tables: Sequence[Table]) -> dict[str, Any]:
    """The function's answer; every privilege is held for the whole organization."""
    taken = taken_away(books)
    names = [name_of(table.name, right) for table in tables for right in RIGHTS]
    return {
        "RolePrivileges": [
            {
                "Depth": "Global",
                "PrivilegeId": _id(name),
                "BusinessUnitId": ORGANIZATION,
                "PrivilegeName": name,
                "RecordFilterId": str(uuid.UUID(int=0)),
                "RecordFilterUniqueName": None,
            }
            for name in names
            if name not in taken
        ]
    }


def require(books: Books, table: Table, right: str) -> None:
    """Raises 403 in the platform's words when the privilege was taken away."""
    name = name_of(table.name, right)
    if name in taken_away(books):
        who = f"Principal user (Id={USER}, type=8, roleCount=1)"
        what = f"is missing {name} privilege (Id={_id(name)}) for entity '{table.name}'"
        raise Fault(403, "0x80040220", f"{who} {what}.")


def taken_away(books: Books) -> list[str]:
    row = books.get(*_TAKEN)
    return [] if row is None else list(row["names"])


def take_away(books: Books, tables: Sequence[Table], names: Sequence[str]) -> list[str]:
    """From now on exactly these are lacking. Raises 400 for a name that is none."""
    known = {name_of(table.name, right) for table in tables for right in RIGHTS}
    for name in names:
        if name not in known:
            raise bad_request(f"{name} is no privilege; they are named like {name_of('account', 'Read')}.")
    books.put(*_TAKEN, {"names": list(names)})
    return list(names)


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"privilege/{name}"))
