"""An event's Avro schema, read for two things: which fields a bitmap names, and what a field's value is in REST's form.

A compound field (a name, an address) is a record in the event; its parts are fields of their own in REST.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import fastavro

from adapters.crm.port import Scalar
from adapters.crm.salesforce.feed.moments import of_milliseconds, written


class Unreadable(Exception):
    """The event does not say this field's value in a form we know: read the record instead."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field of the record: the event's member it stands in, and which part of it, with the part's own schema."""

    member: str
    part: str | None
    schema: Mapping[str, Any]
    compound: bool = False
    """Stands for all its parts, and has a value of its own only where the org has it as one text."""


class Shape:
    def __init__(self, text: str) -> None:
        """Raises ValueError when the text is no schema."""
        document = json.loads(text)
        if not isinstance(document, dict) or not isinstance(document.get("fields"), list):
            raise ValueError("an event schema is a record with fields")
        self._parsed = fastavro.parse_schema(document)
        self._places: list[list[str]] = []
        """For each field of the event, the record's fields it stands for, its own name last when it is a compound."""
        self._leaves: dict[str, _Leaf] = {}
        for field in document["fields"]:
            name = str(field["name"])
            parts = _parts(field)
            for part in parts:
                self._leaves[_named(name, str(part["name"]))] = _Leaf(name, str(part["name"]), part)
            self._leaves[name] = _Leaf(name, None, field, compound=bool(parts))
            self._places.append([*(_named(name, str(part["name"])) for part in parts), name])

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self._leaves)

    def opened(self, payload: bytes) -> dict[str, Any]:
        """The event's content. Raises what Avro raises for bytes that were not written with this schema."""
        content: Any = fastavro.schemaless_reader(io.BytesIO(payload), self._parsed, None)
        if not isinstance(content, dict):
            raise ValueError("an event is a record")
        return content

    def named(self, bitmaps: Iterable[str]) -> Iterator[str]:
        """The record's fields that these bitmaps name: bit i is the i-th field of the event, `4-0x10` the fifth part
        of the compound at place 4. Raises ValueError for what is no bitmap."""
        for bitmap in bitmaps:
            place, _, digits = bitmap.rpartition("-")
            bits = int(digits, 16)
            if place:
                *parts, whole = self._places[int(place)]
                yield from (part for at, part in enumerate(parts) if bits >> at & 1)
                yield whole
            else:
                for at, names in enumerate(self._places):
                    if bits >> at & 1:
                        yield from names

    def value(self, content: Mapping[str, Any], field: str) -> Scalar:
        """Raises Unreadable."""
        leaf = self._leaves[field]
        value = content[leaf.member]
        if leaf.part is not None:
            # A name may also come as one text, where the org's kind of account has no parts.
            if value is not None and not isinstance(value, dict):
                raise Unreadable(field)
            value = None if value is None else value.get(leaf.part)
        elif leaf.compound and not isinstance(value, str):
            raise Unreadable(field)
        return _scalar(value, leaf.schema)


def _scalar(value: Any, schema: Mapping[str, Any]) -> Scalar:
    """As REST writes it. Points in time and days are numbers in an event, and only the schema's remarks say which."""
    if value is None or isinstance(value, str | bool | float):
        return value
    remarks = str(schema.get("doc", "")).split(":")
    if isinstance(value, int) and "DateTime" in remarks:
        return written(of_milliseconds(value))
    if isinstance(value, int) and "DateOnly" in remarks:
        return of_milliseconds(value).date().isoformat()
    if isinstance(value, int) and "Integer" in remarks:
        return value
    raise Unreadable(str(schema.get("name", "")))


def _parts(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts of a compound field; none of a plain one. The header, which is a record too, is no union."""
    kinds = field["type"] if isinstance(field["type"], list) else []
    for kind in kinds:
        if isinstance(kind, dict) and kind.get("type") == "record":
            return list(kind["fields"])
    return []


def _named(compound: str, part: str) -> str:
    """What REST calls a part: FirstName of Name, MailingStreet of MailingAddress, Place__Street__s of Place__c."""
    if compound.endswith("__c"):
        return f"{compound[:-3]}__{part}__s"
    return part if compound == "Name" else compound.removesuffix("Address") + part
