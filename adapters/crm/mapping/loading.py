"""From a mapping file to a compiled mapping: all that is wrong with it is told at once, with file, line and mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adapters.crm.mapping.compiled import Compiled, Object
from adapters.crm.mapping.errors import BadMapping
from adapters.crm.mapping.fields import Field, ready
from adapters.crm.mapping.file import Place, Read, parse, read
from adapters.crm.mapping.schema import Mapping, ObjectEntry, StepEntry
from adapters.crm.mapping.steps import KNOWN
from adapters.crm.mapping.tables import Lookup

FOLDER = Path(__file__).parents[3] / "mappings"
_SCHEMA = "`backhaul mapping schema` has the whole format"
# How pydantic names the kinds of a step in the place of an error.
_STEPS = {model.__name__: next(iter(model.model_fields)) for model in StepEntry.__args__[1:]}


@cache
def shipped(vendor: str, profile: str) -> Compiled:
    """The profile's own mapping, as it comes with the program."""
    return load(shipped_path(vendor, profile))


def shipped_path(vendor: str, profile: str) -> Path:
    # Dataverse calls a case an incident.
    word = "incident" if (vendor, profile) == ("dynamics", "case") else profile
    return FOLDER / f"{vendor}_{word}.yaml"


def load(path: Path) -> Compiled:
    """Raises BadMapping."""
    return compiled(read(path))


def loads(name: str, text: str) -> Compiled:
    """The same of a text. Raises BadMapping."""
    return compiled(parse(name, text))


def compiled(file: Read) -> Compiled:
    try:
        # By way of JSON: what is strict there is so about types, and lets words be choices and lists be tuples.
        given = Mapping.model_validate_json(json.dumps(file.data))
    except ValidationError as error:
        raise BadMapping(tuple(dict.fromkeys(_complaints(file, error)))) from None
    tables = {name: Lookup(name, table.values, table.otherwise) for name, table in given.tables.items()}
    wrong = list(_objects_complaints(file, given))
    concepts: dict[str, Object] = {}
    for concept, entry in given.objects.items():
        fields: list[Field] = []
        for name, field in entry.fields.items():
            try:
                fields.append(ready(name, field, tables, given.vendor))
            except ValueError as error:
                wrong.append(f"{file.at(('objects', concept, 'fields', name))}: {entry.object}.{name} {error}")
        concepts[concept] = _object(file, concept, entry, fields)
    used = {table.name for each in concepts.values() for field in each.fields for table in field.tables}
    if not wrong:
        wrong = [
            f"{file.at(('tables', name))}: no field uses the table {name}: remove it" for name in tables.keys() - used
        ]
    if wrong:
        raise BadMapping(tuple(wrong))
    return Compiled(given.name, given.version, given.vendor, given.profile, file.name, given.regions, concepts)


def _object(file: Read, concept: str, entry: ObjectEntry, fields: list[Field]) -> Object:
    pushed = tuple(field for field in fields if field.rule.direction.pushes)
    place = file.at(("objects", concept))
    return Object(concept, entry.object, entry.key, entry.mode, entry.record_type, tuple(fields), pushed, place)


def _objects_complaints(file: Read, given: Mapping) -> Iterator[str]:
    if "return" not in given.objects:
        yield f"{file.at(('objects',))}: objects lack `return`: add it"
    for concept, entry in given.objects.items():
        if entry.record_type and given.vendor != "salesforce":
            yield f"{file.at(('objects', concept, 'record_type'))}: only Salesforce has record types: remove it"
        asked: dict[str, str] = {}
        for name, field in entry.fields.items():
            place = file.at(("objects", concept, "fields", name))
            if field.asks is None:
                continue
            if concept != "return":
                yield f"{place}: {name} asks something of a return: move it to `return`, or leave out `asks`"
            if field.asks in asked:
                yield f"{place}: {name} and {asked[field.asks]} both ask {field.asks}: keep one"
            asked[field.asks] = name


def _complaints(file: Read, error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        place, rest = _real(file.data, one["loc"])
        if "steps" in place[:-1] and not _meant(file.data, place, rest):
            continue
        named = ".".join(str(part) for part in place) or "the file"
        yield f"{file.at(place)}: {named} {_sentence(one, place, rest)}"


def _real(data: Any, loc: tuple[int | str, ...]) -> tuple[Place, tuple[int | str, ...]]:
    """The part of a place that stands in the file; the rest is pydantic's own, or what is missing."""
    place: list[str | int] = []
    for at, part in enumerate(loc):
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int)
        if not inside:
            return tuple(place), loc[at:]
        place.append(part)
        data = data[part]
    return tuple(place), ()


def _meant(data: Any, place: Place, rest: tuple[int | str, ...]) -> bool:
    """Pydantic complains of a step once for each kind it could be: only the one it is named like is meant."""
    at = place.index("steps") + 2
    for part in place[:at]:
        data = data[part]
    given = next(iter(data), None) if isinstance(data, dict) else None
    tags = [part for part in rest if part in _STEPS]
    if given in _STEPS.values():
        return any(_STEPS[str(tag)] == given for tag in tags) or len(place) > at
    return "literal" in str(rest) or not tags


def _sentence(one: Any, place: Place, rest: tuple[int | str, ...]) -> str:
    kind, said = one["type"], str(one["msg"])
    if "steps" in place[:-1] and kind != "value_error":
        if rest and str(rest[0]) in _STEPS:
            return f"has a wrong argument for {_STEPS[str(rest[0])]}: {said[:1].lower()}{said[1:]}"
        if place.index("steps") + 2 == len(place):
            known = ", ".join(name if step.bare else f"{name}: ..." for name, step in KNOWN.items())
            return f"is no step; steps are {known}"
    if kind == "missing":
        return f"lacks `{rest[-1]}`: add it; {_SCHEMA}"
    if kind == "extra_forbidden":
        return f"is not known here: remove it; {_SCHEMA}"
    if kind in ("enum", "literal_error"):
        return f"must be {one['ctx']['expected']}"
    return said.removeprefix("Value error, ") + ("" if kind == "value_error" else f"; {_SCHEMA}")
