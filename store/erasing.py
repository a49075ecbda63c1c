"""Everything personal of one person leaves the books, table by table, in the caller's transaction.

`WHERE_KEPT` says of every table whether it is emptied of the person here, or why there is nothing to empty. A test
holds it to the tables there are, so that nobody adds one without saying.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import erasure
from domain.identity.keys import MAILBOX, keys
from domain.identity.record import PartyRecord, Ref
from domain.returns import Snapshot
from security.marks import MarkKey
from store import auditing, forgetting, snapshots
from store.items import subject_of
from store.port import Subject
from store.port.audit import stream_of_return
from store.tables import (
    change_notes,
    change_requests,
    contacts,
    crm_asks,
    crm_conflicts,
    crm_drift,
    crm_items,
    crm_records,
    crm_under_way,
    erased_returns,
    match_decisions,
    outbox,
    party_accounts,
    party_links,
    returns,
)

_IDS = "ids, times, states and counts only"
_CODES = "codes and levels, from which nothing can be read"
WHERE_KEPT: Mapping[str, str] = {
    "audit": "what was written is a commitment, whose salt is deleted",
    "audit_checkpoint_heads": _CODES,
    "audit_checkpoints": _CODES,
    "audit_heads": _CODES,
    "audit_reasons": "those about the person, their returns and records are deleted",
    "audit_salts": "those of the person, their returns and records are deleted",
    "audit_stubs": _CODES,
    "change_notes": "deleted",
    "change_requests": "who asked is emptied; a value is an amount or a reason of ours",
    "contacts": "deleted",
    "credentials": "none: sealed secrets of vendors, and who of us wrote them",
    "crm_asks": "deleted",
    "crm_attempts": _IDS,
    "crm_backfills": _IDS,
    "crm_breakers": _IDS,
    "crm_conflicts": "deleted",
    "crm_cursors": _IDS,
    "crm_drift": "deleted",
    "crm_events": _IDS,
    "crm_items": "what is open is closed, what was typed is emptied",
    "crm_pace": _IDS,
    "crm_quota": _IDS,
    "crm_reconciliations": _IDS,
    "crm_records": "what is agreed of a return is emptied, a customer's record is deleted",
    "crm_seen": _IDS,
    "crm_shown": _IDS,
    "crm_under_way": "deleted",
    "erased_returns": _IDS,
    "erasure_parts": _IDS,
    "erasures": "ids, and a reason that is kept as written",
    "hold_claims": "ids, and who of us works on it until when",
    "identity_audit": "what was typed is emptied",
    "identity_facts": _IDS,
    "identity_weights": _CODES,
    "ledger_entries": "amounts and numbers of documents, which the law asks for",
    "ledger_lines": "amounts and numbers of documents, which the law asks for",
    "match_decisions": "what was typed is emptied",
    "moves": _IDS,
    "outbox": "nothing is owed any more, and no reason is kept",
    "parties": _IDS,
    "party_accounts": "deleted",
    "party_comparisons": _CODES,
    "party_details": "deleted",
    "party_keys": "deleted",
    "party_links": "the shop's number is replaced",
    "returns": "amounts and documents stay; customer, parcels and what was typed are emptied",
    "said": "keys and digests of messages",
    "sessions": "our own people's",
    "sign_ins": "our own people's",
    "suppressed_keys": _CODES,
    "timeline": "what happened stays; what was typed is emptied",
    "webhook_deliveries": "ids, stages and amounts, nothing of a customer",
    "webhook_secrets": _CODES,
    "webhook_subscriptions": "addresses of systems; who made them is kept as written",
}

_EVENTS = text("SELECT version, seq, kind, text, detail FROM timeline WHERE return_id = :return_id")
_EVENT = text("""
    UPDATE timeline SET text = :text, detail = CAST(:detail AS jsonb)
    WHERE return_id = :return_id AND version = :version AND seq = :seq
""")
_DETAIL = TypeAdapter(dict[str, str])
# A party stands in the audit by its id, a record by its number, before or after.
_AUDITED = text("""
    UPDATE identity_audit SET why = :gone
    WHERE why NOT IN ('', :gone) AND (
        before ->> 'party' = ANY(:parties) OR after ->> 'party' = ANY(:parties)
        OR before ->> 'link' = ANY(:links) OR after ->> 'link' = ANY(:links)
    )
