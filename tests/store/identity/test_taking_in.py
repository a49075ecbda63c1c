"""Records come in and are told whose they are: by rules, by weights, by people; at once, and only once."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from domain.identity.rarity import SHARED_BY
from domain.identity.record import PartyRecord, customer, in_crm
from security.marks import MarkKey
from store.parties import PostgresParties
from tests.store.identity.conftest import ANNA, BERND, People, after


async def test_the_same_record_twice_is_the_same_party_and_a_stranger_is_another(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    assert await people.buyer("7", **ANNA) == anna
    assert await people.buyer("8", **BERND) != anna


async def test_a_contact_with_mailbox_and_name_of_a_customer_is_the_customer(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    assert await people.contact("003A", name="VOGEL, Anna", email="Anna.Vogel+shop@example.test") == anna
    (decision,) = await people.stewards.decisions(customer("7", ""))
    assert (decision.verdict, decision.outcome, decision.rule) == ("auto", "linked", "mailbox_and_name")


async def test_a_record_that_carries_the_customers_number_is_the_customer_whatever_it_is_called(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    assert await people.contact("003A", same_as=customer("7", ""), name="A. V.") == anna


async def test_two_of_one_person_at_the_same_moment_are_one_party(people: People) -> None:
    found = await asyncio.gather(
        people.buyer("7", **ANNA), people.contact("003A", **ANNA), people.contact("g1", org="dyn", **ANNA),
        people.buyer("7", **ANNA), people.contact("003A", **ANNA),
    )  # fmt: skip
    assert len({await people.party(customer("7", "")), await people.party(in_crm("main", "contact", "003A"))}) == 1
    assert await people.party(in_crm("dyn", "contact", "g1")) == await people.party(customer("7", ""))
    assert len(found) == 5
    assert len(await people.reference()) == 3


async def test_a_record_that_somebody_else_is_just_adding_is_taken_as_it_is(people: People) -> None:
    """As another release would that takes no lock: its row is there, and not yet committed, when ours is inserted."""
    async with people.database.transaction() as other:
        home = (await other.execute(text("INSERT INTO parties DEFAULT VALUES RETURNING id"))).scalar_one()
        await other.execute(
            text(
                "INSERT INTO party_links (system, org, object, external_id, home_id, party_id)"
                " VALUES ('shop', 'shop', 'customer', '7', :home, :home)"
            ),
            {"home": home},
        )
        ours = asyncio.create_task(people.buyer("7", **ANNA))
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'")
        async with people.database.statement() as watching:
            while not (await watching.execute(waiting)).scalar_one():
                assert not ours.done()
    assert await ours == str(home)
    assert [row.id for row in await people.rows("SELECT id FROM parties")] == [home]


async def test_a_shared_mailbox_never_links_two_people(people: People) -> None:
    first = await people.buyer("1", name="Anna Vogel", email="office@example.test")
    assert await people.contact("003A", name="Anna Vogel", email="office@example.test") != first
    crowd = [await people.buyer(str(number), name=f"Clerk {number:02}", email="desk7@example.test")
             for number in range(10, 11 + SHARED_BY)]  # fmt: skip
    assert len(set(crowd)) == len(crowd)
    assert await people.contact("003B", name="Clerk 10", email="desk7@example.test") not in crowd


async def test_a_record_that_several_resemble_is_compared_with_each_and_that_is_kept(people: People) -> None:
    for number in ("1", "2", "3"):
        await people.buyer(
            number, name="Anna Vogel", email=f"anna{number}@example.test", phone=f"+49 30 000000{number}"
        )
    pairs = "SELECT one, other, levels FROM party_comparisons ORDER BY one, other"
    before = await people.rows(pairs)
    await people.contact("003A", name="Anna Vogel", email="av@example.test")
    kept = await people.rows(pairs)
    numbers = [row.id for row in await people.rows("SELECT id FROM party_links ORDER BY id")]
    assert len(numbers) == 4
    assert [(row.one, row.other) for row in kept if row not in before] == [(one, numbers[3]) for one in numbers[:3]]
    assert all(any(row.levels) for row in kept)


async def test_a_telephone_alone_links_nobody(people: People) -> None:
    first = await people.contact("003A", name="Anna Vogel", phone="+49 30 1234567")
    assert await people.contact("g1", org="dyn", name="Otto Brandt", phone="030 1234567") != first
    assert await people.contact("g2", org="dyn", phone="030 1234567") != first


async def test_a_guest_is_found_by_order_and_mailbox(people: People) -> None:
    guest = PartyRecord(customer("", "1001"), {"email": "anna@example.test"}, orders=("1001",))
    first = (await people.parties.standing(guest, "main")).party
    case = PartyRecord(in_crm("main", "contact", "003A"), {"email": "anna@example.test"}, orders=("1001", "1002"))
    assert (await people.parties.standing(case, "main")).party == first


async def test_a_loyalty_number_links_unless_a_birth_date_contradicts(people: People) -> None:
    def member(org: str, record: str, born: str) -> PartyRecord:
        said = {"name": f"Member {record}", "birth_date": born}
        return PartyRecord(in_crm(org, "contact", record), said, loyalty="L-77")

    first = (await people.parties.standing(member("a", "1", "1980-01-02"), "a")).party
    assert (await people.parties.standing(member("b", "2", "1980-01-02"), "b")).party == first
    assert (await people.parties.standing(member("c", "3", "1999-12-31"), "c")).party != first


async def test_a_second_record_of_one_source_is_for_a_person_to_look_at(people: People) -> None:
    first = await people.contact("003A", **ANNA)
    assert await people.contact("003B", **ANNA) != first
    (review,) = await people.stewards.queue(10)
    assert {review.one.ref.external_id, review.other.ref.external_id} == {"003A", "003B"}
    assert review.rule == "mailbox_and_name"
    await people.contact("003B", **ANNA, phone="030 1234567")
    assert [again.id for again in await people.stewards.queue(10)] == [review.id]


async def test_between_two_parties_that_fit_alike_nobody_chooses_but_a_person(people: People) -> None:
    first, second = await people.contact("003A", **ANNA), await people.contact("003B", **ANNA)
    assert await people.buyer("7", **ANNA) not in (first, second)
    assert len(await people.stewards.queue(10)) == 3


async def test_what_a_record_says_anew_is_matched_and_who_is_linked_already_is_not_moved(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    alone = await people.contact("003A", name="Anna Vogel")
    assert alone != anna
    assert await people.contact("003A", **ANNA) == anna
    bernd = await people.buyer("8", **BERND)
    assert await people.contact("003A", **BERND) == anna != bernd
    assert len(await people.stewards.queue(10)) == 1


async def test_without_a_key_nothing_is_matched_or_kept_but_what_a_record_names_itself(people: People) -> None:
    blind = People(people.database, key=None)
    anna = await blind.buyer("7", **ANNA)
    assert await blind.contact("003A", **ANNA) != anna
    bernd = await blind.buyer("8", **BERND)
    assert await blind.contact("003B", same_as=customer("8", ""), **BERND) == bernd
    assert await people.rows("SELECT 1 FROM party_details UNION ALL SELECT 1 FROM party_keys") == []
    # Once there is a key, what comes again is matched.
    assert await people.contact("003A", **ANNA) != anna
    assert await people.buyer("7", **ANNA) == await people.party(in_crm("main", "contact", "003A"))


async def test_a_record_that_says_nothing_new_costs_one_question(people: People) -> None:
    await people.buyer("7", **ANNA)
    async with people.database.transaction() as blocker:
        await blocker.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('backhaul:identity', 0))"))
        assert await asyncio.wait_for(people.buyer("7", **ANNA), 5)


async def test_a_crowd_that_waits_to_be_matched_leaves_connections_to_the_others(people: People) -> None:
    await people.buyer("7", **ANNA)
    async with people.database.transaction() as blocker:
        await blocker.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('backhaul:identity', 0))"))
        crowd = [asyncio.create_task(people.buyer(f"9{number}", **BERND)) for number in range(15)]
        crowd += [asyncio.create_task(_buried(people, f"003{number}")) for number in range(15)]
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'")
        while not (await blocker.execute(waiting)).scalar_one():
            await blocker.execute(text("SELECT pg_stat_clear_snapshot()"))
        assert await asyncio.wait_for(people.buyer("7", **ANNA), 5)
    await asyncio.gather(*crowd)
    assert len(await people.reference()) == 31


async def _buried(people: People, contact: str) -> str:
    await people.links.gone("main", "Contact", contact, after(1))
    return contact


async def test_forgetting_erases_what_is_known_and_keeps_the_mark_not_to_take_it_in_again(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    assert await people.contact("003A", **ANNA) == anna
    await people.contact("003B", **ANNA)
    assert await people.parties.forget(customer("7", ""), "privacy", "asked on the phone") == 2

    assert await people.stewards.queue(10) == ()
    (kept,) = await people.rows("SELECT * FROM party_details")
    assert kept.fields["email"] == ANNA["email"], "the contact that nobody linked is somebody else's so far"
    # It says the same mailbox still when it says something else: then it is known that it is to be forgotten too.
    await people.contact("003B", **ANNA | {"name": "Anna Vogel-Kranich"})
    assert await people.rows("SELECT 1 FROM party_details UNION ALL SELECT 1 FROM party_keys") == []
    for table in ("party_links", "party_keys", "match_decisions", "identity_audit", "suppressed_keys"):
        stored = str(await people.rows(f"SELECT * FROM {table}")).casefold()
        assert "vogel" not in stored, table
        assert "anna" not in stored, table
    # Told again, as the shop and the CRMs will: ids stay linked, nothing is kept; nor of a new record of that mailbox.
    assert await people.buyer("7", **ANNA) == anna
    assert await people.contact("g9", org="dyn", **ANNA) != anna
    assert await people.rows("SELECT 1 FROM party_details") == []
    assert len(await people.rows("SELECT 1 FROM suppressed_keys")) == 1


async def test_what_is_stored_to_find_people_by_tells_nobody_who_they_are(people: People) -> None:
    await people.buyer("7", **ANNA)
    codes = {bytes(row.hmac) for row in await people.rows("SELECT hmac FROM party_keys")}
    assert codes
    assert not [code for code in codes if any(word in code for word in (b"anna", b"vogel", b"example"))]
    other = PostgresParties(people.database, MarkKey(b"another key of thirty-two bytes!"))
    await other.standing(PartyRecord(customer("8", ""), ANNA), "main")
    again = {bytes(row.hmac) for row in await people.rows("SELECT hmac FROM party_keys WHERE link_id = 2")}
    assert again
    assert not again & codes


async def test_a_record_seen_alive_after_it_was_gone_is_alive(people: People) -> None:
    ref = in_crm("main", "contact", "003A")
    await people.contact("003A", **ANNA)
    assert await people.links.gone("main", "Contact", "003A", after(5))
    assert await people.links.survivor("main", "Contact", "003A") is None
    await people.parties.standing(PartyRecord(ref, ANNA), "main", after(4))
    assert await people.links.survivor("main", "Contact", "003A") is None
    await people.parties.standing(PartyRecord(ref, ANNA), "main", after(6))
    assert await people.links.survivor("main", "Contact", "003A") == "003A"
