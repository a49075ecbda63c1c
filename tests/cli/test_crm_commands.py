"""Coverage, dead letters and their replay through the real command line, a real Temporal and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import Permanent, Retryable, VendorError
from store.port import Outgoing
from store.stores import open_stores
from tests.stack.desk import Desk
from tests.store.samples import move

NO_LICENCE = Permanent("crm", "publish", "no licence for ReturnOrder")
FOREVER = 10_000


@pytest.fixture(autouse=True)
def mended(desk: Desk) -> Iterator[None]:
    """Each test leaves every return shown, so that the next one's counts are its own."""
    yield
    desk.world.heal("publish main")
    desk.answer("crm", "replay", "--all")


def broken(desk: Desk, error: VendorError = NO_LICENCE) -> None:
    desk.world.fail("publish main", error, times=FOREVER)


def given_up(desk: Desk) -> str:
    """An open return, quoted, that the CRM refused."""
    return_id = str(desk.quoted()["return_id"])
    desk.until(return_id, lambda now: any(state["parked"] for state in now["crm"]))
    return return_id


def ended(desk: Desk) -> str:
    """A return that is withdrawn and over, and that the CRM refused to the end."""
    return_id = given_up(desk)
    desk.answer("withdraw", return_id)
    desk.until(return_id, lambda now: now["stage"] == "withdrawn")
    while letters(desk)[return_id]["given_up"] < 2:
        pass
    return return_id


def letters(desk: Desk) -> dict[str, Any]:
    return {one["return_id"]: one for one in desk.answer("crm", "dead-letters")["dead_letters"]}


def main_org(desk: Desk) -> Any:
    (found,) = desk.answer("crm", "coverage", "--org", "main")["orgs"]
    return found


def test_after_a_fix_a_replay_brings_coverage_back_to_all(desk: Desk) -> None:
    broken(desk)
    opened, over = given_up(desk), ended(desk)
    dead = letters(desk)
    assert {opened, over} <= dead.keys()
    assert (dead[opened]["org"], dead[opened]["stage"], dead[opened]["cause"]) == ("main", "quoted", str(NO_LICENCE))
    assert dead[opened]["age_seconds"] >= 0
    before = desk.answer("crm", "coverage")
    (main,) = before["orgs"]
    assert main["open"]["coverage"] < 1
    assert main["oldest_lag_seconds"] >= 0
    assert {opened: True, over: False}.items() <= {one["return_id"]: one["open"] for one in before["lagging"]}.items()
    assert "main: open " in desk.say("crm", "coverage").out

    desk.world.heal("publish main")
    answer = desk.answer("crm", "replay", "--all", "--org", "main", "--cause", "no LICENCE")
    assert answer["failed"] == answer["pending"] == 0
    shown = {one["return_id"]: one["version"] for one in answer["replayed"] if one["outcome"] == "shown"}
    for return_id, stage in ((opened, "quoted"), (over, "withdrawn")):
        assert (desk.world.crm[return_id].stage, desk.world.crm[return_id].version) == (stage, shown[return_id])
        (state,) = desk.answer("status", return_id)["crm"]
        assert state == {"org": "main", "published": shown[return_id], "parked": False}
    assert letters(desk) == {}
    main = main_org(desk)
    assert main["open"]["coverage"] == main["all"]["coverage"] == 1
    assert main["oldest_lag_seconds"] is None
    assert main["latency"]["count"] >= 2
    assert "(100.0 %)" in desk.say("crm", "coverage").out
    assert desk.say("crm", "dead-letters").out == "no dead letters\n"


def test_a_replay_that_fails_again_says_so_and_keeps_the_letter(desk: Desk) -> None:
    broken(desk)
    return_id = given_up(desk)
    desk.world.heal("publish main")
    broken(desk, Permanent("crm", "publish", "the field is read only"))
    before = letters(desk)[return_id]
    said = desk.say("crm", "replay", return_id, "--json")
    assert said.code == 1
    (told,) = said.document["replayed"]
    assert (told["outcome"], told["detail"]) == ("failed", "crm publish: the field is read only")
    after = letters(desk)[return_id]
    assert (after["since"], after["cause"]) == (before["since"], before["cause"])
    assert (desk.answer("status", return_id)["crm"])[0]["parked"]
    plain = desk.say("crm", "replay", return_id)
    assert plain.code == 1
    assert "the field is read only" in plain.out


