"""Whatever JSON is sent, a command answers or refuses in a sentence; it never breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BadInput
from runtime import inputs, reading
from tests.stack.desk import Desk

_WORDS = st.sampled_from(
    [
        "order_id", "lines", "line_id", "quantity", "reason", "idempotency_key", "receipt_id", "sku", "serial",
        "tracking", "inspection_id", "verdicts", "disposition", "accepted", "value_fraction", "note", "photos",
    ]
)  # fmt: skip
_LIKELY = st.sampled_from(["5001", "70011", "restock", "0.5", "1", "P1", "I1", "changed_mind", 1, 3, 0, -1, 0.5, True])
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _LIKELY
DOCUMENTS = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=8), inner, max_size=6),
    max_leaves=25,
)
_LINE = st.fixed_dictionaries({}, optional={"line_id": _SCALARS, "quantity": _SCALARS, "sku": _SCALARS, "x": _SCALARS})
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "order_id": _SCALARS, "receipt_id": _SCALARS, "inspection_id": _SCALARS, "lines": st.lists(_LINE, max_size=3),
        "verdicts": st.lists(_LINE, max_size=3), "idempotency_key": _SCALARS,
    },
)  # fmt: skip
MODELS = (inputs.StartInput, inputs.ReceiptInput, inputs.InspectionInput)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS | NEARLY)
def test_any_document_is_a_message_or_a_refusal_on_one_line(model: Any, document: Any) -> None:
    raw = json.dumps(document).encode()
    assert _refusal(lambda: reading.parsed(model, reading.read_json(raw, "body")).message()).isprintable()


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_json_or_a_refusal_on_one_line(raw: bytes) -> None:
    assert "\n" not in _refusal(lambda: reading.read_json(raw, "body"))


def _refusal(act: Callable[[], object]) -> str:
    """The sentence of a refusal, '' when there was none; anything else is raised."""
    try:
        act()
    except BadInput as refusal:
        return str(refusal)
    return ""


@pytest.fixture(scope="module")
def return_id(desk: Desk) -> str:
    return desk.authorized()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS | NEARLY)
def test_the_command_line_answers_or_refuses(desk: Desk, return_id: str, document: Any) -> None:
    body = json.dumps(document).encode()
    for words in (("start", "-"), ("receive", return_id, "-"), ("inspect", return_id, "-")):
        said = desk.say(*words, stdin=body)
        assert said.code in (0, 2), said
        if said.code == 2:
            assert said.sentence
