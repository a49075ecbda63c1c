"""Contacts and accounts merged in a CRM: the next version of the return lands on the survivor, and nothing is refused.

The whole way: activity, cross-reference in PostgreSQL, adapter, sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from activities.crm import CrmActivities, Publish
from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.salesforce import SalesforceCrm
from domain.money import Money
from domain.order import Contact
from domain.refund import Quote
from domain.returns import Snapshot
from store.port import Move, Stores
from store.stores import open_stores
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import forget_calls
from tests.sandbox import crm as clients
from tests.sandbox.test_salesforce_changes import merging, soap
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.store.identity.conftest import KEY
from tests.store.samples import snapshot

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[Stores]:
    async with open_stores(postgres_url, identity_key=KEY) as opened:
        yield opened


@dataclass
class Showing:
    """One return of one customer, shown by the real activity."""

    stores: Stores
    crm: SalesforceCrm | DynamicsCrm
    bought: dict[str, Any]
    return_id: str
    version: int = 0

    async def publish(self) -> None:
        """The next version."""
        self.version += 1
        person = self.bought["customer"]
        now = state(self.return_id, self.bought, self.version)
        await self.stores.returns.record(Move(now, ()))
        contact = Contact(f"{person['first_name']} {person['last_name']}", person["email"], str(person["id"]))
        await self.stores.returns.save_contact(self.return_id, contact)
        acts = CrmActivities(
            {"main": self.crm}, self.stores.returns, self.stores.outbox, self.stores.links, self.stores.parties
        )
        assert await acts.publish(Publish(self.return_id, "main")) == self.version


def state(return_id: str, bought: dict[str, Any], version: int) -> Snapshot:
    found = snapshot(return_id, version, customer_id=str(bought["customer"]["id"]), currency=bought["currency"])
    quote = Quote(1, "ra-1", "RA1", (), Money(1189, bought["currency"]), NOW, None, "digest")
    return replace(found, order_id=str(bought["order_id"]), order_name=bought["name"], quote=quote)


def served(sandbox: Sandbox, vendor: str) -> list[tuple[str, int]]:
    """Calls since the last `forget_calls`. What is refused inside of one leads to further ones: see the round after."""
    seen = sandbox.control.get("/calls").json()["recent"]
    return [
        (call["operation"], call["status"])
        for call in seen
        if call["vendor"] == vendor and call["operation"] != "TOKEN"
    ]


@pytest.fixture
def sf(sandbox: Sandbox) -> Iterator[Any]:
    with clients.requests_session(sandbox) as http:
        yield clients.salesforce(sandbox, http)


@pytest.fixture
def web_api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with clients.requests_session(sandbox) as http, clients.web_api(sandbox, http) as api:
        yield api


async def test_after_a_merge_in_salesforce_the_next_version_lands_on_the_survivor(
    sandbox: Sandbox, stores: Stores, sf: Any
) -> None:
    sandbox.heal()
    bought = order(615101)
    sandbox.seed(bought)
    crm = SalesforceCrm(salesforce.settings(sandbox))
    one, other = (Showing(stores, crm, bought, f"R-615101-{letter}") for letter in "AB")
    await one.publish()
    first = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-615101-A")
    account = sf.Account.create({"Name": "Vogel"})["id"]
    contact = sf.Contact.create({"LastName": "Vogel", "FirstName": "Anna", "AccountId": account})["id"]
    contacts = len(sandbox.books("salesforce")["Contact"])
    for of, master, loser in (("Contact", contact, first["ContactId"]), ("Account", account, first["AccountId"])):
        assert soap(sf, merging(of, master, loser))[1][0]["success"] == ["true"]
        assert await stores.links.merged("main", of, loser, master, NOW)

    forget_calls(sandbox)
    await one.publish()
    await other.publish()
    assert served(sandbox, "salesforce") == [("COMPOSITE", 200), ("COMPOSITE sobjects", 200)] * 2
    for return_id in ("R-615101-A", "R-615101-B"):
        now = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c=return_id)
        assert (now["ContactId"], now["AccountId"]) == (contact, account), return_id
    assert len(sandbox.books("salesforce")["Contact"]) == contacts
    forget_calls(sandbox)
    await one.publish()
    assert served(sandbox, "salesforce") == [("COMPOSITE", 200)]
    await crm.aclose()


async def test_a_merge_in_salesforce_that_nobody_told_of_costs_one_look_and_no_second_try(
    sandbox: Sandbox, stores: Stores, sf: Any
) -> None:
    sandbox.heal()
    bought = order(615102)
    crm = SalesforceCrm(salesforce.settings(sandbox))
    showing = Showing(stores, crm, bought, "R-615102-A")
    await showing.publish()
    gone = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-615102-A")["ContactId"]
    other = sf.Contact.create({"LastName": "Vogel"})["id"]
    assert soap(sf, merging("Contact", other, gone))[1][0]["success"] == ["true"]
    fresh = Showing(stores, SalesforceCrm(salesforce.settings(sandbox)), bought, "R-615102-A", showing.version)
    await fresh.publish()
    now = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-615102-A")["ContactId"]
    assert now not in (None, gone)
    assert await stores.links.survivor("main", "Contact", gone) is None
    assert await stores.links.survivor("main", "Contact", now) == now
    # The merge is told after all.
    assert await stores.links.merged("main", "Contact", gone, other, NOW)
    assert await stores.links.survivor("main", "Contact", gone) == other
    await crm.aclose()
    await fresh.crm.aclose()


def merged(web_api: httpx.Client, table: str, loser: str) -> str:
    """A new row that takes over the loser, as a user of the environment merges them."""
    name = {"account": "name", "contact": "lastname"}[table]
    made = web_api.post(f"{table}s", json={name: "Vogel"})
    survivor = made.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")
    kind = f"Microsoft.Dynamics.CRM.{table}"
    body = {
        "Target": {"@odata.type": kind, f"{table}id": survivor},
        "Subordinate": {"@odata.type": kind, f"{table}id": loser},
        "PerformParentingChecks": False,
    }
    assert web_api.post("Merge", json=body).status_code == 204
    return survivor


async def test_after_a_merge_in_dynamics_the_next_version_lands_on_the_survivor(
    sandbox: Sandbox, stores: Stores, web_api: httpx.Client
) -> None:
    sandbox.heal()
    bought = order(625101)
    sandbox.seed(bought)
    crm = DynamicsCrm(dynamics.settings(sandbox))
    one, other = (Showing(stores, crm, bought, f"R-625101-{letter}") for letter in "AB")
    await one.publish()
    first = dynamics.row(sandbox, "msdyn_rmas", bh_returnref="R-625101-A")
    lost = {"contact": first["_msdyn_requestedbycontact_value"], "account": first["_msdyn_serviceaccount_value"]}
    kept = {table: merged(web_api, table, lost[table]) for table in ("account", "contact")}
    for table, survivor in kept.items():
        assert await stores.links.merged("main", table, lost[table], survivor, NOW)

    contacts = len(sandbox.books("dynamics")["contacts"])
    forget_calls(sandbox)
    await one.publish()
    await other.publish()
    assert served(sandbox, "dynamics") == [("BATCH", 200), ("BATCH", 200)] * 2
    for return_id in ("R-625101-A", "R-625101-B"):
        now = dynamics.row(sandbox, "msdyn_rmas", bh_returnref=return_id)
        assert now["_msdyn_requestedbycontact_value"] == kept["contact"], return_id
        assert now["_msdyn_serviceaccount_value"] == kept["account"], return_id
    assert len(sandbox.books("dynamics")["contacts"]) == contacts
    await crm.aclose()


async def test_a_guest_in_salesforce_is_shown_at_the_contact_their_mailbox_and_name_lead_to(
    sandbox: Sandbox, stores: Stores
) -> None:
    sandbox.heal()
    bought = order(615103)
    crm = SalesforceCrm(salesforce.settings(sandbox))
    await Showing(stores, crm, bought, "R-615103-A").publish()
    known = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-615103-A")["ContactId"]
    guest = bought | {"order_id": 615104, "customer": bought["customer"] | {"id": ""}}
    await Showing(stores, crm, guest, "R-615104-A").publish()
    assert known
    assert salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-615104-A")["ContactId"] == known
    await crm.aclose()
