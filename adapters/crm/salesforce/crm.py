"""The CRM's door on Salesforce: up to 200 returns are read and written together, each with its own outcome.

A batch costs one composite call (what does the org have?), one collection call for the returns and one for every 200
lines; two more when customers appear for the first time. The later versions of returns shown lately cost one composite
call in all. It never goes backwards: an older version is not sent, and the org's validation rule on Return_Version__c
refuses the one that lost a race.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.crm.allowance import UNLIMITED, Allowance
from adapters.crm.batching import ByPurpose
from adapters.crm.mapping import Unfit, Unmappable, shipped
from adapters.crm.mapping.steps.ids import id18
from adapters.crm.port import Cleared, Projection, Published, Scalar
from adapters.crm.salesforce import clearing, people
from adapters.crm.salesforce.customers import introduce, survivors
from adapters.crm.salesforce.memory import Memory
from adapters.crm.salesforce.org import Lookup, Org, Row
from adapters.crm.salesforce.records import (
    CURRENCY,
    CUSTOMER_KEY,
    KEY,
    LINE_KEY,
    LINES,
    OBJECTS,
    ORDER_KEY,
    RESERVED,
    SKU_KEY,
    VERSION,
    Draft,
    Known,
    draft,
    header,
    line,
    shape,
    whose,
)
from adapters.crm.salesforce.refusals import is_stale, lost_race, of_item
from adapters.crm.salesforce.session import VENDOR
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.crm.wording import newer
from adapters.errors import Permanent, Retryable
from domain.identity.record import PartyRecord

_ROUNDS = 3
_MOST = 200


class SalesforceCrm:
    """Implements adapters.crm.port.Crm."""

    def __init__(self, settings: SalesforceSettings, allowance: Allowance = UNLIMITED) -> None:
        self._settings = settings
        self._object = OBJECTS[settings.profile]
        self._mapping = settings.mapping or shipped("salesforce", settings.profile)
        self._mapping.require("salesforce", settings.profile)
        self._mapping.fits(shape(settings.profile), RESERVED)
        line_item = self._mapping.concepts.get("line")
        self._has_lines = line_item is not None and line_item.mode.pushes
        self.org = self._org = Org(settings, allowance)
        self._memory = Memory(orders=settings.profile != "case", lines=self._has_lines)
        self._batcher: ByPurpose[Projection, Published] = ByPurpose(
            self._publish, key=lambda projection: projection.return_id, newer=newer, most=_MOST
        )

    async def publish(self, projection: Projection) -> Published:
        return await self._batcher.do(_wide(projection))

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        return self._drafted(projection).own

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        """What the org's own records of these returns hold now in the fields we write, by return id; those it does not
        have are left out."""
        names = [VERSION, ORDER_KEY, *(field.name for field in self._mapping.own.pushed)]
        if not self._settings.multi_currency:
            names = [name for name in names if name != CURRENCY]
        [rows] = await self._org.read([Lookup(self._object, KEY, return_ids, names)])
        return {row[KEY]: {name: row[name] for name in (KEY, *names)} for row in rows}

    async def clear(self, return_ids: Sequence[str], contacts: Sequence[str], accounts: Sequence[str]) -> Cleared:
        return await clearing.clear(self._org, self._mapping, return_ids, contacts, accounts)

    def header_row(self, projection: Projection, known: Known) -> Row:
        """Raises Permanent for what the mapping cannot say."""
        return header(projection, self._drafted(projection), known, self._mapping, self._settings.profile)

    def line_rows(self, projection: Projection, parent: str, known: Known) -> list[tuple[str, Row]]:
        """(key, record) of each line the org can have. Raises Permanent for what the mapping cannot say."""
        if not self._has_lines:
            return []
        drafted = self._drafted(projection)
        made = [(part.key, line(projection, drafted, at, parent, known)) for at, part in enumerate(projection.lines)]
        return [(key, record) for key, record in made if record is not None]

    def written(self, projection: Projection, record: str, known: Known) -> Published:
        return self._published(projection, record, self._drafted(projection), known)

    def _drafted(self, projection: Projection) -> Draft:
        try:
            return draft(projection, self._mapping, self._settings)
        except Unmappable as error:
            raise Permanent(VENDOR, f"show {projection.return_id}", str(error)) from None

    async def prepared(self, batch: list[Projection]) -> tuple[Known, dict[str, Published | Exception]]:
        """What the org has for these returns, with their customers made sure of; and those that are done with: shown in
        a newer version, or of a customer the org refuses."""
        known = await self._read(batch)
        done: dict[str, Published | Exception] = {}
        for projection in batch:
            record, version = known.returns.get(projection.return_id, ("", -1))
            if version > projection.version:
                done[projection.return_id] = Published(record, version)
        await introduce(self._org, self._mapping, [each for each in batch if each.return_id not in done], known, done)
        return known, done

    @property
    def person_fields(self) -> tuple[str, ...]:
        return people.FIELDS

    def person(self, org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord:
        return people.person(org, record, fields)

    async def aclose(self) -> None:
        await self._batcher.aclose()
        await self._org.aclose()

    async def _publish(self, batch: list[Projection]) -> list[Published | Exception]:
        done: dict[str, Published | Exception] = {}
        drafts: dict[str, Draft] = {}
        for each in batch:
            try:
                drafts[each.return_id] = draft(each, self._mapping, self._settings)
            except Unmappable as error:
                done[each.return_id] = Permanent(VENDOR, f"publish {each.return_id}", str(error))
        for _ in range(_ROUNDS):
            open_ = [projection for projection in batch if projection.return_id not in done]
            if not open_:
                break
            await self._again(open_, drafts, done)
            open_ = [projection for projection in open_ if projection.return_id not in done]
            if open_:
                await self._round(open_, drafts, done)
        overtaken = Retryable(VENDOR, "publish", "other writers kept changing the record")
        return [done.get(projection.return_id, overtaken) for projection in batch]

    def _published(self, projection: Projection, record: str, drafted: Draft, known: Known) -> Published:
        """The org answers ids only: its fields are told as they were sent."""
        contact, account = known.contacts.get(whose(projection), (None, None))
        return Published(record, projection.version, self._object, projection.agreed(drafted.own), contact, account)

    async def _again(
        self, batch: list[Projection], drafts: Mapping[str, Draft], done: dict[str, Published | Exception]
    ) -> None:
        """Send the next versions of remembered returns, and fill `done`. What the org refuses of them is forgotten and
        left out, to be looked up: it may show a newer version, or have lost or merged what the record is linked to."""
        remembered = {each.return_id: known for each in batch if (known := self._memory.recall(each)) is not None}
        asks = [each for each in batch if each.return_id in remembered]
        if not asks:
            return
        headers = [self._header(each, drafts, remembered[each.return_id]) for each in asks]
        owners, lines = list(asks), []
        for each in asks:
            known = remembered[each.return_id]
            for at in range(len(each.lines)) if known.lines else ():
                if (part := line(each, drafts[each.return_id], at, "", known)) is not None:
                    owners.append(each)
                    lines.append(part)
        sent = [(self._object, KEY, headers), (LINES, LINE_KEY, lines)]
        shown, moved = await self._org.upsert_all(sent)
        written = {each.return_id: str(item.get("id") or "") for each, item in zip(asks, shown, strict=True)}
        for each, item in zip(owners, [*shown, *moved], strict=True):
            if item["success"] or each.return_id not in written:
                continue
            del written[each.return_id]
            self._memory.forget(each.return_id)
            error = of_item(f"publish {each.return_id}", item)
            if isinstance(error, Retryable) and not lost_race(item):
                done[each.return_id] = error
        for each in asks:
            if each.return_id in written:
                known = remembered[each.return_id]
                self._memory.keep(each, written[each.return_id], known)
                done[each.return_id] = self._published(each, written[each.return_id], drafts[each.return_id], known)

    def _header(self, projection: Projection, drafts: Mapping[str, Draft], known: Known) -> Row:
        return header(projection, drafts[projection.return_id], known, self._mapping, self._settings.profile)

    async def _round(
        self, batch: list[Projection], drafts: Mapping[str, Draft], done: dict[str, Published | Exception]
    ) -> None:
        """Fill `done`; a return that lost a race is left out and comes again, to find the newer version stored."""
        known, settled = await self.prepared(batch)
        done |= settled
        written = await self._headers([each for each in batch if each.return_id not in done], drafts, known, done)
        lost = await self._lines(written, drafts, known, done) if self._has_lines else set()
        for projection, record in written:
            if projection.return_id not in lost and projection.return_id not in done:
                done[projection.return_id] = self._published(projection, record, drafts[projection.return_id], known)
                self._memory.keep(projection, record, known)

    async def _read(self, batch: list[Projection]) -> Known:
        lookups = [
            Lookup(self._object, KEY, [each.return_id for each in batch], (VERSION,)),
            Lookup(
                "Contact",
                CUSTOMER_KEY,
                [each.customer_id for each in batch if each.customer_id],
                ("AccountId",),
                [each.contact_record for each in batch if each.contact_record],
            ),
        ]
        if self._settings.profile != "case":
            lookups.append(Lookup("Order", ORDER_KEY, [each.order_id for each in batch]))
        if self._has_lines:
            lookups.append(Lookup("Product2", SKU_KEY, [line.sku for each in batch for line in each.lines]))
            lookups.append(Lookup(LINES, LINE_KEY, [line.key for each in batch for line in each.lines]))
        # Which lookups there are depends on the profile; those that were not asked found nothing.
        returns, contacts, orders, products, lines = [*await self._org.read(lookups), [], [], []][:5]
        here = {row["Id"] for row in contacts}
        gone = [each for each in batch if each.contact_record and each.contact_record not in here]
        return Known(
            returns={row[KEY]: (row["Id"], int(row[VERSION] or 0)) for row in returns},
            contacts=_contacts(batch, contacts) | await survivors(self._org, gone),
            orders={row[ORDER_KEY]: row["Id"] for row in orders},
            products={row[SKU_KEY]: row["Id"] for row in products},
            lines={row[LINE_KEY] for row in lines},
        )

    async def _headers(
        self,
        batch: list[Projection],
        drafts: Mapping[str, Draft],
        known: Known,
        done: dict[str, Published | Exception],
    ) -> list[tuple[Projection, str]]:
        if not batch:
            return []
        sent = [self._header(each, drafts, known) for each in batch]
        written: list[tuple[Projection, str]] = []
        for projection, item in zip(batch, await self._org.upsert(self._object, KEY, sent), strict=True):
            if item["success"]:
                written.append((projection, str(item["id"])))
            elif not is_stale(item) and not lost_race(item):
                done[projection.return_id] = of_item(f"publish {projection.return_id}", item)
        return written

    async def _lines(
        self,
        written: list[tuple[Projection, str]],
        drafts: Mapping[str, Draft],
        known: Known,
        done: dict[str, Published | Exception],
    ) -> set[str]:
        """The returns whose lines lost a race. Lines of one return stand together, because rows with the same parent
        lock each other."""
        sent: list[Row] = []
        owners: list[Projection] = []
        for projection, parent in written:
            for at in range(len(projection.lines)):
                record = line(projection, drafts[projection.return_id], at, parent, known)
                if record is not None:
                    sent.append(record)
                    owners.append(projection)
        lost: set[str] = set()
        if not sent:
            return lost
        for projection, item in zip(owners, await self._org.upsert(LINES, LINE_KEY, sent), strict=True):
            # A line that already shows a newer version is as it should be.
            if item["success"] or is_stale(item):
                continue
            if lost_race(item):
                lost.add(projection.return_id)
            else:
                done[projection.return_id] = of_item(f"publish lines of {projection.return_id}", item)
        return lost


def _contacts(batch: list[Projection], found: list[Row]) -> dict[str, tuple[str, str | None]]:
    """What was told to stand for a customer counts before the customer's key, as long as the org has it."""
    by_key = {row[CUSTOMER_KEY]: (row["Id"], row["AccountId"]) for row in found if row[CUSTOMER_KEY]}
    by_id = {row["Id"]: (row["Id"], row["AccountId"]) for row in found}
    told = {whose(each): each for each in batch if each.contact_record in by_id}
    return by_key | {
        who: (by_id[str(each.contact_record)][0], by_id[str(each.contact_record)][1] or each.account_record)
        for who, each in told.items()
    }


def _wide(projection: Projection) -> Projection:
    """With the customer's links in 18 characters: who copies an id from the user interface's address may have 15."""
    try:
        contact, account = (
            id18(each) if each else None for each in (projection.contact_record, projection.account_record)
        )
    except Unfit as error:
        raise Permanent(VENDOR, f"publish {projection.return_id}", f"the customer's link: {error}") from None
    return replace(projection, contact_record=contact, account_record=account)
