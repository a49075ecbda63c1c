"""An org looked at before the first return: sign-in, version, calls left, objects, fields, picklists, rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from adapters.crm.mapping import shipped
from adapters.crm.salesforce.feed import Patience, topic
from adapters.crm.salesforce.feed.pubsub import Away, PubSub
from adapters.crm.salesforce.org import Org
from adapters.crm.salesforce.preflight.wanted import Field, Wanted, objects
from adapters.crm.salesforce.records import CURRENCY, OBJECTS, RECORD_TYPE, RESERVED, VERSION, shape
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Retryable
from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning

# The platform grants the calls of a day together. Half of them gone is the moment to find out by whom: later there may
# be none left for the live status of returns.
_LOW = 0.5
_USED_UP = "REQUEST_LIMIT_EXCEEDED"
_RIGHTS = {"createable": "create", "updateable": "edit"}
_USER = "give the integration user's permission set"


class SalesforcePreflight:
    """`prefix` is what this org's settings begin with, such as BACKHAUL_CRM__MAIN__."""

    def __init__(self, settings: SalesforceSettings, prefix: str) -> None:
        self._settings, self._prefix = settings, prefix
        mapping = settings.mapping or shipped("salesforce", settings.profile)
        mapping.fits(shape(settings.profile), RESERVED)
        self._wanted = objects(mapping, settings.profile)
        self._org = Org(settings)
        self._bus: PubSub | None = None
        if settings.pubsub is not None:
            self._bus = PubSub(self._org, settings.pubsub, settings.ca_file, Patience().silence)
        self._versions: list[str] = []

    def checks(self) -> Sequence[Check]:
        asked = ("sign-in", "version", "calls")
        return (
            Check(
                "sign-in",
                self._sign_in,
                f"compare {self._prefix}URL and {self._prefix}CLIENT_ID with the connected app; see that its user is "
                "let in beforehand, and that key or secret belong to it",
            ),
            Check("version", self._version, needs=("sign-in",)),
            Check("calls", self._calls, needs=("sign-in", "version")),
            *(
                Check(
                    each.name,
                    partial(self._object, each),
                    f"install it or its licence, {_USER} access to it, or choose another {self._prefix}PROFILE",
                    asked,
                )
                for each in self._wanted
            ),
            Check("changes", self._changes, needs=("sign-in",)),
            Check("rules", self._rules),
        )

    async def aclose(self) -> None:
        if self._bus is not None:
            await self._bus.aclose()
        await self._org.aclose()

    async def _sign_in(self) -> Iterable[Finding]:
        versions = await self._org.get("versions", "/services/data/")
        self._versions = [str(each["version"]) for each in versions]
        return [ok("org", f"signed in at {self._settings.url}")]

    async def _version(self) -> Iterable[Finding]:
        wanted = self._settings.api_version
        if wanted in self._versions:
            return [ok(wanted, f"version {wanted} is served, {self._versions[-1]} is the newest")]
        what = f"version {wanted} is not served; {self._versions[0]} to {self._versions[-1]} are"
        return [failed(wanted, what, f"set {self._prefix}API_VERSION to one of them")]

    async def _calls(self) -> Iterable[Finding]:
        mend = "find who uses them up, or buy more"
        try:
            day = (await self._org.get("limits", "limits"))["DailyApiRequests"]
        except Retryable as refused:
            if refused.code != _USED_UP:
                raise
            return [failed("calls", "the org's calls of this day are used up", mend)]
        left, most = int(day["Remaining"]), int(day["Max"])
        seen = f"{left} of {most} calls of this day are left"
        return [ok("calls", seen) if left >= most * _LOW else warning("calls", seen, mend)]

    async def _object(self, wanted: Wanted) -> Iterable[Finding]:
        told = await self._org.get(f"describe {wanted.name}", f"sobjects/{wanted.name}/describe")
        lacking = [_RIGHTS[right] for right in wanted.writes if not told[right]]
        bad: list[Finding] = []
        if lacking:
            what = f"the user may not {' or '.join(lacking)} {wanted.name}"
            bad.append(failed(wanted.name, what, f"{_USER} {', '.join(lacking)} on {wanted.name}"))
        fields = {str(each["name"]): each for each in told["fields"]}
        for field in wanted.fields:
            if field.name == CURRENCY and not self._settings.multi_currency:
                continue
            bad += _field(wanted.name, field, fields.get(field.name))
        if wanted.writes:
            bad += _required(wanted, fields)
        if wanted.record_type:
            bad += await self._record_type(wanted, wanted.record_type, told)
        return each_or_all(bad, wanted.name, f"{wanted.name} has what returns need")

    async def _record_type(self, wanted: Wanted, given: str, told: Mapping[str, Any]) -> list[Finding]:
        """A picklist may have fewer values for one type of record than for the object as a whole."""
        there = {str(each["recordTypeId"]): each for each in told["recordTypeInfos"]}
        about = f"{wanted.name}.{RECORD_TYPE}"
        if given not in there or not there[given]["available"]:
            what = f"the user has no record type {given} of {wanted.name}"
            return [failed(about, what, f"{_USER} that record type, or change the mapping file")]
        path = f"ui-api/object-info/{wanted.name}/picklist-values/{given}"
        lists = (await self._org.get(f"picklists {wanted.name}", path))["picklistFieldValues"]
        bad: list[Finding] = []
        for field in wanted.fields:
            allowed = {str(each["value"]) for each in lists.get(field.name, {}).get("values", ())}
            name = f"{wanted.name}.{field.name}"
            mend = "add it to the picklist's values of that record type, or change the mapping's table"
            bad += (
                failed(name, f"{name} has no value {value} for the record type {there[given]['name']}", mend)
                for value in (field.values if field.name in lists else ())
                if value not in allowed
            )
        return bad

    async def _changes(self) -> Iterable[Finding]:
        """Polling does without any of it, later and with more calls."""
        if self._bus is None:
            return [ok("changes", f"changes are polled for: {self._prefix}PUBSUB names no event bus")]
        bad: list[Finding] = []
        for name in (OBJECTS[self._settings.profile], "Contact", "Account"):
            try:
                selected = await self._bus.selected(topic(name))
            except Away as away:
                what = f"the event bus at {self._settings.pubsub} cannot be had ({away}): changes are polled for"
                mend = f"let the workers through to it, or set {self._prefix}PUBSUB to another address or to off"
                return [warning("changes", what, mend)]
            if not selected:
                what = f"changes of {name} are not published, or not to this user: they are polled for"
                mend = f"select {name} for change data capture, and give the user View All Records for it"
                bad.append(warning(f"changes of {name}", what, mend))
        return each_or_all(bad, "changes", "the event bus tells changes of every object that is watched")

    async def _rules(self) -> Iterable[Finding]:
        """An integration user's rights show neither."""
        main = OBJECTS[self._settings.profile]
        return [
            skipped(
                "validation rule",
                f"whether {main} refuses a smaller {VERSION} cannot be seen",
                f"lower {VERSION} of a record by hand: docs/vendors.md has the rule that must refuse it",
            ),
            skipped(
                "duplicate rules",
                "whether a duplicate rule blocks new accounts and contacts cannot be seen",
                "exempt the integration user from rules that block",
            ),
        ]


