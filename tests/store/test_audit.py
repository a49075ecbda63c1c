"""Acts in their chains: appended without gaps, hashed as anybody can work out, found again, never changed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError

from domain.errors import BadInput
from domain.returns import Stage
from security.audit import act_hash, commitment
from store import auditing, engine
from store.engine import Database
from store.port import Act, ActSearch, Entry, Move, Stores, TimelineEvent
from tests.store.samples import NOW, move, snapshot


def act(actor: str = "key:support", action: str = "hold:resolve", subject: str = "return:R-1-A", **more: Any) -> Act:
    return Act(more.pop("stream", "return:R-1-A"), actor, action, subject, **more)


async def entries(stores: Stores, **search: Any) -> list[Entry]:
    """Oldest first."""
    return list(reversed((await stores.audit.search(ActSearch(limit=500, **search))).entries))


def check_chain(chain: list[Entry]) -> None:
    prev = b""
    for seq, one in enumerate(chain, start=1):
        assert (one.seq, one.prev) == (seq, prev)
        prev = one.hash
        said = (one.actor, one.action, one.subject, one.why, one.before, one.after, one.personal)
        assert one.hash == act_hash(one.stream, one.seq, one.at, *said, one.prev)


async def test_many_appends_to_one_stream_at_once_make_one_gapless_chain(stores: Stores) -> None:
    every = [act(f"key:{n}", why="ü" * n, before={"a": '"'}, after={"b": "\n"}) for n in range(60)]
    await asyncio.gather(*(stores.audit.append(one) for one in every))
    chain = await entries(stores)
    assert {one.actor for one in chain} == {one.actor for one in every}
    check_chain(chain)


async def test_an_act_is_appended_with_its_transaction_or_not_at_all(stores: Stores, postgres_url: str) -> None:
    database = Database(postgres_url, 1)

    async def failing() -> None:
        async with database.transaction() as connection:
            await auditing.append(connection, act("first"))
            raise RuntimeError("after the act")

    with pytest.raises(RuntimeError):
        await failing()
    async with database.transaction() as connection:
        await auditing.append(connection, act("second"))
        await auditing.append(connection, act("third"))
    await database.close()
    chain = await entries(stores)
    assert [one.actor for one in chain] == ["second", "third"]
    check_chain(chain)


async def test_what_postgres_cannot_hold_does_not_keep_an_act_from_being_told(stores: Stores) -> None:
    await stores.audit.append(act(why="a\0b\ud800", after={"x": "\0"}))
    (one,) = await entries(stores)
    assert (one.reason, json.loads(one.after)) == ("a\ufffdb?", {"x": "\ufffd"})


async def test_of_a_personal_value_a_commitment_is_kept_and_the_salt_can_be_forgotten(
    stores: Stores, postgres_url: str
) -> None:
    said = act(before={"email": "old@x.example", "n": "1"}, after={"email": "new@x.example"})
    personal = frozenset({"email"})
    await stores.audit.append(replace(said, action="contact:change", why="she moved", personal=personal))
    (one,) = await entries(stores)
    async with engine.create(postgres_url, poolclass=NullPool).connect() as connection:
        salts = {row.subject: row.salt for row in (await connection.execute(text("SELECT * FROM audit_salts"))).all()}
    salt = salts["return:R-1-A"]
    assert json.loads(one.before) == {"email": commitment(salt, "email", "old@x.example"), "n": "1"}
    assert json.loads(one.after) == {"email": commitment(salt, "email", "new@x.example")}
    assert one.personal
    assert (one.reason, one.why) == ("she moved", commitment(salt, "why", "she moved"))
    assert await stores.audit.forget("return:R-1-A")
    assert not await stores.audit.forget("return:R-1-A")
    chain = await entries(stores)
    assert [one.reason for one in chain] == [""]
    check_chain(chain)


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit SET why = 'x'", "DELETE FROM audit", "TRUNCATE audit", "TRUNCATE audit_checkpoints"],
)
async def test_the_table_refuses_changes(stores: Stores, postgres_url: str, change: str) -> None:
    await stores.audit.append(act())
    async with engine.create(postgres_url, poolclass=NullPool).connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(change))


async def test_acts_are_found_by_each_of_their_sides_page_by_page(stores: Stores) -> None:
    await stores.returns.record(move("R-1-A", region="DE", shop="main"))
    await stores.returns.record(move("R-2-A", region="FR", shop="main"))
    for n in range(5):
        await stores.audit.append(act(f"key:{n % 2}", "hold:resolve" if n % 2 else "holding:see", f"s{n}"))
    await stores.audit.append(act("key:9", "contact:unmask", "s9", stream="return:R-2-A"))

    async def found(**search: Any) -> list[str]:
        page = await stores.audit.search(ActSearch(**search))
        return [one.subject for one in page.entries if one.actor.startswith("key:")]

    assert await found(actor="key:1") == ["s3", "s1"]
    assert await found(action="hold") == await found(action="hold:resolve") == ["s3", "s1"]
    assert await found(subject="s2") == ["s2"]
    assert await found(stream="return:R-2-A") == ["s9"] == await found(personal=True)
    assert await found(regions=("FR",)) == ["s9"] == await found(stream="return:R-2-A", shops=("main",))
    assert await found(regions=("FR",), shops=("outlet",)) == []
    (middle,) = (await stores.audit.search(ActSearch(subject="s2"))).entries
    assert await found(since=middle.at) == ["s9", "s4", "s3", "s2"]
    assert await found(until=middle.at) == ["s1", "s0"]
    pages, cursor = [], None
    while True:
        page = await stores.audit.search(ActSearch(limit=2, cursor=cursor))
        pages.append([(one.stream, one.seq) for one in page.entries])
        cursor = page.cursor
        if cursor is None:
            break
    everything = [(one.stream, one.seq) for one in (await stores.audit.search(ActSearch(limit=500))).entries]
    assert [one for page in pages for one in page] == everything


@pytest.mark.parametrize(
    ("search", "field"),
    [({"limit": 0}, "limit"), ({"cursor": "bm9uZQ"}, "cursor"), ({"actor": "a\0"}, "actor")],
)
async def test_a_search_that_makes_no_sense_is_refused_by_field(
    stores: Stores, search: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await stores.audit.search(ActSearch(**search))
    assert refused.value.field == field


async def test_every_move_is_told_by_who_moved_it_with_what_was_before(stores: Stores) -> None:
    asked = TimelineEvent("confirmed", "the customer confirmed", NOW, "customer", {"total": "1.00"})
    seen = TimelineEvent("inspected", "by Ms. Smith", NOW, "warehouse", {"line": "1", "photos": "p1"})
    first = Move(snapshot(version=2, stage=Stage.CONFIRMED), (asked, seen))
    await stores.returns.record(move())
    for _ in range(2):
        await stores.returns.record(first)
    await stores.returns.record(Move(snapshot(version=3, stage=Stage.CONFIRMED), ()))
    chain = await entries(stores, stream="return:R-1-A")
    check_chain(chain)
    assert [(one.actor, one.action, one.subject) for one in chain] == [
        ("backhaul", "return:step_1", "return:R-1-A"),
        ("customer", "return:confirmed", "return:R-1-A"),
        ("warehouse", "return:inspected", "return:R-1-A"),
        ("backhaul", "return:recorded", "return:R-1-A"),
    ]
    assert [json.loads(one.before) for one in chain] == [
        {}, *2 * [{"stage": "quoted", "version": "1"}], {"stage": "confirmed", "version": "2"}
    ]  # fmt: skip
    after = json.loads(chain[2].after)
    assert after | {"text": "", "photos": ""} == {
        "line": "1", "photos": "", "stage": "confirmed", "text": "", "version": "2"
    }  # fmt: skip
    assert after["text"].startswith("salted:")
    assert after["photos"].startswith("salted:")
