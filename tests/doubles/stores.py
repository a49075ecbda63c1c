"""An in-memory store, held to the same contract suite as PostgreSQL (tests/contracts)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain import ids
from domain.allowance import Breaker, BrokenOrg, Lease, Slots, Standing, Terms, Usage
from domain.basis import Basis
from domain.change_request import RequestState
from domain.errors import WrongStage
from domain.invoice import SHIPPING_LINE, Invoice, is_adjustment
from domain.order import Contact
from domain.reckoning import Asked, reckon
from domain.refund import CreditLine, Difference
from domain.returns import CrmState, Snapshot
from domain.reversal import Taken
from domain.units import FULL_VALUE
from security.roles import Principal
from store.port import (
    Act,
    ActPage,
    ActSearch,
    Begun,
    DeadLetter,
    LedgerLine,
    Move,
    Outgoing,
    Page,
    Reserved,
    Search,
    Sent,
    Stores,
    TimelineEvent,
)
from tests.doubles.parties import MemoryLinks, MemoryParties


class MemoryReturns:
    def __init__(self, outbox: MemoryOutbox) -> None:
        self.rows: dict[str, Snapshot] = {}
        self.moves: dict[str, dict[int, Move]] = {}
        self.contacts: dict[str, Contact] = {}
        self.requests: dict[str, dict[str, RequestState]] = {}
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
        requests = self.requests.setdefault(snapshot.return_id, {})
        for state in move.changes:
            if requests.get(state.request.request_id, state).pending or state.request.request_id not in requests:
                requests[state.request.request_id] = state
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

    def add(self, return_id: str, event: TimelineEvent) -> None:
        """What happened to a recorded return without a move of its own."""
        moves = self.moves[return_id]
        moves[max(moves)] = replace(moves[max(moves)], events=(*moves[max(moves)].events, event))

    async def search(self, search: Search) -> Page:
        found = [row for row in self.rows.values() if not search.stages or row.stage in search.stages]
        return Page(tuple(found), None)


class MemoryChanges:
    def __init__(self, returns: MemoryReturns) -> None:
        self._returns = returns
        self._notes: dict[str, dict[str, str]] = {}

    async def one(self, return_id: str, request_id: str) -> RequestState | None:
        return self._returns.requests.get(return_id, {}).get(request_id)

    async def of(self, return_id: str) -> tuple[RequestState, ...]:
        return tuple(self._returns.requests.get(return_id, {}).values())

    async def save_note(self, return_id: str, request_id: str, text: str) -> None:
        self._notes.setdefault(return_id, {}).setdefault(request_id, text)

    async def notes(self, return_id: str) -> dict[str, str]:
        return dict(self._notes.get(return_id, {}))


class MemoryLedger:
    """Entries per (invoice, line, return): (credit, value, state); and what each return's reservation stands on."""

    def __init__(self) -> None:
        self.posted: dict[str, Invoice] = {}
        self.entries: dict[tuple[str, str, str], tuple[CreditLine, int, str]] = {}
        self.footings: dict[str, str] = {}

    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[Asked, ...], basis: Basis, on_certain: bool = False
    ) -> Reserved:
        if "reversed" in self._states(return_id):
            raise WrongStage(f"{return_id} has posted its credit")
        self.posted.setdefault(invoice.invoice_id, invoice)
        taken, sure = (self._others(invoice.invoice_id, return_id, only) for only in (False, True))
        by = (basis.policy, basis.terms, basis.reasons, basis.groups)
        found, certain = (
            reckon(invoice, taken, asks, *by, certain=one, content_with=basis.content_with) for one in (taken, sure)
        )
        mine = certain if on_certain else found
        differs = "yielded" if on_certain else "leaning"
        stands = "firm" if found.lines == certain.lines else differs
        if stands != "yielded":
            self._leave(return_id, mine.lines)
        self._drop(return_id)
        worth = {ask.line_id: ask.value for ask in asks}
        for line in mine.lines:
            value = worth.get(line.line_id, line.quantity * FULL_VALUE)
            self.entries[(invoice.invoice_id, line.line_id, return_id)] = (line, value, "reserved")
        self.footings[return_id] = stands
        return Reserved(mine.lines, mine.notes, stands == "leaning")

    async def begin_posting(self, return_id: str) -> bool:
        if not self._states(return_id):
            raise WrongStage(f"{return_id} has no reservation")
        if self.footings[return_id] == "leaning":
            return False
        self._others_look_again(
            return_id, ("firm", "yielded") if self.footings[return_id] == "yielded" else ("yielded",)
        )
        self.footings[return_id] = "posting"
        return True

    async def release(self, return_id: str) -> None:
        self._leave(return_id, ())

    def _leave(self, return_id: str, lines: tuple[CreditLine, ...]) -> None:
        shared = {
            key[1]: credit
            for key, (credit, _, state) in self.entries.items()
            if key[2] == return_id and state == "reserved" and (key[1] == SHIPPING_LINE or is_adjustment(key[1]))
        }
        now = {line.line_id: line for line in lines}
        if any(now.get(line_id) != credit for line_id, credit in shared.items()):
            self._others_look_again(return_id)
        self._drop(return_id)

    def _drop(self, return_id: str) -> None:
        self.entries = {
            key: entry for key, entry in self.entries.items() if key[2] != return_id or entry[2] == "reversed"
        }

    def _others_look_again(self, return_id: str, footings: tuple[str, ...] = ("firm", "yielded")) -> None:
        invoices = {invoice for invoice, _, owner in self.entries if owner == return_id}
        for invoice, _, owner in self.entries:
            if invoice in invoices and owner != return_id and self.footings[owner] in footings:
                self.footings[owner] = "leaning"

    def _states(self, return_id: str) -> set[str]:
        return {state for (_, _, owner), (_, _, state) in self.entries.items() if owner == return_id}

    def _others(self, invoice_id: str, but: str, only_certain: bool) -> dict[str, Taken]:
        lines = {line for invoice, line, _ in self.entries if invoice == invoice_id}
        found = {line: self._taken(invoice_id, line, but, only_certain) for line in lines}
        return {line: taken for line, taken in found.items() if taken != Taken()}

    async def reprice(self, return_id: str, lines: tuple[CreditLine, ...]) -> tuple[Difference, ...]:
        mine = [(key, entry) for key, entry in self.entries.items() if key[2] == return_id and entry[2] == "reserved"]
        if not mine:
            raise WrongStage(f"{return_id} has no reservation")
        invoice_id = mine[0][0][0]
        values = {key[1]: (entry[0].quantity, entry[1]) for key, entry in mine}
        self._drop(return_id)
        for line in lines:
            units, value = values.get(line.line_id, (line.quantity, line.quantity * FULL_VALUE))
            self.entries[(invoice_id, line.line_id, return_id)] = (replace(line, quantity=units), value, "reserved")
        found = []
        for line in lines:
            posted = self.posted[invoice_id].line(line.line_id)
            if posted is not None:
                taken = self._taken(invoice_id, line.line_id, "")
                found += _beyond(line, {"net": posted.net, **posted.taxes}, {"net": taken.net, **taken.taxes})
        return tuple(found)

    async def reverse(self, return_id: str, posted: tuple[CreditLine, ...]) -> None:
        states = [entry[2] for key, entry in self.entries.items() if key[2] == return_id]
        if "reserved" not in states and "reversed" not in states:
            raise WrongStage(f"{return_id} has no reservation")
        if "reserved" in states:
            await self.reprice(return_id, posted)
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
                        part = credit.net if component == "net" else credit.taxes.get(component.removeprefix("tax "), 0)
                        sums[state] += part
                found.append(LedgerLine(line.line_id, component, posted, sums["reserved"], sums["reversed"]))
        return tuple(found)

    def _taken(self, invoice_id: str, line_id: str, but: str, only_certain: bool = False) -> Taken:
        taken = Taken()
        for (invoice, line, owner), (credit, value, state) in self.entries.items():
            certain = state == "reversed" or self.footings[owner] == "posting"
            if (invoice, line) == (invoice_id, line_id) and owner != but and (certain or not only_certain):
                codes = {**taken.taxes, **credit.taxes}
                taxes = {code: taken.taxes.get(code, 0) + credit.taxes.get(code, 0) for code in codes}
                taken = Taken(taken.quantity + credit.quantity, taken.value + value, taken.net + credit.net, taxes)
        return taken


