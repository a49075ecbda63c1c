"""One field of a mapping, made ready: what it takes from a document, and what its value in the CRM means to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.crm.mapping.conditions import condition
from adapters.crm.mapping.document import Document
from adapters.crm.mapping.errors import Unfit
from adapters.crm.mapping.paths import path
from adapters.crm.mapping.schema import FieldEntry, step_name
from adapters.crm.mapping.steps import KNOWN, Kind, Step, Worked, is_empty
from adapters.crm.mapping.tables import Lookup
from adapters.crm.port import Scalar
from domain.mapping import FieldRule, Nulls
from domain.returns import Reason, Stage

LEFT: Final = object()
"""The field is left as it is."""
_SCALARS = frozenset({str, int, float, bool, type(None)})
_NUMBERS = frozenset({
    "version", "line.requested", "line.received", "line.accepted", "line.rejected", "line.processed", "line.position",
})  # fmt: skip
_FLAGS = frozenset({"given_up", "over"})
# A table over one of these must have a value for every word there is.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "stage": tuple(str(each) for each in Stage),
    "reason": tuple(str(each) for each in Reason),
    "line.reason": tuple(str(each) for each in Reason),
}


@dataclass(frozen=True, slots=True)
class Field:
    """`length` is what the CRM's field must take, 0 when any will do; `values` are those sent to a picklist."""

    name: str
    entry: FieldEntry
    rule: FieldRule
    kind: Kind
    length: int
    values: tuple[Scalar, ...]
    tables: tuple[Lookup, ...]
    work: Worked
    back: Worked | None

    def of(self, document: Document) -> Any:
        """The field's value in the CRM, None to clear it, or LEFT. Raises Unfit."""
        value = self.work(document)
        if is_empty(value):
            return LEFT if self.rule.nulls is Nulls.IGNORE else None
        if type(value) not in _SCALARS and value is not LEFT:
            raise Unfit(f"it comes out as {type(value).__name__}: end with a step that makes a text or a number of it")
        return value


def ready(name: str, entry: FieldEntry, tables: Mapping[str, Lookup], vendor: str) -> Field:
    """Raises ValueError with what is wrong with the entry."""
    steps, arguments = [], []
    for given in entry.steps:
        word, argument = step_name(given)
        step = KNOWN[word]
        if step.vendor and step.vendor != vendor:
            raise ValueError(f"step {word} is for {step.vendor} only: leave it out")
        steps.append(step)
        arguments.append(_argument(word, argument, tables))
    used = tuple(argument for argument in arguments if isinstance(argument, Lookup))
    kind = entry.kind or next((step.kind for step in reversed(steps) if step.kind), None) or _kind(entry)
    if kind is Kind.MOMENT and not steps and entry.direction.pushes:
        raise ValueError("a moment needs a step: moment, or date_only with its time zone")
    words = _WORDS.get(entry.source or "", ())
    if words and used and steps[0] is KNOWN["table"] and used[0].otherwise is None:
        lacking = [word for word in words if word not in used[0].values]
        if lacking:
            raise ValueError(f"table {used[0].name} has no value for {', '.join(lacking)}: add them, or an `otherwise`")
    back = _back(steps, arguments)
    if entry.asks is not None and back is None:
        names = ", ".join(step_name(given)[0] for given in entry.steps)
        raise ValueError(f"is asked by and cannot be read back: of {names} at least one has no way back")
    defaults = [given for given, step in zip(arguments, steps, strict=True) if step is KNOWN["default"]]
    values = [*(value for table in used for value in table.outputs), *defaults]
    if entry.value is not None:
        values.append(entry.value)
    fits = [given for given, step in zip(arguments, steps, strict=True) if step is KNOWN["fit"]]
    return Field(
        name,
        entry,
        FieldRule(name, entry.direction, entry.owner, entry.rule, entry.nulls, entry.mask, entry.asks),
        kind,
        fits[-1] if fits else 0,
        tuple(dict.fromkeys(values)) if kind is Kind.CHOICE else (),
        used,
        _work(entry, steps, arguments),
        back,
    )


def _argument(word: str, argument: Any, tables: Mapping[str, Lookup]) -> Any:
    if word == "date_only":
        return ZoneInfo(argument)
    if word != "table":
        return argument
    if argument not in tables:
        known = ", ".join(tables) or "none"
        raise ValueError(f"there is no table {argument}; there are {known}")
    return tables[argument]


def _kind(entry: FieldEntry) -> Kind:
    if isinstance(entry.value, bool) or entry.source in _FLAGS:
        return Kind.FLAG
    if entry.source == "changed_at":
        return Kind.MOMENT
    if isinstance(entry.value, int | float) or entry.source in _NUMBERS:
        return Kind.NUMBER
    return Kind.TEXT


def _work(entry: FieldEntry, steps: list[Step], arguments: list[Any]) -> Worked:
    look: Worked = path(entry.source) if entry.source is not None else (lambda _: entry.value)
    parts = [(step.there(argument), step.nothing) for step, argument in zip(steps, arguments, strict=True)]
    holds = condition(entry.when) if entry.when is not None else None

    def work(document: Document) -> Any:
        if holds is not None and not holds(document):
            return LEFT
        value = look(document)
        for part, nothing in parts:
            if nothing or not is_empty(value):
                value = part(value)
        return value

    return work


def _back(steps: list[Step], arguments: list[Any]) -> Worked | None:
    parts = []
    for step, argument in zip(reversed(steps), reversed(arguments), strict=True):
        if step.back is None:
            return None
        parts.append(step.back(argument))

    def back(value: Any) -> Any:
        for part in parts:
            if not is_empty(value):
                value = part(value)
        return value

    return back
