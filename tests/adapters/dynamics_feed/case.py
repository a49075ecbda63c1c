"""People at work in a Dynamics environment, its clock, and all that a feed has told since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import Change, ChangeKind, Watch
from tests.sandbox.crm import requests_session, web_api
from tests.stack.sandbox import Sandbox

RETURNS = Watch("msdyn_rma", "bh_returnref", ("bh_reason", "bh_nextstep", "msdyn_requestedbycontact"))
CONTACTS = Watch("contact", "bh_customerref", ("lastname", "emailaddress1"))
ACCOUNTS = Watch("account", "bh_customerref", ("name",))
DAY = 86_400
NOBODY = "00000000-0000-4000-8000-000000000000"
MERGE = "Microsoft.Dynamics.CRM."


@contextmanager
def somebody(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """At work in the environment, and not our application."""
    with requests_session(sandbox) as session, web_api(sandbox, session) as client:
        (user,) = client.get("systemusers?$filter=applicationid eq null").json()["value"]
        client.headers["CallerObjectId"] = user["azureactivedirectoryobjectid"]
        yield client


def made(client: httpx.Client, entity_set: str, **body: Any) -> str:
    answer = client.post(entity_set, json=body)
    assert answer.status_code == 204, answer.text
    return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def changed(client: httpx.Client, place: str, **body: Any) -> None:
    assert client.patch(place, json=body).status_code == 204


def stands(client: httpx.Client, place: str) -> dict[str, Any]:
    return dict(client.get(place).json())


def gone(client: httpx.Client, place: str) -> None:
    assert client.delete(place).status_code == 204


def merged(client: httpx.Client, table: str, loser: str, winner: str) -> None:
    parties = {name: {"@odata.type": MERGE + table, f"{table}id": guid} for name, guid in
               (("Target", winner), ("Subordinate", loser))}  # fmt: skip
    answer = client.post("Merge", json={**parties, "PerformParentingChecks": False})
    assert answer.status_code == 204, answer.text


async def told(feed: DynamicsFeed, watch: Watch, cursor: str) -> tuple[list[Change], str]:
    """Everything since the cursor, page after page, and where to go on."""
    found: list[Change] = []
    while True:
        page = await feed.changes(watch, cursor, wait=0)
        assert not page.lapsed
        found += page.changes
        cursor = page.cursor
        if not page.more:
            return found, cursor


def kinds(found: list[Change]) -> list[tuple[str, ChangeKind]]:
    return [(each.record, each.kind) for each in found]


@contextmanager
def later(sandbox: Sandbox, seconds: float) -> Iterator[None]:
    """The environment's clock, moved on."""
    sandbox.control.post("/clock", json={"advance_seconds": seconds}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.post("/clock", json={"advance_seconds": -seconds}).raise_for_status()


@contextmanager
def untracked(sandbox: Sandbox, table: str) -> Iterator[None]:
    sandbox.control.post("/dynamics/tailoring", json={"table": table, "tracked": False}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.delete("/dynamics/tailoring").raise_for_status()