@dataclass
class Owed:
    """A row of the outbox: owed until delivered; `dead` since and why, when it was given up."""

    return_id: str
    item: Outgoing
    version: int
    delivered: bool = False
    dead: DeadLetter | None = None
    sending: int = 1
    lost: int = 0
    message_id: str = ""
    bounced: datetime | None = None


class MemoryOutbox:
    def __init__(self) -> None:
        self.rows: list[Owed] = []
        self.shows: dict[tuple[str, str], tuple[int, str]] = {}
        self.failures: list[tuple[str, str, str, str]] = []

    def owe(self, return_id: str, version: int, outgoing: tuple[Outgoing, ...]) -> None:
        self.rows += [Owed(return_id, item, version) for item in outgoing]

    async def shown(self, return_id: str, org: str, version: int, stage: str) -> None:
        known, there = self.shows.get((return_id, org), (0, ""))
        if known < version or (known == version and not there):
            self.shows[(return_id, org)] = (version, stage)
        for row in self._open(return_id, ids.crm_lane(org)):
            if row.version <= version:
                row.delivered, row.dead = True, None

    async def waive(self, return_id: str, org: str, version: int) -> None:
        for row in self._open(return_id, ids.crm_lane(org)):
            if row.version <= version:
                row.delivered, row.dead = True, None

    async def crm_states(self, return_id: str) -> tuple[CrmState, ...]:
        shows = {org: version for (known, org), (version, _) in self.shows.items() if known == return_id}
        mine = [ids.org_of_lane(row.item.lane) for row in self.rows if row.return_id == return_id and row.dead]
        dead = {org for org in mine if org is not None}
        return tuple(CrmState(org, shows.get(org, 0), org in dead) for org in sorted({*shows, *dead}))

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        for row in self._open(return_id, lane):
            if row.dead is None:
                row.dead = DeadLetter(return_id, lane, row.item.subject, datetime.now(UTC), reason)

    async def failed(self, return_id: str, org: str, work: str, cause: str) -> None:
        self.failures.append((return_id, org, work, cause))

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        return tuple(row.dead for row in self.rows if row.dead is not None)

    def _open(self, return_id: str, lane: str) -> list[Owed]:
        return [r for r in self.rows if (r.return_id, r.item.lane) == (return_id, lane) and not r.delivered]


