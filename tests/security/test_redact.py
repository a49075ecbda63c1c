"""Personal data is blanked; the numbers a log lives on are not."""

import logging
import time

import pytest

from security.redact import BLANK, Redaction, redact


@pytest.mark.parametrize(
    "personal",
    [
        "anna.vogel+returns@mail.example.co.uk",
        "anna.vogel%40mail.example",
        "+49 170 1234567",
        "+1 (555) 010-9999",
        "0049 30 123456",
        "030 1234 5678",
        "0170/1234567",
        "(555) 010-9999",
        "555-010-9999",
    ],
)
def test_addresses_and_telephone_numbers_are_blanked(personal: str) -> None:
    assert redact(f"call {personal} now") == f"call {BLANK} now"


@pytest.mark.parametrize(
    "useful",
    [
        "R-5001-9F2C41AB",
        "order 5001234567890",
        "gid://shopify/Return/9876543210123",
        "2026-11-21T10:00:00.123456+00:00",
        "2026-11-21 10:00:00",
        "credit:R-5001-9F2C41AB",
        "7f0e1d2c-3b4a-4958-8677-a6b5c4d3e2f1",
        "35.70 EUR",
        "127.0.0.1:20601",
        "HTTP 503 after 0.25 s",
    ],
)
def test_what_a_log_is_read_for_stays(useful: str) -> None:
    assert redact(useful) == useful


def test_messages_arguments_traces_and_added_fields_are_blanked() -> None:
    try:
        raise ValueError("no such customer anna@example.test")
    except ValueError as error:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "mail to %s", ("anna@example.test",),
            (ValueError, error, error.__traceback__), extra={"contact": "anna@example.test"},
        )  # fmt: skip
    assert Redaction().filter(record)
    assert "anna" not in logging.Formatter("%(message)s %(contact)s").format(record)


@pytest.mark.parametrize("word", ["a", "a.b", "+1", "eyJ-", "session_", "0", "a@", "Bearer ", "-----BEGIN "])
def test_a_long_line_costs_its_length_and_not_the_square_of_it(word: str) -> None:
    began = time.process_time()
    redact(word * (60_000 // len(word)))
    assert time.process_time() - began < 3
