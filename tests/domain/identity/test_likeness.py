"""How alike words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.likeness import jaro_winkler, letter_pairs, one_slip, shared, sound

WORDS = st.text("abcd", min_size=1, max_size=8)


@given(WORDS, st.integers(0, 7), st.sampled_from("abcd"))
def test_one_letter_more_less_or_other_is_one_slip(word: str, place: int, letter: str) -> None:
    at = place % len(word)
    assert one_slip(word, word[:at] + letter + word[at:])
    assert one_slip(word[:at] + letter + word[at:], word)
    other = word[:at] + ("x" if letter == word[at] else letter) + word[at + 1 :]
    assert one_slip(word, other)


@given(WORDS, WORDS)
def test_two_slips_are_not_one(start: str, end: str) -> None:
    assert not one_slip(f"{start}p{end}q", f"{start}r{end}s")
    assert not one_slip(start, f"{start}{end}xy")


@given(WORDS, WORDS)
def test_neighbours_that_change_places_are_one_slip(start: str, end: str) -> None:
    assert one_slip(f"{start}xy{end}", f"{start}yx{end}")


# As published by Winkler (1990) and repeated in most textbooks.
@pytest.mark.parametrize(
    ("a", "b", "likeness"), [("martha", "marhta", 0.961), ("dwayne", "duane", 0.840), ("dixon", "dicksonx", 0.813)]
)
def test_jaro_winkler_gives_the_published_numbers(a: str, b: str, likeness: float) -> None:
    assert jaro_winkler(a, b) == pytest.approx(likeness, abs=0.001)


@given(st.text(max_size=9), st.text(max_size=9))
def test_likeness_is_the_same_both_ways_and_between_nothing_and_all(a: str, b: str) -> None:
    assert jaro_winkler(a, b) == pytest.approx(jaro_winkler(b, a), abs=0.1)
    assert 0 <= jaro_winkler(a, b) <= 1
    assert jaro_winkler(a, a) == 1
    assert shared(letter_pairs(a), letter_pairs(b)) == shared(letter_pairs(b), letter_pairs(a)) <= 1


def test_the_order_of_words_does_not_matter_to_their_letter_pairs() -> None:
    assert letter_pairs("oak street") == letter_pairs("street oak")


@pytest.mark.parametrize(
    ("one", "other"),
    [("smith", "smyth"), ("philip", "filip"), ("meyer", "maier"), ("clark", "clarke"), ("knight", "nite")],
)
def test_what_sounds_alike_has_one_code(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_another_alphabet_is_left_as_it_is() -> None:
    assert sound("иванов") == "иван"
