"""A person is erased: before, a search finds them all over the installation; after it nowhere, and nothing returns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain import ids
from domain.change_request import RequestKind
from domain.inventory import Disposition
from domain.returns import Snapshot, Stage
from domain.units import Verdict
from runtime import wiring
from runtime.audit.verdict import Verdict as AuditVerdict
from runtime.audit.verdict import verify
from runtime.settings import Settings
from security.signing import KnownKeys
from store.port import Erasure, ErasureState, Item
from store.stores import open_audit
from stories.baskets import household
from stories.play import Theatre
from stories.scene import Telling
from tests.journeys.journey import Journey
from tests.journeys.leavings import Leavings, look
from tests.stack.installation import Installation
from workflows.messages import Inspection

# Words that nobody else in an installation says.
WORDS = ("Zephyrine", "Quastelworth", "Mirabelle")
EMAIL = "zephyrine.quastelworth@example.test"
PERSON = {"email": EMAIL, "first_name": "Zephyrine", "last_name": "Quastelworth", "company": "Quastelworth Orchids"}
NOTE = "Zephyrine asks for the box of her cat Mirabelle"
RETURNS, CONTACTS = "data/v67.0/sobjects/ReturnOrder", "data/v67.0/sobjects/Contact"
BROKEN = {"table": "msdyn_rma", "column": "bh_hold", "remove": True}


@dataclass
class Played:
    """Looked for before, right after, and when everything that comes late had come."""

    before: Leavings
    after: Leavings
    later: Leavings
    waiting: Erasure
    receipt: Erasure
    left_to_people: list[Item]
    closed: Snapshot
    kept: Snapshot
    ledger: tuple[Any, Any]
    letters: tuple[int, int]
    salts: tuple[int, int]
    audit: AuditVerdict
    parties: tuple[str, str]
    salesforce: dict[str, Any]
    dynamics: dict[str, Any]

    def part(self, name: str) -> Mapping[str, str]:
        return next(part.what for part in self.receipt.parts if part.name == name)

    def record(self, vendor: str, kind: str) -> str:
        """The CRM's contact or account of the person."""
        refs = self.receipt.subject.records
        return next(ref.external_id for ref in refs if (ref.org, ref.object) == (vendor, kind))


@pytest.fixture(scope="module")
def played(installation: Installation) -> Played:
    async def play() -> Played:
        async with installation.theatre() as theatre:
            try:
                return await _play(theatre, installation)
            finally:
                (await theatre.control.delete("/dynamics/tailoring")).raise_for_status()

    return asyncio.run(play())


async def _play(theatre: Theatre, installation: Installation) -> Played:
    settings, client, folder = installation.settings, theatre.client, installation.stack.folder
    began = datetime.now(UTC) - timedelta(seconds=5)
    number = int(time.time() * 10) * 1000 + 700
    journey = Journey(theatre, household(number, customer=PERSON | {"id": number}))
    telling = await journey.ask((2, 1))
    await telling.confirm()
    scene, return_id = journey.scene, journey.return_id
    shown = await _note_in_salesforce(theatre, journey)
    async with wiring.privacy(settings, client) as desk, wiring.sight(settings) as sight:
        early, asked = ids.erasure_request(f"{return_id} early"), ids.erasure_request(return_id)
        await desk.erase(early, await desk.meant("", EMAIL), "petra", "by letter")

        async def so(request_id: str, ready: Callable[[Erasure], Any]) -> Erasure | None:
            now = await desk.one(request_id)
            return now if ready(now) else None

        waiting = await scene.until(lambda: so(early, lambda now: now.waits_for), "the request to wait")
        await desk.withdraw(early, "petra")
        closed = await _over_with_a_dead_letter(theatre, journey, telling)
        letters = len(await sight.letters(return_ids=(return_id,)))
        before = await look(WORDS, settings, client, folder, began)
        party, ledger, salts = (await _party(settings, number), await _ledger(settings, return_id),
            await _salts(settings, return_id))  # fmt: skip
        await desk.erase(asked, await desk.meant("", EMAIL), "petra", "by letter")
        receipt = await scene.until(lambda: so(asked, lambda now: now.ended_at), "the erasure")
        no_salts = await _salts(settings, return_id)
        after = await look(WORDS, settings, client, folder, began)
        items = await _comes_late(theatre, settings, telling, receipt, shown)
        later = await look(WORDS, settings, client, folder, began)
        await Journey(theatre, household(number + 1, customer=PERSON | {"id": number})).ask((2, 1))
        returning = await scene.until(lambda: _party(settings, number), "the party of who came back")
        return Played(
            before, after, later, waiting, receipt, items, closed, await theatre.returns.snapshot(return_id),
            (ledger, await _ledger(settings, return_id)),
            (letters, len(await sight.letters(return_ids=(return_id,)))), (salts, no_salts),
            await _verified(settings), (party, returning),
            await scene.books("salesforce"), await scene.books("dynamics"),
        )  # fmt: skip


