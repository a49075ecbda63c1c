"""FetchXML read into a plan: attributes, filters, order, link-entities, aggregates, and where a page begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import Fault, bad_request, invalid_argument
from sandbox.dynamics.query import conditions
from sandbox.dynamics.query.filters import Condition, Group
from sandbox.dynamics.schema import Table
from sandbox.dynamics.select.plan import AGGREGATES, DATE_GROUPS, Join, Order, Output, Plan, Source

MOST = 5000
_LINKS = {"inner": {}, "outer": {"outer": True}, "exists": {"exists": True}, "in": {"exists": True}}
_COOKIE = re.compile(r'<cookie page="\d+">.*<(?P<key>\w+) last="\{(?P<last>[^}]*)\}"[^>]*/></cookie>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fetch:
    plan: Plan
    page: int
    size: int
    last: str
    """The row the page before ended with, when the client has handed the cookie back."""
    counts: bool
    cookies: bool
    """Whether such a query can be paged with a cookie."""


@dataclass(slots=True)
class _Reading:
    catalogue: Catalogue
    now: datetime
    user: str
    grouped: bool = False
    joins: list[Join] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    filters: list[Condition] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)


def read(catalogue: Catalogue, text: str, expected: Table, now: datetime, user: str) -> Fetch:
    """`expected` is the table of the address. Raises for XML that cannot be read or asks for what is not covered."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _invalid("a document type is not allowed.")
    try:
        fetch = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise _invalid(str(error)) from None
    entity = fetch.find("entity")
    if fetch.tag != "fetch" or entity is None:
        raise _invalid("a fetch element with an entity is needed.")
    name = entity.get("name", "")
    if name != expected.name:
        message = f"Entity of the FetchXml is '{name}', but the address is that of '{expected.name}'."
        raise invalid_argument(message)
    reading = _Reading(catalogue, now, user, grouped=fetch.get("aggregate") in ("true", "1"))
    root = Source(name, expected)
    reading.tables[name] = expected
    _entity(reading, entity, root, root=True)
    plan = Plan(
        root,
        tuple(reading.joins),
        _all(reading.filters),
        tuple(reading.outputs) or (Output(expected.id, f"{name}.{expected.id}"),),
        tuple(reading.orders),
        reading.grouped,
        fetch.get("distinct") in ("true", "1"),
        top=_number(fetch, "top"),
        sources=reading.tables,
    )
    cookie = fetch.get("paging-cookie", "")
    match = _COOKIE.search(cookie)
    if cookie and match is None:
        raise bad_request("Malformed XML in the Paging Cookie")
    of_root = all(order.by.startswith(f"{name}.") for order in plan.order)
    return Fetch(
        plan,
        page=_number(fetch, "page") or 1,
        size=min(_number(fetch, "count") or MOST, MOST),
        last=match["last"].lower() if match else "",
        counts=fetch.get("returntotalrecordcount") in ("true", "1"),
        cookies=of_root and not plan.grouped and not plan.distinct,
    )


def _entity(reading: _Reading, element: ElementTree.Element, source: Source, *, root: bool) -> None:
    late = [child for child in element if child.tag in ("filter", "order")]
    for child in element:
        match child.tag:
            case "attribute":
                _attribute(reading, child, source, root=root)
            case "all-attributes":
                for column in source.table.columns:
                    _output(reading, column.stored_as, source, column.name, root=root)
            case "link-entity":
                _link(reading, child, source)
            case "filter" | "order":
                continue
            case _:
                raise _invalid(f"the element '{child.tag}' is not covered here.")
    # Filters and orders may name link-entities that stand behind them.
    for child in late:
        if child.tag == "order":
            _order(reading, child, source)
        elif root:
            reading.filters.append(_filter(reading, child, source.alias))


def _attribute(reading: _Reading, element: ElementTree.Element, source: Source, *, root: bool) -> None:
    name = element.get("name", "")
    stored = source.table.reads(name)
    if stored is None:
        raise conditions.no_column(source.table, name)
    alias, aggregate = element.get("alias", ""), element.get("aggregate", "")
    group, date_group = element.get("groupby") in ("true", "1"), element.get("dategrouping", "")
    if not reading.grouped:
        if aggregate or group:
            raise invalid_argument("An attribute with aggregate or groupby needs a fetch with aggregate='true'.")
        _output(reading, stored, source, name, root=root, alias=alias)
        return
    if not alias:
        raise invalid_argument(f"The attribute '{name}' of an aggregate query needs an alias.")
    if not group and aggregate not in AGGREGATES:
        raise invalid_argument(f"The aggregate '{aggregate}' of '{name}' is not one of {', '.join(AGGREGATES)}.")
    if date_group and date_group not in DATE_GROUPS:
        raise _invalid(f"the date grouping '{date_group}' is not covered here.")
    reference, distinct = f"{source.alias}.{stored}", element.get("distinct") in ("true", "1")
    reading.outputs.append(Output(alias, reference, "" if group else aggregate, distinct, group, date_group, True))


