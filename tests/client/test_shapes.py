"""The client's shapes are the API's documents, field by field."""

from __future__ import annotations

from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from api.holds import HeldReturn
from client import shapes
from domain.returns import Snapshot
from runtime import inputs
from runtime.documents import schema_of
from store.port import DeadLetter, TimelineEvent
from workflows import messages as m

OUT = [
    (shapes.Return, Snapshot), (shapes.Answer, m.RequestAnswer), (shapes.Ack, m.Ack), (shapes.HeldReturn, HeldReturn),
    (shapes.TimelineEvent, TimelineEvent), (shapes.DeadLetter, DeadLetter),
]  # fmt: skip
IN = [
    (shapes.AskedLine, inputs.LineInput), (shapes.ReceivedLine, inputs.ReceiptLineInput),
    (shapes.Verdict, inputs.VerdictInput),
]  # fmt: skip


def form(schema: dict[str, Any]) -> Any:
    """Types and names without words: what two descriptions of one thing have in common. An enumeration is text here."""
    if "anyOf" in schema:
        return sorted((form(one) for one in schema["anyOf"]), key=str)
    if "properties" in schema:
        return {name: form(part) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [form(schema["items"])]
    if schema.get("type") == "object":
        return {"*": form(schema["additionalProperties"])}
    return schema.get("type")


_NAMES = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


def hinted(hint: Any) -> Any:
    """The same of a type."""
    inside = get_args(hint)
    if is_typeddict(hint):
        return {name: hinted(part) for name, part in get_type_hints(hint).items()}
    if get_origin(hint) is list:
        return [hinted(inside[0])]
    if get_origin(hint) is dict:
        return {"*": hinted(inside[1])}
    return sorted((hinted(one) for one in inside), key=str) if inside else _NAMES[hint]


@pytest.mark.parametrize(("shape", "kind"), OUT, ids=[shape.__name__ for shape, _ in OUT])
def test_what_comes_back_is_what_the_api_says(shape: Any, kind: Any) -> None:
    assert hinted(shape) == form(schema_of(kind))


@pytest.mark.parametrize(("shape", "kind"), IN, ids=[shape.__name__ for shape, _ in IN])
def test_what_is_sent_is_what_the_api_takes(shape: Any, kind: Any) -> None:
    assert hinted(shape) == form(schema_of(kind))
    hints = get_type_hints(shape, include_extras=True)
    needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert needed == {name for name, field in kind.model_fields.items() if field.is_required()}
