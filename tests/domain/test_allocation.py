"""Whole cents over several places: the parts sum to the whole, nobody gets more than there is room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation import allocate, at_most, by_deficit

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)


@given(st.integers(0, 10**9), WEIGHTS)
def test_the_parts_sum_to_the_amount_and_miss_their_exact_share_by_less_than_one(
    amount: int, weights: list[int]
) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    if any(weights):
        assert all(
            abs(part * sum(weights) - amount * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (1000, [999, 999, 999], [334, 333, 333]),
        (200, [665, 666, 666], [66, 67, 67]),
        (1500, [6000, 4000], [900, 600]),
        (1, [1, 1], [1, 0]),
        (3, [0, 0], [2, 1]),
        (0, [], []),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainders_and_among_equals_to_the_first(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(amount, weights) == parts


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [-1, 3]), (1, [])])
def test_what_cannot_be_given_out_is_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"magnitudes|nobody"):
        allocate(amount, weights)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10**6), max_size=5), st.integers(0, 10**6))
def test_a_limit_scales_down_and_never_up(parts: dict[str, int], limit: int) -> None:
    found = at_most(parts, limit)
    assert sum(found.values()) == min(sum(parts.values()), limit)
    assert all(0 <= found[key] <= part for key, part in parts.items())


@st.composite
def shortfalls(draw: st.DrawFn) -> tuple[int, dict[str, int], dict[str, int], int, int]:
    posted = draw(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 400), min_size=1))
    already = {key: draw(st.integers(0, part)) for key, part in posted.items()}
    whole = draw(st.integers(1, 12))
    amount = draw(st.integers(0, sum(posted.values()) - sum(already.values())))
    return amount, posted, already, draw(st.integers(0, whole)), whole


@given(shortfalls())
def test_a_cent_at_a_time_to_whoever_lacks_most(
    drawn: tuple[int, dict[str, int], dict[str, int], int, int],
) -> None:
    amount, posted, already, reached, whole = drawn
    one_by_one = dict.fromkeys(posted, 0)
    for _ in range(amount):
        lacking = [key for key in posted if already[key] + one_by_one[key] < posted[key]]
        most = max(lacking, key=lambda key: posted[key] * reached - (already[key] + one_by_one[key]) * whole)
        one_by_one[most] += 1
    assert by_deficit(amount, posted, already, reached, whole) == one_by_one


def test_amounts_as_large_as_a_column_are_given_out_at_once() -> None:
    most = 10**15
    found = by_deficit(most, {"a": most, "b": most}, {"a": 0, "b": most // 2}, 1, 2)
    assert found == {"a": 3 * most // 4, "b": most // 4}


@pytest.mark.parametrize("amount", [-1, 11])
def test_no_more_is_given_than_there_is_room_for(amount: int) -> None:
    with pytest.raises(ValueError, match="remain"):
        by_deficit(amount, {"a": 12}, {"a": 2}, 1, 1)
