"""What becomes of a CRM's records: merged, deleted, brought back, told late, twice, or in a circle."""

from __future__ import annotations

from domain.identity.record import PartyRecord, customer, in_crm
from store.port import Live
from tests.store.identity.conftest import ANNA, BERND, People, after

GUID = "A1B2C3D4-0000-4000-8000-00000000000A"


async def live(people: People, number: str, said: dict[str, str], org: str = "main") -> Live:
    return (await people.parties.standing(PartyRecord(customer(number, ""), said), org)).live


async def shown(people: People, number: str, said: dict[str, str], now: Live, org: str = "main") -> None:
    """What a publication does: asks who stands for the customer, and saves who does."""
    before = await people.parties.standing(PartyRecord(customer(number, ""), said), org)
    await people.links.shown(before.link, org, before.live, now)


async def test_what_a_crm_shows_a_customer_as_is_asked_for_the_next_time(people: People) -> None:
    assert await live(people, "7", ANNA) == Live()
    await shown(people, "7", ANNA, Live("003A", "001A"))
    assert await live(people, "7", ANNA) == Live("003A", "001A")
    assert await live(people, "7", ANNA, "other") == Live()
    await shown(people, "7", ANNA, Live(None, None))
    assert await live(people, "7", ANNA) == Live("003A", "001A")


