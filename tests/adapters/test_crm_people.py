"""Contacts as the CRMs tell them become parties: by the key they carry, by what they say, and again when it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest

from activities.people import take_in
from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.dynamics import rows as dynamics_rows
from adapters.crm.dynamics.keys import alternate
from adapters.crm.port import People, Scalar
from adapters.crm.salesforce import SalesforceCrm
from domain.identity.record import PartyRecord, customer
from store.port import Stores
from store.stores import open_stores
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import projection
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.store.identity.conftest import ANNA, BERND, KEY

OTTO = {"name": "Otto Brandt", "email": "otto@example.test"}
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[Stores]:
    async with open_stores(postgres_url, identity_key=KEY) as opened:
        yield opened


@pytest.fixture(params=["salesforce", "dynamics"])
async def people(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[SalesforceCrm | DynamicsCrm]:
    crm = (
        SalesforceCrm(salesforce.settings(sandbox))
        if request.param == "salesforce"
        else DynamicsCrm(dynamics.settings(sandbox))
    )
    yield crm
    await crm.aclose()


def told(people: People, key: str | None, said: Mapping[str, str]) -> dict[str, Scalar]:
    """A contact's row as a feed tells it: our key, first and last name, mailbox."""
    first, last = said["name"].split()
    return dict(zip(people.person_fields, (key, first, last, said["email"]), strict=True))


async def test_a_contact_is_the_customer_whose_number_it_carries_or_whom_it_names(
    people: SalesforceCrm | DynamicsCrm, stores: Stores
) -> None:
    anna = (await stores.parties.standing(PartyRecord(customer("7", ""), ANNA), "main")).party
    keyed = await take_in(stores.parties, people, "main", "003A", told(people, "7", BERND), NOW)
    named = await take_in(stores.parties, people, "other", "003B", told(people, None, ANNA), NOW)
    assert keyed == named == anna
    assert await take_in(stores.parties, people, "third", "003C", told(people, None, OTTO), NOW) != anna


async def test_a_contact_is_found_by_what_it_says_anew(people: SalesforceCrm | DynamicsCrm, stores: Stores) -> None:
    anna = (await stores.parties.standing(PartyRecord(customer("7", ""), ANNA), "main")).party
    empty = dict.fromkeys(people.person_fields) | {people.person_fields[2]: "Vogel"}
    assert await take_in(stores.parties, people, "main", "003A", empty, NOW) != anna
    assert await take_in(stores.parties, people, "main", "003A", told(people, None, ANNA), NOW) == anna


async def test_what_the_adapters_read_of_a_contact_is_there_in_the_crm(
    people: SalesforceCrm | DynamicsCrm, sandbox: Sandbox
) -> None:
    vendor, table = ("salesforce", "Contact") if isinstance(people, SalesforceCrm) else ("dynamics", "contacts")
    bought = order(615201 if vendor == "salesforce" else 625201)
    contact = sandbox.seed(bought)[vendor]["contact"]
    (row,) = [one for one in sandbox.books(vendor)[table] if contact in (one.get("Id"), one.get("contactid"))]
    found = people.person("main", contact, {name: row[name] for name in people.person_fields})
    assert (dict(found.fields), found.same_as) == (
        {"name": "Anna Vogel", "email": bought["customer"]["email"]},
        customer(str(bought["customer"]["id"]), ""),
    )


def test_the_key_of_a_guest_leads_back_to_the_order(sandbox: Sandbox) -> None:
    guest = projection("R-1", order(1), customer_id="")
    key = alternate(dynamics_rows.customer(guest))
    found = DynamicsCrm(dynamics.settings(sandbox)).person("main", "c", {"bh_customerref": key})
    assert found.same_as == customer("", "1")
