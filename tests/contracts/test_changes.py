"""Requests for a change in the books: written with the move that answers them, answered once, notes apart."""

from __future__ import annotations

from domain.change_request import RequestStatus
from store.port import Stores
from tests.store.samples import move, requested

ACCEPTED, REFUSED = RequestStatus.ACCEPTED, RequestStatus.REFUSED


async def test_nothing_was_asked_of_an_unknown_return(stores: Stores) -> None:
    assert await stores.changes.of("R-9-Z") == ()
    assert await stores.changes.one("R-9-Z", "q1") is None
    assert await stores.changes.notes("R-9-Z") == {}


async def test_requests_are_kept_in_the_order_they_came_each_with_its_answer(stores: Stores) -> None:
    await stores.returns.record(move(version=1, answered=(requested("q1"), requested("q2", REFUSED, "too late"))))
    await stores.returns.record(move(version=2, answered=(requested("q1", ACCEPTED, "finance grants it"),)))
    first, second = await stores.changes.of("R-1-A")
    assert first == requested("q1", ACCEPTED, "finance grants it") == await stores.changes.one("R-1-A", "q1")
    assert second == requested("q2", REFUSED, "too late")


async def test_an_answer_that_was_given_stays(stores: Stores) -> None:
    await stores.returns.record(move(version=1, answered=(requested("q1", ACCEPTED, "yes"),)))
    await stores.returns.record(move(version=2, answered=(requested("q1", REFUSED, "no"),)))
    await stores.returns.record(move(version=3, answered=(requested("q1"),)))
    assert await stores.changes.of("R-1-A") == (requested("q1", ACCEPTED, "yes"),)


async def test_a_version_that_is_there_already_answers_nothing(stores: Stores) -> None:
    """Two who answer at once: the second sees that its answer is not in the books, and takes the next version."""
    await stores.returns.record(move(version=2))
    await stores.returns.record(move(version=2, answered=(requested(),)))
    assert await stores.changes.of("R-1-A") == ()


async def test_the_same_key_at_another_return_is_another_request(stores: Stores) -> None:
    for return_id in ("R-1-A", "R-2-B"):
        await stores.returns.record(move(return_id, answered=(requested("q1", ACCEPTED, return_id),)))
    found = await stores.changes.one("R-2-B", "q1")
    assert found is not None
    assert found.sentence == "R-2-B"


async def test_a_note_is_saved_once_beside_its_request(stores: Stores) -> None:
    await stores.returns.record(move())
    await stores.changes.save_note("R-1-A", "q1", "Anna will be away until Monday")
    await stores.changes.save_note("R-1-A", "q1", "something else")
    assert await stores.changes.notes("R-1-A") == {"q1": "Anna will be away until Monday"}
