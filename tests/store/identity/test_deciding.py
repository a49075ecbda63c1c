"""What people decide: accepted, refused, merged, taken back in any order; and that it outlives weights and training."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.identity.record import customer, in_crm
from runtime.identity import Deciding
from store.port import AlreadySettled, UnknownParty
from tests.stack.profile import often
from tests.store.identity.conftest import ANNA, BERND, People, after


async def doubtful(people: People) -> int:
    """A review of two contacts of one org that look alike."""
    await people.contact("003A", **ANNA)
    await people.contact("003B", **ANNA)
    (review,) = await people.stewards.queue(10)
    return review.id


async def test_an_accepted_review_makes_one_party_and_can_be_taken_back(people: People) -> None:
    review = await doubtful(people)
    before = await people.reference()
    accepted = await people.stewards.accept(review, "eva", "same person on the phone")
    assert (accepted.id, accepted.outcome, accepted.verdict, accepted.by) == (review, "linked", "human", "eva")
    assert len({party for _, party in await people.reference()}) == 1
    assert await people.stewards.queue(10) == ()
    undone = await people.stewards.unmerge(review, "eva", "it was her mother")
    assert undone.outcome == "undone"
    assert await people.reference() == before
    assert await people.stewards.queue(10) == ()


async def test_a_rejected_pair_is_not_asked_about_again_nor_linked_by_anything_weaker(people: People) -> None:
    review = await doubtful(people)
    await people.stewards.reject(review, "eva", "mother and daughter")
    parties = await people.reference()
    await people.contact("003B", **ANNA, phone="030 1234567")
    await people.contact("003A", **ANNA, phone="030 1234567")
    assert await people.stewards.queue(10) == ()
    assert await people.reference() == parties


async def test_a_pair_told_apart_stays_apart_through_training_and_new_weights(people: People) -> None:
    anna = await people.buyer("7", **ANNA)
    assert await people.contact("003A", **ANNA) == anna
    (decision,) = await people.stewards.decisions(customer("7", ""))
    await people.stewards.unmerge(decision.id, "eva", "her twin")
    for number in range(40):
        said: dict[str, Any] = {
            "name": f"Person {chr(97 + number % 26) * 3}{number}",
            "email": f"p{number}@example.test",
        }
        await people.buyer(f"1{number}", **said)
        await people.contact(f"00{number}", **said)

    desk = Deciding(people.stewards, people.weighing, people.parties)
    trained = await desk.train("eva")
    assert (trained.version, trained.decided) == (1, 1)
    assert trained.pairs >= 41
    (saved,) = await desk.versions()
    assert not saved.active
    await desk.activate(1, "eva", "tried on the sample")
    await people.contact("003A", **ANNA, phone="030 1234567")
    await people.buyer("7", **ANNA, phone="030 1234567")
    assert await people.party(customer("7", "")) != await people.party(in_crm("main", "contact", "003A"))
    assert (await people.buyer("9", **BERND)) == await people.contact("003Z", **BERND)
    (newest,) = await people.rows("SELECT * FROM match_decisions ORDER BY id DESC LIMIT 1")
    assert newest.weights_version == "1"
    await desk.activate(0, "eva", "back to the shipped ones")
    assert not any(one.active for one in await desk.versions())
    with pytest.raises(UnknownParty):
        await desk.activate(9, "eva", "no such weights")


async def test_what_people_decided_is_seen_by_training_as_they_decided_it(people: People) -> None:
    await people.stewards.reject(await doubtful(people), "eva", "no")
    seen = await people.weighing.seen(100)
    assert sum(seen.apart.values()) == sum(seen.patterns.values()) == 1
    assert not seen.together
    assert Counter(one["name"] for one in seen.sample) == {"Anna Vogel": 2}


async def test_merged_parties_are_found_under_both_ids_and_refused_a_second_time(people: People) -> None:
    anna, bernd = await people.buyer("7", **ANNA), await people.buyer("8", **BERND)
    decision = await people.stewards.merge(anna, bernd, "eva", "married, one account")
    assert (decision.into, decision.verdict) == (anna, "human")
    for party in (anna, bernd):
        found, links = await people.stewards.links(party)
        assert (found, [one.ref.external_id for one in links]) == (anna, ["7", "8"])
        assert [one.home for one in links] == [anna, bernd]
    with pytest.raises(AlreadySettled, match="one party already"):
        await people.stewards.merge(bernd, anna, "eva", "again")
    with pytest.raises(AlreadySettled, match="nothing to take back"):
        await people.stewards.unmerge((await people.stewards.unmerge(decision.id, "eva", "no")).id, "eva", "twice")
    with pytest.raises(BadInput):
        await people.stewards.links("7")
    with pytest.raises(UnknownParty):
        await people.stewards.links("00000000-0000-4000-8000-000000000000")
    with pytest.raises(UnknownParty):
        await people.stewards.accept(999, "eva", "no such review")


async def test_what_is_shown_is_masked_unless_a_reason_is_audited(people: People) -> None:
    await doubtful(people)
    (review,) = await people.stewards.queue(10)
    assert dict(review.one.fields) == {"name": "A… V…", "email": "a…@example.test"}
    assert await people.rows("SELECT 1 FROM identity_audit WHERE action = 'reveal'") == []
    (review,) = await people.stewards.queue(10, "eva", "the masks look alike")
    assert dict(review.one.fields) == ANNA
    (told,) = await people.rows("SELECT * FROM identity_audit WHERE action = 'reveal'")
    assert (told.by_whom, told.why, told.after) == ("eva", "the masks look alike", {"links": "1, 2"})


async def test_the_scorecard_counts_duplicates_and_how_right_each_rule_was(people: People) -> None:
    await people.stewards.accept(await doubtful(people), "eva", "same")
    await people.contact("003C", same_as=customer("8", ""), **BERND)
    await people.contact("g8", org="dyn", **BERND)
    (wrong,) = [one for one in await people.stewards.decisions(customer("8", "")) if one.rule == "mailbox_and_name"]
    await people.stewards.unmerge(wrong.id, "eva", "no")
    await people.contact("003D", **ANNA)
    found = await people.stewards.quality()
    contacts = next(one for one in found.sources if one.org == "main")
    assert (contacts.records, contacts.parties, contacts.several, contacts.reviews) == (4, 3, 1, 1)
    assert (found.open_reviews, found.oldest_review is not None) == (1, True)
    assert {one.rule: (one.linked, one.undone) for one in found.rules} == {
        "mailbox_and_name": (0, 1),
        "verified_id": (1, 0),
    }


async def test_two_that_are_one_by_two_decisions_are_parted_by_taking_both_back(people: People) -> None:
    first, second = await people.contact("1", **ANNA), await people.contact("2", **ANNA)
    third = await people.contact("3", **BERND)
    (review,) = await people.stewards.queue(10)
    over = [
        (await people.stewards.merge(first, third, "eva", "one")).id,
        (await people.stewards.merge(third, second, "eva", "two")).id,
    ]
    assert await people.stewards.queue(10) == ()
    accepted = await people.stewards.accept(review.id, "eva", "they are, too")
    assert (await people.stewards.unmerge(over[1], "eva", "not by this")).into == first
    assert len({party for _, party in await people.reference()}) == 1
    assert (await people.stewards.unmerge(accepted.id, "eva", "nor by that")).into is None
    assert dict(await people.reference()) == {"1": first, "2": second, "3": first}


_RUNS = itertools.count()
steps = st.lists(st.tuples(st.sampled_from(["merge", "crm", "undo"]), st.integers(0, 5), st.integers(0, 5)), max_size=8)


@settings(
    max_examples=often(15, nightly=500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(walk=steps, order=st.randoms(use_true_random=False))
async def test_any_merges_all_taken_back_in_any_order_leave_the_cross_reference_as_it_was(
    people: People, walk: list[tuple[str, int, int]], order: Random
) -> None:
    run = next(_RUNS)
    names = [f"{run}-{number}" for number in range(6)]
    for name in names:
        await people.contact(name)

    async def reference() -> dict[str, str]:
        return {name: party for name, party in await people.reference() if name in names}

    before = await reference()
    made: list[int] = []
    for at, (kind, one, other) in enumerate(walk):
        parties = await reference()
        if kind == "undo" and made:
            await people.stewards.unmerge(made.pop(one % len(made)), "eva", "no")
        elif kind == "undo" or parties[names[one]] == parties[names[other]]:
            continue
        elif kind == "merge":
            made.append((await people.stewards.merge(parties[names[one]], parties[names[other]], "eva", "yes")).id)
            assert (await reference())[names[one]] == (await reference())[names[other]]
        elif await people.links.merged("main", "contact", names[one], names[other], after(at)):
            (row,) = await people.rows("SELECT max(id) AS id FROM match_decisions")
            made.append(row.id)
            assert (await reference())[names[one]] == (await reference())[names[other]]
    order.shuffle(made)
    for decision in made:
        await people.stewards.unmerge(decision, "eva", "all back")
    assert await reference() == before
    own = "SELECT status FROM parties JOIN party_links ON home_id = parties.id WHERE external_id = ANY(:names)"
    assert {row.status for row in await people.rows(own, names=names)} == {"live"}
