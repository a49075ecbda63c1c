"""A watched table as the environment describes it: how its rows are addressed, and how the watched columns are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.crm.dynamics.environment import Environment
from adapters.crm.dynamics.keys import alternate, original
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.refusals import refusal
from adapters.crm.dynamics.rows import CUSTOMER_KEY, KEY, LINE_KEY, ORDER_KEY
from adapters.crm.dynamics.session import VENDOR
from adapters.crm.port import Watch
from adapters.errors import Permanent

CREATED, CHANGED, WRITER, MASTER, MERGED = "createdon", "modifiedon", "modifiedby", "masterid", "merged"
_OWN = (CREATED, CHANGED, WRITER, MASTER, MERGED)
# A column that leads to a row is read as its id, under a name of its own.
_LOOKUPS = ("Lookup", "Customer", "Owner")
_OURS = frozenset({KEY, LINE_KEY, CUSTOMER_KEY, ORDER_KEY})
_CALL = "describe"


@dataclass(frozen=True, slots=True)
class Table:
    """`reads` is the property each column is read by, the watched ones and those we need; what the table does not have
    of the latter is not among them. `tracked`: its changes are told."""

    name: str
    entity_set: str
    id: str
    key: str
    fields: tuple[str, ...]
    reads: Mapping[str, str]
    tracked: bool

    @property
    def select(self) -> str:
        return ",".join(sorted({self.id, *self.reads.values()}))

    def stored(self, reference: str) -> str:
        """Our reference as the key's column holds it: in letters of an address where the column is ours, else (an
        article's number) as it is."""
        return alternate(reference) if self.key in _OURS else reference

    def reference(self, stored: str) -> str:
        """The inverse of `stored`."""
        return original(stored) if self.key in _OURS else stored


async def described(environment: Environment, watch: Watch) -> Table:
    """Raises Permanent when the table or a watched column is not there."""
    name = watch.object
    at = "EntityDefinitions(LogicalName='" + name.replace("'", "''") + "')"
    asked = (
        f"{at}?$select=LogicalName,EntitySetName,PrimaryIdAttribute,ChangeTrackingEnabled",
        f"{at}/Attributes?$select=LogicalName,AttributeType",
    )
    outcomes = [each[0] for each in await environment.run(_CALL, [[Operation("GET", path)] for path in asked])]
    if outcomes[0].status == 404:
        raise Permanent(VENDOR, f"{_CALL} {name}", f"there is no table {name}; correct the org's mapping")
    for outcome in outcomes:
        if outcome.status != 200:
            raise refusal(f"{_CALL} {name}", outcome.status, outcome.body)
    own, columns = (outcome.body for outcome in outcomes)
    kinds = {each["LogicalName"]: each["AttributeType"] for each in columns["value"]}
    wanted = dict.fromkeys((watch.key, *watch.fields))
    for field in wanted:
        if field not in kinds:
            what = f"the table has no column {field}; create it, or take it out of the org's mapping"
            raise Permanent(VENDOR, f"{_CALL} {name}", what)
    return Table(
        name,
        own["EntitySetName"],
        own["PrimaryIdAttribute"],
        watch.key,
        tuple(wanted),
        {each: _property(each, kinds[each]) for each in (*wanted, *_OWN) if each in kinds},
        bool(own["ChangeTrackingEnabled"]),
    )


def _property(column: str, kind: str) -> str:
    return f"_{column}_value" if kind in _LOOKUPS else column
