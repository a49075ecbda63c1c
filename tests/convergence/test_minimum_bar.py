"""What other systems are known to get wrong, each on the sandbox's own CRMs, with adapter, feed, books and activities.

Each test names where the mistake was reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.crm.dynamics import DynamicsFeed
from domain.change_request import RequestStatus
from domain.returns import Stage
from runtime.sections import Dynamics
from runtime.wiring import vendors
from store.port import RecordState
from tests.convergence.people import Field, Kind
from tests.convergence.world import CUSTOMERS, DYNAMICS, RETURNS, SALESFORCE, VENDORS, World, world
from tests.stack.sandbox import Sandbox

ONE, OTHER, THIRD = RETURNS
BOTH = pytest.mark.parametrize("org", [SALESFORCE, DYNAMICS])


@pytest.fixture
async def here(emptied: Sandbox, postgres_url: str) -> AsyncIterator[World]:
    """All returns shown in both CRMs, and all of that heard."""
    async with world(emptied, postgres_url, bus=True) as made:
        await made.begin()
        await made.comes_to_rest()
        made.later()
        yield made


@pytest.fixture
async def looked_at(emptied: Sandbox, postgres_url: str) -> AsyncIterator[World]:
    """The same, and Salesforce is polled."""
    async with world(emptied, postgres_url, bus=False) as made:
        await made.begin()
        await made.comes_to_rest()
        made.later()
        yield made


@BOTH
async def test_quick_versions_read_back_while_they_are_written_never_flip(here: World, org: str) -> None:
    """Heroku Connect's flip-flop: versions written quickly are read back late, and the older one comes to stand over
    the newer (its page on rapid multiple updates)."""
    side, stages, over = here.sides[org], [Stage.CONFIRMED, Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION], False
    seen: list[int] = []

    async def reads() -> None:
        while not over:
            for return_id in (await side.listen(Kind.RETURN)).due:
                await side.publish(return_id)

    async def watches() -> None:
        while not over:
            shown = here.record(org, ONE)
            assert shown is not None
            seen.append(int(str(shown.values[Field.VERSION])))
            await asyncio.sleep(0)

    readers = [asyncio.create_task(doing()) for doing in (reads, watches)]
    under_way = []
    for stage in stages:
        await here.desk.moved(ONE, stage=stage)
        under_way.append(asyncio.create_task(side.publish(ONE)))
        await asyncio.sleep(0)
    await asyncio.gather(*under_way)
    await here.comes_to_rest()
    over = True
    await asyncio.gather(*readers)

    assert seen == sorted(seen)
    assert seen[-1] == 1 + len(stages)
    assert here.desk.asked == []
    await here.check()


@BOTH
async def test_an_answer_is_written_in_the_cycle_that_heard_the_question(here: World, org: str) -> None:
    """MinnPost/object-sync-for-salesforce 516: a record just read was under guard against echoes, and what was to be
    written to it in the same cycle was swallowed."""
    await here.edit(org, ONE, Field.REFUND, 5.0)
    await here.listen(org, Kind.RETURN)
    await here.publish(org, ONE)

    shown = here.record(org, ONE)
    assert shown is not None
    assert shown.values[Field.STATUS] == RequestStatus.PENDING
    assert shown.values[Field.REQUEST] == here.desk.asked[0].request.request_id
    await here.check()


@BOTH
async def test_an_edit_made_right_after_our_own_write_is_no_echo(here: World, org: str) -> None:
    """The other side of the same guard: by a span of time, what somebody writes just after us would be swallowed."""
    await here.desk.moved(ONE, stage=Stage.CONFIRMED)
    await here.publish(org, ONE)
    await here.edit(org, ONE, Field.REASON, "other")
    await here.listen(org, Kind.RETURN)

    assert [one.request.value for one in here.desk.asked] == ["other"]
    await here.check()


@BOTH
async def test_an_enumeration_that_breaks_off_deletes_nothing(here: World, org: str) -> None:
    """Nango's deletion by absence: an exception in the middle of a full read made everything behind it a deletion."""
    side = here.sides[org]
    if org == DYNAMICS:
        # One row a page, so that there is a middle.
        await side.aclose()
        assert isinstance(side.given, Dynamics)
        side.reads_by(DynamicsFeed(vendors.dynamics(side.given, here.sandbox.ca_file), interval=0.02, page=1))
    await here.lapses(org)
    await side.listen(Kind.RETURN)
    operation = "QUERY" if org == SALESFORCE else "GET msdyn_rmas"
    here.sandbox.fault(VENDORS[org], operation, "truncate", times=20, skip=1 if org == DYNAMICS else 0)
    with pytest.raises(Exception, match="Retryable"):
        await side.compare(Kind.RETURN)
    here.sandbox.heal()

    for return_id in RETURNS:
        known = await here.books.agreements.of_return(org, return_id)
        assert known is not None
        assert (known.state, known.lost) == (RecordState.LIVE, 0)
    assert await here.books.items.listed() == ()
    assert not (await side.compare(Kind.RETURN)).comparing
    await here.check()