async def test_after_a_chain_of_merges_the_last_survivor_stands_for_the_customer(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A", "001A"))
    assert await people.links.merged("main", "Contact", "003A", "003B", after(1))
    assert await people.links.merged("main", "Contact", "003B", "003C", after(2))
    assert await people.links.merged("main", "Account", "001A", "001B", after(2))
    assert not await people.links.merged("main", "Contact", "003A", "003B", after(1))
    assert [await people.links.survivor("main", "Contact", one) for one in ("003A", "003B", "003C", "003X")] == [
        "003C", "003C", "003C", None,
    ]  # fmt: skip
    assert await live(people, "7", ANNA) == Live("003C", "001B")
    (first, *_) = [one for one in await people.stewards.decisions(customer("7", "")) if one.verdict == "human"]
    assert (first.by, first.why) == ("crm:main", "merged in the CRM")


async def test_a_merge_told_from_its_end_leads_to_the_same_survivor(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A"))
    assert await people.links.merged("main", "Contact", "003B", "003C", after(2))
    assert await people.links.merged("main", "Contact", "003A", "003B", after(1))
    assert await live(people, "7", ANNA) == Live("003C")


async def test_two_customers_whose_contacts_were_merged_are_one_and_whose_accounts_were_are_not(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A", "001A"))
    await shown(people, "8", BERND, Live("003B", "001B"))
    await people.links.merged("main", "Account", "001A", "001B", after(1))
    assert await people.party(customer("7", "")) != await people.party(customer("8", ""))
    assert (await live(people, "7", ANNA), await live(people, "8", BERND)) == (
        Live("003A", "001B"),
        Live("003B", "001B"),
    )
    await people.links.merged("main", "Contact", "003A", "003B", after(2))
    assert await people.party(customer("7", "")) == await people.party(customer("8", ""))
    assert (await live(people, "7", ANNA)).contact == "003B"


async def test_a_merge_back_after_an_undeletion_wins_and_the_older_news_told_again_changes_nothing(
    people: People,
) -> None:
    assert await people.links.merged("main", "Contact", "003A", "003B", after(1))
    assert await people.links.merged("main", "Contact", "003B", "003A", after(5))
    assert await people.links.survivor("main", "Contact", "003B") == "003A"
    assert not await people.links.merged("main", "Contact", "003A", "003B", after(1))
    assert await people.links.survivor("main", "Contact", "003A") == "003A"


async def test_a_circle_in_the_data_ends_nowhere_instead_of_never(people: People) -> None:
    await people.links.merged("main", "Contact", "003A", "003B", after(1))
    await people.links.merged("main", "Contact", "003B", "003C", after(2))
    await people.run("UPDATE party_links SET state = 'merged', merged_to = 1 WHERE external_id = '003C'")
    assert await people.links.survivor("main", "Contact", "003A") is None
    # It ends where one of them is told to live.
    assert await people.links.merged("main", "Contact", "003C", "003D", after(9))
    assert await people.links.survivor("main", "Contact", "003A") == "003D"


async def test_a_deleted_record_stays_a_tombstone_and_a_merge_told_after_it_still_shows_the_way(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A"))
    assert await people.links.gone("main", "Contact", "003A", after(2))
    assert not await people.links.gone("main", "Contact", "003A", after(3))
    assert await live(people, "7", ANNA) == Live()
    assert await people.links.merged("main", "Contact", "003A", "003B", after(2))
    assert not await people.links.gone("main", "Contact", "003A", after(4))
    assert await live(people, "7", ANNA) == Live("003B")


async def test_a_merge_told_while_the_loser_was_being_shown_stands(people: People) -> None:
    await people.buyer("7", **ANNA)
    for of, loser, winner in (("Contact", "003A", "003B"), ("Contact", "003B", "003C"), ("Account", "001A", "001B")):
        assert await people.links.merged("main", of, loser, winner, after(1))
    await shown(people, "7", ANNA, Live("003A", "001A"))
    assert await live(people, "7", ANNA) == Live("003C", "001B")
    assert await people.links.survivor("main", "Contact", "003A") == "003C"


async def test_what_a_record_said_goes_with_it_and_comes_back_with_it(people: People) -> None:
    ref, said = in_crm("main", "Contact", "003A"), "SELECT 1 FROM party_details UNION ALL SELECT 1 FROM party_keys"
    told = PartyRecord(ref, ANNA)
    await people.parties.standing(told, "main", after(0))
    before = len(await people.rows(said))
    assert await people.links.gone("main", "Contact", "003A", after(600))
    assert await people.rows(said) == []
    await people.parties.standing(told, "main", after(500))
    assert await people.rows(said) == [], "older news"
    await people.parties.standing(told, "main", after(900))
    assert len(await people.rows(said)) == before > 1


async def test_a_record_the_crm_did_not_have_is_forgotten_for_the_one_it_has(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A", "001A"))
    await shown(people, "7", ANNA, Live("003B", "001A"))
    assert await live(people, "7", ANNA) == Live("003B", "001A")
    assert await people.links.survivor("main", "Contact", "003A") is None


async def test_a_contact_told_apart_from_the_customer_is_not_linked_by_being_shown(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A"))
    (decision,) = await people.stewards.decisions(customer("7", ""))
    await people.stewards.unmerge(decision.id, "eva", "another person")
    await shown(people, "7", ANNA, Live("003A"))
    assert await live(people, "7", ANNA) == Live()


async def test_ids_are_the_same_however_a_crm_writes_them(people: People) -> None:
    await people.links.merged("dyn", "contacts", GUID, f"{{{GUID[:-1]}B}}", after(1))
    assert await people.links.survivor("dyn", "contact", GUID.lower()) == f"{GUID[:-1]}B".lower()
    assert in_crm("main", "Contact", "003AbC").external_id == "003AbC"


async def test_every_change_says_who_did_what_and_what_was_before(people: People) -> None:
    await shown(people, "7", ANNA, Live("003A"))
    await people.links.merged("main", "Contact", "003A", "003B", after(1))
    told = [
        (row.by_whom, row.action, row.before, row.after)
        for row in await people.rows("SELECT * FROM identity_audit ORDER BY id")
    ]
    assert [one[:2] for one in told] == [("backhaul", "link"), ("crm:main", "merged"), ("crm:main", "link")]
    assert told[1][2:] == ({"link": 2, "state": "active", "merged_to": None}, {"state": "merged", "merged_to": 3})
