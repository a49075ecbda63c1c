"""People who work in the org, and feeds that watch them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from adapters.crm.port import Change, Watch
from adapters.crm.salesforce import SalesforceFeed, SalesforceSettings
from adapters.crm.salesforce.feed import Patience
from sandbox.salesforce.capture import CAPTURED
from tests.sandbox.crm import salesforce
from tests.sandbox.test_salesforce_changes import merging, rest, soap, undeleting
from tests.stack.sandbox import Sandbox

_ASKED = ("Return_Reason__c", "Requested_Refund__c", "Cancellation_Requested__c", "Note_To_Returns__c")
RETURNS = Watch("ReturnOrder", "Returns_Ref__c", ("Returns_Ref__c", *_ASKED, "Return_Updated_At__c", "ShipFromCountry"))
CONTACTS = Watch("Contact", "Shop_Customer_Ref__c", ("Shop_Customer_Ref__c", "FirstName", "LastName", "Name", "Email"))
QUICK = Patience(poll=0.05, retry=0.2, late=0.0)
# The longest a test waits for what must come; it comes at once.
_WAIT = 5.0


class People:
    """Their edits name no client, unless `as_client` does."""

    def __init__(self, own: Sandbox, http: requests.Session) -> None:
        self.own, self.sf = own, salesforce(own, http)

    def makes(self, reference: str, **values: Any) -> str:
        body = {"Returns_Ref__c": reference, "Status": "Submitted", **values}
        return str(self.sf.ReturnOrder.create(body)["id"])

    def edits(self, ident: str, of: str = "ReturnOrder", **values: Any) -> None:
        getattr(self.sf, of).update(ident, values)

    def as_client(self, name: str, ident: str, **values: Any) -> None:
        headers = {"Sforce-Call-Options": f"client={name}"}
        assert rest(self.sf, "PATCH", f"sobjects/ReturnOrder/{ident}", json=values, headers=headers).ok

    def edits_together(self, idents: list[str], **values: Any) -> None:
        records = [{"attributes": {"type": "ReturnOrder"}, "id": each, **values} for each in idents]
        assert rest(self.sf, "PATCH", "composite/sobjects", json={"records": records}).ok

    def deletes(self, ident: str, of: str = "ReturnOrder") -> None:
        getattr(self.sf, of).delete(ident)

    def undeletes(self, ident: str) -> None:
        soap(self.sf, undeleting(ident))

    def merges(self, of: str, master: str, loser: str) -> None:
        status, _ = soap(self.sf, merging(of, master, loser))
        assert status == 200

    def setup(self, **wishes: Any) -> None:
        self.own.control.post("/salesforce/org", json=wishes).raise_for_status()

    def tells(self, kind: str, *ids: str, of: str = "ReturnOrder") -> None:
        wish = {"object": of, "type": kind, "ids": list(ids)}
        self.own.control.post("/salesforce/events/gap", json=wish).raise_for_status()

    def tidy(self) -> None:
        self.own.heal()
        self.setup(change_data_capture=list(CAPTURED), mute_streams=False, uncommitted=[], custom_fields={})
        self.setup(keepalive_seconds=270, early_headers=True)


@dataclass
class Feeds:
    own: Sandbox
    opened: list[SalesforceFeed] = field(default_factory=list)

    def open(self, patience: Patience = QUICK, **more: Any) -> SalesforceFeed:
        feed = SalesforceFeed(settings(self.own, **more), patience)
        self.opened.append(feed)
        return feed

    async def aclose(self) -> None:
        for feed in self.opened:
            await feed.aclose()


@dataclass
class Reader:
    """Reads a feed as its caller does: each page's cursor is where the next one begins."""

    feed: SalesforceFeed
    watch: Watch
    cursor: str = ""
    changes: list[Change] = field(default_factory=list)
    lapsed: bool = False
    more: bool = False

    async def begin(self) -> Reader:
        self.cursor = await self.feed.begin(self.watch)
        await self.page(0)
        return self

    async def page(self, wait: float = _WAIT) -> list[Change]:
        page = await self.feed.changes(self.watch, self.cursor, wait)
        self.cursor, self.lapsed, self.more = page.cursor, page.lapsed, page.more
        self.changes += page.changes
        return list(page.changes)

    async def all(self) -> list[Change]:
        """What is there now, in as many parts as it takes."""
        found = await self.page(0)
        while self.more:
            found += await self.page(0)
        return found

    async def until(self, enough: Callable[[list[Change]], bool]) -> list[Change]:
        """What came from now on, once it is enough."""
        found: list[Change] = []
        give_up = time.monotonic() + _WAIT
        while not enough(found):
            assert time.monotonic() < give_up, f"only {len(found)} came: {found}"
            found += await self.page()
            assert not self.lapsed
        return found

    async def next(self, many: int = 1) -> list[Change]:
        return await self.until(lambda found: len(found) >= many)

    def with_feed(self, feed: SalesforceFeed) -> Reader:
        """Somebody else goes on at the same cursor."""
        return Reader(feed, self.watch, self.cursor)


def settings(own: Sandbox, **more: Any) -> SalesforceSettings:
    known = own.credentials["salesforce"]
    mine = SalesforceSettings(
        url=own.url("salesforce"),
        client_id=known["consumer_key"],
        username=known["username"],
        private_key=known["private_key_pem"],
        ca_file=str(own.ca_file),
        pubsub=f"localhost:{own.ports['pubsub']}",
    )
    return replace(mine, **more)


def calls(own: Sandbox, operation: str) -> int:
    """How often it was asked since the last reset of the log."""
    seen = own.control.get("/calls").json()
    return sum(call["vendor"] == "salesforce" and call["operation"] == operation for call in seen["recent"])
