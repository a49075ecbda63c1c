"""A person in the books: all that is theirs is found, emptied once, and kept from coming back; others keep theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from domain.erasure import answer_due
from domain.identity.record import PartyRecord, customer, in_crm
from domain.order import Contact
from domain.returns import Stage
from runtime.audit.verdict import verify
from security.marks import MarkKey
from security.signing import KnownKeys
from store.engine import Database
from store.erasing import WHERE_KEPT
from store.port import Act, ActSearch, Doors, Erased, Erasure, ErasureState, Item, ItemKind, Live, Part, Subject
from store.stores import open_all, open_audit, open_doors, open_erasures
from store.tables import METADATA
from tests.store.samples import NOW, move

KEY = MarkKey(bytes(range(32)))
ANNA = Contact("Anna Vogel", "Anna.Vogel@example.test", "801", None)
BERND = Contact("Bernd Kranich", "bernd@example.test", "802", None)


@dataclass
class Books:
    doors: Doors
    url: str

    async def bought(self, return_id: str, contact: Contact, contact_record: str = "") -> None:
        """A closed return of somebody whom the CRM shows under a record."""
        more: dict[str, Any] = {
            "stage": Stage.CLOSED,
            "customer_id": contact.customer_id,
            "tracking": (f"1Z-{return_id}",),
        }
        await self.doors.stores.returns.record(move(return_id, **more))
        await self.doors.stores.returns.save_contact(return_id, contact)
        async with open_all(self.url, 2, KEY) as (stores, _):
            ref = customer(contact.customer_id, return_id.split("-")[1])
            said = {"name": contact.name, "email": contact.email}
            whose = await stores.parties.standing(PartyRecord(ref, said), "main")
            if contact_record:
                await stores.links.shown(whose.link, "main", Live(), Live(contact_record, f"A-{contact_record}"))

    async def erase(self, subject: Subject) -> dict[str, int]:
        async with open_erasures(self.url, KEY) as erasures:
            await erasures.ask(Erasure("E-1", "petra", "by letter", NOW, answer_due(NOW), subject=subject))
            return dict(await erasures.erase("E-1"))

    async def rows(self, asked: str, **given: Any) -> list[Any]:
        database = Database(self.url, 1)
        try:
            async with database.statement() as connection:
                return list((await connection.execute(text(asked), given)).all())
        finally:
            await database.close()


@pytest.fixture
async def books(postgres_url: str) -> AsyncIterator[Books]:
    async with open_doors(postgres_url) as doors:
        yield Books(doors, postgres_url)


def test_of_every_table_is_said_what_becomes_of_a_person_in_it() -> None:
    assert set(WHERE_KEPT) == set(METADATA.tables)


async def test_a_person_is_found_by_number_or_mailbox_with_all_that_is_the_same_party(books: Books) -> None:
    await books.bought("R-1-A", ANNA, "003A")
    await books.bought("R-2-A", ANNA)
    # A guest's order with the same name and mailbox is the same party by the rules of identity.
    await books.bought("R-3-A", Contact(ANNA.name, ANNA.email, "", None))
    await books.bought("R-4-A", BERND, "003B")
    erasures = books.doors.erasures
    by_number = await erasures.find("801", "")
    assert by_number.returns == ("R-1-A", "R-2-A", "R-3-A")
    assert by_number.orders == ("1", "2", "3")
    assert by_number.records == (in_crm("main", "account", "A-003A"), in_crm("main", "contact", "003A"))
    assert await erasures.find("", "anna.vogel@EXAMPLE.test") == by_number
    assert await erasures.find("", "", ("3",)) == by_number
    assert not await erasures.find("", "nobody@example.test")
    assert not await erasures.find("", "")


async def test_of_every_table_is_told_how_much_of_it_is_the_persons(books: Books) -> None:
    for return_id in ("R-1-A", "R-2-A"):
        await books.bought(return_id, ANNA, "003A")
    await books.bought("R-4-A", BERND, "003B")
    subject = await books.doors.erasures.find("801", "")
    kept = {one.table: one for one in await books.doors.holdings.kept(subject, "petra", "a letter")}
    assert {table: one.erasure for table, one in kept.items()} == WHERE_KEPT
    told = {table: one.rows for table, one in kept.items()}
    assert (told["contacts"], told["returns"], told["party_details"], told["parties"]) == (2, 2, 1, 1)
    assert (told["party_links"], told["party_accounts"], told["sessions"]) == (2, 1, None)
    (act,) = (await books.doors.stores.audit.search(ActSearch(disclosures=True))).entries
    assert (act.action, act.actor, act.reason, act.personal) == ("person:look", "petra", "a letter", True)


async def test_only_the_person_is_erased_and_a_second_time_nothing_is_left(books: Books) -> None:
    await books.bought("R-1-A", ANNA, "003A")
    await books.bought("R-4-A", BERND, "003B")
    subject = await books.doors.erasures.find("801", "")
    first = await books.erase(subject)
    assert (first["contacts"], first["returns"], first["records"]) == (1, 1, 2)
    assert set((await books.erase(subject)).values()) == {0}
    returns = books.doors.stores.returns
    assert await returns.contact("R-1-A") is None
    assert await returns.contact("R-4-A") == BERND
    erased, kept = await returns.snapshot("R-1-A"), await returns.snapshot("R-4-A")
    assert erased is not None
    assert kept is not None
    assert (erased.customer_id, erased.tracking) == ("", ())
    assert (kept.customer_id, kept.tracking) == ("802", ("1Z-R-4-A",))
    [row] = await books.rows("SELECT customer_id, tracking, words FROM returns WHERE return_id = 'R-1-A'")
    assert (row.customer_id, list(row.tracking)) == ("", [])
    assert "801" not in row.words
    assert "1z" not in row.words
    assert len(await books.rows("SELECT * FROM party_details WHERE fields ->> 'name' = 'Bernd Kranich'")) == 1


async def test_nothing_of_an_erased_return_is_kept_again(books: Books) -> None:
    await books.bought("R-1-A", ANNA)
    await books.erase(await books.doors.erasures.find("801", ""))
    stores = books.doors.stores
    await stores.returns.save_contact("R-1-A", ANNA)
    with pytest.raises(Erased, match="no note"):
        await stores.changes.save_note("R-1-A", "q1", "Anna called")
    assert await stores.returns.contact("R-1-A") is None
    assert await stores.changes.notes("R-1-A") == {}
    with pytest.raises(Erased, match="R-1-A"):
        await stores.returns.with_contact("R-1-A")


async def test_no_crm_is_behind_with_a_return_that_nobody_shows_any_more(books: Books) -> None:
    await books.bought("R-1-A", ANNA)
    await books.doors.stores.outbox.shown("R-1-A", "main", 1, "quoted")
    before = await books.doors.visibility.coverage(None, 30, 50)
    assert [lag.return_id for lag in before.lagging] == ["R-1-A"]
    await books.erase(await books.doors.erasures.find("801", ""))
    after = await books.doors.visibility.coverage(None, 30, 50)
    assert (after.lagging, after.orgs) == ((), ())


async def test_who_comes_back_is_a_new_party_and_is_not_matched(books: Books) -> None:
    await books.bought("R-1-A", ANNA, "003A")
    asked = "SELECT party_id FROM party_links WHERE external_id = :number"
    [before] = await books.rows(asked, number="801")
    await books.erase(await books.doors.erasures.find("801", ""))
    await books.bought("R-2-A", ANNA)
    [after] = await books.rows(asked, number="801")
    assert after.party_id != before.party_id
    assert await books.doors.stores.returns.contact("R-2-A") == ANNA
    assert await books.rows("SELECT * FROM party_details") == []
    async with open_all(books.url, 2, KEY) as (stores, _):
        told = PartyRecord(in_crm("main", "contact", "003A"), {"name": "Anna Vogel", "phone": "+49 30 5550199"})
        assert (await stores.parties.standing(told, "main", NOW)).live == Live()
    assert await books.rows("SELECT * FROM party_details") == []


async def test_an_account_of_others_too_is_left_alone(books: Books) -> None:
    await books.bought("R-1-A", ANNA, "003A")
    await books.bought("R-4-A", BERND, "003B")
    await books.rows("UPDATE party_accounts SET account_id = (SELECT min(account_id) FROM party_accounts) RETURNING 1")
    assert (await books.doors.erasures.find("801", "")).records == (in_crm("main", "contact", "003A"),)


async def test_a_request_is_written_down_once_and_what_is_done_stays_done(books: Books) -> None:
    await books.bought("R-1-A", ANNA)
    erasures = books.doors.erasures
    subject = await erasures.find("801", "")
    await books.erase(subject)
    again = await erasures.ask(Erasure("E-1", "else", "else", NOW, NOW, subject=Subject(("R-9-A",))))
    assert (again.by, again.subject) == ("petra", subject)
    await erasures.note("E-1", Part("crm:main", {"cleared": "x"}, "no right"))
    await erasures.note("E-1", Part("crm:main", {"cleared": "x"}))
    await erasures.move("E-1", ErasureState.DONE)
    await erasures.move("E-1", ErasureState.WITHDRAWN, by="petra")
    found = await erasures.get("E-1")
    assert found is not None
    assert (found.state, [part.refused for part in found.parts]) == (ErasureState.DONE, [""])
    assert await erasures.listed() == (found,)


async def test_returns_of_the_person_that_begin_while_the_request_waits_belong_to_it(books: Books) -> None:
    await books.bought("R-1-A", ANNA)
    erasures = books.doors.erasures
    subject = await erasures.find("801", "")
    await erasures.ask(Erasure("E-1", "petra", "by letter", NOW, NOW, subject=subject))
    await books.bought("R-2-A", ANNA)
    looked = await erasures.looked("E-1")
    assert looked is not None
    assert looked.subject.returns == ("R-1-A", "R-2-A")
    await books.erase(looked.subject)
    await books.bought("R-3-A", ANNA)
    looked = await erasures.looked("E-1")
    assert looked is not None
    assert looked.subject.returns == ("R-1-A", "R-2-A")


async def test_reasons_in_the_audit_go_with_the_person_and_every_chain_still_verifies(books: Books) -> None:
    await books.bought("R-1-A", ANNA, "003A")
    await books.bought("R-4-A", BERND, "003B")
    for record, of_return, said in (("003A", "return:R-1-A", "Anna"), ("003B", "return:R-4-A", "Bernd")):
        await books.doors.stores.audit.append(Act(of_return, "eva", "contact:unmask", of_return, f"{said} called"))
        await books.doors.stewards.links(in_crm("main", "contact", record), "eva", f"is it {said}")
        await books.doors.crm.items.open(Item("main", ItemKind.MANUAL, "Contact", record, "", "Name", "swings"))
        (item,) = await books.doors.crm.items.listed("main")
        await books.doors.crm.items.resolve(item.item_id, "theirs", "eva", f"{said} said so")
    await books.erase(await books.doors.erasures.find("801", ""))
    kept = {row.reason for row in await books.rows("SELECT reason FROM audit_reasons")}
    assert kept == {"Bernd called", "is it Bernd", "Bernd said so", "by letter"}
    async with open_audit(books.url) as (_, chains), chains.reading() as reader:
        assert (await verify(reader, KnownKeys([]))).right
