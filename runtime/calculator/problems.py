"""What is wrong with a document: every problem with its JSON path, not only the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.errors import Refusal
from runtime.reading import sentence

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_LETTERS = 60

Step = int | str


def json_path(*steps: Step) -> str:
    """('lines', 0, 'taxes', 'VAT20') -> '$.lines[0].taxes.VAT20'; on one line, whatever the names are."""
    return "$" + "".join(_shown(step) for step in steps)


def _shown(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    name = step if len(step) <= _MOST_LETTERS else step[:_MOST_LETTERS] + "…"
    if _PLAIN.fullmatch(name):
        return f".{name}"
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{quoted if quoted.isprintable() else ascii(quoted)[1:-1]}']"


class BadDocument(Refusal):
    """The document cannot be calculated; `problems` are (JSON path, sentence)."""

    code = "bad_document"

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__("\n".join(f"{path}: {words}" for path, words in problems))
        self.problems = problems


class Problems:
    """Collects; parts of the document that are sound are checked further, so that one run tells everything."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, words: str, *steps: Step) -> None:
        """The first problem of a place is its problem; another one there would follow from it."""
        self.found.setdefault(json_path(*steps), words)

    def check(self) -> None:
        """Raises BadDocument with everything found so far."""
        if self.found:
            raise BadDocument(tuple(self.found.items()))

    def read(self, kind: Any, value: Any, context: Mapping[str, Any], *steps: Step) -> Any:
        """`value` as `kind`, None when it is not one."""
        try:
            return _adapter(kind).validate_python(value, context=dict(context))
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_context=False):
                self.add(sentence(fault), *steps, *(step for step in fault["loc"] if step != "[key]"))
        return None


def salvaged(kind: Any, value: Any, context: Mapping[str, Any], instead: Mapping[str, Any]) -> Any:
    """What is sound of a `value` that is no `kind`: without its faulty fields, or with others `instead` of them. None
    when that does not do. It serves to look for further problems only."""
    try:
        return _adapter(kind).validate_python(value, context=dict(context))
    except ValidationError as error:
        faulty = {fault["loc"][0] for fault in error.errors(include_url=False) if fault["loc"]}
    if not isinstance(value, dict):
        return None
    rest = {name: part for name, part in value.items() if name not in faulty}
    rest |= {name: part for name, part in instead.items() if name in faulty}
    try:
        return _adapter(kind).validate_python(rest, context=dict(context))
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
