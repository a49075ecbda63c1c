"""Checkpoints, copies and retention, over books of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from domain.errors import BadInput
from runtime.audit import Auditing
from security.signing import KnownKeys, SigningKey
from store.engine import Database
from store.port import Act, ActSearch, Audit, Move
from store.stores import open_audit, open_stores
from tests.audit.conftest import KEY, KNOWN
from tests.store.samples import event, snapshot


@pytest.fixture
async def auditing(postgres_url: str) -> AsyncIterator[tuple[Auditing, Audit]]:
    async with open_audit(postgres_url, 4) as (audit, books):
        for n in range(3):
            await audit.append(Act("return:R-1", f"key:{n}", "hold:resolve", "return:R-1", f"because {n}"))
        await audit.append(Act("access", "key:1", "return:start", "return:R-1"))
        yield Auditing(audit, books, KEY, KNOWN, {"return": 0, "crm": 1}), audit


async def test_a_checkpoint_covers_what_moved_since_the_last_one(auditing: tuple[Auditing, Audit]) -> None:
    desk, audit = auditing
    made = await asyncio.gather(*(desk.checkpoint() for _ in range(3)))
    (first,) = [one for one in made if one is not None]
    assert (first.number, first.streams) == (1, 2)
    assert await desk.checkpoint() is None
    await audit.append(Act("access", "key:1", "return:start", "return:R-1"))
    second = await desk.checkpoint()
    assert second is not None
    assert (second.number, second.streams, second.prev) == (2, 1, first.hash)
    verdict = await desk.verify()
    assert (verdict.right, verdict.unsigned, verdict.last) == (True, 0, second)


async def test_retention_deletes_what_is_signed_and_leaves_a_chain_that_verifies(
    auditing: tuple[Auditing, Audit],
) -> None:
    desk, audit = auditing
    counted = await desk.retain("key:it", apply=True)
    assert [(one.kind, one.acts) for one in counted] == [("crm", 0), ("return", 0)], "nothing was signed yet"
    await desk.checkpoint()
    await audit.append(Act("return:R-1", "key:4", "hold:resolve", "return:R-1"))
    assert [(one.kind, one.acts) for one in await desk.retain("key:it", apply=False)] == [("crm", 0), ("return", 3)]
    assert (await desk.verify()).acts == 5
    assert [(one.kind, one.acts) for one in await desk.retain("key:it", apply=True)] == [("crm", 0), ("return", 3)]
    assert [line for line in [one async for one in desk.export()] if "because" in line] == []
    (left,) = (await audit.search(ActSearch(stream="return:R-1"))).entries
    assert (left.seq, left.actor) == (4, "key:4")
    (told,) = (await audit.search(ActSearch(action="audit:cut"))).entries
    assert (told.actor, told.subject, json.loads(told.after)["acts"]) == ("key:it", "return", "3")
    await desk.checkpoint()
    await desk.retain("key:it", apply=True)
    await audit.append(Act("return:R-1", "key:5", "hold:resolve", "return:R-1"))
    verdict = await desk.verify()
    assert (verdict.right, verdict.findings) == (True, [])


async def test_a_copy_is_verified_elsewhere_and_what_was_changed_in_it_is_found(
    auditing: tuple[Auditing, Audit],
) -> None:
    desk, audit = auditing
    await desk.checkpoint()
    await desk.retain("key:it", apply=True)
    await audit.append(Act("access", "key:ü", "return:start", "return:R-1", "why not", after={"a": "ß"}))
    copy = [line async for line in desk.export()]
    assert any('"reason": "why not"' in line for line in copy)
    verdict = await desk.verify_copy(copy)
    assert (verdict.right, verdict.streams, verdict.acts, verdict.unsigned) == (True, 3, 3, 2)
    changed = [line.replace("key:ü", "key:u") for line in copy]
    assert [(one.stream, one.seq) for one in (await desk.verify_copy(changed)).findings] == [("access", 2)]
    acts = [line for line in copy if '"kind": "act"' not in line]
    assert {one.stream for one in (await desk.verify_copy(acts)).findings} == {"access", "audit"}
    chains = [line for line in copy if '"kind": "chain"' not in line]
    assert not (await desk.verify_copy(chains)).right
    with pytest.raises(BadInput, match="line 2"):
        await desk.verify_copy([copy[0], "nonsense"])


async def test_whose_key_is_not_known_signed_nothing(postgres_url: str, auditing: tuple[Auditing, Audit]) -> None:
    await auditing[0].checkpoint()
    async with open_audit(postgres_url) as (audit, books):
        stranger = Auditing(audit, books, None, KnownKeys([SigningKey(b"s" * 32).public]), {})
        assert [str(one.wrong) for one in (await stranger.verify()).findings] == ["signature wrong"]
        with pytest.raises(BadInput, match="BACKHAUL_AUDIT__KEY"):
            await stranger.checkpoint()


async def test_a_timeline_in_other_words_is_found_and_one_that_was_erased_is_nothing_wrong(postgres_url: str) -> None:
    async with open_stores(postgres_url) as stores, open_audit(postgres_url) as (audit, books):
        desk = Auditing(audit, books, KEY, KNOWN, {})
        for version in (1, 2):
            told = (event("confirmed"), event(f"received_{version}"))
            await stores.returns.record(Move(snapshot("R-1-A", version), told))
        assert (await desk.verify()).right
        database = Database(postgres_url, 1)
        change = text("UPDATE timeline SET text = :said WHERE version = 2 AND seq = 1")
        async with database.transaction() as connection:
            await connection.execute(change, {"said": "something else"})
        assert [(one.seq, str(one.wrong)) for one in (await desk.verify()).findings] == [(4, "changed")]
        async with database.transaction() as connection:
            await connection.execute(text("DELETE FROM timeline WHERE version = 2"))
        assert [(one.seq, str(one.wrong)) for one in (await desk.verify()).findings] == [(3, "changed")]
        await audit.forget("return:R-1-A")
        await audit.append(Act("return:R-1-A", "key:1", "contact:unmask", "return:R-1-A", "a new salt"))
        async with database.transaction() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text("INSERT INTO erased_returns (return_id, request_id) VALUES ('R-1-A', 'E-1')"))
        assert (await desk.verify()).right
        await database.close()
