"""An in-memory store, held to the same contract suite as PostgreSQL (tests/contracts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.errors import WrongStage
from domain.invoice import SHIPPING_LINE, Invoice
from domain.order import Contact
from domain.refund import CreditLine
from domain.returns import Snapshot
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from store.port import DeadLetter, LedgerAsk, LedgerLine, Move, Outgoing, Page, Search, Stores, TimelineEvent


class MemoryReturns:
    def __init__(self, outbox: MemoryOutbox) -> None:
        self.rows: dict[str, Snapshot] = {}
        self.moves: dict[str, dict[int, Move]] = {}
        self.contacts: dict[str, Contact] = {}
        self._requests: dict[tuple[str, str], str] = {}
        self._outbox = outbox

    async def record(self, move: Move) -> Snapshot | None:
        snapshot = move.snapshot
        if move.request_key:
            mine = self._requests.setdefault((snapshot.order_id, move.request_key), snapshot.return_id)
            if mine != snapshot.return_id:
                raise WrongStage(f"request {move.request_key} of order {snapshot.order_id} is return {mine}")
        known = self.rows.get(snapshot.return_id)
        moves = self.moves.setdefault(snapshot.return_id, {})
        if snapshot.version in moves:
            return known
        moves[snapshot.version] = move
        self._outbox.owe(snapshot.return_id, snapshot.version, move.outgoing)
        if known is None or known.version < snapshot.version:
            self.rows[snapshot.return_id] = snapshot
        return known

    async def save_contact(self, return_id: str, contact: Contact) -> None:
        self.contacts[return_id] = contact

    async def contact(self, return_id: str) -> Contact | None:
        return self.contacts.get(return_id)

    async def snapshot(self, return_id: str) -> Snapshot | None:
        return self.rows.get(return_id)

    async def with_contact(self, return_id: str) -> tuple[Snapshot, Contact] | None:
        snapshot, contact = self.rows.get(return_id), self.contacts.get(return_id)
        return (snapshot, contact) if snapshot and contact else None

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        moves = self.moves.get(return_id, {})
        return tuple(event for version in sorted(moves) for event in moves[version].events)

    async def search(self, search: Search) -> Page:
        found = [row for row in self.rows.values() if not search.stages or row.stage in search.stages]
        return Page(tuple(found), None)


class MemoryLedger:
    """Entries per (invoice, line, return): [quantity, value, net, taxes, state]."""

    def __init__(self) -> None:
        self.posted: dict[str, Invoice] = {}
        self.entries: dict[tuple[str, str, str], tuple[CreditLine, int, str]] = {}

    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[LedgerAsk, ...], with_shipping: bool
    ) -> tuple[CreditLine, ...]:
        mine = [state for (_, _, owner), (_, _, state) in self.entries.items() if owner == return_id]
        if "reversed" in mine:
            raise WrongStage(f"{return_id} has posted its credit")
        self.posted.setdefault(invoice.invoice_id, invoice)
        lines = []
        for ask in asks:
            line = invoice.line(ask.line_id)
            assert line is not None
            taken = self._taken(invoice.invoice_id, ask.line_id, return_id)
            lines.append((reverse(line, taken, ask.quantity, ask.value), ask.value))
        await self.release(return_id)
        for credit, value in lines:
            self.entries[(invoice.invoice_id, credit.line_id, return_id)] = (credit, value, "reserved")
        shipping = invoice.line(SHIPPING_LINE)
        if with_shipping and shipping is not None and self._all_back(invoice):
            taken = self._taken(invoice.invoice_id, SHIPPING_LINE, return_id)
            if not taken.quantity:
                credit = reverse(shipping, taken, 1, FULL_VALUE)
                lines.append((credit, FULL_VALUE))
                self.entries[(invoice.invoice_id, SHIPPING_LINE, return_id)] = (credit, FULL_VALUE, "reserved")
        return tuple(credit for credit, _ in lines)

    async def release(self, return_id: str) -> None:
        self.entries = {
            key: entry for key, entry in self.entries.items() if key[2] != return_id or entry[2] == "reversed"
        }

    async def reverse(self, return_id: str) -> None:
        self.entries = {
            key: (entry[0], entry[1], "reversed") if key[2] == return_id else entry
            for key, entry in self.entries.items()
        }

    async def lines(self, invoice_id: str) -> tuple[LedgerLine, ...]:
        found = []
        for line in self.posted[invoice_id].lines:
            for component, posted in (("net", line.net), *((f"tax {code}", tax) for code, tax in line.taxes.items())):
                sums = {"reserved": 0, "reversed": 0}
                for (invoice, line_id, _), (credit, _, state) in self.entries.items():
                    if (invoice, line_id) == (invoice_id, line.line_id):
                        part = credit.net if component == "net" else credit.taxes[component.removeprefix("tax ")]
                        sums[state] += part
                found.append(LedgerLine(line.line_id, component, posted, sums["reserved"], sums["reversed"]))
        return tuple(found)

    def _taken(self, invoice_id: str, line_id: str, but: str) -> Taken:
        taken = Taken()
        for (invoice, line, owner), (credit, value, _) in self.entries.items():
            if (invoice, line) == (invoice_id, line_id) and owner != but:
                taxes = {code: taken.taxes.get(code, 0) + tax for code, tax in credit.taxes.items()}
                taken = Taken(taken.quantity + credit.quantity, taken.value + value, taken.net + credit.net, taxes)
        return taken

    def _all_back(self, invoice: Invoice) -> bool:
        goods = [line for line in invoice.lines if line.line_id != SHIPPING_LINE]
        return all(
            self._taken(invoice.invoice_id, line.line_id, "").value == line.quantity * FULL_VALUE for line in goods
        )


@dataclass
class Owed:
    """A row of the outbox: owed until delivered; `dead` since and why, when it was given up."""

    return_id: str
    item: Outgoing
    version: int
    delivered: bool = False
    dead: DeadLetter | None = None


class MemoryOutbox:
    def __init__(self) -> None:
        self.rows: list[Owed] = []

    def owe(self, return_id: str, version: int, outgoing: tuple[Outgoing, ...]) -> None:
        self.rows += [Owed(return_id, item, version) for item in outgoing]

    async def open_notice(self, return_id: str, subject: str) -> bool:
        return any(row.item.subject == subject for row in self._open(return_id, "notice"))

    async def delivered(
        self, return_id: str, lane: str, subject: str | None = None, version: int | None = None
    ) -> None:
        for row in self._open(return_id, lane):
            if subject in (None, row.item.subject) and (version is None or row.version <= version):
                row.delivered, row.dead = True, None

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        for row in self._open(return_id, lane):
            if row.dead is None:
                row.dead = DeadLetter(return_id, lane, row.item.subject, datetime.now(UTC), reason)

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        return tuple(row.dead for row in self.rows if row.dead is not None)

    def _open(self, return_id: str, lane: str) -> list[Owed]:
        return [r for r in self.rows if (r.return_id, r.item.lane) == (return_id, lane) and not r.delivered]


def memory_stores() -> Stores:
    outbox = MemoryOutbox()
    return Stores(MemoryReturns(outbox), MemoryLedger(), outbox)
