"""Values as people write them come into one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import normal


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  Zoë  ", "zoe"),
        ("Łukasz Øre", "lukasz ore"),
        ("O'Brien-Smith", "obrien smith"),
        ("N/A", ""),
        ("ß", "ss"),
        (".", ""),
    ],
)
def test_case_accents_and_signs_do_not_matter(text: str, form: str) -> None:
    assert normal.plain(text) == form


@pytest.mark.parametrize(
    "text",
    [
        "1980-03-31", "1980/3/31", "31.03.1980", "31/3/1980", "31-03-80", "19800331", "31031980", "31 Mar 1980",
        "March 31, 1980", "31. März 1980", "1980-03-31T00:00:00Z", "1980-03-31 00:00:00", "19800331.0", "31-Mar-80",
    ],
)  # fmt: skip
def test_a_birth_date_is_read_however_it_is_written(text: str) -> None:
    assert normal.birth_date(text) == "19800331"


def test_a_column_tells_whether_its_dates_begin_with_the_day() -> None:
    assert normal.day_first(["03/04/1980", "12/31/1981"]) is False
    assert normal.day_first(["03/04/1980", "31/12/1981"]) is True
    assert normal.day_first(["03/04/1980", "1981-12-31", "", "soon"]) is None
    assert normal.birth_date("03/04/1980", days_first=False) == "19800304"
    assert normal.birth_date("03/04/1980", days_first=True) == "19800403"


@pytest.mark.parametrize(("text", "form"), [("1980", "19800000"), ("", ""), ("unknown", ""), ("soon", ""), ("12", "")])
def test_what_is_no_whole_date_says_only_what_it_says(text: str, form: str) -> None:
    assert normal.birth_date(text) == form


def test_a_typing_error_in_a_date_is_kept_to_be_compared() -> None:
    assert normal.birth_date("1980-13-31") == "19801331"


@given(st.text(max_size=30))
def test_whatever_is_in_a_cell_becomes_eight_digits_or_nothing(text: str) -> None:
    found = normal.birth_date(text)
    assert found == "" or len(found) == 8


@pytest.mark.parametrize("text", ["+49 30 1234567", "0049 30 1234567", "030/1234567", "(030) 123-4567"])
def test_a_telephone_number_is_its_last_digits(text: str) -> None:
    assert normal.phone(text) == "301234567"


def test_an_extension_and_a_number_too_short_say_nothing() -> None:
    assert normal.phone("030 1234567 x12") == "301234567"
    assert normal.phone("110") == ""


def test_a_mailbox_is_without_case_tag_and_accents() -> None:
    assert normal.email(" José+shop@Mail.Example ") == "jose@mail.example"
    assert normal.email("none") == ""
    assert normal.email("@x.example") == ""


def test_a_name_is_its_words_without_title_and_legal_form() -> None:
    assert normal.name_words("Dr. Lee, Ann") == ("ann", "lee")
    assert normal.name_words("Acme Hardware Pty. Ltd.") == normal.name_words("ACME HARDWARE") == ("acme", "hardware")
    assert normal.name_words("Smith & Sons S.A.") == ("smith", "sons")
    assert normal.name_words("Co Ltd") == ("co", "ltd")


def test_streets_and_places_are_written_out() -> None:
    assert normal.street("12 Oak St.") == normal.street("12 oak street")
    assert normal.place("St. Albans") == normal.place("ST ALBANS")
    assert normal.postcode("2600.0") == normal.postcode("26 00")
    assert normal.national_id("0123-456") == "123456"
