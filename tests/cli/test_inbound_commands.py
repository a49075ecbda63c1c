"""Why a value is as it is, what is left to people, and the listening, through the real command line."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

import pytest

from domain.agreement import Agreement, Dealt
from domain.conflict import Outcome
from store.port import Conflict, Item, ItemKind, Record, RecordState, Ruling
from store.stores import open_all
from tests.stack.desk import Desk

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def decided(desk: Desk) -> str:
    """The key of a return of which somebody edited the stage until the field was frozen."""
    return_id = str(desk.quoted()["return_id"])

    async def decide() -> None:
        frozen = Agreement("wrong", True, dealt=(Dealt("wrong", AT, AT),), drifted=True, frozen=True)
        record = Record("main", "Return__c", return_id, return_id, fields={"Stage": frozen})
        conflict = Conflict(
            org="main", object="Return__c", record=return_id, key=return_id, field="Stage", rule="owner_wins",
            outcome=Outcome.OVERWRITE, reason="frozen to the owner's value", base="quoted", theirs="wrong",
            ours="quoted", value="quoted", evidence="certain", own=False, writer="005USER", at=AT, event="e1",
        )  # fmt: skip
        item = Item("main", ItemKind.SWINGING, "Return__c", return_id, return_id, "Stage", "it swung")
        async with open_all(os.environ["BACKHAUL_DATABASE__URL"], 1) as (_, books):
            await books.agreements.decide(Ruling("main", "Return__c", return_id, record, (conflict,), (), (item,)))

    asyncio.run(decide())
    return return_id


def frozen(return_id: str) -> bool:
    async def look() -> bool:
        async with open_all(os.environ["BACKHAUL_DATABASE__URL"], 1) as (_, books):
            found = await books.agreements.of_return("main", return_id)
            assert found is not None
            assert found.state is RecordState.LIVE
            return found.fields["Stage"].frozen

    return asyncio.run(look())


def test_a_value_is_explained_by_what_was_decided(desk: Desk, decided: str) -> None:
    (why,) = desk.answer("crm", "conflicts", "--record", decided, "--org", "main")["conflicts"]
    assert (why["base"], why["theirs"], why["value"], why["writer"]) == ("quoted", "wrong", "quoted", "005USER")
    said = desk.say("crm", "conflicts", "--record", decided).out
    assert "Stage: overwrite (owner_wins)" in said
    assert "'quoted' stands: frozen to the owner's value" in said
    assert desk.answer("crm", "conflicts", "--record", "R-none")["conflicts"] == []


def test_an_item_is_listed_with_its_choices_and_resolved_once(desk: Desk, decided: str) -> None:
    (item,) = [one for one in desk.answer("crm", "items", "--org", "main")["items"] if one["key"] == decided]
    assert (item["kind"], sorted(item["choices"])) == ("swinging", ["done", "follow"])
    number = str(item["item_id"])
    assert (
        "choice: of an item of the kind swinging one of follow, done"
        in desk.say("crm", "item", "resolve", number, "--choice", "theirs", "--by", "ops").sentence
    )
    assert frozen(decided)
    done = desk.answer("crm", "item", "resolve", number, "--choice", "follow", "--by", "ops", "--why", "flow is off")
    assert (done["choice"], done["by"], done["note"]) == ("follow", "ops", "flow is off")
    assert not frozen(decided)
    assert number not in [str(one["item_id"]) for one in desk.answer("crm", "items")["items"]]
    assert number in [str(one["item_id"]) for one in desk.answer("crm", "items", "--all")["items"]]
    again = desk.say("crm", "item", "resolve", number, "--choice", "follow", "--by", "ops")
    assert f"there is no open item {number}" in again.sentence


def test_the_listening_is_begun_looked_at_and_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an org that no worker serves: also then it can be stopped."""
    given = {"KIND": "salesforce", "URL": "https://x.my.salesforce.com", "CLIENT_ID": "id", "CLIENT_SECRET": "secret"}
    for name, value in given.items():
        monkeypatch.setenv(f"BACKHAUL_CRM__UNSERVED__{name}", value)
    (before,) = desk.answer("crm", "inbound", "status", "--org", "unserved")["orgs"]
    assert (before["org"], before["status"]) == ("unserved", "never")
    assert desk.answer("crm", "inbound", "start", "--org", "unserved")["orgs"] == {"unserved": "started"}
    assert desk.answer("crm", "inbound", "start")["orgs"] == {"unserved": "runs already"}
    assert "unserved  running" in desk.say("crm", "inbound").out
    assert desk.answer("crm", "inbound", "stop")["orgs"] == {"unserved": "stopping"}
    while desk.answer("crm", "inbound", "status")["orgs"][0]["status"] != "stopped":
        pass
    assert desk.answer("crm", "inbound", "stop")["orgs"] == {"unserved": "did not run"}
    assert "there is no CRM org 'other'" in desk.say("crm", "inbound", "start", "--org", "other").sentence
    assert "start, stop or status" in desk.say("crm", "inbound", "pause").sentence