async def _note_in_salesforce(theatre: Theatre, journey: Journey) -> str:
    """What somebody asks of the return there; answers the record's id."""

    async def row() -> str | None:
        rows = (await journey.scene.books("salesforce"))["ReturnOrder"]
        found = [one["Id"] for one in rows if journey.return_id in one.values()]
        return found[0] if found else None

    async def answered() -> bool:
        return any(not one.pending for one in await theatre.returns.changes(journey.return_id))

    shown = str(await journey.scene.until(row, "the return in Salesforce"))
    async with theatre.office.staff() as staff:
        (await staff.salesforce.patch(f"{RETURNS}/{shown}", json={"Note_To_Returns__c": NOTE})).raise_for_status()
        await journey.scene.until(answered, "the answer to the note")
    return shown


async def _over_with_a_dead_letter(theatre: Theatre, journey: Journey, telling: Telling) -> Snapshot:
    """The warehouse writes the person's name into a verdict, and a CRM cannot take the end of the return."""
    (await theatre.control.post("/dynamics/tailoring", json=BROKEN)).raise_for_status()
    await telling.receive((2, 1))
    verdict = Verdict(telling.line(2), 1, Disposition.RESTOCK, True, note=NOTE, photos=("mirabelle.jpg",))
    await theatre.returns.inspect(journey.return_id, Inspection("I1", (verdict,)))
    closed = await journey.ends(telling, Stage.CLOSED)
    (await theatre.control.delete("/dynamics/tailoring")).raise_for_status()
    return closed


async def _comes_late(
    theatre: Theatre, settings: Settings, telling: Telling, receipt: Erasure, shown: str
) -> list[Item]:
    """A request to the return, which both CRMs are then owed, an edit of the contact that Salesforce's people keep, and
    another note on the return. Answers what of it was left to people."""
    contact = next(ref for ref in receipt.subject.records if (ref.org, ref.object) == ("salesforce", "contact"))
    await telling.ask(RequestKind.REASON, "other")
    owing = "SELECT lane FROM outbox WHERE return_id = $1 AND delivered_at IS NULL"

    async def settled() -> bool:
        return not await _rows(settings, owing, telling.return_id)

    since = datetime.now(UTC)
    async with theatre.office.staff() as staff:
        named = {"LastName": "Quastelworth", "FirstName": "Zephyrine Mirabelle"}
        (await staff.salesforce.patch(f"{CONTACTS}/{contact.external_id}", json=named)).raise_for_status()
        late = {"Note_To_Returns__c": f"{NOTE}!"}
        (await staff.salesforce.patch(f"{RETURNS}/{shown}", json=late)).raise_for_status()
    async with wiring.listening(settings, theatre.client) as listening:

        async def heard() -> bool:
            told = [position for one in await listening.status() for position in one.positions]
            fresh = {one.object for one in told if one.told_at is not None and one.told_at > since}
            return {"Contact", "ReturnOrder"} <= fresh

        await telling.scene.until(heard, "both edits to be heard")
    await telling.scene.until(settled, "nothing to be owed")
    async with wiring.edits(settings) as edits:
        return [item for item in await edits.items(None, False) if item.key == telling.return_id]


