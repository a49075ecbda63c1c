"""A comparison with both sandboxes by their real doors: what was just shown is alike, and one edit is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import pytest

from activities.crm import CrmActivities, Publish
from activities.crm_comparing import Subject
from activities.crm_reconcile import Conclude, Open, Part, ReconcileActivities
from activities.publishing import Basis
from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.dynamics.keys import row
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.salesforce import SalesforceCrm
from domain.drift import Action, Cause
from domain.money import Money
from domain.order import Contact
from domain.returns import Reason, SnapshotLine
from runtime.mappings import matrix
from runtime.settings import read
from runtime.wiring import vendors
from security.sealing import Seal
from store.port import Drift, Keeping, Reconciliations, Stores
from store.stores import open_all, open_reconciliations
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.settings import LEAST
from tests.store.samples import move

ORDERS = count(661_001)


@dataclass
class Org:
    kind: str
    subject: Subject
    crm: SalesforceCrm | DynamicsCrm
    stores: Stores
    runs: Reconciliations
    keeping: Keeping
    sandbox: Sandbox

    async def shown(self) -> str:
        bought = order(next(ORDERS))
        self.sandbox.seed(bought)
        bits = bought["lines"][0]
        name = f"R-{bought['order_id']}-A"
        line = SnapshotLine(str(bits["line_id"]), bits["sku"], bits["title"], 1, Reason.DAMAGED)
        who = str(bought["customer"]["id"])
        await self.stores.returns.record(
            move(name, 3, currency=bought["currency"], lines=(line,), customer_id=who, waiting_for="the parcel ",
                 credited=Money(1190, bought["currency"]))
        )  # fmt: skip
        await self.stores.returns.save_contact(name, Contact("Anna Ott", "anna@example.test", who, None))
        books = self.stores
        acts = CrmActivities({"main": self.crm}, books.returns, books.outbox, books.links, books.parties)
        assert await acts.publish(Publish(name, "main")) == 3
        return name

    async def edit(self, name: str) -> None:
        """The next step and the reason, as a user there would."""
        if isinstance(self.crm, SalesforceCrm):
            fields = {"Returns_Ref__c": name, "Next_Step__c": "call her", "Return_Reason__c": "defective"}
            (told,) = await self.crm.org.upsert(self.subject.rules.object, "Returns_Ref__c", [fields])
            assert told["success"]
            return
        body = {"bh_nextstep": "call her", "bh_reason": "defective"}
        asked = Operation("PATCH", row("msdyn_rmas", "bh_returnref", name), body, {"If-Match": "*"})
        ((answered,),) = await self.crm.environment.run("edit", [[asked]])
        assert answered.status == 204

    async def compared(self, run_id: str, name: str) -> dict[str, Drift]:
        acts = ReconcileActivities({"main": self.subject}, self.runs, self.keeping, b"secret")
        await acts.open_run(Open(run_id, "main", 0))
        after: str | None = ""
        while after is not None:
            after = await acts.compare_part(Part(run_id, "main", after))
        await acts.conclude_run(Conclude(run_id, "main", 0, ""))
        return {one.field: one for one in await self.runs.drifts(run_id, limit=100_000) if one.return_id == name}


@pytest.fixture(params=["salesforce", "dynamics"])
async def org(request: pytest.FixtureRequest, sandbox: Sandbox, postgres_url: str) -> AsyncIterator[Org]:
    sandbox.heal()
    known = sandbox.credentials[request.param]
    mine = {"KIND": request.param, "URL": sandbox.url(request.param)}
    if request.param == "salesforce":
        mine |= {"CLIENT_ID": known["consumer_key"], "CLIENT_SECRET": known["consumer_secret"], "PUBSUB": "off"}
    else:
        mine |= {"AUTHORITY": sandbox.url("dynamics"), "TENANT": known["tenant"], "CLIENT_ID": known["client_id"]}
        mine |= {"CLIENT_SECRET": known["client_secret"]}
    given = read(LEAST | {f"BACKHAUL_CRM__MAIN__{name}": value for name, value in mine.items()}, env_file=None)
    section = given.crm["main"]
    crm, feed = vendors.crm(section, sandbox.ca_file), vendors.feed(section, sandbox.ca_file)
    async with open_all(postgres_url) as (stores, books), open_reconciliations(postgres_url) as runs:
        basis = Basis(matrix("main", section), books.agreements, Seal(None))
        yield Org(
            request.param, Subject(crm, feed, basis, vendors.counts(section)), crm, stores, runs, books.keeping, sandbox
        )
    await feed.aclose()
    await crm.aclose()


async def test_what_was_just_shown_is_alike_and_an_edit_is_found_field_by_field(org: Org) -> None:
    name = await org.shown()
    assert await org.compared("first", name) == {}
    await org.edit(name)
    found = await org.compared("second", name)
    ours, asked = ("Next_Step__c", "Return_Reason__c") if org.kind == "salesforce" else ("bh_nextstep", "bh_reason")
    assert {field: (one.cause, one.action) for field, one in found.items()} == {
        ours: (Cause.CHANGED, Action.PUBLISH),
        asked: (Cause.CHANGED, Action.ASK),
    }
