"""The tables, columns, keys and links that a mapping and `rows.py` read and write, as an environment must have them."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.crm.dynamics.rows import CUSTOMER_KEY, KEY, LINE_KEY, ORDER_KEY, SKU, VERSION
from adapters.crm.dynamics.settings import Profile
from adapters.crm.mapping import Compiled, Object
from adapters.crm.mapping.fields import Field
from adapters.crm.mapping.steps import Kind

_STATES = ("State", "Status")
_LINE_BINDS = ("msdyn_rma", "msdyn_product", "msdyn_unit", "msdyn_pricelist")


@dataclass(frozen=True, slots=True)
class Column:
    """`kinds` as the environment calls them (AttributeType); `options` are the values we send, `understood` those we
    have words for."""

    name: str
    kinds: tuple[str, ...] = ("String", "Memo")
    length: int = 0
    options: tuple[int, ...] = ()
    understood: tuple[int, ...] = ()
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`binds` are the names links are set by, in their exact case; `rights` the privileges a user needs on it."""

    name: str
    columns: tuple[Column, ...]
    key: str = ""
    binds: tuple[str, ...] = ()
    rights: tuple[str, ...] = ("Read", "Create", "Write", "Append", "AppendTo")


def _link(name: str) -> Column:
    return Column(name, ("Lookup", "Customer"), writes=False)


def _state(*reasons: int) -> tuple[Column, ...]:
    return Column("statecode", _STATES), Column("statuscode", _STATES, options=reasons)


_KINDS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("String", "Memo"),
    Kind.EMAIL: ("String",),
    Kind.NUMBER: ("Integer", "Double", "Decimal", "BigInt"),
    Kind.AMOUNT: ("Decimal", "Double", "Money"),
    Kind.DATE: ("DateTime",),
    Kind.MOMENT: ("DateTime",),
    Kind.FLAG: ("Boolean",),
    Kind.CHOICE: ("Picklist",),
    Kind.LINK: ("Lookup", "Customer"),
}
# The longest text of one line; longer ones are Memo.
_LINE = 4000
_WRITTEN = ("Read", "Create", "Write", "Append", "AppendTo")
_LOOKED_AT = ("Read", "AppendTo")
_STATE_REASONS = {"rma": (1, 2), "case": (1, 2, 3, 4, 5, 6), "custom": (1, 2)}
_BINDS = {
    "rma": ("msdyn_serviceaccount", "msdyn_requestedbycontact", "bh_Order", "transactioncurrencyid", "msdyn_pricelist"),
    "case": ("customerid_account", "primarycontactid"),
    "custom": ("new_Customer_account", "new_Order"),
}
_ORDER = Table(
    "salesorder",
    (Column(ORDER_KEY, length=100, writes=False), _link("transactioncurrencyid"), _link("pricelevelid")),
    ORDER_KEY,
    rights=_LOOKED_AT,
)
_TRADE = (
    Table("uom", (), rights=_LOOKED_AT),
    Table("transactioncurrency", (Column("isocurrencycode", writes=False),), rights=_LOOKED_AT),
    Table("pricelevel", (_link("transactioncurrencyid"),), rights=_LOOKED_AT),
)


def tables(mapping: Compiled, profile: Profile) -> tuple[Table, ...]:
    """Tables that are switched off are not looked at."""
    found = tuple(_table(each, profile) for each in mapping.concepts.values() if each.mode.value != "off")
    return (*found, _ORDER, *(_TRADE if profile == "rma" else ()))


def _table(mapped: Object, profile: Profile) -> Table:
    version, order, state = Column(VERSION, ("Integer",)), Column(ORDER_KEY, length=100), _STATE_REASONS[profile]
    own, key, binds = {
        "return": ((Column(KEY, length=100), version, order, *_state(*state)), KEY, _BINDS[profile]),
        "line": ((Column(LINE_KEY, length=150),), LINE_KEY, _LINE_BINDS),
        "contact": ((Column(CUSTOMER_KEY, length=100),), CUSTOMER_KEY, ("parentcustomerid_account",)),
        "account": ((Column(CUSTOMER_KEY, length=100),), CUSTOMER_KEY, ()),
        # Goods are looked for by their number, which need not be a key.
        "product": ((Column(SKU, writes=False), _link("defaultuomid")), "", ()),
    }[mapped.concept]
    columns = (*own, *(_column(each) for each in mapped.fields if each.rule.direction.value != "off"))
    if mapped.mode.pushes:
        return Table(mapped.object, columns, key, binds, _WRITTEN)
    looked = tuple(Column(one.name, one.kinds, understood=one.understood, writes=False) for one in columns)
    return Table(mapped.object, looked, key, (), _LOOKED_AT)


def _column(mapped: Field) -> Column:
    pushes = mapped.rule.direction.pushes
    length = mapped.length if pushes else 0
    kinds = ("Memo",) if mapped.kind is Kind.TEXT and length > _LINE else _KINDS[mapped.kind]
    values = tuple(value for value in mapped.values if isinstance(value, int))
    understood = values if mapped.rule.direction.pulls and mapped.tables else ()
    return Column(mapped.name, kinds, length, values if pushes else (), understood, pushes)