async def test_rows_that_become_visible_late_are_heard(looked_at: World) -> None:
    """airbytehq/airbyte 27146: rows are stamped before they can be seen, and a cursor that has gone past them never
    comes back."""
    here, setup = looked_at, "/salesforce/org"
    late = here.record(SALESFORCE, ONE)
    assert late is not None
    here.sandbox.control.post(setup, json={"uncommitted": [late.record]}).raise_for_status()
    await here.edit(SALESFORCE, ONE, Field.NOTE, "behind the cursor")
    here.later(60)
    await here.edit(SALESFORCE, THIRD, Field.NOTE, "before it")
    await here.listen(SALESFORCE, Kind.RETURN)
    assert [one.note for one in here.desk.asked] == ["before it"]

    here.sandbox.control.post(setup, json={"uncommitted": []}).raise_for_status()
    here.later(60)
    await here.listen(SALESFORCE, Kind.RETURN)
    assert [one.note for one in here.desk.asked] == ["before it", "behind the cursor"]
    await here.check()


@BOTH
async def test_after_an_expired_cursor_everything_is_compared_without_anybody(here: World, org: str) -> None:
    """Replay ids live for three days and delta links for a week; kdcllc/CometD.NetCore.Salesforce 20 and its like:
    afterwards the subscription stands and tells nothing, for ever."""
    await here.edit(org, ONE, Field.NOTE, "before it expired")
    await here.lapses(org)
    await here.edit(org, THIRD, Field.STAGE, "lost")
    await here.listen(org, Kind.RETURN)

    assert [one.note for one in here.desk.asked] == ["before it expired"]
    assert any("the cursor was too old" in line for line in here.story) or org == DYNAMICS
    positions = await here.books.watching.positions(org)
    assert [one.comparing for one in positions if one.object == here.sides[org].people.objects[Kind.RETURN]] == [""]
    await here.check()


@BOTH
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "not heard yet"])
async def test_after_a_merge_the_next_version_lands_on_the_survivor(here: World, org: str, heard: bool) -> None:
    """MinnPost/object-sync-for-salesforce 197 and SalesforceFoundation/NPSP 6161: a merge looked like a deletion, and
    what was written next was refused again and again, or made the customer a second time."""
    customer, people = CUSTOMERS[ONE], here.sides[org].people
    await here.merge(org, customer)
    if heard:
        await here.listen(org, Kind.CONTACT)
    for return_id in (ONE, OTHER):
        await here.desk.moved(return_id, stage=Stage.CONFIRMED)
    made = here.contacts_of(org)
    here.sandbox.control.delete("/calls").raise_for_status()
    assert await here.publish(org, ONE)
    assert await here.publish(org, OTHER)

    calls = [call for call in here.sandbox.control.get("/calls").json()["recent"] if call["vendor"] == VENDORS[org]]
    assert [call["status"] for call in calls if call["status"] >= 300] == []
    assert here.contacts_of(org) == made
    survivor = people.survivor(here.contacts[org, customer])
    if heard or org == SALESFORCE:
        for return_id in (ONE, OTHER):
            shown = here.record(org, return_id)
            assert shown is not None
            assert shown.contact == survivor
    await here.check()
    assert here.contacts_of(org) == made


@BOTH
async def test_an_edit_nobody_heard_of_is_not_written_over_by_what_the_other_crm_was_granted(
    looked_at: World, org: str
) -> None:
    """Found by the journey through a whole installation: a CRM that is looked at now and then never tells it."""
    here = looked_at
    [other] = {SALESFORCE, DYNAMICS} - {org}
    await here.edit(org, ONE, Field.REASON, "too_small")
    await here.edit(other, ONE, Field.REASON, "defective")
    await here.listen(other, Kind.RETURN)
    await here.publish(org, ONE)
    await here.comes_to_rest()

    assert [one.request.value for one in here.desk.asked] == ["defective", "too_small"]
    assert all(state.status is RequestStatus.ACCEPTED for state in here.desk.states[ONE].values())
    await here.check()
