"""What people and machines decide is told to the audit where it happens, by whom and why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.allowance import EVERYTHING
from store.audit import PostgresAudit
from store.engine import Database
from store.items import PostgresItems
from store.port import ActSearch, Entry, Item, ItemKind
from store.port.audit import UNNAMED
from store.quota import PostgresQuota
from tests.store.identity.conftest import ANNA, People


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


async def told(database: Database, **search: Any) -> list[Entry]:
    """Oldest first."""
    return list(reversed((await PostgresAudit(database).search(ActSearch(**search))).entries))


async def test_decisions_about_who_is_who(database: Database) -> None:
    people = People(database)
    await people.contact("003A", **ANNA)
    await people.contact("003B", **ANNA)
    (review,) = await people.stewards.queue(10, "eva", "the masks look alike")
    await people.stewards.accept(review.id, "eva", "same on the phone")
    await people.stewards.unmerge(review.id, "ben", "her mother")
    seen = [(one.actor, one.action, one.reason, one.personal) for one in await told(database, stream="identity")]
    assert seen == [
        *2 * [("eva", "identity:reveal", "the masks look alike", True)],
        ("eva", "identity:link", "same on the phone", False),
        ("ben", "identity:unmerge", "her mother", False),
    ]
    (link,) = await told(database, action="identity:link")
    assert link.subject == f"party:{json.loads(link.after)['party']}"
    with pytest.raises(Exception, match="not open"):
        await people.stewards.reject(review.id, "eva", "too late")
    assert len(await told(database)) == 4


async def test_breakers_closed_and_items_resolved(database: Database) -> None:
    quota, items = PostgresQuota(database), PostgresItems(database)
    await quota.failed("main", EVERYTHING, "invalid_grant", 120, 5)
    await quota.close("main", "key renewed", "key:it")
    await quota.close("main", "again")
    await items.open(Item("main", ItemKind.MANUAL, "Return__c", "a01", "R-1", "Stage", "swings"))
    (item,) = await items.listed("main")
    assert await items.resolve(item.item_id, "theirs", "key:it", "they are right") is not None
    assert await items.resolve(item.item_id, "theirs", "key:it", "twice") is None
    closed, again, resolved = await told(database, stream="crm:main")
    assert (closed.actor, closed.action, closed.reason) == ("key:it", "breaker:close", "key renewed")
    assert json.loads(closed.after) == {"families": EVERYTHING}
    assert again.actor == UNNAMED
    assert (resolved.action, resolved.subject, resolved.reason) == ("item:resolve", "Return__c:a01", "they are right")
    assert json.loads(resolved.after)["choice"] == "theirs"