def _output(reading: _Reading, stored: str, source: Source, name: str, *, root: bool, alias: str = "") -> None:
    """Columns of a linked table come under the link's alias and their logical name."""
    shown = alias or (stored if root else f"{source.alias}.{name}")
    reading.outputs.append(Output(shown, f"{source.alias}.{stored}", aliased=bool(alias)))


def _order(reading: _Reading, element: ElementTree.Element, source: Source) -> None:
    descending = element.get("descending") in ("true", "1")
    if reading.grouped:
        reading.orders.append(Order(element.get("alias", ""), descending))
        return
    name = element.get("attribute", "")
    alias = element.get("entityname") or source.alias
    if alias not in reading.tables:
        raise invalid_argument(f"The order names '{alias}', which is no link-entity before it.")
    stored = reading.tables[alias].reads(name)
    if stored is None:
        raise conditions.no_column(reading.tables[alias], name)
    reading.orders.append(Order(f"{alias}.{stored}", descending))


def _link(reading: _Reading, element: ElementTree.Element, parent: Source) -> None:
    name, kind = element.get("name", ""), element.get("link-type", "inner")
    table = reading.catalogue.find(name)
    if table is None:
        raise Fault(400, "0x80041102", f"The entity with a name = '{name}' was not found in the MetadataCache.")
    if kind not in _LINKS:
        raise _invalid(f"the link type '{kind}' is not covered here.")
    alias = element.get("alias") or f"{name}{sum(each.source.table is table for each in reading.joins) + 1}"
    if alias in reading.tables:
        raise invalid_argument(f"The alias '{alias}' is used twice.")
    source = Source(alias, table)
    reading.tables[alias] = table
    inside, outside = table.reads(element.get("from", "")), parent.table.reads(element.get("to", ""))
    if inside is None or outside is None:
        lost = (table, element.get("from", "")) if inside is None else (parent.table, element.get("to", ""))
        raise conditions.no_column(*lost)
    wanted = [_filter(reading, each, alias) for each in element.findall("filter")]
    options = _LINKS[kind]
    reading.joins.append(
        Join(
            source,
            inside,
            f"{parent.alias}.{outside}",
            outer=bool(options.get("outer")),
            exists=bool(options.get("exists")),
            condition=_all(wanted),
        )
    )
    _entity(reading, element, source, root=False)


def _filter(reading: _Reading, element: ElementTree.Element, alias: str) -> Condition:
    parts: list[Condition] = []
    for child in element:
        if child.tag == "filter":
            parts.append(_filter(reading, child, alias))
        elif child.tag == "condition":
            parts.append(_condition(reading, child, alias))
        else:
            raise _invalid(f"the element '{child.tag}' is not covered within a filter.")
    return Group(tuple(parts), every=element.get("type", "and") == "and" or not parts)


def _condition(reading: _Reading, element: ElementTree.Element, alias: str) -> Condition:
    if element.get("valueof") is not None:
        raise _invalid("the comparison with another column (valueof) is not covered here.")
    alias = element.get("entityname") or alias
    if alias not in reading.tables:
        raise invalid_argument(f"The condition names '{alias}', which is no link-entity before it.")
    values = [element.get("value", "")] if element.get("value") is not None else []
    values += [each.text or "" for each in element.findall("value")]
    name, operator = element.get("attribute", ""), element.get("operator", "")
    return conditions.fitted(reading.tables[alias], alias, name, operator, values, reading.now, reading.user)


def _all(parts: list[Condition]) -> Condition | None:
    return Group(tuple(parts), every=True) if parts else None


def _number(element: ElementTree.Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise _invalid(f"'{text}' is not a number for '{name}'.")
    return int(text)


def _invalid(reason: str) -> Fault:
    return Fault(400, "0x80041102", f"Invalid FetchXml: {reason}")