class MemoryNotices:
    """Over the rows of the outbox."""

    def __init__(self, outbox: MemoryOutbox, returns: MemoryReturns) -> None:
        self._outbox, self._returns = outbox, returns
        self._since = datetime.now(UTC)

    async def owed(self, return_id: str, subject: str) -> int:
        return next((row.sending for row in self._rows(return_id, subject) if not row.delivered), 0)

    async def sent(self, return_id: str, subject: str, message_id: str) -> None:
        for row in self._rows(return_id, subject):
            if not row.delivered:
                row.delivered, row.dead, row.message_id = True, None, message_id

    async def lost(self, return_id: str, subject: str) -> int:
        for row in self._rows(return_id, subject):
            if not row.delivered:
                row.lost += 1
                return row.lost
        return 0

    async def bounced(self, return_id: str, subject: str, code: str) -> None:
        for row in self._rows(return_id, subject):
            if row.bounced is None:
                now = datetime.now(UTC)
                row.delivered, row.bounced = False, now
                row.dead = DeadLetter(return_id, "notice", subject, now, f"bounced: {code}")
                text = f"the notice {subject!r} did not reach the customer ({code})"
                self._returns.add(return_id, TimelineEvent("notice_bounced", text, now, "mail", {"notice": subject}))

    async def whose(self, message_id: str) -> tuple[str, str] | None:
        found = (row for row in self._outbox.rows if row.message_id == message_id)
        return next(((row.return_id, row.item.subject) for row in found), None)

    async def again(self, return_id: str, subject: str, by: str) -> bool:
        for row in self._rows(return_id, subject):
            if row.dead is not None and not row.delivered:
                row.sending, row.lost, row.dead, row.bounced = row.sending + 1, 0, None, None
                return True
        return False

    async def of(self, return_id: str) -> tuple[Sent, ...]:
        rows = [row for row in self._outbox.rows if (row.return_id, row.item.lane) == (return_id, "notice")]
        return tuple(
            Sent(
                row.item.subject, row.version, self._since, self._since if row.delivered else None,
                row.dead.since if row.dead else None, row.dead.reason if row.dead else "", row.bounced, row.sending,
                row.lost,
            )
            for row in rows
        )  # fmt: skip

    def _rows(self, return_id: str, subject: str) -> list[Owed]:
        wanted = (return_id, "notice", subject)
        return [row for row in self._outbox.rows if (row.return_id, row.item.lane, row.item.subject) == wanted]


