"""Parties and links: the double and PostgreSQL tell a publication the same."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.identity.record import PartyRecord, customer
from store.port import Live, Stores

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BUYER = PartyRecord(customer("7", ""), {"name": "Anna Vogel"})


async def live(stores: Stores, org: str = "main") -> Live:
    return (await stores.parties.standing(BUYER, org)).live


async def show(stores: Stores, now: Live) -> None:
    whose = await stores.parties.standing(BUYER, "main")
    await stores.links.shown(whose.link, "main", whose.live, now)


async def test_a_record_is_the_same_party_each_time(stores: Stores) -> None:
    first = await stores.parties.standing(BUYER, "main")
    assert (await stores.parties.standing(BUYER, "main")) == first
    other = await stores.parties.standing(PartyRecord(customer("8", ""), {"name": "Bernd Kranich"}), "main")
    assert (other.party, other.link) != (first.party, first.link)


async def test_what_was_shown_stands_for_the_customer_in_that_org(stores: Stores) -> None:
    assert await live(stores) == Live()
    await show(stores, Live("003A", "001A"))
    await show(stores, Live())
    assert (await live(stores), await live(stores, "other")) == (Live("003A", "001A"), Live())
    assert await stores.links.survivor("main", "contact", "003A") == "003A"


async def test_what_the_crm_did_not_have_is_gone(stores: Stores) -> None:
    await show(stores, Live("003A", "001A"))
    await show(stores, Live("003B", None))
    assert await live(stores) == Live("003B", "001A")
    assert await stores.links.survivor("main", "contact", "003A") is None


async def test_the_survivor_of_merges_stands_for_the_customer(stores: Stores) -> None:
    await show(stores, Live("003A", "001A"))
    for loser, winner in (("003A", "003B"), ("003B", "003C")):
        assert await stores.links.merged("main", "contact", loser, winner, NOW)
        assert not await stores.links.merged("main", "contact", loser, winner, NOW)
    assert await stores.links.merged("main", "account", "001A", "001B", NOW)
    assert await live(stores) == Live("003C", "001B")
    assert await stores.links.survivor("main", "contact", "003A") == "003C"
    assert await stores.links.survivor("main", "contact", "never") is None


async def test_a_deleted_record_stands_for_nobody(stores: Stores) -> None:
    await show(stores, Live("003A", "001A"))
    assert await stores.links.gone("main", "contact", "003A", NOW)
    assert not await stores.links.gone("main", "contact", "003A", NOW)
    assert await live(stores) == Live(None, "001A")