def _field(of: str, wanted: Field, told: Mapping[str, Any] | None) -> Iterable[Finding]:
    """What is wrong with one field."""
    name = f"{of}.{wanted.name}"
    if told is None:
        if wanted.name == CURRENCY:
            what = f"{name} is not there: the org has one currency, and returns always tell theirs"
            return [failed(name, what, "switch on multiple currencies, or use a mapping without the field")]
        what = f"{name} is not there, or hidden from the user"
        return [failed(name, what, f"create the field, and {_USER} access to it")]
    return [*_shape(name, wanted, told), *_values(name, wanted, told), *_rights(name, wanted, told)]


def _shape(name: str, wanted: Field, told: Mapping[str, Any]) -> Iterable[Finding]:
    kind, length = str(told["type"]), int(told["length"])
    if kind not in wanted.kinds:
        yield failed(name, f"{name} is {kind}", f"make it {' or '.join(sorted(wanted.kinds))}")
    elif length < wanted.length:
        yield failed(name, f"{name} takes {length} characters", f"make it {wanted.length} long")
    if wanted.key and not (told["externalId"] and told["unique"]):
        lacking = [word for word in ("externalId", "unique") if not told[word]]
        mend = "tick External ID and Unique: upserts go by it"
        yield failed(name, f"{name} is not {' and not '.join(lacking)}", mend)
    if wanted.decimals and not told["scale"]:
        mend = "give it the decimals of your currencies"
        yield warning(name, f"{name} has no decimals: amounts are rounded there", mend)


def _values(name: str, wanted: Field, told: Mapping[str, Any]) -> Iterable[Finding]:
    there = {str(each["value"]) for each in told.get("picklistValues") or () if each["active"]}
    for value in wanted.values:
        if value not in there:
            what, mend = f"{name} has no value {value}", "add it to the picklist, or change the mapping's table"
            yield failed(name, what, mend) if told["restrictedPicklist"] else warning(name, what, mend)
    for value in sorted(there.difference(wanted.understood)) if wanted.understood else ():
        yield warning(
            name, f"{name} may be {value}, which the mapping has no word for", "add it to the mapping's table"
        )


def _required(wanted: Wanted, told: Mapping[str, Mapping[str, Any]]) -> Iterable[Finding]:
    """What the org insists on in a new record. A tick box always has a value of its own."""
    filled = {field.name for field in wanted.fields if field.writes}
    for name, field in told.items():
        insists = field["createable"] and not field["nillable"] and not field["defaultedOnCreate"]
        if insists and field["type"] != "boolean" and name not in filled:
            what = f"{wanted.name}.{name} is required, and the mapping does not fill it"
            yield failed(f"{wanted.name}.{name}", what, "add it to the mapping file, or give it a default in the org")


def _rights(name: str, wanted: Field, told: Mapping[str, Any]) -> Iterable[Finding]:
    lacking = [_RIGHTS[right] for right in wanted.writes if not told[right]]
    if lacking:
        what = f"the user may not {' or '.join(lacking)} {name}"
        yield failed(name, what, f"{_USER} edit access to the field")
