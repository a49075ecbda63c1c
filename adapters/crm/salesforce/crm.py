"""The CRM's door on Salesforce: up to 200 returns are read and written together, each with its own outcome.

A batch costs one composite call (what does the org have?), one collection call for the returns and one for every 200
lines; two more when customers appear for the first time. The later versions of returns shown lately cost one composite
call in all. It never goes backwards: an older version is not sent, and the org's validation rule on Return_Version__c
refuses the one that lost a race.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.crm.batching import Batcher
from adapters.crm.port import Projection, Published, Scalar
from adapters.crm.salesforce import people, records
from adapters.crm.salesforce.memory import Memory
from adapters.crm.salesforce.org import Lookup, Org, Row
from adapters.crm.salesforce.records import CUSTOMER_KEY, KEY, LINE_KEY, OBJECTS, ORDER_KEY, SKU_KEY, VERSION, Known
from adapters.crm.salesforce.refusals import is_stale, lost_race, of_item
from adapters.crm.salesforce.session import VENDOR
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.crm.wording import newer
from adapters.errors import Retryable
from domain.identity.record import PartyRecord

_ROUNDS = 3
_MOST = 200
_LINES = "ReturnOrderLineItem"


class SalesforceCrm:
    """Implements adapters.crm.port.Crm."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._object = OBJECTS[settings.profile]
        self.org = self._org = Org(settings)
        self._memory = Memory(orders=settings.profile != "case", lines=settings.profile == "return_order")
        self._batcher: Batcher[Projection, Published] = Batcher(
            self._publish, key=lambda projection: projection.return_id, newer=newer, most=_MOST
        )

    async def publish(self, projection: Projection) -> Published:
        return await self._batcher.do(projection)

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        return records.header(projection, Known(), self._settings)

    def header_row(self, projection: Projection, known: Known) -> Row:
        return records.header(projection, known, self._settings)

    def line_rows(self, projection: Projection, parent: str, known: Known) -> list[tuple[str, Row]]:
        """(key, record) of each line the org can have."""
        if self._settings.profile != "return_order":
            return []
        made = [(part.key, records.line(projection, part, parent, known)) for part in projection.lines]
        return [(key, record) for key, record in made if record is not None]

    def written(self, projection: Projection, record: str, known: Known) -> Published:
        return _published(projection, record, known)

    async def prepared(self, batch: list[Projection]) -> tuple[Known, dict[str, Published | Exception]]:
        """What the org has for these returns, with their customers made sure of; and those that are done with: shown in
        a newer version, or of a customer the org refuses."""
        known = await self._read(batch)
        done: dict[str, Published | Exception] = {}
        for projection in batch:
            record, version = known.returns.get(projection.return_id, ("", -1))
            if version > projection.version:
                done[projection.return_id] = Published(record, version)
        await self._introduce([each for each in batch if each.return_id not in done], known, done)
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
        for _ in range(_ROUNDS):
            open_ = [projection for projection in batch if projection.return_id not in done]
            if not open_:
                break
            await self._again(open_, done)
            open_ = [projection for projection in open_ if projection.return_id not in done]
            if open_:
                await self._round(open_, done)
        overtaken = Retryable(VENDOR, "publish", "other writers kept changing the record")
        return [done.get(projection.return_id, overtaken) for projection in batch]

    async def _again(self, batch: list[Projection], done: dict[str, Published | Exception]) -> None:
        """Send the next versions of remembered returns, and fill `done`. What the org refuses of them is forgotten and
        left out, to be looked up: it may show a newer version, or have lost or merged what the record is linked to."""
        remembered = {each.return_id: known for each in batch if (known := self._memory.recall(each)) is not None}
        asks = [each for each in batch if each.return_id in remembered]
        if not asks:
            return
        headers = [records.header(each, remembered[each.return_id], self._settings) for each in asks]
        owners, lines = list(asks), []
        for each in asks:
            for part in each.lines if remembered[each.return_id].lines else ():
                if (line := records.line(each, part, "", remembered[each.return_id])) is not None:
                    owners.append(each)
                    lines.append(line)
        sent = [(self._object, KEY, headers), (_LINES, LINE_KEY, lines)]
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
                self._memory.keep(each, written[each.return_id], remembered[each.return_id])
                done[each.return_id] = _published(each, written[each.return_id], remembered[each.return_id])

    async def _round(self, batch: list[Projection], done: dict[str, Published | Exception]) -> None:
        """Fill `done`; a return that lost a race is left out and comes again, to find the newer version stored."""
        known, settled = await self.prepared(batch)
        done |= settled
        written = await self._headers([each for each in batch if each.return_id not in done], known, done)
        lost: set[str] = set()
        if self._settings.profile == "return_order":
            lost = await self._lines(written, known, done)
        for projection, record in written:
            if projection.return_id not in lost and projection.return_id not in done:
                done[projection.return_id] = _published(projection, record, known)
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
        if self._settings.profile == "return_order":
            lookups.append(Lookup("Product2", SKU_KEY, [line.sku for each in batch for line in each.lines]))
            lookups.append(Lookup(_LINES, LINE_KEY, [line.key for each in batch for line in each.lines]))
        # Which lookups there are depends on the profile; those that were not asked found nothing.
        returns, contacts, orders, products, lines = [*await self._org.read(lookups), [], [], []][:5]
        return Known(
            returns={row[KEY]: (row["Id"], int(row[VERSION] or 0)) for row in returns},
            contacts=_contacts(batch, contacts),
            orders={row[ORDER_KEY]: row["Id"] for row in orders},
            products={row[SKU_KEY]: row["Id"] for row in products},
            lines={row[LINE_KEY] for row in lines},
        )

    async def _introduce(self, batch: list[Projection], known: Known, done: dict[str, Published | Exception]) -> None:
        """Create account and contact of customers the org does not know; those it knows are never touched.

        A duplicate rule may object: the return is then shown without a link, for the org's stewards to add."""
        unknown = {each.customer_id: each for each in batch if records.whose(each) not in known.contacts}
        new = [each for customer, each in unknown.items() if customer]
        if not new:
            return
        accounts = await self._org.upsert("Account", CUSTOMER_KEY, [records.account(each) for each in new])
        failed = {each.customer_id: item for each, item in zip(new, accounts, strict=True) if not item["success"]}
        made = [(each, item["id"]) for each, item in zip(new, accounts, strict=True) if item["success"]]
        if made:
            contacts = [records.contact(each, account) for each, account in made]
            for (each, account), item in zip(
                made, await self._org.upsert("Contact", CUSTOMER_KEY, contacts), strict=True
            ):
                if item["success"]:
                    known.contacts[each.customer_id] = (item["id"], account)
                else:
                    failed[each.customer_id] = item
        for each in batch:
            if each.customer_id in failed:
                error = of_item("introduce customer", failed[each.customer_id])
                if error.code != "DUPLICATES_DETECTED":
                    done[each.return_id] = error

    async def _headers(
        self, batch: list[Projection], known: Known, done: dict[str, Published | Exception]
    ) -> list[tuple[Projection, str]]:
        if not batch:
            return []
        sent = [records.header(each, known, self._settings) for each in batch]
        written: list[tuple[Projection, str]] = []
        for projection, item in zip(batch, await self._org.upsert(self._object, KEY, sent), strict=True):
            if item["success"]:
                written.append((projection, str(item["id"])))
            elif not is_stale(item) and not lost_race(item):
                done[projection.return_id] = of_item(f"publish {projection.return_id}", item)
        return written

    async def _lines(
        self, written: list[tuple[Projection, str]], known: Known, done: dict[str, Published | Exception]
    ) -> set[str]:
        """The returns whose lines lost a race. Lines of one return stand together, because rows with the same parent
        lock each other."""
        sent: list[Row] = []
        owners: list[Projection] = []
        for projection, parent in written:
            for part in projection.lines:
                record = records.line(projection, part, parent, known)
                if record is not None:
                    sent.append(record)
                    owners.append(projection)
        lost: set[str] = set()
        if not sent:
            return lost
        for projection, item in zip(owners, await self._org.upsert(_LINES, LINE_KEY, sent), strict=True):
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
    told = {records.whose(each): each for each in batch if each.contact_record in by_id}
    return by_key | {
        who: (by_id[str(each.contact_record)][0], by_id[str(each.contact_record)][1] or each.account_record)
        for who, each in told.items()
    }


def _published(projection: Projection, record: str, known: Known) -> Published:
    contact, account = known.contacts.get(records.whose(projection), (None, None))
    return Published(record, projection.version, contact_record=contact, account_record=account)
