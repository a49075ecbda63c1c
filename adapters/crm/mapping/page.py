"""The matrix of a mapping as a page: for people as Markdown, for programs as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.crm.mapping.compiled import Compiled, Object
from adapters.crm.mapping.fields import Field
from adapters.crm.mapping.schema import step_name
from domain.mapping import Mode

_HEAD = ("field", "shows", "way", "owner", "rule", "empty", "about")


def data(mapping: Compiled) -> dict[str, Any]:
    return {
        "name": mapping.name,
        "version": mapping.version,
        "vendor": mapping.vendor,
        "profile": mapping.profile,
        "regions": {name: str(mode) for name, mode in mapping.regions.items()},
        "objects": [_object_data(each) for each in mapping.concepts.values()],
    }


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


def _object_data(each: Object) -> dict[str, Any]:
    return {
        "concept": each.concept,
        "object": each.object,
        "key": each.key,
        "mode": str(each.mode),
        "record_type": each.record_type,
        "fields": [
            {
                "field": field.name,
                "shows": _shows(field),
                "direction": str(field.rule.direction),
                "owner": str(field.rule.owner),
                "rule": str(field.rule.rule),
                "asks": str(field.rule.asks) if field.rule.asks else None,
                "nulls": str(field.rule.nulls),
                "mask": str(field.rule.mask),
                "kind": str(field.kind),
                "about": field.entry.about,
            }
            for field in each.fields
        ],
    }


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
