"""The query options of one request, read and checked: what is asked of a table, of a row, or inside an $expand."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import bad_query, bad_request
from sandbox.dynamics.query.filters import Condition, read
from sandbox.dynamics.query.fitting import fitted, known
from sandbox.dynamics.relations import Relation
from sandbox.dynamics.schema import Table

_TRACKING = ("$deltatoken", "$skiptoken")
_OTHER_LANGUAGES = {"fetchXml", "sql", "$apply"}
_KNOWN = {"$select", "$filter", "$orderby", "$top", "$count", "$expand", *_OTHER_LANGUAGES, *_TRACKING}
# Optional parameters of the platform that change nothing here but for `tag`.
_OPTIONAL = {"tag", "partitionId", "SolutionUniqueName", "x-ms-file-name", "sessiontoken"}
_SPELLED = {"fetchxml": "fetchXml"}
_INSIDE = {"$select", "$filter", "$orderby", "$top", "$expand"}
# How deep expansions may be nested.
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Expansion:
    name: str
    table: Table
    """Whose rows are expanded."""
    lookup: Relation | None
    """Nothing for a collection."""
    options: Options


@dataclass(frozen=True, slots=True)
class Options:
    select: tuple[str, ...] = ()
    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """(column, descending)"""
    top: int | None = None
    count: bool = False
    expand: tuple[Expansion, ...] = ()


def raw(target: str) -> dict[str, str]:
    """Name -> text. Everything but the platform's own options and the optional `tag` is refused."""
    found = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
    found = {_SPELLED.get(name.lower(), name): value for name, value in found.items()}
    unknown = sorted(set(found) - _KNOWN - _OPTIONAL)
    if len(_OTHER_LANGUAGES & set(found)) > 1:
        raise bad_query("fetchXml, sql and $apply cannot be combined.")
    if "$skip" in unknown:
        raise bad_request("Skip Clause is not supported in CRM")
    if unknown:
        raise bad_query(f"The query parameter {unknown[0]} is not supported.")
    return found


def options(catalogue: Catalogue, table: Table, given: dict[str, str], depth: int = 0) -> Options:
    select = tuple(name.strip() for name in given.get("$select", "").split(",") if name.strip() not in ("", "*"))
    for name in select:
        known(table, name)
    text = given.get("$filter")
    return Options(
        select,
        fitted(catalogue, table, read(text)) if text is not None else None,
        _order(table, given.get("$orderby", "")),
        _top(given["$top"]) if "$top" in given else None,
        given.get("$count") == "true",
        tuple(_expansion(catalogue, table, part, depth + 1) for part in split(given.get("$expand", ""), ",")),
    )


def split(text: str, mark: str) -> list[str]:
    """The parts between the marks that stand outside of brackets of any kind and of quotes."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter in "([{") - (letter in ")]}")
        if letter == mark and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    if depth or quoted:
        raise bad_query(f"'{text}' does not end.")
    return [part.strip() for part in parts if part.strip()]


def _order(table: Table, text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for part in split(text, ","):
        name, _, direction = part.partition(" ")
        known(table, name)
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_query(f"Syntax error at '{direction.strip()}' in '{part}'.")
        found.append((name, direction.strip() == "desc"))
    return tuple(found)


def _top(text: str) -> int:
    if not text.isdecimal():
        raise bad_query(f"Invalid value '{text}' for $top query option found.")
    return int(text)


def _expansion(catalogue: Catalogue, table: Table, text: str, depth: int) -> Expansion:
    name, _, inside = text.partition("(")
    name = name.strip()
    one = catalogue.leading_from(table, name)
    other = one.target if one is not None else catalogue.collected(table, name)
    if other is None:
        raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
    if depth > _DEEPEST:
        raise bad_request(f"More than {_DEEPEST} levels of $expand are not supported.")
    given: dict[str, str] = {}
    for part in split(inside.removesuffix(")"), ";"):
        option, _, value = part.partition("=")
        if option.strip() not in _INSIDE:
            raise bad_query(f"The query option {option.strip()} is not supported in $expand.")
        given[option.strip()] = value
    if one is not None and set(given) - {"$select", "$expand"}:
        raise bad_request("Only $select and $expand are allowed on a single-valued navigation property.")
    return Expansion(name, other, one, options(catalogue, other, given, depth))
