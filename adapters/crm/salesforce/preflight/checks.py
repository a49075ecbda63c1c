"""An org looked at before the first return: sign-in, version, calls left, objects, fields, picklists, rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from adapters.crm.salesforce.feed import Patience, topic
from adapters.crm.salesforce.feed.pubsub import Away, PubSub
from adapters.crm.salesforce.org import Org
from adapters.crm.salesforce.preflight.wanted import CURRENCY, OBJECTS, Field, Object
from adapters.crm.salesforce.records import VERSION
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.errors import Retryable
from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning

# The platform grants the calls of a day together; less than this share left is soon none.
_LOW = 0.1
_USED_UP = "REQUEST_LIMIT_EXCEEDED"
_RIGHTS = {"createable": "create", "updateable": "edit"}
_USER = "give the integration user's permission set"


class SalesforcePreflight:
    """`prefix` is what this org's settings begin with, such as BACKHAUL_CRM__MAIN__."""

    def __init__(self, settings: SalesforceSettings, prefix: str) -> None:
        self._settings, self._prefix = settings, prefix
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
                for each in OBJECTS[self._settings.profile]
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

    async def _object(self, wanted: Object) -> Iterable[Finding]:
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
        return each_or_all(bad, wanted.name, f"{wanted.name} has what returns need")

    async def _changes(self) -> Iterable[Finding]:
        """Polling does without any of it, later and with more calls."""
        if self._bus is None:
            return [ok("changes", f"changes are polled for: {self._prefix}PUBSUB names no event bus")]
        bad: list[Finding] = []
        for name in (OBJECTS[self._settings.profile][0].name, "Contact", "Account"):
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
        main = OBJECTS[self._settings.profile][0].name
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
            return [failed(name, what, "switch on multiple currencies")]
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
            what, mend = f"{name} has no value {value}", "add it to the picklist"
            yield failed(name, what, mend) if told["restrictedPicklist"] else warning(name, what, mend)


def _rights(name: str, wanted: Field, told: Mapping[str, Any]) -> Iterable[Finding]:
    lacking = [_RIGHTS[right] for right in wanted.writes if not told[right]]
    if lacking:
        what = f"the user may not {' or '.join(lacking)} {name}"
        yield failed(name, what, f"{_USER} edit access to the field")
