"""A CRM org of the sandbox with everything of ours that speaks to it: adapter, feed, activities, agreements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from activities.crm import CrmActivities, Publish
from activities.crm_inbound import InboundActivities, Listen
from activities.judging import Org
from activities.listening import Heard
from activities.publishing import Basis
from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import Crm, Projection, Published, Scalar
from adapters.crm.salesforce import SalesforceFeed
from adapters.crm.salesforce.feed import Patience
from runtime import mappings, sections
from runtime.wiring import vendors
from security.sealing import Seal
from store.port import CrmBooks, Stores
from tests.convergence.desk import Desk
from tests.convergence.people import Kind, People
from tests.convergence.trouble import ForgetfulWatching, UnreliableFeed
from tests.stack.sandbox import Sandbox

SALESFORCE, DYNAMICS = "main", "field"
# So long a stream that stands may take for what was committed; it takes some milliseconds.
_SECONDS = 10.0
_QUICK = Patience(poll=0.0, retry=0.1)


class CountedCrm:
    """Implements adapters.crm.port.Crm. `sent` counts what was really sent, by return."""

    def __init__(self, real: Crm) -> None:
        self._real = real
        self.sent: Counter[str] = Counter()

    async def publish(self, projection: Projection) -> Published:
        self.sent[projection.return_id] += 1
        return await self._real.publish(projection)

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        return self._real.shown_as(projection)

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        return await self._real.standing(return_ids)


def section(sandbox: Sandbox, org: str, bus: bool = True) -> sections.Salesforce | sections.Dynamics:
    known = sandbox.credentials["salesforce" if org == SALESFORCE else "dynamics"]
    if org == SALESFORCE:
        return sections.Salesforce.model_validate(
            {
                "kind": "salesforce", "url": sandbox.url("salesforce"), "client_id": known["consumer_key"],
                "client_secret": known["consumer_secret"],
                "pubsub": f"localhost:{sandbox.ports['pubsub']}" if bus else "off",
            }
        )  # fmt: skip
    return sections.Dynamics.model_validate(
        {
            "kind": "dynamics", "url": sandbox.url("dynamics"), "authority": sandbox.url("dynamics"),
            "tenant": known["tenant"], "client_id": known["client_id"], "client_secret": known["client_secret"],
        }
    )  # fmt: skip


@dataclass
class Side:
    """`bus`: changes are told by a stream, so that all of them come, and some time after they were made."""

    name: str
    people: People
    given: sections.Salesforce | sections.Dynamics
    sandbox: Sandbox
    stores: Stores
    books: CrmBooks
    desk: Desk
    bus: bool

    def __post_init__(self) -> None:
        self._mapped = mappings.mapping(self.given)
        self._real_feed: SalesforceFeed | DynamicsFeed
        self._real_crm: Any = vendors.crm(self.given, self.sandbox.ca_file)
        self.crm = CountedCrm(self._real_crm)
        self.watching = ForgetfulWatching(self.books.watching)
        self.feed = self._new_feed()
        self._compose()

    async def aclose(self) -> None:
        await self._real_crm.aclose()
        await self._real_feed.aclose()

    async def dies(self) -> None:
        """Another process goes on, which remembers nothing."""
        await self.aclose()
        self._real_crm = vendors.crm(self.given, self.sandbox.ca_file)
        sent, self.crm = self.crm.sent, CountedCrm(self._real_crm)
        self.crm.sent = sent
        self.feed = self._new_feed()
        self._compose()

    async def publish(self, return_id: str, anyway: bool = False) -> int:
        return await self._publishing.publish(Publish(return_id, self.name, anyway))

    async def listen(self, kind: Kind, span: float = 0.0) -> Heard:
        return await self._inbound.listen(Listen(self.name, self.people.objects[kind], span))

    async def compare(self, kind: Kind) -> Heard:
        return await self._inbound.compare(Listen(self.name, self.people.objects[kind], 60.0))

    def reads_by(self, feed: SalesforceFeed | DynamicsFeed) -> None:
        """Another way to look at the org; the one before is closed by whoever asks."""
        self._real_feed = feed
        self.feed = UnreliableFeed(feed)
        self._compose()

    def _new_feed(self) -> UnreliableFeed:
        ca = self.sandbox.ca_file
        if isinstance(self.given, sections.Salesforce):
            self._real_feed = SalesforceFeed(vendors.salesforce(self.given, ca), _QUICK)
        else:
            self._real_feed = DynamicsFeed(vendors.dynamics(self.given, ca), interval=0.02)
        return UnreliableFeed(self._real_feed)

    def _compose(self) -> None:
        stores = self.stores
        one_form = partial(mappings.normal, self._mapped, "return")
        basis = Basis(self._mapped.matrix(self.name), self.books.agreements, Seal(None), one_form)
        self._publishing = CrmActivities(
            {self.name: self.crm}, stores.returns, stores.outbox, stores.links, stores.parties, {self.name: basis}
        )
        org = Org(basis, self.feed, self.crm, stores.returns, partial(mappings.asked, self._mapped, "return"))
        self._inbound = InboundActivities(
            {self.name: org},
            replace(self.books, watching=self.watching),  # type: ignore[arg-type]
            stores.links,
            self.desk,
        )
