"""The CRM's door on Dynamics 365: up to 100 returns are read and written together, each with its own outcome.

A batch of returns costs one $batch to look and one to write; one more when customers appear for the first time. Each
return is a change set of its own: its row and its lines change together or not at all, and the row's ETag (or
If-None-Match for a new one) makes sure that it never goes backwards, whoever else writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.crm.allowance import UNLIMITED, Allowance
from adapters.crm.batching import ByPurpose
from adapters.crm.dynamics import clearing, people, rows
from adapters.crm.dynamics.environment import Environment, Lookup, Row
from adapters.crm.dynamics.keys import alternate, original, row
from adapters.crm.dynamics.multipart import Operation, Outcome
from adapters.crm.dynamics.refusals import lost_race, refusal
from adapters.crm.dynamics.rows import (
    CUSTOMER_KEY,
    IDS,
    KEY,
    LINE_KEY,
    ORDER_KEY,
    RESERVED,
    RESOLVED,
    SETS,
    SKU,
    TABLES,
    VERSION,
    Draft,
    Known,
    Stored,
    Trade,
    draft,
    shape,
)
from adapters.crm.dynamics.session import VENDOR
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.mapping import Unmappable, shipped
from adapters.crm.port import Cleared, Projection, Published, Scalar
from adapters.crm.wording import GIVEN_UP, newer
from adapters.errors import Permanent, Retryable
from domain.identity.record import PartyRecord

_ROUNDS = 4
_MOST = 100
_EDITED = "somebody has just edited it; it is looked at again"
_NO_TRADE = "no price list for the return's currency; the order is unknown too: add a price list in that currency"


class DynamicsCrm:
    """Implements adapters.crm.port.Crm."""

    def __init__(self, settings: DynamicsSettings, allowance: Allowance = UNLIMITED) -> None:
        self._settings = settings
        self._set, self._id = SETS[settings.profile], IDS[settings.profile]
        self._mapping = settings.mapping or shipped("dynamics", settings.profile)
        self._mapping.require("dynamics", settings.profile)
        self._mapping.fits(shape(settings.profile), RESERVED)
        line = self._mapping.concepts.get("line")
        self._has_lines = line is not None and line.mode.pushes
        # What a written row is answered with: its id, and what its columns hold from then on.
        self._columns = (VERSION, ORDER_KEY, *(field.name for field in self._mapping.own.pushed))
        self.environment = self._environment = Environment(settings, allowance)
        self._batcher: ByPurpose[Projection, Published] = ByPurpose(
            self._publish, key=lambda projection: projection.return_id, newer=newer, most=_MOST
        )

    async def publish(self, projection: Projection) -> Published:
        return await self._batcher.do(projection)

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        try:
            return draft(projection, self._mapping).own
        except Unmappable as error:
            raise Permanent(VENDOR, f"show {projection.return_id}", str(error)) from None

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        """What the environment's own rows of these returns hold now in the columns we write, by return id; those it
        does not have are left out."""
        keys = [alternate(each) for each in return_ids]
        [found] = await self._environment.read([Lookup(self._set, self._columns, KEY, keys)])
        return {original(each[KEY]): {name: each[name] for name in self._columns} for each in found}

    async def clear(self, return_ids: Sequence[str], contacts: Sequence[str], accounts: Sequence[str]) -> Cleared:
        return await clearing.clear(self._environment, self._settings, self._mapping, return_ids, contacts, accounts)

    def new_row(self, projection: Projection, known: Known) -> Row | None:
        """A row to be created; None for one that is there, or whose state a new row cannot have. Raises Permanent."""
        if projection.return_id in known.returns:
            return None
        shown = {KEY: alternate(projection.return_id), **self.shown_as(projection)}
        if self._settings.profile == "rma":
            trade = known.trade(projection)
            return None if trade is None else shown | rows.rma(projection, known, trade, new=True)
        if self._settings.profile == "custom":
            return shown | rows.custom(projection, known)
        over = projection.stage in GIVEN_UP or projection.stage == "closed"
        return None if over else shown | rows.case(projection, known)

    def new_lines(self, projection: Projection, known: Known) -> list[Row]:
        """What hangs on a new row."""
        trade = known.trade(projection)
        if not self._has_lines or trade is None:
            return []
        drafted = draft(projection, self._mapping)
        made = []
        for at, part in enumerate(projection.lines):
            body = rows.rma_product(projection, drafted, at, known, trade)
            if body is not None:
                made.append({LINE_KEY: alternate(part.key), **body})
        return made

    def written(self, projection: Projection, record: str, known: Known) -> Published:
        """Of a row that was made without being read: its fields are told as they were sent."""
        return self._told(projection, record, self.shown_as(projection), known)

    async def prepared(self, batch: list[Projection]) -> tuple[Known, dict[str, Published | Exception]]:
        """What the environment has for these returns, with their customers made sure of; and those that are done with:
        shown in a newer version, or of a customer the environment refuses."""
        known = await self._read(batch)
        done: dict[str, Published | Exception] = {}
        for projection in batch:
            stored = known.returns.get(projection.return_id)
            if stored is not None and stored.version > projection.version:
                done[projection.return_id] = Published(stored.id, stored.version)
        await self._introduce([each for each in batch if each.return_id not in done], known, done)
        return known, done

    @property
    def person_fields(self) -> tuple[str, ...]:
        return people.FIELDS

    def person(self, org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord:
        return people.person(org, record, fields)

    async def aclose(self) -> None:
        await self._batcher.aclose()
        await self._environment.aclose()

    async def _publish(self, batch: list[Projection]) -> list[Published | Exception]:
        done: dict[str, Published | Exception] = {}
        drafts: dict[str, Draft] = {}
        for each in batch:
            try:
                drafts[each.return_id] = draft(each, self._mapping)
            except Unmappable as error:
                done[each.return_id] = Permanent(VENDOR, f"publish {each.return_id}", str(error))
        for _ in range(_ROUNDS):
            open_ = [projection for projection in batch if projection.return_id not in done]
            if not open_:
                break
            await self._round(open_, drafts, done)
        lost = Retryable(VENDOR, "publish", "other writers kept changing the row")
        return [done.get(projection.return_id, lost) for projection in batch]

    async def _round(
        self, batch: list[Projection], drafts: Mapping[str, Draft], done: dict[str, Published | Exception]
    ) -> None:
        """Fill `done`; a return that lost a race is left out and comes again, to find what is stored by then."""
        known, settled = await self.prepared(batch)
        done |= settled
        ready: list[tuple[Projection, list[Operation]]] = []
        for projection in batch:
            if projection.return_id in done:
                continue
            if _edited(projection, known.returns.get(projection.return_id)):
                done[projection.return_id] = Retryable(VENDOR, f"publish {projection.return_id}", _EDITED)
                continue
            change_set = self._change_set(projection, drafts[projection.return_id], known)
            if change_set is None:
                done[projection.return_id] = Permanent(VENDOR, f"publish {projection.return_id}", _NO_TRADE)
            else:
                ready.append((projection, change_set))
        answers = await self._environment.run("publish", [change_set for _, change_set in ready])
        for (projection, _), outcomes in zip(ready, answers, strict=True):
            first = outcomes[0]
            if first.status < 300:
                done[projection.return_id] = self._published(projection, drafts[projection.return_id], known, first)
            elif not lost_race(first):
                done[projection.return_id] = refusal(f"publish {projection.return_id}", first.status, first.body)

    def _published(
        self, projection: Projection, drafted: Draft, known: Known, outcome: Outcome
    ) -> Published | Exception:
        """The fields are told as the environment answered them: it may have made something else of what was sent."""
        body = outcome.body if isinstance(outcome.body, dict) else {}
        record = body.get(self._id)
        if not record:
            return Retryable(VENDOR, f"publish {projection.return_id}", "the answer holds no id")
        fields = {name: body.get(name, value) for name, value in projection.agreed(drafted.own).items()}
        return self._told(projection, str(record), fields, known)

    def _told(self, projection: Projection, record: str, fields: Mapping[str, Scalar], known: Known) -> Published:
        who = rows.customer(projection)
        contact, account = known.contacts.get(who) or None, known.accounts.get(who) or None
        return Published(record, projection.version, TABLES[self._settings.profile], fields, contact, account)

    async def _read(self, batch: list[Projection]) -> Known:
        refs = [alternate(each.return_id) for each in batch]
        customers = [alternate(rows.customer(each)) for each in batch]
        orders = [alternate(each.order_id) for each in batch]
        skus = [line.sku for each in batch for line in each.lines]
        seen = sorted({name for each in batch for name in each.seen} - {VERSION, KEY})
        trade = ("_transactioncurrencyid_value", "_pricelevelid_value")
        lookups = [
            Lookup(self._set, (self._id, VERSION, "statecode", *seen), KEY, refs),
            Lookup("accounts", ("accountid",), CUSTOMER_KEY, customers),
            Lookup("contacts", ("contactid",), CUSTOMER_KEY, customers),
            Lookup("salesorders", trade, ORDER_KEY, orders),
            Lookup("contacts", ("statecode",), "contactid", _named(batch, "contact_record"), ids=True),
            Lookup("accounts", ("statecode",), "accountid", _named(batch, "account_record"), ids=True),
        ]
        if self._settings.profile == "rma":
            lookups += [
                Lookup("products", ("productid", "_defaultuomid_value"), SKU, skus if self._has_lines else ()),
                Lookup("transactioncurrencies", ("transactioncurrencyid", "isocurrencycode")),
                Lookup("pricelevels", ("pricelevelid", "_transactioncurrencyid_value")),
            ]
        # Which lookups there are depends on the profile; those that were not asked found nothing.
        found = [*await self._environment.read(lookups), [], [], []]
        returns, accounts, contacts, sold, named_contacts, named_accounts, products, currencies, price_lists = found[:9]
        # What was told to stand for the customer counts before the key, as long as it lives.
        people = {each["contactid"] for each in named_contacts if not each["statecode"]}
        firms = {each["accountid"] for each in named_accounts if not each["statecode"]}
        told_people = {rows.customer(each): each.contact_record for each in batch if each.contact_record in people}
        told_firms = {rows.customer(each): each.account_record for each in batch if each.account_record in firms}
        return Known(
            returns={original(each[KEY]): self._stored(each) for each in returns},
            accounts={original(each[CUSTOMER_KEY]): each["accountid"] for each in accounts}
            | {who: record for who, record in told_firms.items() if record},
            contacts={original(each[CUSTOMER_KEY]): each["contactid"] for each in contacts}
            | {who: record for who, record in told_people.items() if record},
            orders={original(each[ORDER_KEY]): Trade(each[trade[0]], each[trade[1]]) for each in sold},
            trades=_trades(currencies, price_lists),
            products={each[SKU]: (each["productid"], each["_defaultuomid_value"]) for each in products},
        )

    def _stored(self, found: Row) -> Stored:
        return Stored(found[self._id], int(found[VERSION] or 0), found["@odata.etag"], found["statecode"], found)

    async def _introduce(self, batch: list[Projection], known: Known, done: dict[str, Published | Exception]) -> None:
        """Create account and contact of customers the environment does not know; known ones are never touched."""
        new: dict[tuple[str, str], tuple[Projection, Row]] = {}
        for each in batch:
            try:
                new |= {(kind, rows.customer(each)): (each, body) for kind, body in self._strangers(each, known)}
            except Unmappable as error:
                done[each.return_id] = Permanent(VENDOR, "introduce customer", str(error))
        asked = [[self._create(entity_set, each, body)] for (entity_set, _), (each, body) in new.items()]
        failed: dict[str, Exception] = {}
        answers = await self._environment.run("introduce customers", asked)
        for (entity_set, customer), outcomes in zip(new, answers, strict=True):
            outcome = outcomes[0]
            if outcome.status >= 300 and not lost_race(outcome):
                failed.setdefault(customer, refusal("introduce customer", outcome.status, outcome.body))
            else:
                made = outcome.body if isinstance(outcome.body, dict) else {}
                kept, key = (known.contacts, "contactid") if entity_set == "contacts" else (known.accounts, "accountid")
                # Somebody else's, when the race was lost, is bound by its key.
                kept[customer] = str(made.get(key) or "")
        done |= {each.return_id: failed[rows.customer(each)] for each in batch if rows.customer(each) in failed}

    def _strangers(self, projection: Projection, known: Known) -> Iterator[tuple[str, Row]]:
        """The rows of a customer that are neither there nor found elsewhere."""
        customer, concepts = rows.customer(projection), self._mapping.concepts
        if customer not in known.accounts and concepts["account"].mode.pushes:
            yield "accounts", rows.account(projection, self._mapping)
        if customer not in known.contacts and concepts["contact"].mode.pushes:
            yield "contacts", rows.contact(projection, known, self._mapping)

    def _create(self, entity_set: str, projection: Projection, body: Row) -> Operation:
        own = "accountid" if entity_set == "accounts" else "contactid"
        address = row(entity_set, CUSTOMER_KEY, rows.customer(projection))
        headers = {"If-None-Match": "*", "Prefer": "return=representation"}
        return Operation("PATCH", f"{address}?$select={own}&tag={self._settings.tag}", body, headers)

    def _change_set(self, projection: Projection, drafted: Draft, known: Known) -> list[Operation] | None:
        """The return's row first, then what hangs on it; None when the row cannot be made for want of a price list."""
        stored, trade = known.returns.get(projection.return_id), known.trade(projection)
        if self._settings.profile == "rma":
            if trade is None:
                return None
            own = rows.rma(projection, known, trade, new=stored is None)
            lines = self._lines(projection, drafted, known, trade) if self._has_lines else []
            return [self._header(projection, drafted, own, stored), *lines]
        if self._settings.profile == "custom":
            return [self._header(projection, drafted, rows.custom(projection, known), stored)]
        operations = [self._header(projection, drafted, rows.case(projection, known), stored)]
        if projection.stage == "closed" and (stored is None or stored.state != RESOLVED):
            operations.append(self._resolve(projection))
        return operations

    def _header(self, projection: Projection, drafted: Draft, links: Row, stored: Stored | None) -> Operation:
        condition = {"If-None-Match": "*"} if stored is None else {"If-Match": stored.etag}
        wanted = ",".join((self._id, *self._columns))
        path = f"{row(self._set, KEY, projection.return_id)}?$select={wanted}&tag={self._settings.tag}"
        # An upsert under an alternate key answers no id unless the row itself is asked for.
        headers = {"Prefer": "return=representation", **condition}
        return Operation("PATCH", path, projection.agreed({**drafted.own, **links}), headers)

    def _lines(self, projection: Projection, drafted: Draft, known: Known, trade: Trade) -> list[Operation]:
        operations: list[Operation] = []
        for at, part in enumerate(projection.lines):
            body = rows.rma_product(projection, drafted, at, known, trade)
            if body is not None:
                path = f"{row('msdyn_rmaproducts', LINE_KEY, part.key)}?tag={self._settings.tag}"
                operations.append(Operation("PATCH", path, body))
        return operations

    def _resolve(self, projection: Projection) -> Operation:
        target = f"/{row(self._set, KEY, projection.return_id)}"
        resolution = {"subject": "The return is closed.", "incidentid@odata.bind": target}
        return Operation("POST", "CloseIncident", {"IncidentResolution": resolution, "Status": 5})


def _edited(projection: Projection, stored: Stored | None) -> bool:
    """Since it was looked at. What is edited after this changes the ETag, and the write is refused."""
    return stored is not None and any(stored.fields.get(name) != value for name, value in projection.seen.items())


def _named(batch: list[Projection], name: str) -> list[str]:
    return [record for each in batch if (record := getattr(each, name))]


def _trades(currencies: list[Row], price_lists: list[Row]) -> dict[str, Trade]:
    codes = {each["transactioncurrencyid"]: each["isocurrencycode"] for each in currencies}
    found: dict[str, Trade] = {}
    for each in price_lists:
        code = codes.get(each["_transactioncurrencyid_value"])
        if code is not None:
            found.setdefault(code, Trade(each["_transactioncurrencyid_value"], each["pricelevelid"]))
    return found
