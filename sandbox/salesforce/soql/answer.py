"""A query answered from the records: conditions without regard to case, parent paths, pages of 2,000."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sandbox.salesforce.errors import Refusal, no_such_type
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.salesforce.soql.reading import Both, Condition, Either, Opposite, Order, Query, Test, read


def answer(records: Records, text: str, version: str, *, deleted_too: bool = False) -> tuple[list[Record], int]:
    """(rows in the shape of the REST API, their number before paging); COUNT() has no rows."""
    query = read(text)
    of = records.type_of(query.of)
    if of is None:
        raise no_such_type(query.of)
    found = _Table(records, of)
    for path in [*query.paths, *(order.path for order in query.order)]:
        found.field(path)
    if query.where is not None:
        found.check(query.where)
    rows = [row for row in found.candidates(query.where) if deleted_too or not row["IsDeleted"]]
    if query.where is not None:
        rows = [row for row in rows if found.holds(query.where, row)]
    for order in reversed(query.order):
        rows = found.sorted(rows, order)
    rows = _window(rows, query)
    if query.count:
        return [], len(rows)
    return [found.shape(row, query.paths, version) for row in rows], len(rows)


def _window(rows: list[Record], query: Query) -> list[Record]:
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


class _Table:
    """One object type with the ways that lead from it to its parents."""

    def __init__(self, records: Records, of: SObject) -> None:
        self._records, self._of = records, of

    def field(self, path: str) -> tuple[list[Field], SObject, Field]:
        """(lookups to walk, the type reached, its field); INVALID_FIELD when the path leads nowhere."""
        *steps, last = path.split(".")
        if steps and steps[0].lower() == self._of.name.lower() and self._of.lookup(steps[0]) is None:
            steps = steps[1:]
        of, lookups = self._of, []
        for step in steps:
            lookup = of.lookup(step)
            parent = self._records.type_of(lookup.parent) if lookup else None
            if lookup is None or parent is None:
                raise Refusal("INVALID_FIELD", f"Didn't understand relationship '{step}' in field path.")
            lookups.append(lookup)
            of = parent
        field = of.field(last)
        if field is None:
            raise Refusal("INVALID_FIELD", f"No such column '{last}' on entity '{of.name}'.")
        return lookups, of, field

    def candidates(self, where: Condition | None) -> list[Record]:
        """The rows worth testing: an external id that is asked by = or IN is looked up instead of searched for."""
        for test in where.parts if isinstance(where, Both) else (where,):
            if not isinstance(test, Test) or "." in test.path or test.operator not in ("=", "IN"):
                continue
            field = self._of.field(test.path)
            if field is not None and field.external_id:
                values = test.value if test.operator == "IN" else [test.value]
                return self._records.with_keys(self._of, field, values)
        return self._records.all(self._of)

    def value(self, row: Record, path: str) -> Any:
        lookups, _, field = self.field(path)
        reached = self._walk(row, lookups)
        return None if reached is None else reached.get(field.name)

    def check(self, condition: Condition) -> None:
        """Refuse unknown fields and values of the wrong kind, also when there is no row to compare with."""
        if isinstance(condition, Both | Either):
            for part in condition.parts:
                self.check(part)
        elif isinstance(condition, Opposite):
            self.check(condition.part)
        else:
            _, _, field = self.field(condition.path)
            for value in condition.value if isinstance(condition.value, list) else [condition.value]:
                _check_kind(field, value)

    def holds(self, condition: Condition, row: Record) -> bool:
        if isinstance(condition, Both):
            return all(self.holds(part, row) for part in condition.parts)
        if isinstance(condition, Either):
            return any(self.holds(part, row) for part in condition.parts)
        if isinstance(condition, Opposite):
            return not self.holds(condition.part, row)
        return self._test(condition, row)

    def sorted(self, rows: list[Record], order: Order) -> list[Record]:
        known = [row for row in rows if self.value(row, order.path) is not None]
        empty = [row for row in rows if self.value(row, order.path) is None]
        known.sort(key=lambda row: _folded(self.value(row, order.path)), reverse=order.descending)
        return known + empty if order.nulls_last else empty + known

    def shape(self, row: Record, paths: list[str], version: str) -> Record:
        shaped: Record = {"attributes": _attributes(self._of, row, version)}
        for path in paths:
            lookups, _, field = self.field(path)
            place: Record | None = shaped
            reached: Record | None = row
            for lookup in lookups:
                assert place is not None
                reached = self._walk(reached, [lookup]) if reached else None
                if reached is None:
                    place[lookup.relationship] = None
                    place = None
                    break
                parent = self._records.type_of(lookup.parent)
                assert parent is not None
                place = place.setdefault(lookup.relationship, {"attributes": _attributes(parent, reached, version)})
            if place is not None and reached is not None:
                place[field.name] = reached.get(field.name)
        return shaped

    def _walk(self, row: Record, lookups: list[Field]) -> Record | None:
        reached: Record | None = row
        for lookup in lookups:
            parent = self._records.type_of(lookup.parent)
            given = reached.get(lookup.name) if reached else None
            if parent is None or given is None:
                return None
            reached = self._records.by_id(parent, given)
        return reached

    def _test(self, test: Test, row: Record) -> bool:
        _, _, field = self.field(test.path)
        have = self.value(row, test.path)
        if test.operator in ("IN", "NOT IN"):
            inside = any(_equal(field, have, value) for value in test.value)
            return inside == (test.operator == "IN")
        if test.operator == "=":
            return _equal(field, have, test.value)
        if test.operator in ("!=", "<>"):
            return not _equal(field, have, test.value)
        if test.operator == "LIKE":
            return _like(have, test.value)
        return _compared(field, have, test.operator, test.value)


def _attributes(of: SObject, row: Record, version: str) -> dict[str, str]:
    return {"type": of.name, "url": f"/services/data/{version}/sobjects/{of.name}/{row['Id']}"}


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _equal(field: Field, have: Any, wanted: Any) -> bool:
    if have is None or wanted is None:
        return have is None and wanted is None
    if field.kind in ("id", "reference"):
        return bool(canonical(str(wanted)) == have)
    if field.kind == "datetime":
        return _moment(have) == _moment(wanted)
    return bool(_folded(have) == _folded(wanted))


def _compared(field: Field, have: Any, operator: str, wanted: Any) -> bool:
    if have is None or wanted is None:
        return False
    left, right = (_moment(have), _moment(wanted)) if field.kind == "datetime" else (_folded(have), _folded(wanted))
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


def _like(have: Any, pattern: Any) -> bool:
    marks = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(re.escape(part[1:]) if len(part) == 2 else marks.get(part, re.escape(part)) for part in parts)
    return have is not None and re.fullmatch(regex, str(have), re.IGNORECASE | re.DOTALL) is not None


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _check_kind(field: Field, wanted: Any) -> None:
    """Text is quoted, numbers and moments are not: the platform refuses a comparison of the one with the other."""
    if wanted is None:
        return
    expected: type[Any] | tuple[type[Any], ...] = str
    if field.kind in ("double", "boolean"):
        expected = bool if field.kind == "boolean" else (int, float)
    elif field.kind == "datetime":
        expected = datetime
    if not isinstance(wanted, expected) or (field.kind == "double" and isinstance(wanted, bool)):
        raise Refusal("INVALID_FIELD", f"filter criterion for field '{field.name}' must be of type {field.kind}")
