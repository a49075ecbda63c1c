"""An environment looked at before the first return: sign-in, tables and their parts, rights, prices, changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from urllib.parse import urlsplit

from adapters.crm.dynamics.environment import Environment, Lookup
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.preflight.described import Described, describe
from adapters.crm.dynamics.preflight.wanted import TABLES, Table
from adapters.crm.dynamics.refusals import refusal
from adapters.crm.dynamics.settings import DynamicsSettings
from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning

_FUNCTION = "Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"
# Registrations of webhooks among the service endpoints.
_WEBHOOKS = "serviceendpoints?$select=name,url&$filter=contract%20eq%208"
# How a privilege for the whole organization is told.
_WHOLE = "Global"
# Their merges and deletions are followed.
_PARTIES = ("account", "contact")
_ROLE = "give a security role of the application user"


class DynamicsPreflight:
    """`prefix` is what this environment's settings begin with, such as BACKHAUL_CRM__FIELD__."""

    def __init__(self, settings: DynamicsSettings, prefix: str) -> None:
        self._settings, self._prefix = settings, prefix
        self._environment = Environment(settings)
        self._user = ""
        self._held: dict[str, str] | None = None
        """Of each privilege, by its id, how far it reaches."""

    def checks(self) -> Sequence[Check]:
        signed_in = ("sign-in",)
        names = ("URL", "TENANT", "CLIENT_ID", "CLIENT_SECRET")
        login = (
            f"compare {', '.join(self._prefix + name for name in names)} with the app registration, "
            "and make it an application user of the environment with a security role"
        )
        trade = (
            (Check("price lists", self._price_lists, needs=("sign-in", "pricelevel", "transactioncurrency")),)
            if self._settings.profile == "rma"
            else ()
        )
        return (
            Check("sign-in", self._sign_in, login),
            Check("privileges", self._privileges, needs=signed_in),
            *(
                Check(each.name, partial(self._table, each), f"{_ROLE} access to it", signed_in)
                for each in TABLES[self._settings.profile]
            ),
            *trade,
            Check("change tracking", self._tracking, needs=signed_in),
            Check("webhook", self._webhook, "register it, or unset the webhook key", signed_in),
        )

    async def aclose(self) -> None:
        await self._environment.aclose()

    async def _sign_in(self) -> Iterable[Finding]:
        [[answer]] = await self._environment.run("WhoAmI", [[Operation("GET", "WhoAmI")]])
        if answer.status != 200:
            raise refusal("WhoAmI", answer.status, answer.body)
        self._user = str(answer.body["UserId"])
        return [ok("user", f"signed in to {self._settings.url} as application user {self._user}")]

    async def _privileges(self) -> Iterable[Finding]:
        """What the user holds; the tables' own checks compare it with what they need."""
        path = f"systemusers({self._user})/{_FUNCTION}"
        [[answer]] = await self._environment.run("RetrieveUserPrivileges", [[Operation("GET", path)]])
        if answer.status != 200:
            why = refusal("RetrieveUserPrivileges", answer.status, answer.body).reason
            what = f"what the user may do is not shown: {why}"
            return [skipped("privileges", what, "compare the application user's role with docs/vendors.md")]
        self._held = {str(each["PrivilegeId"]): str(each["Depth"]) for each in answer.body["RolePrivileges"]}
        return [ok("privileges", f"the user holds {len(self._held)} privileges; each table's are looked at with it")]

    async def _table(self, wanted: Table) -> Iterable[Finding]:
        told = await describe(self._environment, wanted.name)
        if told is None:
            what = f"there is no table {wanted.name}"
            mend = f"install the solution or licence it belongs to, or choose another {self._prefix}PROFILE"
            return [failed(wanted.name, what, mend)]
        bad = [*_columns(wanted, told), *_key(wanted, told), *_binds(wanted, told), *self._rights(wanted, told)]
        return each_or_all(bad, wanted.name, f"{wanted.name} has what returns need")

    def _rights(self, wanted: Table, told: Described) -> Iterable[Finding]:
        for right in wanted.rights if self._held is not None else ():
            name, number = told.privileges.get(right, ("", ""))
            if name and number not in (self._held or ()):
                yield failed(name, f"the user lacks {name}", f"{_ROLE} {right} on {wanted.name}")

    async def _price_lists(self) -> Iterable[Finding]:
        currencies, lists = await self._environment.read([
            Lookup("transactioncurrencies", ("transactioncurrencyid", "isocurrencycode")),
            Lookup("pricelevels", ("pricelevelid", "_transactioncurrencyid_value")),
        ])  # fmt: skip
        if not currencies:
            return [skipped("price lists", "the environment has no currency yet", "look again when it has")]
        priced = {each["_transactioncurrencyid_value"] for each in lists}
        mend = "add one: a return in that currency cannot be shown unless its order is known there"
        bad = [
            warning(code, f"there is no price list in {code}", mend)
            for each in currencies
            if each["transactioncurrencyid"] not in priced and (code := str(each["isocurrencycode"]))
        ]
        if not lists:
            return [failed("price lists", "there is no price list", "add one in each currency returns come in")]
        return each_or_all(bad, "price lists", "every currency has a price list")

    async def _tracking(self) -> Iterable[Finding]:
        """Without it nothing that is changed in the environment reaches a return."""
        names = [TABLES[self._settings.profile][0].name, *_PARTIES]
        paths = [f"EntityDefinitions(LogicalName='{name}')?$select=ChangeTrackingEnabled,Privileges" for name in names]
        answers = await self._environment.run("describe", [[Operation("GET", path)] for path in paths])
        bad: list[Finding] = []
        for name, [answer] in zip(names, answers, strict=True):
            # A table that is missing is told by its own check.
            if answer.status == 404:
                continue
            if answer.status != 200:
                raise refusal(f"describe {name}", answer.status, answer.body)
            if not answer.body["ChangeTrackingEnabled"]:
                mend = "switch on Track changes in the table's advanced options"
                bad.append(failed(name, f"changes of {name} are not tracked", mend))
            read = [each for each in answer.body["Privileges"] if each["PrivilegeType"] == "Read"]
            if any((self._held or {}).get(each["PrivilegeId"], _WHOLE) != _WHOLE for each in read):
                mend = f"{_ROLE} Read on {name} at organization level"
                bad.append(failed(name, f"the user reads some rows of {name} only, and is told no changes", mend))
        return each_or_all(bad, "change tracking", f"changes of {', '.join(names)} are tracked")

    async def _webhook(self) -> Iterable[Finding]:
        path = self._settings.webhook
        if not path:
            return [ok("webhook", "none is expected: changes are looked for every few seconds")]
        [[answer]] = await self._environment.run("read webhooks", [[Operation("GET", _WEBHOOKS)]])
        mend = f"register one to {path} at your API's address, or unset {self._prefix}WEBHOOK_KEY"
        if answer.status != 200:
            why = refusal("read webhooks", answer.status, answer.body).reason
            return [skipped("webhook", f"what is registered is not shown: {why}", mend)]
        if any(urlsplit(str(each["url"])).path == path for each in answer.body["value"]):
            return [ok("webhook", f"one is registered to {path}")]
        return [warning("webhook", f"no webhook to {path} is registered; changes are found by looking alone", mend)]


