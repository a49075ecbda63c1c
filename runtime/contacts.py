"""Whom a return is about: shown masked to everybody, and whole to those who may, with a reason that stays in the
audit."""

from __future__ import annotations

from domain.order import Contact
from security.mask import masked
from store.port import Stores
from store.port.audit import Act, stream_of_return

_UNMASK = "contact:unmask"


class Contacts:
    """Whether a reader may see the return has been asked before."""

    def __init__(self, stores: Stores) -> None:
        self._returns, self._audit = stores.returns, stores.audit

    async def masked(self, return_id: str) -> dict[str, str] | None:
        """Enough to tell two people apart. None when nobody is known, or nobody any more."""
        contact = await self._returns.contact(return_id)
        return masked(_fields(contact)) if contact is not None else None

    async def disclosed(self, return_id: str, actor: str, why: str) -> dict[str, str] | None:
        """All of it, after the act was written down: nothing is told that cannot be proved later. None, and no act,
        when nobody is known."""
        contact = await self._returns.contact(return_id)
        if contact is None:
            return None
        fields, stream = _fields(contact), stream_of_return(return_id)
        told = {"fields": ", ".join(sorted(fields))}
        await self._audit.append(Act(stream, actor, _UNMASK, stream, why, after=told))
        return fields


def _fields(contact: Contact) -> dict[str, str]:
    found = {"name": contact.name, "email": contact.email, "company": contact.company or ""}
    return {name: value for name, value in found.items() if value}
