"""Contacts that were changed in a CRM are taken in as whole persons, read in one go, and hold up nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from activities.people import Intake
from adapters.crm.port import Scalar
from adapters.errors import Permanent
from domain.identity.record import CONTACT as PERSON
from domain.identity.record import PartyRecord, Ref, customer, in_crm
from domain.mapping import Mode
from store.port import Live, Standing, StoreUnavailable
from tests.inbound.org import CONTACT, CUSTOMER
from tests.inbound.stage import Setting


@dataclass
class FakePeople:
    """Implements adapters.crm.port.People."""

    person_fields: tuple[str, ...] = (CUSTOMER, "Last", "Mail")

    def person(self, org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord:
        said = {"name": str(fields["Last"] or ""), "email": str(fields["Mail"] or "")}
        key = fields[CUSTOMER]
        return PartyRecord(in_crm(org, PERSON, record), said, customer(str(key), "") if key else None)


@dataclass
class FakeParties:
    """Implements store.port.Parties: it remembers whom it was handed, and fails as it is told to."""

    met: list[tuple[str, str, str]] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)

    async def standing(self, record: PartyRecord, org: str, seen_at: datetime | None = None) -> Standing:
        ident = record.ref.external_id
        assert seen_at is not None, "a contact that is told was seen alive"
        if self.fails.get(ident):
            raise self.fails[ident].pop(0)
        self.met.append((ident, record.fields["name"], record.fields["email"]))
        return Standing("party", 1, Live())

    async def forget(self, ref: Ref, by: str, why: str) -> int:
        raise AssertionError("nobody asked for it")


@pytest.fixture
async def parties(here: Setting) -> FakeParties:
    """Listening has begun, and takes in."""
    known = FakeParties()
    switched(here, known, Mode.LIVE)
    await here.settle(CONTACT)
    return known


def switched(here: Setting, known: FakeParties, mode: Mode) -> None:
    org = here.inbound._orgs["main"]
    objects = tuple(replace(one, mode=mode) if one.concept == "contact" else one for one in org.basis.matrix.objects)
    basis = replace(org.basis, matrix=replace(org.basis.matrix, objects=objects))
    here.inbound._orgs = {"main": replace(org, basis=basis, intake=Intake(known, FakePeople()))}


async def test_a_page_of_edits_is_read_in_one_go_and_each_taken_in_whole(here: Setting, parties: FakeParties) -> None:
    for record in ("003A", "003B"):
        here.org.make(CONTACT, record, own=True, Customer=f"8{record}", Last="Vogel", Mail="anna@example.test")
    await here.settle(CONTACT)
    assert parties.met == []
    assert here.org.asked == []

    for record in ("003A", "003B"):
        here.org.edit(record, Mail=f"{record}@example.test")
    here.org.looks = 0
    await here.settle(CONTACT)
    assert parties.met == [("003A", "Vogel", "003A@example.test"), ("003B", "Vogel", "003B@example.test")]
    assert here.org.looks == 1


async def test_a_contact_of_nobody_we_know_is_taken_in_without_being_read_again(
    here: Setting, parties: FakeParties
) -> None:
    here.org.make(CONTACT, "003A", Customer=None, Last="Brandt", Mail="otto@example.test")
    # It has no key, and says so, as a new record and a whole row do.
    here.org.log[-1] = replace(here.org.log[-1], fields=here.org.records["003A"].fields | {CUSTOMER: None})
    await here.settle(CONTACT)
    assert parties.met == [("003A", "Brandt", "otto@example.test")]
    assert here.org.asked == []


async def test_an_edit_of_what_makes_no_person_is_not_read(here: Setting, parties: FakeParties) -> None:
    here.org.make(CONTACT, "003A", Customer="8", Last="Vogel", Mail="anna@example.test")
    await here.settle(CONTACT)
    met, asked = len(parties.met), len(here.org.asked)
    change = here.org.edit("003A", Phone="+49 30 1")
    here.org.log[-1] = replace(change, fields={CUSTOMER: "8", "Phone": "+49 30 1"})
    await here.settle(CONTACT)
    assert (len(parties.met), len(here.org.asked)) == (met, asked)
    # The key of a record that had none is news, though nothing else of it was changed.
    here.org.make(CONTACT, "003B", Customer=None, Last="Brandt", Mail="otto@example.test")
    await here.settle(CONTACT)
    here.org.edit("003B", Customer="9")
    met = len(parties.met)
    await here.settle(CONTACT)
    assert parties.met[met:] == [("003B", "Brandt", "otto@example.test")]


async def test_who_is_gone_or_merged_by_the_time_it_is_read_is_not_taken_in(
    here: Setting, parties: FakeParties
) -> None:
    for record in ("003A", "003B", "003C"):
        here.org.make(CONTACT, record, own=True, Customer=record, Last="Vogel", Mail="anna@example.test")
    await here.settle(CONTACT)
    for record in ("003A", "003B", "003C"):
        here.org.edit(record, Last="Kranich")
    here.org.delete("003A")
    here.org.merge("003B", "003C")
    await here.settle(CONTACT)
    assert [record for record, _, _ in parties.met] == ["003C"]
    assert here.links.merges == [("003B", "003C")]


async def test_what_cannot_be_taken_in_is_an_item_and_holds_up_no_other(here: Setting, parties: FakeParties) -> None:
    parties.fails = {"003A": [ValueError("Vogel")]}
    for record in ("003A", "003B"):
        here.org.make(CONTACT, record, Customer=record, Last="Vogel", Mail="anna@example.test")
    await here.settle(CONTACT)
    assert [record for record, _, _ in parties.met] == ["003B"]
    assert await here.items() == [("poison", "003A")]
    (item,) = await here.books.items.listed("main")
    assert "Vogel" not in item.detail
    await here.books.items.resolve(item.item_id, "retry", "ops", "mended")
    await here.settle(CONTACT)
    assert [record for record, _, _ in parties.met] == ["003B", "003A"]


async def test_while_the_books_cannot_be_reached_the_cursor_waits(here: Setting, parties: FakeParties) -> None:
    parties.fails = {"003A": [StoreUnavailable("down")]}
    here.org.make(CONTACT, "003A", Customer="8", Last="Vogel", Mail="anna@example.test")
    with pytest.raises(Exception, match="down"):
        await here.listen(CONTACT)
    assert parties.met == []
    await here.settle(CONTACT)
    assert parties.met == [("003A", "Vogel", "anna@example.test")]
    assert await here.items() == []


async def test_contacts_that_may_not_be_read_are_items_and_the_cursor_goes_on(
    here: Setting, parties: FakeParties
) -> None:
    here.org.make(CONTACT, "003A", own=True, Customer="8", Last="Vogel", Mail="anna@example.test")
    await here.settle(CONTACT)
    here.org.edit("003A", Last="Kranich")
    here.org.unreadable = Permanent("main", "read", "no right to read a contact")
    await here.settle(CONTACT)
    assert await here.items() == [("poison", "003A")]


async def test_a_first_load_takes_in_who_is_there_and_a_watched_object_nobody(here: Setting) -> None:
    known = FakeParties()
    here.org.make(CONTACT, "003A", Customer="8", Last="Vogel", Mail="anna@example.test")
    switched(here, known, Mode.SHADOW)
    await here.settle(CONTACT)
    assert known.met == []
    switched(here, known, Mode.LIVE)
    basis = here.inbound._orgs["main"].basis
    newer = replace(basis, matrix=replace(basis.matrix, version="2"))
    here.inbound._orgs = {"main": replace(here.inbound._orgs["main"], basis=newer)}
    await here.settle(CONTACT)
    assert known.met == [("003A", "Vogel", "anna@example.test")]