def _columns(wanted: Table, told: Described) -> Iterable[Finding]:
    for column in wanted.columns:
        name, kind = f"{wanted.name}.{column.name}", told.kinds.get(column.name)
        if kind is None:
            yield failed(name, f"{name} is not there", "create the column, or import the solution that has it")
        elif kind not in column.kinds:
            yield failed(name, f"{name} is {kind}", f"make it {' or '.join(column.kinds)}")
        elif told.lengths.get(column.name, column.length) < column.length:
            what = f"{name} takes {told.lengths[column.name]} characters"
            yield failed(name, what, f"make it {column.length} long")
        else:
            for value in column.options:
                if value not in told.options.get(column.name, ()):
                    yield failed(name, f"{name} has no option {value}", "restore the option")


def _key(wanted: Table, told: Described) -> Iterable[Finding]:
    if not wanted.key:
        return
    name, state = f"{wanted.name}.{wanted.key}", told.keys.get(wanted.key)
    if state is None:
        mend = "define one of that column alone, and publish it"
        yield failed(name, f"{name} is no alternate key", mend)
    elif state != "Active":
        mend = "wait while it is built; if it failed, rid the column of duplicates and reactivate it"
        yield failed(name, f"the index of the alternate key {name} is {state}", mend)


def _binds(wanted: Table, told: Described) -> Iterable[Finding]:
    for name in wanted.binds:
        if name not in told.binds:
            near = next((each for each in told.binds if each.lower() == name.lower()), None)
            what = f"{wanted.name} has no link named {name}" + (f", but one named {near}" if near else "")
            mend = f"create the lookup so that its navigation property is {name}: capitals count"
            yield failed(f"{wanted.name}.{name}", what, mend)
