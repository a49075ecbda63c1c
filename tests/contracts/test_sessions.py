"""Sessions, as every front door may rely on: on the double and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from security.roles import Principal, Role
from store.port import Begun, Stores

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
IDLE = timedelta(minutes=60)
ANNA = Principal("person:a-1", frozenset({Role.SUPPORT, Role.FINANCE}), frozenset({"DE"}), frozenset({"main"}), "Anna")
BEGUN = Begun("nonce", "verifier", "/console")


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


async def test_a_session_says_whose_it_is_until_it_is_ended(stores: Stores) -> None:
    await stores.sessions.open("a", ANNA, NOW, after(720))
    assert await stores.sessions.seen("a", NOW, IDLE) == ANNA
    assert await stores.sessions.seen("b", NOW, IDLE) is None
    await stores.sessions.end("a")
    await stores.sessions.end("a")
    assert await stores.sessions.seen("a", NOW, IDLE) is None


async def test_a_session_that_is_used_lives_on_and_no_longer_than_it_may(stores: Stores) -> None:
    await stores.sessions.open("c", ANNA, NOW, after(100))
    assert await stores.sessions.seen("c", after(59), IDLE) == ANNA
    assert await stores.sessions.seen("c", after(99), IDLE) == ANNA
    assert await stores.sessions.seen("c", after(100), IDLE) is None


async def test_what_is_no_use_keeps_no_session(stores: Stores) -> None:
    await stores.sessions.open("d", ANNA, NOW, after(720))
    assert await stores.sessions.seen("d", after(59), IDLE, used=False) == ANNA
    assert await stores.sessions.seen("d", after(60), IDLE) is None


async def test_a_sign_in_is_taken_once_by_the_browser_that_began_it_in_time(stores: Stores) -> None:
    await stores.sessions.begin("s", "b", BEGUN, NOW, after(10))
    assert await stores.sessions.take("s", "other", NOW) is None
    assert await stores.sessions.take("other", "b", NOW) is None
    assert await stores.sessions.take("s", "b", after(10)) is None
    assert await stores.sessions.take("s", "b", after(9)) == BEGUN
    assert await stores.sessions.take("s", "b", after(9)) is None


async def test_all_sessions_of_a_person_are_ended_at_once_and_nobody_elses(stores: Stores) -> None:
    for session, who in (("e", ANNA), ("f", ANNA), ("g", replace(ANNA, name="person:b-1"))):
        await stores.sessions.open(session, who, NOW, after(720))
    assert await stores.sessions.end_all(ANNA.name, "it", "left the company") == 2
    assert await stores.sessions.end_all(ANNA.name, "it", "left the company") == 0
    assert [await stores.sessions.seen(one, NOW, IDLE) is not None for one in "efg"] == [False, False, True]


async def test_what_is_over_is_forgotten_when_others_come(stores: Stores) -> None:
    """No job has to clean up: the same handle may be given again."""
    for minutes in (0, 20):
        await stores.sessions.begin("again", "b", BEGUN, after(minutes), after(minutes + 10))
        await stores.sessions.open("again", ANNA, after(minutes), after(minutes + 10))
    assert await stores.sessions.seen("again", after(21), IDLE) == ANNA
