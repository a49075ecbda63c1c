"""The matrix of a mapping as a page: for people as Markdown, for programs as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.crm.mapping.compiled import Compiled, Object
from adapters.crm.mapping.fields import Field
from adapters.crm.mapping.schema import step_name
from domain.change_request import RequestKind
from domain.mapping import Mode

_HEAD = ("field", "shows", "way", "owner", "rule", "empty", "about")


@dataclass(frozen=True, slots=True)
class FieldData:
    """One field of the CRM and what is decided about it; docs/crm/mapping.md says what the words mean."""

    field: str
    shows: str
    direction: str
    owner: str
    rule: str
    asks: RequestKind | None
    nulls: str
    mask: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class ObjectData:
    """`concept` is ours: return, line, contact, account or product; `key` is the field with our reference."""

    concept: str
    object: str
    key: str
    mode: Mode
    record_type: str | None
    fields: tuple[FieldData, ...]


@dataclass(frozen=True, slots=True)
class MappingData:
    """`regions` that are switched; every other one is live."""

    name: str
    version: str
    vendor: str
    profile: str
    regions: Mapping[str, Mode]
    objects: tuple[ObjectData, ...]


def data(mapping: Compiled) -> MappingData:
    return MappingData(
        mapping.name, mapping.version, mapping.vendor, mapping.profile, mapping.regions,
        tuple(_object_data(each) for each in mapping.concepts.values()),
    )  # fmt: skip


def markdown(mapping: Compiled) -> Iterator[str]:
    """Lines of a section."""
    yield f"## {mapping.name}, version {mapping.version}"
    yield ""
    yield f"For {mapping.vendor} with profile `{mapping.profile}`."
    if mapping.regions:
        switched = ", ".join(f"`{name}` is {mode}" for name, mode in mapping.regions.items())
        yield f"Regions: {switched}; every other one is live."
    for each in mapping.concepts.values():
        yield from ("", f"### {each.concept}: {each.object}", "")
        yield f"Found by `{each.key}`." + (f" Switched to {each.mode}." if each.mode is not Mode.LIVE else "")
        if each.record_type:
            yield f"New records get the record type `{each.record_type}`."
        yield from ("", _row(_HEAD), _row("---" for _ in _HEAD))
        for field in each.fields:
            rule = str(field.rule.rule) + (f": asks {field.rule.asks}" if field.rule.asks else "")
            notes = [field.entry.about, "personal" if field.rule.mask.value == "personal" else ""]
            yield _row((
                f"`{field.name}`", _code(_shows(field)), field.rule.direction, field.rule.owner, rule, field.rule.nulls,
                "; ".join(note for note in notes if note),
            ))  # fmt: skip


def _object_data(each: Object) -> ObjectData:
    fields = tuple(_field_data(field) for field in each.fields)
    return ObjectData(each.concept, each.object, each.key, each.mode, each.record_type, fields)


def _field_data(field: Field) -> FieldData:
    rule = field.rule
    return FieldData(
        field.name, _shows(field), str(rule.direction), str(rule.owner), str(rule.rule), rule.asks, str(rule.nulls),
        str(rule.mask), str(field.kind), field.entry.about,
    )  # fmt: skip


def _shows(field: Field) -> str:
    entry = field.entry
    parts = [entry.source or ("" if entry.value is None else repr(entry.value))]
    for given in entry.steps:
        name, argument = step_name(given)
        parts.append(f"{name} {_argument(argument)}".strip())
    text = ", ".join(part for part in parts if part)
    return f"{text}, when {entry.when}" if entry.when else text


def _argument(argument: Any) -> str:
    if argument is None:
        return ""
    if isinstance(argument, str):
        return repr(argument) if not argument.isidentifier() else argument
    if isinstance(argument, int | float):
        return str(argument)
    return f"{argument.point!r} {argument.group!r}"


def _code(text: str) -> str:
    if not text:
        return ""
    # In a table, a bar ends the cell even within code.
    inside = text.replace("|", "\\|")
    return f"`` {inside} ``" if "`" in text else f"`{inside}`"


def _row(cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