""")


async def erase(
    connection: AsyncConnection, request_id: str, subject: Subject, key: MarkKey | None, by: str
) -> dict[str, int]:
    """How many rows of what were changed. The lock of identity is held by the caller."""
    mine = list(subject.returns)
    if mine:
        rows = [{"return_id": one, "request_id": request_id} for one in mine]
        marks = postgresql.insert(erased_returns).values(rows).on_conflict_do_nothing()
        await connection.execute(marks)
    codes = await _mailboxes(connection, mine, key)
    done = {
        "contacts": await _run(connection, delete(contacts).where(contacts.c.return_id.in_(mine))),
        "returns": sum([await _empty(connection, one) for one in mine]),
        "notes": await _run(connection, delete(change_notes).where(change_notes.c.return_id.in_(mine))),
        **await _agreed(connection, subject),
    }
    asked = update(change_requests).where(change_requests.c.return_id.in_(mine), change_requests.c.asked_by != "")
    await connection.execute(asked.values(asked_by=""))
    owed = update(outbox).where(outbox.c.return_id.in_(mine), outbox.c.delivered_at.is_(None))
    done["dead letters and what was owed"] = await _run(
        connection, owed.values(delivered_at=func.now(), dead_at=None, reason="")
    )
    done["records"] = await _identity(connection, subject, by)
    await forgetting.mark(connection, codes)
    for return_id in mine:
        await auditing.forget(connection, stream_of_return(return_id))
    return done


async def _mailboxes(connection: AsyncConnection, mine: list[str], key: MarkKey | None) -> set[bytes]:
    if key is None:
        return set()
    found = await connection.execute(select(contacts.c.email).where(contacts.c.return_id.in_(mine)).distinct())
    records = [PartyRecord(Ref("", "", "", ""), {"email": email}) for email in found.scalars() if email]
    return {key.code(each) for record in records for each in keys(record) if each.startswith(MAILBOX)}


async def _empty(connection: AsyncConnection, return_id: str) -> int:
    """One return's own row and its timeline. The version stays: nothing happened to the return."""
    wanted = select(snapshots.DOCUMENT).where(returns.c.return_id == return_id).with_for_update()
    document = (await connection.execute(wanted)).scalar_one_or_none()
    if document is None:
        return 0
    before = snapshots.load(document)
    after = erasure.erased(before)
    events = (await connection.execute(_EVENTS, {"return_id": return_id})).all()
    changed = [
        {"return_id": return_id, "version": event.version, "seq": event.seq, "text": words, "detail": facts}
        for event in events
        for words, detail in [(erasure.event_text(event.kind, event.text), erasure.event_detail(event.detail))]
        for facts in [_DETAIL.dump_json(detail).decode()]
        if (words, detail) != (event.text, event.detail)
    ]
    if changed:
        await connection.execute(_EVENT, changed)
    if after != before:
        await connection.execute(_row(after))
    return int(bool(changed) or after != before)


def _row(after: Snapshot) -> Any:
    columns = ("customer_id", "tracking", "words", "snapshot")
    given = snapshots.columns(after)
    return update(returns).where(returns.c.return_id == after.return_id).values({name: given[name] for name in columns})


async def _agreed(connection: AsyncConnection, subject: Subject) -> dict[str, int]:
    """What is kept of the CRMs' records of the returns and of the person."""
    mine, people = list(subject.returns), [ref.external_id for ref in subject.records]
    theirs = crm_records.c.record.in_(people) & crm_records.c.key.not_in(mine)
    about = crm_conflicts.c.key.in_(mine) | crm_conflicts.c.record.in_(people)
    items = crm_items.c.key.in_(mine) | crm_items.c.record.in_(people)
    agreed = update(crm_records).where(crm_records.c.key.in_(mine), crm_records.c.fields != {})
    # The row stays, so that what the CRM tells of the record later is known to be no news to anybody.
    await connection.execute(agreed.values(fields={}, digest="", due=False, seq=crm_records.c.seq + 1))
    await connection.execute(delete(crm_records).where(theirs))
    await connection.execute(delete(crm_under_way).where(crm_under_way.c.key.in_(mine)))
    await connection.execute(delete(crm_drift).where(crm_drift.c.return_id.in_(mine)))
    closing = {"resolved_at": func.coalesce(crm_items.c.resolved_at, func.now()), "note": "", "by": "", "detail": ""}
    about_items = (await connection.execute(select(crm_items).where(items))).all()
    await auditing.forget(connection, *map(subject_of, about_items))
    await connection.execute(update(crm_items).where(items).values(**closing))
    return {
        "decisions about edits": await _run(connection, delete(crm_conflicts).where(about)),
        "requests from CRMs": await _run(connection, delete(crm_asks).where(crm_asks.c.return_id.in_(mine))),
    }


async def _identity(connection: AsyncConnection, subject: Subject, by: str) -> int:
    """Every record is forgotten; the shop's lose their numbers, so that who comes back is somebody new, and the CRMs'
    no longer stand for anybody."""
    links = list(subject.links)
    kept = party_links.c.id.in_(links)
    known = kept & party_links.c.suppressed.is_(False)
    parties = (await connection.execute(select(party_links.c.party_id).where(known).distinct())).scalars().all()
    count = sum([await forgetting.forget(connection, party, by, "") for party in parties])
    await connection.execute(delete(party_accounts).where(party_accounts.c.link_id.in_(links)))
    shop = kept & (party_links.c.system == "shop") & party_links.c.external_id.not_like(f"{erasure.GONE}:%")
    numbered = func.concat(f"{erasure.GONE}:", party_links.c.id)
    await connection.execute(update(party_links).where(shop).values(external_id=numbered))
    standing = kept & (party_links.c.system == "crm") & (party_links.c.state == "active")
    buried = update(party_links).where(standing).values(state="tombstone", state_at=func.now())
    await connection.execute(buried)
    typed = match_decisions.c.one.in_(links) | match_decisions.c.other.in_(links)
    words = update(match_decisions).where(typed, match_decisions.c.why != "").values(why=erasure.GONE)
    await connection.execute(words)
    named = {"parties": [str(party) for party in parties], "links": [str(link) for link in links]}
    await connection.execute(_AUDITED, named | {"gone": erasure.GONE})
    await auditing.forget(connection, *await _in_audit(connection, links))
    return count


async def _in_audit(connection: AsyncConnection, links: list[int]) -> set[str]:
    """What acts about the records have as their subject, see forest.audit."""
    mine = (await connection.execute(select(party_links).where(party_links.c.id.in_(links)))).all()
    typed = match_decisions.c.one.in_(links) | match_decisions.c.other.in_(links)
    decisions = (await connection.execute(select(match_decisions.c.id).where(typed))).scalars()
    parties = {party for row in mine for party in (row.party_id, row.home_id)}
    return {
        *(f"party:{party}" for party in parties),
        *(f"link:{link}" for link in links),
        *(f"decision:{decision}" for decision in decisions),
    }


async def _run(connection: AsyncConnection, change: Any) -> int:
    return int((await connection.execute(change)).rowcount)
