"""The rules of an org's allowance."""

from datetime import UTC, datetime, timedelta

from domain.allowance import Standing, left_alone

BEGAN = datetime(2026, 11, 20, tzinfo=UTC)


def standing(ours: int, others: int, most: int | None = 1000) -> Standing:
    return Standing("main", BEGAN, BEGAN + timedelta(days=1), most, ours, others, 0, 20, None)


def test_live_status_may_spend_all_and_a_backfill_only_above_the_reserve() -> None:
    leaves = [left_alone(20, purpose) for purpose in (1, 2, 4, 5)]
    assert (leaves[0], leaves[-1]) == (0, 0.2)
    assert leaves == sorted(leaves)


def test_the_forecast_goes_on_as_it_went_until_now() -> None:
    one = standing(ours=100, others=200)
    assert one.forecast(BEGAN + timedelta(hours=6)) == 1200
    assert one.forecast(BEGAN + timedelta(hours=24)) == 300


def test_there_is_no_forecast_from_the_first_minutes() -> None:
    assert standing(5, 0).forecast(BEGAN + timedelta(minutes=5)) is None


def test_the_used_part_is_everybodys_and_not_known_without_a_limit() -> None:
    assert standing(100, 150).ratio == 0.25
    assert standing(100, 150, most=None).ratio is None