async def _party(settings: Settings, customer: int) -> str:
    asked = "SELECT party_id::text FROM party_links WHERE system = 'shop' AND external_id = $1"
    return "".join(str(row[0]) for row in await _rows(settings, asked, str(customer)))


async def _ledger(settings: Settings, return_id: str) -> Any:
    return await _rows(settings, "SELECT * FROM ledger_entries WHERE return_id = $1 ORDER BY 1, 2, 3", return_id)


async def _salts(settings: Settings, return_id: str) -> int:
    """What turns what was written in the audit about a return into something that can be checked."""
    return len(await _rows(settings, "SELECT subject FROM audit_salts WHERE subject = $1", f"return:{return_id}"))


async def _verified(settings: Settings) -> AuditVerdict:
    async with open_audit(settings.database.url) as (_, books), books.reading() as reader:
        return await verify(reader, KnownKeys([]))


async def _rows(settings: Settings, asked: str, given: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(settings.database.url)
    try:
        return [tuple(row) for row in await connection.fetch(asked, given)]
    finally:
        await connection.close()


def test_the_search_finds_the_person_before(played: Played) -> None:
    assert played.before.tables >= {"contacts", "party_details", "change_notes", "timeline"}
    assert played.before.histories == {f"return:{played.closed.return_id}"}
    assert played.letters[0] == 1


def test_a_request_waits_for_an_open_return_and_names_it(played: Played) -> None:
    assert (played.waiting.state, played.waiting.waits_for) == (ErasureState.WAITING, (played.closed.return_id,))
    assert (played.waiting.answer_by - played.waiting.asked_at).days in range(28, 32)


def test_after_an_erasure_no_table_no_history_no_dead_letter_and_no_log_has_the_person(played: Played) -> None:
    """The last row of what other systems are measured by: a search for the person finds no plain text anywhere."""
    assert played.receipt.state is ErasureState.DONE, played.receipt
    assert (played.after.tables, played.after.histories, played.after.files) == (set(), set(), set())
    assert played.letters[1] == 0


def test_the_audit_still_verifies_and_what_was_written_there_cannot_be_told_any_more(played: Played) -> None:
    assert played.salts == (1, 0)
    assert played.audit.right, played.audit.findings
    assert played.audit.acts > 0


def test_nothing_that_comes_late_brings_the_person_back(played: Played) -> None:
    assert (played.later.tables, played.later.histories, played.later.files) == (set(), set(), set())
    assert played.left_to_people == []


def test_what_was_posted_stays_with_its_amounts_and_documents(played: Played) -> None:
    before, after = played.closed, played.kept
    assert after.credited == before.credited is not None
    assert (after.credit_memo, after.authorization, after.order_id) == (
        before.credit_memo, before.authorization, before.order_id,
    )  # fmt: skip
    assert after.lines == before.lines
    assert after.customer_id == ""
    assert played.ledger[0] == played.ledger[1] != []


def test_each_crm_is_emptied_of_what_is_ours_and_keeps_its_own(played: Played) -> None:
    contacts = {row["contactid"]: row for row in played.dynamics["contacts"]}
    mine = contacts[played.record("dynamics", "contact")]
    assert (mine["bh_customerref"], mine["lastname"]) == (None, "Quastelworth")
    theirs = next(row for row in played.salesforce["Contact"] if row["Id"] == played.record("salesforce", "contact"))
    assert (theirs["Shop_Customer_Ref__c"], theirs["Email"]) == (None, EMAIL)
    assert "Note_To_Returns__c" in played.part("crm:salesforce")["cleared"]


def test_the_receipt_says_what_was_erased_where_and_what_is_left_to_others(played: Played) -> None:
    for org in ("salesforce", "dynamics"):
        assert played.record(org, "contact") in played.part(f"crm:{org}")["left to the CRM"]
    assert (played.part("books")["contacts"], played.part("books")["notes"]) == ("1", "1")
    assert played.part("histories") == {"returns": "1"}
    assert played.closed.order_id in played.part("elsewhere")["shop"]


def test_who_comes_back_is_a_new_party(played: Played) -> None:
    before, returning = played.parties
    assert before
    assert returning not in ("", before)
