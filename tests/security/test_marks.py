"""Codes and masks in the place of personal data."""

from __future__ import annotations

import base64

import pytest

from security.marks import MarkKey
from security.mask import masked

KEY = base64.b64encode(bytes(32)).decode()


def test_equal_values_have_equal_codes_under_one_key_and_others_under_another() -> None:
    key, other = MarkKey.parse(KEY), MarkKey(b"x" * 32)
    assert key.code("anna@example.test") == MarkKey.parse(f" {KEY} ").code("anna@example.test")
    assert len({key.code("a"), key.code("b"), other.code("a")}) == 3
    assert key.fingerprint({"a": 1, "b": 2}) == key.fingerprint({"b": 2, "a": 1}) != key.fingerprint({"a": 1})


@pytest.mark.parametrize(("text", "complaint"), [("hunter2!", "not base64"), ("AAAA", "3 bytes instead of 32")])
def test_a_key_that_is_none_is_refused_without_showing_it(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refused:
        MarkKey.parse(text)
    assert text not in str(refused.value)


def test_a_mask_leaves_enough_to_tell_two_apart_and_nothing_whole() -> None:
    person = {
        "name": "Anna Vogel", "email": "anna@example.test", "phone": "+49 30 1234567", "birth_date": "1980-01-02",
        "street": "Hill Road 5", "suburb": "Ulm", "postcode": "89073", "state": "BW", "national_id": "123",
    }  # fmt: skip
    assert masked(person) == {
        "name": "A… V…", "email": "a…@example.test", "phone": "…67", "birth_date": "…", "street": "H… R… 5…",
        "suburb": "U…", "postcode": "89073", "state": "BW", "national_id": "…",
    }  # fmt: skip
    assert masked({"email": "no address"}) == {"email": "…"}
