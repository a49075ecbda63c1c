"""In-memory parties and links, held to the same contract suite as PostgreSQL: they match nothing."""

from __future__ import annotations

from datetime import datetime

from domain.identity.record import PartyRecord, Ref, in_crm
from store.port import Live, Standing


class MemoryLinks:
    """`into`: the record that stands for another, None when it is gone."""

    def __init__(self) -> None:
        self.known: dict[Ref, int] = {}
        self.into: dict[Ref, Ref | None] = {}
        self.lives: dict[tuple[int, str], Live] = {}

    def number(self, ref: Ref) -> int:
        return self.known.setdefault(ref, len(self.known) + 1)

    async def survivor(self, org: str, of: str, record: str) -> str | None:
        ref: Ref | None = in_crm(org, of, record)
        if ref not in self.known:
            return None
        while ref in self.into:
            ref = self.into[ref]
        return ref.external_id if ref else None

    async def merged(self, org: str, of: str, loser: str, winner: str, at: datetime) -> bool:
        gone, stays = in_crm(org, of, loser), in_crm(org, of, winner)
        if gone == stays or self.into.get(gone) == stays:
            return False
        self.number(gone), self.number(stays)
        self.into.pop(stays, None)
        self.into[gone] = stays
        return True

    async def gone(self, org: str, of: str, record: str, at: datetime) -> bool:
        ref = in_crm(org, of, record)
        self.number(ref)
        if ref in self.into:
            return False
        self.into[ref] = None
        return True

    async def shown(self, link: int, org: str, before: Live, now: Live) -> None:
        for of, old, new in (("contact", before.contact, now.contact), ("account", before.account, now.account)):
            if new is None or new == old:
                continue
            if old is not None:
                self.into[in_crm(org, of, old)] = None
            self.into.pop(in_crm(org, of, new), None)
            self.number(in_crm(org, of, new))
        self.lives[link, org] = Live(now.contact or before.contact, now.account or before.account)


class MemoryParties:
    def __init__(self, links: MemoryLinks) -> None:
        self._links = links

    async def standing(self, record: PartyRecord, org: str, seen_at: datetime | None = None) -> Standing:
        number = self._links.number(record.ref)
        shown = self._links.lives.get((number, org), Live())
        contact = await self._links.survivor(org, "contact", shown.contact) if shown.contact else None
        account = await self._links.survivor(org, "account", shown.account) if shown.account else None
        return Standing(str(number), number, Live(contact, account))

    async def forget(self, ref: Ref, by: str, why: str) -> int:
        return int(ref in self._links.known)
