"""What people do to contacts in a CRM reaches the parties: the listening, a feed, the cross-reference, a sandbox."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import pytest

from activities.crm_inbound import InboundActivities, Listen
from activities.judging import Org
from activities.people import Intake
from activities.publishing import Basis
from adapters.crm.dynamics import DynamicsCrm, DynamicsFeed
from adapters.crm.port import Projection
from adapters.crm.salesforce import SalesforceCrm, SalesforceFeed
from domain.identity.record import PartyRecord, customer, in_crm
from domain.mapping import Matrix, ObjectRules
from security.sealing import Seal
from store.engine import Database
from store.port import Stores
from store.stores import open_all
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import forget_calls, projection
from tests.adapters.dynamics_feed.case import made, merged, somebody
from tests.adapters.salesforce_feed.people import QUICK
from tests.adapters.salesforce_feed.people import settings as with_events
from tests.adapters.test_crm_merges import Showing
from tests.inbound.stage import FakeDesk
from tests.sandbox import crm as clients
from tests.sandbox.test_salesforce_changes import merging, soap
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.store.identity.conftest import KEY, People

_PATIENCE = 20.0


class Staff(Protocol):
    """Who works in the CRM. `reads` are the calls by which rows are read by their ids; `shows` is the account that a
    return is shown at."""

    table: str
    accounts: str
    key: str
    reads: str

    def makes(self, first: str, last: str, email: str) -> str: ...

    def renames(self, contact: str, last: str) -> None: ...

    def merges_into_another(self, account: str) -> str: ...

    def shows(self, sandbox: Sandbox, return_id: str) -> str: ...


@dataclass
class InSalesforce:
    sf: Any
    table: str = "Contact"
    accounts: str = "Account"
    key: str = "Shop_Customer_Ref__c"
    reads: str = "COMPOSITE"

    def makes(self, first: str, last: str, email: str) -> str:
        return str(self.sf.Contact.create({"FirstName": first, "LastName": last, "Email": email})["id"])

    def renames(self, contact: str, last: str) -> None:
        self.sf.Contact.update(contact, {"LastName": last})

    def merges_into_another(self, account: str) -> str:
        kept = str(self.sf.Account.create({"Name": "Vogel and sons"})["id"])
        assert soap(self.sf, merging("Account", kept, account))[1][0]["success"] == ["true"]
        return kept

    def shows(self, sandbox: Sandbox, return_id: str) -> str:
        return str(salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c=return_id)["AccountId"])


@dataclass
class InDynamics:
    http: httpx.Client
    table: str = "contact"
    accounts: str = "account"
    key: str = "bh_customerref"
    reads: str = "BATCH"

    def makes(self, first: str, last: str, email: str) -> str:
        return made(self.http, "contacts", firstname=first, lastname=last, emailaddress1=email)

    def renames(self, contact: str, last: str) -> None:
        assert self.http.patch(f"contacts({contact})", json={"lastname": last}).status_code == 204

    def merges_into_another(self, account: str) -> str:
        kept = made(self.http, "accounts", name="Vogel and sons")
        merged(self.http, "account", loser=account, winner=kept)
        return kept

    def shows(self, sandbox: Sandbox, return_id: str) -> str:
        return str(dynamics.row(sandbox, "msdyn_rmas", bh_returnref=return_id)["_msdyn_serviceaccount_value"])


@dataclass
class Heard:
    """One org that is listened to. `people` is what the store knows."""

    sandbox: Sandbox
    staff: Staff
    crm: SalesforceCrm | DynamicsCrm
    people: People
    stores: Stores
    inbound: InboundActivities

    async def listen(self) -> None:
        """Once, and whatever has to be compared."""
        for of in (self.staff.table, self.staff.accounts):
            while (await self.inbound.listen(Listen("main", of, 0.05))).comparing:
                await self.inbound.compare(Listen("main", of, 60))

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        give_up = time.monotonic() + _PATIENCE
        while not await ready():
            assert time.monotonic() < give_up, "it was never heard of"
            await self.listen()

    async def says(self, contact: str) -> dict[str, str]:
        """What is kept of the contact; nothing when it is unknown."""
        query = """SELECT fields FROM party_details JOIN party_links ON id = link_id
            WHERE system = 'crm' AND object = 'contact' AND external_id = :contact"""
        return dict(next((row.fields for row in await self.people.rows(query, contact=contact)), {}))

    def knows(self, contact: str, name: str) -> Callable[[], Awaitable[bool]]:
        async def known() -> bool:
            return (await self.says(contact)).get("name") == name

        return known

    def reads(self) -> int:
        """Calls for rows by their ids since the last `forget_calls`."""
        seen = self.sandbox.control.get("/calls").json()["recent"]
        return sum(call["operation"] == self.staff.reads for call in seen)


@contextmanager
def working(sandbox: Sandbox, vendor: str) -> Iterator[Staff]:
    if vendor == "dynamics":
        with somebody(sandbox) as client:
            yield InDynamics(client)
    else:
        with clients.requests_session(sandbox) as http:
            yield InSalesforce(clients.salesforce(sandbox, http))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Of these tests' own: whoever begins to listen reads all contacts there are, and other tests make thousands."""
    running = Sandbox(tmp_path_factory.mktemp("contacts"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=["salesforce", "dynamics"])
async def heard(request: pytest.FixtureRequest, sandbox: Sandbox, postgres_url: str) -> AsyncIterator[Heard]:
    sandbox.heal()
    crm: SalesforceCrm | DynamicsCrm
    feed: SalesforceFeed | DynamicsFeed
    if request.param == "salesforce":
        crm, feed = SalesforceCrm(salesforce.settings(sandbox)), SalesforceFeed(with_events(sandbox), QUICK)
    else:
        crm, feed = DynamicsCrm(dynamics.settings(sandbox)), DynamicsFeed(dynamics.settings(sandbox), interval=0.05)
    database = Database(postgres_url)
    with working(sandbox, request.param) as staff:
        async with open_all(postgres_url, identity_key=KEY) as (stores, books):
            watched = (("contact", staff.table), ("account", staff.accounts))
            objects = tuple(ObjectRules(concept, of, staff.key, ()) for concept, of in watched)
            matrix = Matrix("main", "1", objects)
            basis = Basis(matrix, books.agreements, Seal(None))
            org = Org(basis, feed, crm, stores.returns, intake=Intake(stores.parties, crm))
            inbound = InboundActivities({"main": org}, books, stores.links, FakeDesk())
            playing = Heard(sandbox, staff, crm, People(database), stores, inbound)
            await playing.listen()
            yield playing
    for each in (crm, feed):
        await each.aclose()
    await database.close()


def shown(number: int) -> tuple[Projection, dict[str, str]]:
    """A return of a customer whom no CRM has, and who they are in the shop."""
    bought = order(number)
    name, email = f"Anna Vogel{number}", bought["customer"]["email"]
    return projection(f"R-{number}-A", bought, contact_name=name), {"name": name, "email": email}


async def test_a_contact_we_made_is_not_read_and_somebodys_edit_of_it_is_a_new_fact_of_the_party(
    heard: Heard,
) -> None:
    number = 615401 if heard.staff.table == "Contact" else 625401
    # Of somebody else: an environment without a price list of the currency shows no return.
    heard.sandbox.seed(order(number + 9))
    projected, said = shown(number)
    buyer = customer(projected.customer_id, "")
    party = (await heard.people.parties.standing(PartyRecord(buyer, said), "main")).party
    published = await heard.crm.publish(projected)
    contact = str(published.contact_record)
    stranger = heard.staff.makes("Otto", f"Brandt{number}", f"otto-{number}@example.test")
    forget_calls(heard.sandbox)
    await heard.until(heard.knows(stranger, f"Otto Brandt{number}"))
    assert heard.reads() == 0

    heard.staff.renames(contact, f"Kranich{number}")
    await heard.until(heard.knows(contact, f"Anna Kranich{number}"))
    # One CRM tells whole rows, of the other's event a name is read once.
    assert heard.reads() == (1 if heard.staff.table == "Contact" else 0)
    assert await heard.people.party(in_crm("main", "contact", contact)) == party
    assert (await heard.says(contact))["email"] == said["email"]
    assert await heard.people.party(in_crm("main", "contact", stranger)) != party


async def test_a_second_contact_of_a_customer_is_left_to_people_and_the_first_of_another_is_linked(
    heard: Heard,
) -> None:
    number = 615402 if heard.staff.table == "Contact" else 625402
    projected, said = shown(number)
    buyer = customer(projected.customer_id, "")
    party = (await heard.people.parties.standing(PartyRecord(buyer, said), "main")).party
    first, last = said["name"].split()
    one = heard.staff.makes(first, last, said["email"])
    await heard.until(heard.knows(one, said["name"]))
    # The same mailbox and name: a rule links them, without any key.
    assert await heard.people.party(in_crm("main", "contact", one)) == party
    assert await heard.people.stewards.queue(10) == ()

    two = heard.staff.makes(first, last, said["email"])
    await heard.until(heard.knows(two, said["name"]))
    (review,) = await heard.people.stewards.queue(10)
    assert two in (review.one.ref.external_id, review.other.ref.external_id)
    assert await heard.people.party(in_crm("main", "contact", two)) != party


async def test_what_is_shown_after_accounts_were_merged_is_at_the_one_that_is_left(heard: Heard) -> None:
    number = 615403 if heard.staff.table == "Contact" else 625403
    bought = order(number)
    heard.sandbox.seed(bought)
    one, other = (Showing(heard.stores, heard.crm, bought, f"R-{number}-{letter}") for letter in "AB")
    await one.publish()
    lost = heard.staff.shows(heard.sandbox, one.return_id)
    kept = heard.staff.merges_into_another(lost)

    async def known() -> bool:
        return await heard.stores.links.survivor("main", heard.staff.accounts, lost) == kept

    await heard.until(known)
    await one.publish()
    await other.publish()
    assert [heard.staff.shows(heard.sandbox, each.return_id) for each in (one, other)] == [kept, kept]
