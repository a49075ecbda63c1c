"""The refund calculator at the command line: without settings, without servers, whatever it is given."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.app import main
from domain.errors import BadInput
from runtime import reading
from runtime.calculator import BadDocument, calculate
from tests.runtime.documents import GOOD


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKHAUL_DATABASE__URL", raising=False)
    monkeypatch.setenv("COLUMNS", "120")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["refund", *words])
    return int(ended.value.code or 0)


def test_a_file_is_worked_out_into_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "invoice.json"
    path.write_text(json.dumps(GOOD))
    assert run(str(path), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == calculate(GOOD)
    assert found["returns"][0]["tenders"] == {"card": "11.99"}


def test_standard_input_is_read_and_shown_as_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = GOOD | {"policies": {"restocking_fee": {"percent": "10"}}}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(body).encode())))
    assert run("-") == 0
    shown = capsys.readouterr().out
    for words in ("Return r1, GBP", "VAT20 2.00", "restocking fee", "-1.20", "pays 10.79 to card", "remaining"):
        assert words in shown


def test_names_of_a_document_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    body = {"currency": "EUR", "lines": [{"id": "[red]A[/]", "quantity": 1, "net": "1.00"}], "returns": []}
    body["returns"] = [{"id": "[/x]", "lines": [{"line": "[red]A[/]", "quantity": 1}]}]
    assert run(json.dumps(body)) == 0
    shown = capsys.readouterr().out
    assert "Return [/x], EUR" in shown
    assert "[red]A[/]" in shown


def test_every_problem_is_told_with_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = json.dumps(GOOD | {"currency": "x", "note": 1})
    assert run(wrong) == 2
    assert capsys.readouterr().err.splitlines() == [
        "2 problems in the document:",
        "  $.note: is not a known field",
        "  $.currency: must be the ISO 4217 code of a currency, such as EUR",
    ]
    assert run(wrong, "--json") == 2
    told = json.loads(capsys.readouterr().err)
    assert told["error"] == "2 problems in the document"
    assert [problem["path"] for problem in told["problems"]] == ["$.note", "$.currency"]


@pytest.mark.parametrize("body", ["{", "missing.json", '{"a": 1, "a": 2}'])
def test_what_cannot_be_read_is_a_problem_of_the_whole(body: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(body, "--json") == 2
    assert [problem["path"] for problem in json.loads(capsys.readouterr().err)["problems"]] == ["$"]


_LIKELY = st.sampled_from(
    [
        "A",
        "K",
        "K/B1",
        "VAT20",
        "card",
        "1",
        "0.5",
        "9.99",
        "-1",
        "1e9",
        "9" * 15,
        "forfeit",
        "pro_rata",
        "always",
        "JPY",
    ]
)
_SCALARS = st.none() | st.booleans() | st.integers(-1, 3) | st.floats() | st.text(max_size=6) | _LIKELY
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_LIKELY, inner, max_size=3), max_leaves=6
)
_CHANGES = st.lists(st.tuples(st.lists(st.integers(0, 12), min_size=1, max_size=7), _VALUES), min_size=1, max_size=4)
FULL = GOOD | {
    "prices_include_tax": False,
    "order_discount": {"amount": "1.00", "allocation": {"A": "1.00"}, "minimum_spend": "50.00"},
    "order_taxes": {"LEVY": "0.10"},
    "policies": {
        "bundle": "forfeit", "promotion": "claw_back", "shipping": "always", "tender_order": ["card"],
        "restocking_fee": {"percent": "15", "taxed": True},
        "return_shipping_fee": {"flat": "1.00", "tax_codes": ["NY"]},
    },
    "base": {"currency": "USD", "rate": "1.0850", "total": "108.50"},
}  # fmt: skip


def mutated(value: Any, way: list[int], to: Any) -> Any:
    """The document with what a way leads to replaced; each step picks a child by its place."""
    if not way or not isinstance(value, dict | list) or not value:
        return to
    step = way[0] % len(value)
    if isinstance(value, list):
        return [mutated(part, way[1:], to) if place == step else part for place, part in enumerate(value)]
    return {
        name: mutated(part, way[1:], to) if place == step else part for place, (name, part) in enumerate(value.items())
    }


@settings(max_examples=400, deadline=None)
@given(changes=_CHANGES)
def test_a_changed_document_is_worked_out_or_refused_with_paths(changes: list[tuple[list[int], Any]]) -> None:
    body: Any = FULL
    for way, to in changes:
        body = mutated(body, way, to)
    told = refused(json.dumps(body).encode())
    assert all(path.startswith("$") and (path + words).isprintable() for path, words in told)


def refused(raw: bytes) -> tuple[tuple[str, str], ...]:
    """What the document is refused for; nothing when it was worked out. Anything else is raised."""
    try:
        json.dumps(calculate(reading.read_json(raw, "body")), allow_nan=False)
    except BadDocument as refusal:
        return refusal.problems
    except BadInput as unreadable:
        return (("$", str(unreadable)),)
    return ()


def test_the_document_that_is_changed_is_sound() -> None:
    assert refused(json.dumps(FULL).encode()) == ()
