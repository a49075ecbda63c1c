"""Where a record belongs as it comes in, and what people's facts do to matching."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identity.clusters import MOST_TOGETHER, Assignment, Clusters
from domain.identity.facts import Facts
from domain.identity.keys import keys
from domain.identity.matching import Matching, match
from domain.identity.placing import (
    FEWEST_RECORDS,
    Candidate,
    Placing,
    for_population,
    place,
    shared_mailbox,
)
from domain.identity.rarity import SHARED_BY
from domain.identity.record import PartyRecord, customer, in_crm
from domain.identity.weights import shipped
from tests.domain.identity.made_up import only
from tests.domain.identity.made_up import people as made_up

ANNA = {"name": "Anna Vogel", "email": "anna@example.test"}
WEIGHTS = for_population(shipped(), 1)


def placed(said: dict[str, str], *others: Candidate) -> Placing:
    return place(said, others, WEIGHTS)


def candidate(link: int = 1, said: dict[str, str] | None = None, **more: Any) -> Candidate:
    return Candidate(link, more.pop("party", f"P{link}"), ANNA if said is None else said, **more)


def test_a_rule_links_and_names_itself() -> None:
    found = placed(ANNA, candidate()).link
    assert found is not None
    assert (found.rule, found.levels) == ("mailbox_and_name", {"name": "same", "email": "same"})


def test_a_verified_id_is_enough_and_stands_above_everything_but_a_person() -> None:
    other = {"name": "Otto Brandt", "birth_date": "1950-01-01"}
    said = ANNA | {"birth_date": "1990-01-01"}
    assert placed(said, candidate(1, other, verified=True), candidate(2)).link == pytest.approx(
        placed(said, candidate(1, other, verified=True)).link
    )
    assert placed(said, candidate(1, other, verified=True, apart=True)).link is None


def test_a_name_alone_is_no_link_and_not_worth_a_look_in_a_world_of_many() -> None:
    assert placed({"name": "Anna Vogel"}, candidate()) == Placing(
        None, (), placed({"name": "Anna Vogel"}, candidate()).compared
    )
    assert for_population(shipped(), 1).prior == for_population(shipped(), FEWEST_RECORDS).prior
    assert for_population(shipped(), 10 * FEWEST_RECORDS).prior == pytest.approx(
        for_population(shipped(), FEWEST_RECORDS).prior / 10
    )
    assert for_population(shipped(), 4 * FEWEST_RECORDS, 2 * FEWEST_RECORDS).prior == pytest.approx(shipped().prior / 2)


def test_a_mailbox_alone_is_for_a_person_to_look_at() -> None:
    found = placed({"email": "anna@example.test"}, candidate())
    assert (found.link, [one.candidate.link for one in found.reviews]) == (None, [1])


def test_whom_people_told_apart_is_neither_linked_nor_shown_again_and_nor_are_the_others_of_that_party() -> None:
    told = placed(ANNA, candidate(1, party="P"), candidate(2, {"name": "A."}, party="P", apart=True))
    assert (told.link, told.reviews) == (None, ())


def test_a_second_record_of_a_source_and_a_party_that_is_full_are_for_a_person() -> None:
    for full in (candidate(taken=True), candidate(records=MOST_TOGETHER)):
        told = placed(ANNA, full)
        assert (told.link, [one.candidate for one in told.reviews]) == (None, [full])
    assert placed(ANNA, candidate(records=MOST_TOGETHER - 1)).link is not None


def test_between_two_that_fit_alike_a_person_chooses_and_a_much_weaker_one_is_left_for_review() -> None:
    alike = placed(ANNA, candidate(1), candidate(2))
    assert alike.link is None
    assert len(alike.reviews) == 2
    better = ANNA | {"birth_date": "1980-01-02", "phone": "030 1234567", "street": "Hill Road 5", "postcode": "10115"}
    told = placed(better, candidate(1, better), candidate(2, {"email": "anna@example.test"}))
    assert told.link is not None
    assert [one.candidate.link for one in (told.link, *told.reviews)] == [1, 2]


def test_an_order_with_its_mailbox_and_a_loyalty_number_link_unless_the_person_is_another() -> None:
    mailbox = {"email": "anna@example.test"}
    born, other = {"birth_date": "1980-01-02"}, {"birth_date": "1999-12-31"}
    assert _rule(placed(mailbox, candidate(1, mailbox, order=True))) == "order_and_mailbox"
    assert _rule(placed(mailbox, candidate(1, {"email": "x@example.test"}, order=True))) == ""
    assert _rule(placed(born, candidate(1, born, loyalty=True))) == "loyalty_id"
    assert _rule(placed(born, candidate(1, other, loyalty=True))) == ""


def _rule(found: Placing) -> str:
    return found.link.rule if found.link else ""


def test_a_role_and_a_crowd_share_a_mailbox() -> None:
    assert shared_mailbox("Returns@example.test", 1)
    assert shared_mailbox("anna@example.test", SHARED_BY + 1)
    assert not shared_mailbox("anna@example.test", SHARED_BY)
    assert not shared_mailbox("", 100)


def test_keys_are_the_same_however_a_mailbox_is_written_and_tell_their_kind() -> None:
    def of(email: str) -> set[str]:
        return set(keys(PartyRecord(customer("7", ""), {"email": email}, orders=("1001",), loyalty=" L-7 ")))

    assert of("Anna.Vogel+x@Example.test") == of("anna.vogel@example.test")
    assert {"Manna.vogel@example.test", "O1001", "Ll-7"} <= of("anna.vogel@example.test")


def test_a_records_name_does_not_depend_on_how_a_crm_writes_it() -> None:
    assert in_crm("dyn", "contacts", "{AAAAAAAA-0000-4000-8000-00000000000B}") == in_crm(
        "dyn", "Contact", "aaaaaaaa-0000-4000-8000-00000000000b"
    )
    assert in_crm("sf", "Contact", "003AbC") != in_crm("sf", "Contact", "003aBc")
    assert customer("", "1001") != customer("1001", "")


def test_what_was_told_apart_never_comes_together_by_a_chain() -> None:
    clusters = Clusters(4, [(0, 3)])
    assert clusters.take(0, 1, 9.0)
    assert clusters.take(2, 3, 9.0)
    assert clusters.take(1, 2, 9.0) == []
    assert Assignment([(0, 3)]).take(0, 3, 9.0) == []
    assert Assignment().take(0, 3, 9.0)


def test_matching_believes_facts_against_all_weights() -> None:
    left = [{"name": f"Person {chr(97 + at) * 4}", "email": f"p{at}@example.test"} for at in range(8)]
    right = [dict(one) for one in left]
    facts = Facts(together=[(0, 1)], apart=[(2, 2)])

    def linked(found: Matching) -> set[tuple[int, int]]:
        return {pair for one, taken in found.taken() if one.weight >= found.weights.link for pair in taken}

    fields = ("name", "email")
    free, told = match(left, right, fields, shipped()), match(left, right, fields, shipped(), facts)
    assert linked(free) == {(at, at) for at in range(8)}
    assert linked(told) == linked(free) - {(2, 2), (0, 0), (1, 1)} | {(0, 1)}


def test_training_counts_what_people_said_for_what_it_is() -> None:
    """The same pairs, of which people said that they are none: the weights expect that many matches less."""
    fields = ("given_name", "surname", "email", "phone", "birth_date")
    records = only(made_up(120, 7)[0], *fields)[:100]
    apart = Facts(apart=[(at, at) for at in range(50)])
    free, told = (match(records, records, fields, shipped(), facts).estimate.matches for facts in (Facts(), apart))
    assert free == pytest.approx(100, abs=5)
    assert told == pytest.approx(50, abs=5)