def test_a_crm_that_says_not_now_is_asked_again_until_the_patience_ends(desk: Desk) -> None:
    broken(desk)
    return_id = given_up(desk)
    desk.world.heal("publish main")
    desk.world.fail("publish main", Retryable("crm", "publish", "request limit", retry_after=0.05), times=3)
    assert desk.answer("crm", "replay", return_id)["shown"] == 1
    broken(desk)
    return_id = given_up(desk)
    desk.world.heal("publish main")
    broken(desk, Retryable("crm", "publish", "request limit", retry_after=0.05))
    said = desk.say("crm", "replay", return_id, "--patience", "1", "--json")
    assert (said.code, said.document["failed"]) == (1, 1)
    assert return_id in letters(desk)


def test_a_replay_of_what_was_replayed_shows_nothing_twice(desk: Desk) -> None:
    broken(desk)
    return_id = given_up(desk)
    desk.world.heal("publish main")
    assert desk.answer("crm", "replay", return_id, return_id)["shown"] == 1
    calls = desk.world.calls.count("publish main")
    again = desk.answer("crm", "replay", return_id)
    assert (again["not_owed"], again["replayed"][0]["detail"]) == (1, "has no dead letter")
    assert desk.world.calls.count("publish main") == calls
    assert desk.say("crm", "replay", "--all").out == "no dead letters\n"


def test_a_newer_version_in_the_crm_stays_and_is_told(desk: Desk) -> None:
    broken(desk)
    return_id = given_up(desk)
    desk.world.heal("publish main")
    seen = given_up_elsewhere_but_newer(desk, return_id)
    (told,) = desk.answer("crm", "replay", return_id)["replayed"]
    assert (told["outcome"], told["version"]) == ("shown", seen)
    assert desk.world.crm[return_id].version == seen
    (lag,) = desk.answer("crm", "coverage")["lagging"]
    assert (lag["return_id"], lag["shown_version"], lag["shown_stage"]) == (return_id, seen, "")
    assert "shows nothing known (version" in desk.say("crm", "coverage").out


def given_up_elsewhere_but_newer(desk: Desk, return_id: str) -> int:
    """As after a restored database: the CRM has a version the books do not know. Answers that version."""
    spare = desk.authorized()
    desk.until(spare, lambda now: any(state["published"] for state in now["crm"]))
    desk.world.crm[return_id] = replace(desk.world.crm[spare], return_id=return_id, version=99)
    return 99


def test_an_org_that_no_worker_serves_fails_and_stays_a_letter(desk: Desk) -> None:
    async def owe() -> None:
        async with open_stores(os.environ["BACKHAUL_DATABASE__URL"]) as stores:
            await stores.returns.record(move("R-1-GONE", outgoing=(Outgoing("crm:gone", "quoted"),)))
            await stores.outbox.park("R-1-GONE", "crm:gone", "away")

    async def forget() -> None:
        async with open_stores(os.environ["BACKHAUL_DATABASE__URL"]) as stores:
            await stores.outbox.shown("R-1-GONE", "gone", 1, "quoted")

    asyncio.run(owe())
    said = desk.say("crm", "replay", "--all", "--org", "gone", "--patience", "1", "--json")
    (told,) = said.document["replayed"]
    assert (said.code, told["outcome"]) == (1, "failed")
    assert told["detail"].startswith("no success in time")
    assert "R-1-GONE" in letters(desk)
    asyncio.run(forget())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("replay",), "return: name the returns to replay, or say --all"),
        (("replay", "R-1-ABCD", "--all"), "return: name the returns to replay, or say --all"),
        (("replay", "R-1-ABCD", "--cause", "x"), "cause: goes with --all"),
        (("replay", "R-9999-00000000"), "there is no return R-9999-00000000"),
        (("replay", "r-1"), "return_id: 'r-1' is not a return id"),
        (("replay", "--all", "--org", "nobody"), "org: there is no CRM org 'nobody'; there are "),
        (("coverage", "--org", "nobody"), "org: there is no CRM org 'nobody'; there are "),
        (("dead-letters", "--org", "nobody"), "org: there is no CRM org 'nobody'; there are "),
    ],
)
def test_what_cannot_be_asked_is_told(desk: Desk, words: tuple[str, ...], says: str) -> None:
    assert desk.say("crm", *words).sentence.startswith(says)
    said = desk.say("crm", *words, "--json")
    assert json.loads(said.err)["error"].startswith(says)
