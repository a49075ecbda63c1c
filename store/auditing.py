"""Appends an act within the transaction of what it tells of: both are there, or neither."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit import about_person
from store.port.audit import Act

_APPEND = text("SELECT audit_append(:stream, CAST(:acts AS jsonb))")


async def append(connection: AsyncConnection, act: Act) -> None:
    """Locks the end of the act's stream until the transaction ends: append last, and where there are several streams
    in the order of their names (store/locks.py)."""
    await connection.execute(_APPEND, {"stream": act.stream, "acts": document([act])})


def document(acts: Sequence[Act]) -> str:
    """Acts of one stream as the function audit_append takes them."""
    return json.dumps([_plain(act) for act in acts], ensure_ascii=False)


def _plain(act: Act) -> dict[str, Any]:
    person = about_person(act.action, act.personal, act.before, act.after)
    said: dict[str, Any] = {name: _clean(getattr(act, name)) for name in ("actor", "action", "subject", "why")}
    said |= {"before": _values(act.before), "after": _values(act.after), "about_person": person}
    return said | {"personal": sorted(act.personal)} if act.personal else said


def _values(values: Mapping[str, str]) -> dict[str, str]:
    return {name: _clean(value) for name, value in values.items()}


def _clean(text: str) -> str:
    """What PostgreSQL cannot hold as text must not keep an act from being told."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
