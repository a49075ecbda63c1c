"""A query answered from the records: conditions without regard to case, parent paths, rows as the API shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.salesforce.soql import comparing, grouping
from sandbox.salesforce.soql.query import Both, Condition, Either, Opposite, Order, Query, Test
from sandbox.salesforce.soql.reading import read
from sandbox.salesforce.soql.words import refused

_ASK_WSDL = "Please reference your WSDL or the describe call for the appropriate names."


class Selection:
    """A query that was understood; `find` runs it, `shape` shows one of its rows, `grouped` its groups."""

    def __init__(self, records: Records, text: str, query: Query | None = None, of: SObject | None = None) -> None:
        """`query` and `of` are those of a query inside another one."""
        self._records, self._text = records, text
        self.query: Query = query or read(text)
        of = of or records.type_of(self.query.of)
        if of is None:
            raise self._stumbled(
                self.query.of,
                "INVALID_TYPE",
                f"sObject type '{self.query.of}' is not supported. If you are attempting to use a custom object, be"
                f" sure to append the '__c' after the entity name. {_ASK_WSDL}",
            )
        self.of: SObject = of
        self.query.paths += [
            field.name
            for field in self.of.fields
            if self.query.every == "ALL" or (self.query.every and field.custom == (self.query.every == "CUSTOM"))
        ]
        if self.is_grouped:
            ordered = [replace(each, path=grouping.aliased(self.query, each.path)) for each in self.query.order]
            self.query.order = ordered
        for path in [*self.query.paths, *grouping.fields(self.query)]:
            self._field(path)
        if self.query.where is not None:
            self.query.where = self._understood(self.query.where)
        self._children = [self._child(each) for each in self.query.children]

    @property
    def is_grouped(self) -> bool:
        return bool(self.query.group or self.query.aggregates)

    def find(self, *, deleted_too: bool = False, among: list[Record] | None = None) -> list[Record]:
        """The rows, sorted and cut; of a child query `among` its parent's records."""
        rows = self._matching(deleted_too, among)
        for order in reversed(self.query.order):
            rows = _sorted(rows, order, self.value)
        return self._cut(rows)

    def grouped(self, *, deleted_too: bool = False) -> list[Record]:
        """The groups as the API shows them."""
        found = grouping.groups(self.query, self._matching(deleted_too, None), self.value)
        for order in reversed(self.query.order):
            found = _sorted(found, order, self._measure)
        return [grouping.shape(self.query, group, self.value) for group in self._cut(found)]

    def _measure(self, group: list[Record], path: str) -> Any:
        return grouping.measure(path, group, self.value)

    def _matching(self, deleted_too: bool, among: list[Record] | None) -> list[Record]:
        where = self.query.where
        rows = self._candidates(where, deleted_too) if among is None else among
        return rows if where is None else [row for row in rows if self._holds(where, row)]

    def _cut(self, rows: list[Any]) -> list[Any]:
        end = None if self.query.limit is None else self.query.offset + self.query.limit
        return rows[self.query.offset : end]

    def shape(self, row: Record, version: str) -> Record:
        shaped: Record = {"attributes": _attributes(self.of, row, version)}
        for path in self.query.paths:
            lookups, _, field = self._field(path)
            place, reached, of = shaped, row, self.of
            for lookup in lookups:
                parent = self._records.parent(reached, lookup)
                if parent is None:
                    place[lookup.relationship] = None
                    break
                of, reached = parent
                # An id selected beside the parent's own fields may have been asked first: both live in one place.
                inner = place.get(lookup.relationship) or {"attributes": _attributes(of, reached, version)}
                place[lookup.relationship] = inner
                place = inner
            else:
                place[field.name] = self._records.value(reached, field)
        for name, lookup, child in self._children:
            found = child.find(among=self._records.children(child.of, lookup, row["Id"]))
            records = [child.shape(each, version) for each in found]
            shaped[name] = {"totalSize": len(records), "done": True, "records": records} if records else None
        return shaped

    def value(self, row: Record, path: str) -> Any:
        lookups, _, field = self._field(path)
        reached = row
        for lookup in lookups:
            parent = self._records.parent(reached, lookup)
            if parent is None:
                return None
            reached = parent[1]
        return self._records.value(reached, field)

    def _field(self, path: str) -> tuple[list[Field], SObject, Field]:
        """(lookups to walk, the type reached, its field); INVALID_FIELD when the path leads nowhere."""
        *steps, last = path.split(".")
        if steps and steps[0].lower() == self.of.name.lower() and self.of.lookup(steps[0]) is None:
            steps = steps[1:]
        of, lookups = self.of, []
        for step in steps:
            lookup = of.lookup(step)
            parent = self._records.type_of(lookup.parent) if lookup else None
            if lookup is None or parent is None:
                message = (
                    f"Didn't understand relationship '{step}' in field path. If you are attempting to use a custom"
                    " relationship, be sure to append the '__r' after the custom relationship name."
                )
                raise self._stumbled(path, "INVALID_FIELD", f"{message} {_ASK_WSDL}")
            lookups.append(lookup)
            of = parent
        field = of.field(last)
        if field is None:
            message = (
                f"No such column '{last}' on entity '{of.name}'. If you are attempting to use a custom field, be sure"
                " to append the '__c' after the custom field name."
            )
            raise self._stumbled(path, "INVALID_FIELD", f"{message} {_ASK_WSDL}")
        return lookups, of, field

    def _stumbled(self, word: str, code: str, message: str) -> Refusal:
        found = re.search(rf"(?<![\w.']){re.escape(word)}(?![\w.'])", self._text)
        return refused(code, message, self._text, found.start() if found else 0)

    def _candidates(self, where: Condition | None, deleted_too: bool) -> list[Record]:
        """The rows worth testing: an external id that is asked by = or IN is looked up instead of searched for."""
        for test in where.parts if isinstance(where, Both) else (where,):
            if not isinstance(test, Test) or "." in test.path or test.operator not in ("=", "IN"):
                continue
            field = self.of.field(test.path)
            if field is not None and field.external_id:
                values = test.value if test.operator == "IN" else [test.value]
                return self._records.committed(self._records.with_keys(self.of, field, values, deleted_too=deleted_too))
        return self._records.committed(self._records.all(self.of, deleted_too=deleted_too))

    def _child(self, query: Query) -> tuple[str, Field, Selection]:
        """(relationship, the child's lookup, its query) of `(SELECT … FROM Contacts)`."""
        for of, lookup in self._records.relations(self.of):
            if of.known_as(lookup).lower() == query.of.lower() != "":
                return of.children, lookup, Selection(self._records, self._text, query, of)
        message = (
            f"Didn't understand relationship '{query.of}' in FROM part of query call. If you are attempting to use a"
            " custom relationship, be sure to append the '__r' after the custom relationship name."
        )
        raise self._stumbled(query.of, "INVALID_TYPE", f"{message} {_ASK_WSDL}")

    def _understood(self, condition: Condition) -> Condition:
        """Refuse unknown fields and values of the wrong kind, also when there is no row to compare with.

        A query after IN is answered here, once, and stands for the values it found."""
        if isinstance(condition, Both):
            return Both(tuple(self._understood(part) for part in condition.parts))
        if isinstance(condition, Either):
            return Either(tuple(self._understood(part) for part in condition.parts))
        if isinstance(condition, Opposite):
            return Opposite(self._understood(condition.part))
        if isinstance(condition.value, Query):
            inner = Selection(self._records, self._text, condition.value)
            if len(inner.query.paths) != 1 or inner.is_grouped:
                raise self._stumbled(inner.query.of, "MALFORMED_QUERY", "a query after IN selects exactly one field")
            found = [inner.value(row, inner.query.paths[0]) for row in inner.find()]
            condition = replace(condition, value=[each for each in found if each is not None])
        comparing.check(self._field(condition.path)[2], condition)
        return condition

    def _holds(self, condition: Condition, row: Record) -> bool:
        if isinstance(condition, Both):
            return all(self._holds(part, row) for part in condition.parts)
        if isinstance(condition, Either):
            return any(self._holds(part, row) for part in condition.parts)
        if isinstance(condition, Opposite):
            return not self._holds(condition.part, row)
        field = self._field(condition.path)[2]
        return comparing.holds(field, self.value(row, condition.path), condition, self._records.now().date())


def _sorted(rows: list[Any], order: Order, value: Callable[[Any, str], Any]) -> list[Any]:
    known = [row for row in rows if value(row, order.path) is not None]
    empty = [row for row in rows if value(row, order.path) is None]
    known.sort(key=lambda row: comparing.rank(value(row, order.path)), reverse=order.descending)
    return known + empty if order.nulls_last else empty + known


def _attributes(of: SObject, row: Record, version: str) -> dict[str, str]:
    return {"type": of.name, "url": f"/services/data/{version}/sobjects/{of.name}/{row['Id']}"}
