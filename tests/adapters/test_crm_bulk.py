"""Many returns at once, in both CRMs: all stand as a publish shows them, refusals are told row by row, news win."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from adapters.crm.dynamics import DynamicsBulk, DynamicsCrm
from adapters.crm.port import Bulk, Projection, Published
from adapters.crm.salesforce import SalesforceBulk, SalesforceCrm
from adapters.errors import Permanent
from tests.adapters import test_crm_dynamics, test_crm_salesforce
from tests.adapters.crm import calls, forget_calls, projection
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORDERS = count(660_001)


@dataclass
class Org:
    name: str
    sandbox: Sandbox
    crm: SalesforceCrm | DynamicsCrm
    bulk: Bulk
    kept: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def load(self, projections: list[Projection], ticket: str = "") -> dict[str, Any]:
        return dict(await self.bulk.load(projections, ticket, self.keep))

    async def keep(self, ticket: str) -> None:
        self.kept.append(ticket)
        self.began.set()

    def headers(self, *return_ids: str) -> list[dict[str, Any]]:
        books = self.sandbox.books(self.name)
        rows, key = (
            (books["ReturnOrder"], "Returns_Ref__c")
            if self.name == "salesforce"
            else (books["msdyn_rmas"], "bh_returnref")
        )
        return [row for row in rows if row.get(key) in return_ids]

    def lines(self, *return_ids: str) -> int:
        books = self.sandbox.books(self.name)
        rows = books["ReturnOrderLineItem"] if self.name == "salesforce" else books["msdyn_rmaproducts"]
        key = "Returns_Line_Ref__c" if self.name == "salesforce" else "bh_lineref"
        return sum(str(row.get(key)).startswith(return_ids) for row in rows)

    def stages(self, *return_ids: str) -> list[tuple[int, str]]:
        names = ("Return_Version__c", "Return_Stage__c") if self.name == "salesforce" else ("bh_version", "bh_stage")
        return sorted((int(row[names[0]]), row[names[1]]) for row in self.headers(*return_ids))


@pytest.fixture(params=["salesforce", "dynamics"])
async def org(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Org]:
    sandbox.heal()
    if request.param == "salesforce":
        mine = test_crm_salesforce.settings(sandbox)
        crm = SalesforceCrm(mine)
        yield Org("salesforce", sandbox, crm, SalesforceBulk(mine, crm, first_pause=0.01))
        await crm.aclose()
        return
    theirs = test_crm_dynamics.settings(sandbox)
    other = DynamicsCrm(theirs)
    yield Org("dynamics", sandbox, other, DynamicsBulk(theirs, other))
    await other.aclose()


def some(sandbox: Sandbox, many: int, version: int = 3) -> list[Projection]:
    """That many returns of one order, each of one line."""
    bought = order(next(ORDERS))
    sandbox.seed(bought)
    return [projection(f"R-{bought['order_id']}-{at:03}", bought, version) for at in range(many)]


async def test_all_stand_with_their_lines_as_a_publish_would_show_them(org: Org) -> None:
    *loaded, single = some(org.sandbox, 6)
    ended = await org.load(loaded)
    await org.crm.publish(single)
    ids = [each.return_id for each in loaded]
    assert {key: value.version for key, value in ended.items()} == dict.fromkeys(ids, 3)
    assert org.stages(*ids) == [(3, "awaiting_goods")] * 5
    assert org.lines(*ids) == 5
    (published,) = org.headers(single.return_id)
    like = org.headers(ids[0])[0]
    written = {name for name, value in published.items() if value is not None}
    assert {name for name, value in like.items() if value is not None} == written
    linked = ("AccountId", "ContactId", "OrderId", "_msdyn_serviceaccount_value", "_msdyn_requestedbycontact_value")
    assert [like.get(name) for name in linked] == [published.get(name) for name in linked]


async def test_customers_the_crm_never_saw_are_made_first(org: Org) -> None:
    (one,) = some(org.sandbox, 1)
    stranger = replace(one, customer_id="66099001", contact_name="Nina Neu", contact_email="nina@example.test")
    ended = await org.load([stranger])
    assert isinstance(ended[one.return_id], Published)
    (header,) = org.headers(one.return_id)
    contacts = org.sandbox.books(org.name)["Contact" if org.name == "salesforce" else "contacts"]
    mine = [row for row in contacts if "66099001" in row.values()]
    assert len(mine) == 1
    assert (mine[0].get("Id") or mine[0].get("contactid")) in header.values()


async def test_a_newer_state_in_the_crm_is_answered_and_stays(org: Org) -> None:
    stale, other = some(org.sandbox, 2)
    await org.crm.publish(replace(stale, version=9, stage="closed"))
    ended = await org.load([stale, other])
    assert (ended[stale.return_id].version, ended[other.return_id].version) == (9, 3)
    assert org.stages(stale.return_id) == [(9, "closed")]


async def test_a_change_made_between_look_and_write_wins(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    """The live lane writes version 9 while the backfill has looked and not written."""
    stale, other = some(org.sandbox, 2)
    await org.crm.publish(replace(stale, version=2))
    looked = org.crm.prepared

    async def and_then_news(batch: list[Projection]) -> Any:
        found = await looked(batch)
        monkeypatch.setattr(org.crm, "prepared", looked)
        await org.crm.publish(replace(stale, version=9, stage="closed", hold="live"))
        await org.crm.publish(replace(other, version=8, stage="inspected"))
        return found

    monkeypatch.setattr(org.crm, "prepared", and_then_news)
    ended = await org.load([stale, other])
    assert {key: value.version for key, value in ended.items()} == {stale.return_id: 9, other.return_id: 8}
    assert org.stages(stale.return_id, other.return_id) == [(8, "inspected"), (9, "closed")]
    assert "live" in org.headers(stale.return_id)[0].values()


async def test_one_row_the_crm_does_not_take_fails_alone_and_says_why(org: Org) -> None:
    good, bad = some(org.sandbox, 2)
    if org.name == "salesforce":
        # The job itself ends green.
        wrong = replace(bad, reason="a reason longer than the field")
        tailored = {"ReturnOrder": {"fields": {"Return_Reason__c": {"length": 10}}}}
        org.sandbox.control.post("/salesforce/org", json={"tailoring": tailored}).raise_for_status()
    else:
        # Neither the order nor an amount says in which money it is.
        wrong = replace(bad, order_id="nobody", quoted=None)
    try:
        ended = await org.load([good, wrong])
    finally:
        org.sandbox.control.post("/salesforce/org", json={"tailoring": {}}).raise_for_status()
    assert isinstance(ended[good.return_id], Published)
    assert isinstance(ended[bad.return_id], Permanent), ended
    assert org.headers(bad.return_id) == []


async def test_a_file_the_org_cannot_read_is_a_refusal_of_each_return_with_the_orgs_words(sandbox: Sandbox) -> None:
    mine = test_crm_salesforce.settings(sandbox)
    crm = SalesforceCrm(mine)
    org = Org("salesforce", sandbox, crm, SalesforceBulk(mine, crm, first_pause=0.01))
    asked = some(sandbox, 3)
    gone = {"ReturnOrder": {"fields": {"Hold_Reason__c": {"remove": True}}}}
    sandbox.control.post("/salesforce/org", json={"tailoring": gone}).raise_for_status()
    try:
        ended = await org.load(asked)
    finally:
        sandbox.control.post("/salesforce/org", json={"tailoring": {}}).raise_for_status()
        await crm.aclose()
    assert len(ended) == 3
    assert all(isinstance(one, Permanent) and "Hold_Reason__c" in str(one) for one in ended.values())


async def test_rows_the_org_had_no_lock_for_are_tried_again_before_they_are_given_up(sandbox: Sandbox) -> None:
    mine = test_crm_salesforce.settings(sandbox)
    crm = SalesforceCrm(mine)
    org = Org("salesforce", sandbox, crm, SalesforceBulk(mine, crm, first_pause=0.01))
    asked = some(sandbox, 2)
    tables = {"failedResults": "sf__Id,sf__Error,Returns_Ref__c\n"}
    tables["failedResults"] += f",UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--,{asked[0].return_id}\n"
    read = crm.org.job_table

    async def one_locked(job: str, which: str) -> str:
        """The first row was locked: it stands among the failed, and not among the successes."""
        table = await read(job, which)
        if which == "successfulResults" and asked[0].return_id in table:
            return "\n".join(line for line in table.splitlines() if f"{asked[0].return_id}," not in line)
        return tables.pop(which, table)

    crm.org.job_table = one_locked  # type: ignore[method-assign]
    try:
        ended = await org.load(asked)
    finally:
        await crm.aclose()
    assert [one.version for one in ended.values()] == [3, 3]


async def test_a_dynamics_hundred_with_one_bad_row_costs_the_others_nothing(sandbox: Sandbox) -> None:
    theirs = test_crm_dynamics.settings(sandbox)
    crm = DynamicsCrm(theirs)
    *good, bad = some(sandbox, 4)
    # Not seen before the call: the key of its line is taken by another return's line.
    (part,) = good[0].lines
    twin = replace(bad, lines=(replace(bad.lines[0], key=part.key),))
    org = Org("dynamics", sandbox, crm, DynamicsBulk(theirs, crm))
    try:
        ended = await org.load([*good, twin])
    finally:
        await crm.aclose()
    assert all(isinstance(ended[each.return_id], Published) for each in good)
    assert org.stages(*(each.return_id for each in good)) == [(3, "awaiting_goods")] * 3


async def test_loading_the_same_again_changes_nothing(org: Org) -> None:
    same = some(org.sandbox, 3)
    first = await org.load(same)
    assert {key: (one.record, one.version) for key, one in (await org.load(same)).items()} == {
        key: (one.record, one.version) for key, one in first.items()
    }
    assert org.lines(*(each.return_id for each in same)) == 3


async def test_the_forecast_is_close_to_the_calls_it_takes(org: Org) -> None:
    many = some(org.sandbox, 150)
    told = await org.bulk.forecast(150, 150)
    forget_calls(org.sandbox)
    await org.load(many)
    measured = len(calls(org.sandbox, org.name))
    assert 0.5 * told.calls <= measured <= told.calls, (measured, told)
    if org.name == "salesforce":
        assert told.left is not None
        assert told.share == told.calls / told.left


async def test_an_interrupted_load_goes_on_with_the_job_it_had(sandbox: Sandbox) -> None:
    mine = test_crm_salesforce.settings(sandbox)
    crm = SalesforceCrm(mine)
    org = Org("salesforce", sandbox, crm, SalesforceBulk(mine, crm, first_pause=0.01))
    asked = some(sandbox, 3)
    sandbox.control.post("/salesforce/org", json={"bulk_seconds": 3600}).raise_for_status()
    try:
        begun = asyncio.create_task(org.load(asked))
        await org.began.wait()
        begun.cancel()
        sandbox.control.post("/salesforce/org", json={"bulk_seconds": 0}).raise_for_status()
        forget_calls(sandbox)
        ended = await org.load(asked, org.kept[-1])
        assert [one.version for one in ended.values()] == [3, 3, 3]
        assert org.lines(*(each.return_id for each in asked)) == 3
        jobs = [call for call in calls(sandbox, "salesforce") if call == "POST BULK ingest"]
        assert len(jobs) == 1, "only the job of the lines was new"
        assert json.loads(org.kept[-1]).keys() == {"headers", "lines"}
    finally:
        sandbox.control.post("/salesforce/org", json={"bulk_seconds": 0}).raise_for_status()
        await crm.aclose()
