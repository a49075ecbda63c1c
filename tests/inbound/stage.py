"""An org in memory and the books in a real PostgreSQL, spoken to by the activities themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from activities.crm import CrmActivities, Publish
from activities.crm_inbound import InboundActivities, Listen
from activities.judging import Org
from activities.listening import Heard
from activities.publishing import Basis
from domain.change_request import Answered, ChangeRequest, RequestStatus
from domain.mapping import Matrix
from domain.order import Contact
from domain.returns import Reason, SnapshotLine, Stage
from domain.sweep import Guard
from security.sealing import Seal
from store.port import Conflict, CrmBooks, Live, Outgoing, Record, Stores
from store.stores import open_all
from tests.inbound.org import CONTACT, MATRIX, RETURN, FakeOrg
from tests.store.samples import move

RETURN_ID = "R-1-A"


@dataclass
class FakeDesk:
    """Implements activities.desk.ReturnDesk: it refuses what it is told to, and remembers each request once."""

    asked: dict[str, tuple[str, ChangeRequest, str]] = field(default_factory=dict)
    calls: int = 0
    fails: list[Exception] = field(default_factory=list)

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        self.calls += 1
        if self.fails:
            raise self.fails.pop(0)
        self.asked[request.request_id] = (return_id, request, note)
        return Answered(request.request_id, request.kind, RequestStatus.REFUSED, "it is too late", datetime.now(UTC))

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """(kind, value, note) in the order in which they were asked first."""
        return [(str(request.kind), request.value, note) for _, request, note in self.asked.values()]


@dataclass
class FakeLinks:
    """Implements store.port.links.Links."""

    merges: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    async def survivor(self, org: str, of: str, record: str) -> str | None:
        return record

    async def merged(self, org: str, of: str, loser: str, winner: str, at: datetime) -> bool:
        self.merges.append((loser, winner))
        return True

    async def gone(self, org: str, of: str, record: str, at: datetime) -> bool:
        self.lost.append(record)
        return True

    async def shown(self, link: int, org: str, before: Live, now: Live) -> None:
        raise AssertionError("publications speak to the real one")


@dataclass
class Setting:
    """`publish` shows the return's newest state; `listen` and `compare` do one round of what the workflow does."""

    stores: Stores
    books: CrmBooks
    org: FakeOrg
    desk: FakeDesk
    links: FakeLinks
    crm: CrmActivities
    inbound: InboundActivities
    versions: dict[str, int] = field(default_factory=dict)

    async def record(self, return_id: str = RETURN_ID, reason: Reason = Reason.DAMAGED, **more: Any) -> None:
        version = self.versions[return_id] = self.versions.get(return_id, 0) + 1
        lines = (SnapshotLine("70011", "MUG-01", "Mug", 1, reason),)
        more.setdefault("stage", Stage.QUOTED)
        stage = str(more["stage"])
        await self.stores.returns.record(
            move(return_id, version, (Outgoing("crm:main", stage),), currency="EUR", lines=lines, region="DE", **more)
        )
        await self.stores.returns.save_contact(return_id, Contact("Ada", "ada@example.com", "801"))

    async def publish(self, return_id: str = RETURN_ID, anyway: bool = False) -> int:
        return await self.crm.publish(Publish(return_id, "main", anyway))

    async def shown(self, return_id: str = RETURN_ID, **more: Any) -> str:
        """A return as the CRM shows it, with its echo heard; answers the record."""
        await self.record(return_id, **more)
        await self.publish(return_id)
        await self.settle()
        return self.org.of_return(return_id)

    async def listen(self, of: str = RETURN) -> Heard:
        return await self.inbound.listen(Listen("main", of))

    async def settle(self, of: str = RETURN) -> list[str]:
        """Listen until there is nothing more to do; answers the returns that were put back."""
        back: list[str] = []
        for _ in range(20):
            heard = await self.listen(of)
            if heard.comparing:
                await self.inbound.compare(Listen("main", of, 60))
            for key in heard.due:
                await self.publish(key)
            back += heard.due
            if not heard.changes and not heard.comparing and not heard.due:
                return back
        raise AssertionError("it never comes to rest")

    async def known(self, record: str, of: str = RETURN) -> Record:
        found = await self.books.agreements.of_record("main", of, record)
        assert found is not None
        return found

    async def conflicts(self, of: str | None = None) -> list[Conflict]:
        return list(await self.books.agreements.conflicts("main", of, 100))

    async def items(self) -> list[tuple[str, str]]:
        return [(str(item.kind), item.record) for item in await self.books.items.listed("main")]


@asynccontextmanager
async def setting(url: str, matrix: Matrix = MATRIX, guard: Guard | None = None) -> AsyncIterator[Setting]:
    async with open_all(url, 5) as (stores, books):
        org, desk, links = FakeOrg(), FakeDesk(), FakeLinks()
        basis = Basis(matrix, books.agreements, Seal(None))
        crm = CrmActivities({"main": org}, stores.returns, stores.outbox, stores.links, stores.parties, {"main": basis})
        orgs = {"main": Org(basis, org, org, stores.returns)}
        inbound = InboundActivities(orgs, books, links, desk, guard)
        yield Setting(stores, books, org, desk, links, crm, inbound)


__all__ = ["CONTACT", "RETURN", "RETURN_ID", "FakeDesk", "Setting", "setting"]