class PlentyOfCalls:
    """The allowances' books of orgs that have no limits and never break. Held to nothing: nobody asks it twice."""

    async def lease(
        self, org: str, terms: Terms, holder: str, purpose: int, want: int, spent: int, told: Usage | None
    ) -> Lease:
        return Lease(want, 60.0, terms.window, 0, None)

    async def turns(self, org: str, terms: Terms, live: bool, want: int) -> Slots:
        return Slots(want, 0.0, 0.0)

    async def breakers(self, org: str) -> tuple[tuple[Breaker, ...], bool]:
        return (), False

    async def failed(self, org: str, family: str, cause: str, wait: float | None, after: int) -> Breaker:
        return Breaker(family, 1, None, cause)

    async def probe(self, org: str, family: str) -> bool:
        return True

    async def went(self, org: str, family: str, probe: bool) -> None:
        return

    async def slowed(self, org: str, slow: bool) -> None:
        return

    async def close(self, org: str, why: str, by: str = "") -> int:
        return 0

    async def standings(self) -> tuple[Standing, ...]:
        return ()

    async def broken(self) -> tuple[BrokenOrg, ...]:
        return ()


class MemorySaid:
    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    async def claim(self, place: str, key: str, digest: str) -> str:
        return self._said.setdefault((place, key), digest)

    async def known(self, place: str, key: str) -> bool:
        return (place, key) in self._said

    async def release(self, place: str, key: str, digest: str) -> None:
        if self._said.get((place, key)) == digest:
            del self._said[place, key]


class MemorySessions:
    def __init__(self) -> None:
        self._begun: dict[tuple[str, str], tuple[Begun, datetime]] = {}
        self._open: dict[str, tuple[Principal, datetime, datetime]] = {}

    async def begin(self, state: str, browser: str, begun: Begun, now: datetime, ends_at: datetime) -> None:
        self._begun[state, browser] = begun, ends_at

    async def take(self, state: str, browser: str, now: datetime) -> Begun | None:
        begun, ends_at = self._begun.get((state, browser), (None, now))
        if begun is None or ends_at <= now:
            return None
        del self._begun[state, browser]
        return begun

    async def open(self, session: str, who: Principal, now: datetime, ends_at: datetime) -> None:
        self._open[session] = who, now, ends_at

    async def seen(self, session: str, now: datetime, idle: timedelta, used: bool = True) -> Principal | None:
        who, seen_at, ends_at = self._open.get(session, (None, now, now))
        if who is None or ends_at <= now or seen_at <= now - idle:
            return None
        if used and seen_at < now - timedelta(minutes=1):
            self._open[session] = who, now, ends_at
        return who

    async def end(self, session: str) -> None:
        self._open.pop(session, None)

    async def end_all(self, name: str, actor: str, why: str) -> int:
        theirs = [session for session, (who, _, _) in self._open.items() if who.name == name]
        for session in theirs:
            del self._open[session]
        return len(theirs)


class MemoryAudit:
    """Keeps what it is told; nothing is hashed. Held to nothing: the chain is PostgreSQL's own matter."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    async def append(self, act: Act) -> None:
        self.acts.append(act)

    async def search(self, search: ActSearch) -> ActPage:
        return ActPage((), None)

    async def forget(self, subject: str) -> bool:
        return False


def memory_stores() -> Stores:
    outbox, links = MemoryOutbox(), MemoryLinks()
    returns = MemoryReturns(outbox)
    return Stores(
        returns=returns,
        ledger=MemoryLedger(),
        outbox=outbox,
        notices=MemoryNotices(outbox, returns),
        changes=MemoryChanges(returns),
        links=links,
        parties=MemoryParties(links),
        quota=PlentyOfCalls(),
        said=MemorySaid(),
        sessions=MemorySessions(),
        audit=MemoryAudit(),
    )


def _beyond(line: CreditLine, posted: dict[str, int], taken: dict[str, int]) -> list[Difference]:
    """Where more of an invoice line is taken than was posted, by what `line` has of it."""
    mine = {"net": line.net, **line.taxes}
    over = {part: amount - posted.get(part, 0) for part, amount in taken.items() if part in mine}
    return [
        Difference(f"{line.line_id} {part}, left of the invoice", mine[part] - more, mine[part])
        for part, more in over.items()
        if more > 0
    ]
