"""Two systems' ways of writing one value, and what a difference is called and what is done about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drift import Action, Cause, Standing, differing, normal, why_different, why_missing
from domain.likeness import Value
from domain.mapping import Direction, FieldRule, Rule, Side

OURS = FieldRule("Stage", Direction.PUSH)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, ""),
        (12, 12.0),
        (11.9, 11.90),
        (0, -0.0),
        (1000000, 1e6),
        ("two \nlines", "two\r\nlines\n"),
        ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000+0000"),
        ("2026-11-20T09:30:00Z", "2026-11-20T10:30:00+01:00"),
        (True, True),
        (None, False),
        ("a text that is too long for its field " * 9, ("a text that is too long for its field " * 9)[:255]),
        (11.905, 11.91),
    ],
)
def test_the_same_in_two_ways_of_writing_is_no_difference(ours: Value, theirs: Value) -> None:
    assert differing({"f": ours}, {"f": theirs}) == ()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(None, 0), ("a", "A"), (11.9, 11.89), (True, 1), ("2026-11-20", "2026-11-21"), ("a b", "ab")]
)
def test_what_is_not_the_same_differs(ours: Value, theirs: Value) -> None:
    assert differing({"f": ours}, {"f": theirs}) == ("f",)


def test_what_was_not_told_is_not_compared() -> None:
    assert differing({"f": 1, "g": 2}, {"g": 3}) == ("g",)


@given(st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_alike_however_often(value: float) -> None:
    assert float(normal(value)) == float(str(value))


@pytest.mark.parametrize(
    ("standing", "deleted", "expected"),
    [
        (Standing(), False, (Cause.NEVER_SHOWN, Action.PUBLISH)),
        (Standing(shown=3), False, (Cause.NOT_THERE, Action.PUBLISH)),
        (Standing(shown=3), True, (Cause.DELETED, Action.LEAVE)),
        (Standing(shown=3, dead=True), False, (Cause.DEAD_LETTER, Action.PUBLISH)),
        (Standing(shown=3, owed=True, dead=True), True, (Cause.LAGGING, Action.WAIT)),
    ],
)
def test_why_a_return_is_missing(standing: Standing, deleted: bool, expected: tuple[Cause, Action]) -> None:
    assert why_missing(standing, deleted) == expected


@pytest.mark.parametrize(
    ("rule", "older", "expected"),
    [
        (OURS, False, (Cause.CHANGED, Action.PUBLISH)),
        (OURS, True, (Cause.NOT_THERE, Action.PUBLISH)),
        (FieldRule("f", Direction.BOTH, rule=Rule.REQUEST_ONLY), False, (Cause.CHANGED, Action.ASK)),
        (FieldRule("f", Direction.BOTH, rule=Rule.REQUEST_ONLY), True, (Cause.NOT_THERE, Action.PUBLISH)),
        (FieldRule("f", Direction.BOTH, owner=Side.CRM), False, (Cause.CHANGED, Action.LEAVE)),
        (FieldRule("f", Direction.BOTH, rule=Rule.UNION), False, (Cause.CHANGED, Action.LEAVE)),
        (FieldRule("f", Direction.OFF), False, (Cause.CHANGED, Action.LEAVE)),
        (None, False, (Cause.CHANGED, Action.LEAVE)),
    ],
)
def test_what_is_done_about_a_field(rule: FieldRule | None, older: bool, expected: tuple[Cause, Action]) -> None:
    assert why_different(Standing(shown=3), older, False, rule) == expected
