"""The objects and fields that a mapping and `records.py` read and write, as an org must have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.crm.mapping import Compiled, Object
from adapters.crm.mapping.fields import Field as Mapped
from adapters.crm.mapping.steps import Kind
from adapters.crm.salesforce.records import CUSTOMER_KEY, KEY, LINE_KEY, LINKS, ORDER_KEY, SKU_KEY, VERSION
from adapters.crm.salesforce.settings import Profile

_TEXT = frozenset({"string", "textarea"})
_NUMBER = frozenset({"double", "currency", "int", "percent"})
_LOOKUP = frozenset({"reference"})
_KINDS: dict[Kind, frozenset[str]] = {
    Kind.TEXT: _TEXT,
    Kind.EMAIL: frozenset({"email", "string"}),
    Kind.NUMBER: _NUMBER,
    Kind.AMOUNT: _NUMBER,
    Kind.DATE: frozenset({"date"}),
    Kind.MOMENT: frozenset({"datetime"}),
    Kind.FLAG: frozenset({"boolean"}),
    Kind.CHOICE: frozenset({"picklist", "string"}),
    Kind.LINK: _LOOKUP,
}
_BOTH = ("createable", "updateable")


@dataclass(frozen=True, slots=True)
class Field:
    """`key`: an external id that is unique. `values` are those we send, `understood` those we have words for; `writes`
    is what we do to it."""

    name: str
    kinds: frozenset[str] = _TEXT
    length: int = 0
    key: bool = False
    decimals: bool = False
    values: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    writes: tuple[str, ...] = _BOTH


@dataclass(frozen=True, slots=True)
class Wanted:
    """`writes` is empty for an object that is only looked at."""

    name: str
    fields: tuple[Field, ...]
    writes: tuple[str, ...] = _BOTH
    record_type: str | None = None


def objects(mapping: Compiled, profile: Profile) -> tuple[Wanted, ...]:
    """Objects that are switched off are not looked at."""
    found = tuple(_object(each, profile) for each in mapping.concepts.values() if each.mode.value != "off")
    if profile == "case":
        return found
    return (*found, Wanted("Order", (_key(ORDER_KEY, 80, writes=()),), ()))


def _object(mapped: Object, profile: Profile) -> Wanted:
    writes = _BOTH if mapped.mode.pushes else ()
    own = {
        "return": (_key(KEY, 80), Field(VERSION, _NUMBER), Field(ORDER_KEY, length=80), *_links(profile)),
        "line": (
            _key(LINE_KEY, 120),
            Field(VERSION, _NUMBER),
            _lookup("ReturnOrderId", fixed=True),
            _lookup("Product2Id"),
        ),
        "contact": (_key(CUSTOMER_KEY, 80), _lookup("AccountId")),
        "account": (_key(CUSTOMER_KEY, 80),),
        "product": (_key(SKU_KEY, 0, writes=()),),
    }[mapped.concept]
    fields = (*own, *(_field(each) for each in mapped.fields if each.rule.direction.value != "off"))
    if not writes:
        fields = tuple(Field(one.name, one.kinds, key=one.key, understood=one.understood, writes=()) for one in fields)
    return Wanted(mapped.object, fields, writes, mapped.record_type)


def _links(profile: Profile) -> Iterator[Field]:
    return (_lookup(name) for name in LINKS[profile] if name)


def _field(mapped: Mapped) -> Field:
    pushes = mapped.rule.direction.pushes
    understood = mapped.values if mapped.rule.direction.pulls and mapped.tables else ()
    return Field(
        mapped.name,
        _KINDS[mapped.kind],
        mapped.length if pushes else 0,
        decimals=mapped.kind is Kind.AMOUNT,
        values=tuple(str(value) for value in mapped.values) if pushes else (),
        understood=tuple(str(value) for value in understood),
        writes=_BOTH if pushes else (),
    )


def _key(name: str, length: int, *, writes: tuple[str, ...] = _BOTH) -> Field:
    return Field(name, length=length, key=True, writes=writes)


def _lookup(name: str, *, fixed: bool = False) -> Field:
    return Field(name, _LOOKUP, writes=("createable",) if fixed else _BOTH)
