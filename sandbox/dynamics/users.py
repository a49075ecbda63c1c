"""Who may be behind a request: the application user itself, or a user it acts for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sandbox.dynamics.errors import Fault, bad_request
from sandbox.dynamics.reply import Ask

ORGANIZATION = "5b5d3d5e-0d6b-4a64-9d0a-6f1f3f0f7a11"
ORGANIZATION_NAME = "backhauldev"
VERSION = "9.2.26101.00180"


@dataclass(frozen=True, slots=True)
class User:
    id: str
    directory_id: str
    """Its object id in the directory, which CallerObjectId names; MSCRMCallerID names the id of its row."""
    name: str
    mail: str
    application: str | None = None


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


USER = _id("systemuser:integration")
_APPLICATION = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
USERS = (
    User(USER, _id("directory:integration"), "# Integration", "integration@backhaul-dev.example", _APPLICATION),
    User(_id("systemuser:support"), _id("directory:support"), "Sam Support", "sam@backhaul-dev.example"),
)


def acting(ask: Ask) -> str:
    """Whom a request acts for. The refusal's code is that of somebody who is not known in the environment."""
    for header, name in (("callerobjectid", "directory_id"), ("mscrmcallerid", "id")):
        given = ask.headers.get(header, "")
        if not given:
            continue
        try:
            wanted = str(uuid.UUID(given))
        except ValueError:
            raise bad_request(f"Cannot convert the literal '{given}' to the expected type 'Edm.Guid'.") from None
        found = next((user for user in USERS if getattr(user, name) == wanted), None)
        if found is None:
            raise Fault(403, "0x80072560", "The user is not a member of the organization.")
        return found.id
    return USER
