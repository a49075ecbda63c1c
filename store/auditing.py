"""Appends an act within the transaction of what it tells of: both are there, or neither."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit import about_person
from store.port.audit import Act, stream_of_return
from store.port.returns import Move

_APPEND = text("SELECT audit_append(:stream, CAST(:acts AS jsonb))")
_FORGET = text("""
    WITH words AS (DELETE FROM audit_reasons WHERE subject = ANY(CAST(:subjects AS text[])))
    DELETE FROM audit_salts WHERE subject = ANY(CAST(:subjects AS text[])) RETURNING subject
""")
# What people or vendors wrote themselves, among the details of an event.
_MAY_BE_PERSONAL = frozenset({"text", "detail", "reason", "note", "photos"})


async def append(connection: AsyncConnection, act: Act) -> None:
    """Locks the end of the act's stream until the transaction ends: append last, and where there are several streams
    in the order of their names (store/locks.py)."""
    await connection.execute(_APPEND, {"stream": act.stream, "acts": _document([_plain(act)])})


async def forget(connection: AsyncConnection, *subjects: str) -> bool:
    """As Audit.forget says, of several."""
    return (await connection.execute(_FORGET, {"subjects": list(subjects)})).first() is not None


def of_move(move: Move) -> str:
    """The acts of a move as audit_append takes them: one for each thing that happened, or one that it was recorded. The
    sentence people read is in the timeline, where it can be erased; here is its commitment."""
    return_id, now = move.snapshot.return_id, {"stage": move.snapshot.stage, "version": str(move.snapshot.version)}
    subject = stream_of_return(return_id)
    if not move.events:
        return _document([_plain(Act(subject, "backhaul", "return:recorded", subject, after=now))])
    acts = (
        Act(subject, event.actor, f"return:{event.kind}", subject, "", {}, event.detail | {"text": event.text} | now,
            _MAY_BE_PERSONAL & {"text", *event.detail})
        for event in move.events
    )  # fmt: skip
    # That a return moved is the privacy officer's business no more than others'.
    return _document([_plain(act) | {"about_person": False} for act in acts])


def _document(acts: Sequence[dict[str, Any]]) -> str:
    return json.dumps(acts, ensure_ascii=False)


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
