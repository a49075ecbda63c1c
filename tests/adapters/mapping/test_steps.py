"""The steps between our values and a CRM's: round trips, no drift of money, no shifting of days."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm.mapping import Unfit
from adapters.crm.mapping.schema import Bare
from adapters.crm.mapping.steps import KNOWN, days, ids, numbers, texts
from domain.money import Money, parse

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])


@st.composite
def amounts(draw: st.DrawFn) -> Money:
    return Money(draw(st.integers(-(10**13), 10**13)), draw(CURRENCIES))


@given(amounts())
def test_money_comes_back_to_the_cent_through_json(money: Money) -> None:
    sent = json.loads(json.dumps(numbers.amount({"amount": money.decimal(), "currency": money.currency})))

    assert parse(numbers.told_amount(sent), money.currency) == money


@given(amounts(), st.sampled_from([(",", "."), (".", ","), (",", " "), (",", ""), (".", "'")]))
def test_a_countrys_number_says_the_same_amount(money: Money, signs: tuple[str, str]) -> None:
    written = numbers.in_locale(money.decimal(), *signs)

    assert numbers.from_locale(written, *signs) == money.decimal()


@pytest.mark.parametrize("text", ["1.12", "1.2345,00", "1,12,3", "12.34.567,00", "1.234.56", "", "1,2e3", "٣,00"])
def test_a_number_of_another_country_is_refused_not_guessed(text: str) -> None:
    with pytest.raises(Unfit):
        numbers.from_locale(text, ",", ".")


def test_the_classic_decimal_comma_stays_a_comma() -> None:
    assert numbers.from_locale("1,12", ",", ".") == "1.12"
    assert numbers.from_locale("1.234,56", ",", ".") == "1234.56"
    assert numbers.in_locale("1234567.80", ",", ".") == "1.234.567,80"
    assert numbers.in_locale("-999", ",", ".") == "-999"


@pytest.mark.parametrize("value", ["1,12", "", "12.5 EUR", 12.5, True, None, {"amount": None}, "1" * 16])
def test_what_is_no_decimal_text_is_no_amount(value: object) -> None:
    with pytest.raises(Unfit):
        numbers.amount(value)


@given(st.dates(), ZONES)
def test_a_day_is_the_same_day_everywhere(day: date, zone: str) -> None:
    assert days.date_only(day.isoformat(), ZoneInfo(zone)) == day.isoformat()
    assert days.date_only(day, ZoneInfo(zone)) == day.isoformat()
    assert days.told_day(day.isoformat()) == day.isoformat()


def test_of_a_moment_the_day_is_that_of_the_named_zone() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert days.date_only(late, ZoneInfo("UTC")) == "2026-11-22"
    assert days.date_only(late, ZoneInfo("Europe/Berlin")) == "2026-11-23"
    assert days.date_only("2026-11-23T00:30:00+01:00", ZoneInfo("UTC")) == "2026-11-22"


@pytest.mark.parametrize("told", ["2026-11-22T00:00:00Z", "2026-02-30", "22.11.2026", 20261122])
def test_a_day_with_a_clock_or_of_no_calendar_is_refused(told: object) -> None:
    with pytest.raises(Unfit):
        days.told_day(told)


@given(st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2200, 1, 1)), st.integers(-14, 14))
def test_a_moment_is_the_same_moment_in_either_crms_form(at: datetime, offset: int) -> None:
    local = at.replace(microsecond=0, tzinfo=timezone(timedelta(hours=offset)))
    sent = days.moment(local)

    assert datetime.fromisoformat(sent) == local
    assert days.moment(sent.replace("Z", ".000+0000")) == sent


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(Unfit):
        days.moment("2026-11-22T09:30:00")


@given(st.text("abcXYZ0123456789", min_size=15, max_size=15))
def test_an_id_is_widened_once_and_told_apart_without_capitals(short: str) -> None:
    wide = ids.id18(short)

    assert (len(wide), wide[:15]) == (18, short)
    assert ids.id18(wide) == wide
    assert ids.id15(wide) == short
    if short.swapcase() != short:
        assert ids.id18(short.swapcase()).lower() != wide.lower()


@pytest.mark.parametrize(
    ("short", "wide"),
    [("0015000000Gv7qJ", "0015000000Gv7qJAAR"), ("003D000000QYVAX", "003D000000QYVAXIA5")],
)
def test_known_ids_get_their_known_checksums(short: str, wide: str) -> None:
    assert ids.id18(short) == wide


@pytest.mark.parametrize("value", ["", "0015000000Gv7q", "0015000000gv7qJAAR", "0015000000Gv7qJAAS", "é" * 15, 15])
def test_what_is_no_id_or_was_folded_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        ids.id18(value)


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_text_is_never_longer_than_its_field(text: str, length: int) -> None:
    assert len(texts.fit(text, length) or "") <= length


def test_names_fall_into_two_halves() -> None:
    assert (texts.first_name("Anna Maria Vogel"), texts.last_name("Anna Maria Vogel")) == ("Anna Maria", "Vogel")
    assert (texts.first_name("Cher"), texts.last_name("Cher")) == ("", "Cher")


def test_joining_leaves_out_what_is_empty() -> None:
    assert texts.join(["a", None, "", 3, "b"], "-") == "a-3-b"


def test_a_refusal_never_repeats_the_value() -> None:
    for work in (numbers.amount, days.moment, days.told_day, ids.id18, numbers.whole, texts.lines_in_words):
        with pytest.raises(Unfit) as refused:
            work("anna@example.test")
        assert "anna" not in str(refused.value)


def test_the_schema_knows_the_same_bare_steps_as_the_register() -> None:
    assert {name for name, step in KNOWN.items() if step.bare} == set(Bare.__args__)  # type: ignore[attr-defined]
