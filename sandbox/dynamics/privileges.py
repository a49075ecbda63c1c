"""What the application user may do: every privilege of every table, but for those an administrator has taken away, or
has narrowed to some rows."""

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
_TAKEN, _NARROWED = ("dynamics.privileges", "taken"), ("dynamics.privileges", "narrowed")
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
    """The function's answer; a privilege is held for the whole organization, or narrowed to a business unit."""
    taken, narrow = taken_away(books), narrowed(books)
    names = [name_of(table.name, right) for table in tables for right in RIGHTS]
    return {
        "RolePrivileges": [
            {
                "Depth": "Local" if name in narrow else "Global",
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


def require_whole(books: Books, table: Table) -> None:
    """Raises 403 for who may read some rows only: changes are told to those who may read all of them."""
    name = name_of(table.name, "Read")
    if name in narrowed(books):
        raise Fault(403, "0x80040220", f"Changes of '{table.name}' need {name} privilege at organization level.")


def taken_away(books: Books) -> list[str]:
    return _names(books, _TAKEN)


def narrowed(books: Books) -> list[str]:
    """Held for the rows of a business unit only. It counts for change tracking alone: all rows belong to one unit."""
    return _names(books, _NARROWED)


def change(books: Books, tables: Sequence[Table], lacking: Sequence[str], narrow: Sequence[str] = ()) -> None:
    """From now on exactly these are lacking, and these narrowed. Raises 400 for a name that is none."""
    known = {name_of(table.name, right) for table in tables for right in RIGHTS}
    for name in (*lacking, *narrow):
        if name not in known:
            raise bad_request(f"{name} is no privilege; they are named like {name_of('account', 'Read')}.")
    books.put(*_TAKEN, {"names": list(lacking)})
    books.put(*_NARROWED, {"names": list(narrow)})


def _names(books: Books, place: tuple[str, str]) -> list[str]:
    row = books.get(*place)
    return [] if row is None else list(row["names"])


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"privilege/{name}"))
