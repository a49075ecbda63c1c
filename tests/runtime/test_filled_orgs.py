"""Both sandboxes, with every profile there is: what a backfill wrote is alike when it is compared, and is agreed."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from activities.crm import CrmActivities, Publish
from activities.crm_backfill import BackfillActivities, Begin, Filling, Load, Whole
from activities.crm_comparing import Subject
from activities.crm_reconcile import Conclude, Open, Part, ReconcileActivities
from activities.publishing import Basis
from adapters.crm.dynamics import DynamicsBulk, DynamicsCrm
from adapters.crm.port import Bulk, Feed, Row
from adapters.crm.salesforce import SalesforceBulk, SalesforceCrm
from domain.mapping import ObjectRules
from domain.money import Money
from domain.order import Contact
from domain.returns import Reason, SnapshotLine, Stage
from runtime import mappings
from runtime.settings import read
from runtime.wiring import vendors
from security.sealing import Seal
from store.port import CrmBooks, Drift, Stores
from store.stores import open_all, open_backfills, open_reconciliations
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.settings import LEAST
from tests.store.samples import NOW, move

ORDERS = itertools.count(662_001)
PROFILES = [
    ("salesforce", "return_order"), ("salesforce", "case"), ("salesforce", "custom"),
    ("dynamics", "rma"), ("dynamics", "case"), ("dynamics", "custom"),
]  # fmt: skip
STAGES = (Stage.QUOTED, Stage.AWAITING_GOODS, Stage.CREDITED, Stage.CLOSED, Stage.REFUSED)
LONG = "wait until the parcel has been found again, \r\nwhich is with the carrier since   Monday " * 6


@dataclass
class Org:
    crm: SalesforceCrm | DynamicsCrm
    feed: Feed
    bulk: Bulk
    counts: str
    basis: Basis
    stores: Stores
    books: CrmBooks
    url: str
    sandbox: Sandbox

    @property
    def rules(self) -> ObjectRules:
        found = self.basis.matrix.concept("return")
        assert found is not None
        return found

    async def returns(self, many: int) -> list[str]:
        """Of one order, in all kinds of states, with what a CRM might write another way."""
        bought = order(next(ORDERS))
        self.sandbox.seed(bought)
        (mug,), who = bought["lines"], str(bought["customer"]["id"])
        names = [f"R-{bought['order_id']}-{at:02}" for at in range(many)]
        for at, name in enumerate(names):
            reason = list(Reason)[at % len(Reason)]
            line = SnapshotLine(str(mug["line_id"]), mug["sku"], " Mug, large ", 1, reason)
            await self.stores.returns.record(
                move(
                    name, 1 + at % 4, currency="EUR", lines=(line,), customer_id=who, stage=STAGES[at % len(STAGES)],
                    waiting_for=LONG[: at * 40], credited=Money(1190 + at, "EUR") if at % 2 else None,
                    order_id=str(bought["order_id"]), region="DE", changed_at=NOW + timedelta(microseconds=at * 7919),
                )
            )  # fmt: skip
            await self.stores.returns.save_contact(name, Contact(" Anna  Ott", "anna@example.test", who, None))
        return names

    async def filled(self) -> tuple[int, int, int]:
        whole = Whole("main", only_open=False)
        async with open_backfills(self.url) as backfills:
            filling = Filling(self.bulk, self.crm, self.basis)
            acts = BackfillActivities({"main": filling}, backfills, self.stores.links, self.stores.parties)
            await acts.begin_backfill(Begin("one", whole, 0))
            done = await acts.load_portion(Load("one", whole, "", 1000))
        return done.shown, done.newer, done.refused

    async def compared(self, names: list[str]) -> list[Drift]:
        async with open_reconciliations(self.url) as runs:
            subject = Subject(self.crm, self.feed, self.basis, self.counts)
            acts = ReconcileActivities({"main": subject}, runs, self.books.keeping, b"secret")
            await acts.open_run(Open("run", "main", 0))
            after: str | None = ""
            while after is not None:
                after = await acts.compare_part(Part("run", "main", after))
            await acts.conclude_run(Conclude("run", "main", 0, ""))
            return [one for one in await runs.drifts("run", limit=100_000) if one.return_id in names]

    async def standing(self, name: str) -> Row:
        (row,) = await self.feed.rows(Subject(self.crm, self.feed, self.basis, self.counts).watch, keys=(name,))
        return row

    async def publish(self, name: str) -> int:
        basis, books = {"main": self.basis}, self.stores
        acts = CrmActivities({"main": self.crm}, books.returns, books.outbox, books.links, books.parties, basis)
        return await acts.publish(Publish(name, "main"))


@asynccontextmanager
async def opened(kind: str, profile: str, sandbox: Sandbox, url: str) -> AsyncIterator[Org]:
    sandbox.heal()
    section = read(LEAST | _settings(kind, profile, sandbox), env_file=None).crm["main"]
    crm, feed = vendors.crm(section, sandbox.ca_file), vendors.feed(section, sandbox.ca_file)
    bulk: Bulk
    if isinstance(crm, SalesforceCrm):
        bulk = SalesforceBulk(vendors.salesforce(section, sandbox.ca_file), crm, first_pause=0.01)  # type: ignore[arg-type]
    else:
        bulk = DynamicsBulk(vendors.dynamics(section, sandbox.ca_file), crm)  # type: ignore[arg-type]
    mapped = mappings.mapping(section)
    try:
        async with open_all(url) as (stores, books):
            one_form = partial(mappings.normal, mapped, "return")
            basis = Basis(mapped.matrix("main"), books.agreements, Seal(None), one_form)
            yield Org(crm, feed, bulk, vendors.counts(section), basis, stores, books, url, sandbox)
    finally:
        await feed.aclose()
        await crm.aclose()


def _settings(kind: str, profile: str, sandbox: Sandbox) -> dict[str, str]:
    known = sandbox.credentials[kind]
    mine = {"KIND": kind, "URL": sandbox.url(kind), "PROFILE": profile}
    if kind == "salesforce":
        mine |= {"CLIENT_ID": known["consumer_key"], "CLIENT_SECRET": known["consumer_secret"], "PUBSUB": "off"}
    else:
        mine |= {"AUTHORITY": sandbox.url("dynamics"), "TENANT": known["tenant"], "CLIENT_ID": known["client_id"]}
        mine |= {"CLIENT_SECRET": known["client_secret"]}
    return {f"BACKHAUL_CRM__MAIN__{name}": value for name, value in mine.items()}


@pytest.mark.parametrize(("kind", "profile"), PROFILES)
async def test_what_was_filled_is_alike_and_agreed(
    kind: str, profile: str, sandbox: Sandbox, postgres_url: str
) -> None:
    async with opened(kind, profile, sandbox, postgres_url) as org:
        names = await org.returns(20)
        assert await org.filled() == (20, 0, 0)
        assert await org.compared(names) == []
        # What is agreed is what stands there, field by field, so an edit from now on is known for one.
        row = await org.standing(names[3])
        known = await org.books.agreements.of_return("main", names[3])
        assert known is not None
        assert known.record == row.record
        pulled = {rule.field for rule in org.rules.pulled if rule.direction.pushes and rule.field in known.fields}
        assert len(pulled) > 2
        for field in pulled:
            assert org.basis.normal(field, row.fields[field]) == known.fields[field].base
        # The first publication afterwards has nothing to write.
        assert await org.publish(names[3]) == 4
        assert await org.standing(names[3]) == row
