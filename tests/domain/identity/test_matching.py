"""Whole matchings of made-up parties: what is linked, what is not, and when the numbers are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.identity.clusters import MOST_TOGETHER, Assignment, Clusters
from domain.identity.comparing import LEVELS
from domain.identity.matching import Matching, match
from domain.identity.scoring import Score, Truth, scores
from domain.identity.weights import load, shipped
from tests.domain.identity.made_up import Record, organisations, people

PEOPLE = ("given_name", "surname", "email", "phone", "birth_date", "street", "suburb", "postcode")


def matched(
    left: Sequence[Record], right: Sequence[Record], truth: Sequence[tuple[str, str]], fields: Sequence[str]
) -> tuple[Matching, Score]:
    ours, theirs = ({record["id"]: place for place, record in enumerate(side)} for side in (left, right))
    found = match(left, right, fields, shipped())
    known = Truth([(ours[one], theirs[other]) for one, other in truth], one_source=False)
    return found, scores(found, known)[0]


def codes(found: Matching) -> set[str]:
    return {doubt.code for doubt in found.doubts}


def test_families_at_one_address_are_told_apart() -> None:
    found, score = matched(*people(2000, seed=7), PEOPLE)
    assert score.wrong <= 2
    assert score.recall > 0.98
    assert codes(found) == set()
    assert found.estimate.matches == pytest.approx(score.wanted, rel=0.02)


def test_a_name_and_a_birth_date_link_few_wrongly_and_are_not_trusted() -> None:
    left, right, truth = people(2000, seed=8)
    for record in (*left, *right):
        record["name"] = f"{record['given_name']} {record['surname']}"
    found, score = matched(left, right, truth, ("name", "birth_date"))
    assert score.precision > 0.995
    assert score.recall > 0.8
    assert {"few_comparisons", "missed_matches"} <= codes(found)


def test_organisations_need_no_more_than_name_address_and_telephone() -> None:
    found, score = matched(*organisations(1500, seed=9), ("name", "street", "phone"))
    assert score.precision > 0.998
    assert score.recall > 0.97
    assert codes(found) == {"few_comparisons"}


@pytest.mark.parametrize("fields", [("phone",), ("street", "suburb", "postcode", "phone")])
def test_a_telephone_or_an_address_alone_links_nobody(fields: tuple[str, ...]) -> None:
    found, _ = matched(*people(500, seed=13), fields)
    assert found.pairs
    assert found.bands()[0] == 0
    assert "nothing_personal" in codes(found)


def test_a_mailbox_alone_links_those_who_have_it() -> None:
    found, score = matched(*people(1000, seed=14), ("email",))
    assert score.precision > 0.99
    assert score.recall > 0.8
    assert codes(found) == {"few_comparisons"}


def test_records_that_are_all_the_same_are_not_compared() -> None:
    found = match([{"name": "Ann Lee", "birth_date": "1980-01-01"}] * 300, None, ("name", "birth_date"), shipped())
    assert found.pairs == ()
    assert codes(found) == {"nothing_compared"}


def test_two_sources_with_nobody_in_common_are_not_linked() -> None:
    left, _, _ = people(500, seed=1)
    _, right, _ = people(500, seed=2)
    found, _ = matched(left, right, [], PEOPLE)
    assert found.bands()[0] == 0
    assert codes(found) == {"few_matches"}


def test_a_column_that_holds_another_thing_on_either_side_is_named() -> None:
    left, right, truth = people(800, seed=3)
    mixed = [record | {"surname": f"{place}-{record['postcode']}"} for place, record in enumerate(right)]
    found, _ = matched(left, mixed, truth, PEOPLE)
    assert any(doubt.code == "field_disagrees" and doubt.sentence.startswith("surname") for doubt in found.doubts)


def test_the_same_records_give_the_same_answer() -> None:
    left, right, _ = people(150, seed=6)
    first, second = (match(left, right, PEOPLE, shipped()) for _ in range(2))
    assert first.pairs == second.pairs
    assert first.weights == second.weights


def test_many_records_stay_within_the_budget_of_pairs() -> None:
    """Everybody lives in one town and half share a surname: what all have in common is not compared."""
    left, right, _ = people(2000, seed=10)
    crowd = [record | {"suburb": "Springfield", "postcode": "10000"} for record in (*left, *right)]
    for record in crowd[::2]:
        record["surname"] = "Smith"
    found = match(crowd, None, PEOPLE, shipped())
    assert found.compared <= 62 * len(crowd)


def test_estimated_weights_are_probabilities_and_can_be_saved() -> None:
    left, right, _ = people(600, seed=12)
    weights = match(left, right, PEOPLE, shipped()).weights
    for kind in (weights.match, weights.chance, weights.household):
        for name, chances in kind.items():
            assert len(chances) == len(LEVELS[name])
            assert sum(chances) == pytest.approx(1, abs=0.01)
            assert min(chances) > 0
    assert load(weights.dump()) == weights


def test_a_link_joins_clusters_and_tells_every_pair_that_comes_of_it() -> None:
    clusters = Clusters(4)
    assert clusters.take(0, 1, 9) == [(0, 1)]
    assert clusters.take(2, 3, 8) == [(2, 3)]
    assert clusters.take(1, 2, 7) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert clusters.take(0, 3, 6) == []


def test_a_chain_of_mistakes_does_not_become_one_party() -> None:
    clusters = Clusters(MOST_TOGETHER + 5)
    joined = sum(len(clusters.take(place, place + 1, 5)) for place in range(MOST_TOGETHER + 4))
    assert joined == MOST_TOGETHER * (MOST_TOGETHER - 1) // 2 + 5 * 4 // 2


def test_between_two_sources_a_much_weaker_second_partner_is_left_out() -> None:
    assignment = Assignment()
    assert assignment.take(0, 0, 30) == [(0, 0)]
    assert assignment.take(0, 1, 25) == [(0, 1)], "a duplicate of the same strength stays"
    assert assignment.take(0, 2, 5) == []
    assert assignment.take(3, 0, 5) == []


def test_within_one_source_who_equals_the_same_is_equal() -> None:
    truth = Truth([(0, 1), (1, 2), (5, 6)], one_source=True)
    assert truth.count == 4
    assert truth.holds(0, 2)
    assert not truth.holds(2, 5)
    between = Truth([(0, 1), (1, 1)], one_source=False)
    assert between.count == 2
    assert not between.holds(0, 0)
