"""An environment looked at before the first return: sign-in, tables and their parts, rights, prices, changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from adapters.crm.dynamics.environment import Environment, Lookup
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.preflight import listening
from adapters.crm.dynamics.preflight.described import Described, describe
from adapters.crm.dynamics.preflight.listening import PARTIES
from adapters.crm.dynamics.preflight.wanted import Column, Table, tables
from adapters.crm.dynamics.refusals import refusal
from adapters.crm.dynamics.rows import RESERVED, TABLES, shape
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.mapping import shipped
from domain.preflight import Check, Finding, each_or_all, failed, ok, skipped, warning

_OPEN = ("String", "Memo", "Lookup", "Customer", "DateTime", "Integer", "Decimal", "Double", "Money")
_FUNCTION = "Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"
_ROLE = "give a security role of the application user"


class DynamicsPreflight:
    """`prefix` is what this environment's settings begin with, such as BACKHAUL_CRM__FIELD__."""

    def __init__(self, settings: DynamicsSettings, prefix: str) -> None:
        self._settings, self._prefix = settings, prefix
        mapping = settings.mapping or shipped("dynamics", settings.profile)
        mapping.fits(shape(settings.profile), RESERVED)
        self._wanted = tables(mapping, settings.profile)
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
                for each in self._wanted
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
        bad = [*_columns(wanted, told), *_key(wanted, told), *_binds(wanted, told), *_required(wanted, told)]
        bad += self._rights(wanted, told)
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
        names = (TABLES[self._settings.profile], *PARTIES)
        return await listening.tracked(self._environment, names, self._held or {})

    async def _webhook(self) -> Iterable[Finding]:
        return await listening.registered(self._environment, self._settings.webhook, self._prefix)


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
        elif column.writes and column.name in told.fixed:
            yield failed(name, f"nobody may write {name}", "choose another column in the mapping file")
        else:
            yield from _options(name, column, told.options.get(column.name, set()))


def _options(name: str, column: Column, there: set[int]) -> Iterable[Finding]:
    for value in column.options:
        if value not in there:
            mend = "restore the option, or change the mapping's table"
            yield failed(name, f"{name} has no option {value}", mend)
    for value in sorted(there.difference(column.understood)) if column.understood else ():
        yield warning(
            name, f"{name} may be {value}, which the mapping has no word for", "add it to the mapping's table"
        )


def _required(wanted: Table, told: Described) -> Iterable[Finding]:
    """What the environment insists on in a new row. Choices and tick boxes have a value of their own."""
    filled = {column.name for column in wanted.columns if column.writes} | {name.lower() for name in wanted.binds}
    for column, level in told.required.items() if "Create" in wanted.rights else ():
        # A link to a customer is set by a name of its own for each kind of customer.
        linked = any(name.startswith(f"{column}_") for name in filled)
        if told.kinds[column] not in _OPEN or column in filled or linked:
            continue
        name = f"{wanted.name}.{column}"
        what = f"{name} is required, and the mapping does not fill it"
        mend = "add it to the mapping file, or make it optional"
        yield failed(name, what, mend) if level == "SystemRequired" else warning(name, what, mend)


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
