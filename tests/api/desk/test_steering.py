"""A CRM org is filled and compared over HTTP: what it takes is told, it is done once for each key, who asked stays."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.testing import WorkflowEnvironment

from adapters.errors import SignInRefused
from domain import ids
from security.roles import Role
from tests.api.office import PAUSE, Office

BACKFILLS, COMPARISONS = "/crm/orgs/main/backfills", "/crm/orgs/main/reconciliations"


async def ask(office: Office, path: str, body: Any, key: str | None = "", abroad: bool = False) -> Any:
    return await office.ask(Role.IT_ADMIN, "POST", path, body, key=key, abroad=abroad)


async def until(office: Office, state: str) -> Any:
    while True:
        for found in (await office.ask(Role.AUDITOR, "GET", "/crm/backfills?org=main")).json()["backfills"]:
            if found["state"] == state:
                return found
        await asyncio.sleep(PAUSE)


async def acts(office: Office, noun: str) -> set[str]:
    found = (await office.ask(Role.AUDITOR, "GET", f"/audit?action={noun}&stream=crm:main")).json()["acts"]
    assert {one["actor"] for one in found} <= {"it-admin"}, found
    return {one["action"] for one in found}


async def test_an_org_is_filled_once_for_each_key(office: Office) -> None:
    await office.started()
    told = await ask(office, f"{BACKFILLS}/forecast", {})
    assert (told.status_code, told.json()["org"], told.json()["returns"] > 0) == (200, "main", True), told.text
    # Refused at the door, it pauses by itself and waits.
    office.desk.world.fail("load main", SignInRefused("crm", "load", "the certificate ended"), 1)
    begun = await ask(office, BACKFILLS, {"portion": 1}, key="fill-1")
    assert (begun.status_code, begun.headers["location"]) == (202, "/crm/backfills?org=main"), begun.text
    again = await ask(office, BACKFILLS, {"portion": 1}, key="fill-1")
    assert (again.status_code, again.json()) == (202, begun.json())
    other = await ask(office, BACKFILLS, {"portion": 2}, key="fill-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    second = await ask(office, BACKFILLS, {})
    assert (second.status_code, "under way" in second.json()["detail"]) == (409, True)
    assert "certificate" in (await until(office, "paused"))["reason"]
    assert (await ask(office, f"{BACKFILLS}/steering", {"act": "cancel"})).status_code == 202
    await until(office, "cancelled")
    # It is in the books a moment before it has ended.
    while (late := await ask(office, f"{BACKFILLS}/steering", {"act": "resume"})).status_code == 202:
        pass
    assert (late.status_code, late.json()["code"]) == (409, "wrong_stage")
    assert (await ask(office, BACKFILLS, {"portion": 1}, key="fill-1")).status_code == 202
    assert (await until(office, "cancelled"))["total"] > 0
    assert (await ask(office, BACKFILLS, {}, key="fill-2")).status_code == 202
    assert (await until(office, "done"))["refused"] == 0
    stale = await ask(office, BACKFILLS, {"portion": 1}, key="fill-1")
    assert (stale.status_code, "new key" in stale.json()["detail"]) == (409, True)
    assert {"backfill:start", "backfill:cancel"} <= await acts(office, "backfill")


async def test_an_org_is_compared_once_for_each_key(office: Office, temporal_env: WorkflowEnvironment) -> None:
    begun = await ask(office, COMPARISONS, {"sample": 5}, key="compare-1")
    assert (begun.status_code, begun.headers["location"]) == (202, "/crm/reconciliations?org=main"), begun.text
    assert (await ask(office, COMPARISONS, {"sample": 5}, key="compare-1")).json() == begun.json()
    assert (await ask(office, COMPARISONS, {})).status_code == 409
    # Nobody here does it.
    await temporal_env.client.get_workflow_handle(ids.reconcile_id("main")).terminate()
    often = await ask(office, f"{COMPARISONS}/schedule", {"every": "6h"})
    assert often.json() == {"org": "main", "every": "6h"}
    assert (await ask(office, f"{COMPARISONS}/schedule", {"every": "off"})).status_code == 200
    assert await acts(office, "reconciliation") == {"reconciliation:run", "reconciliation:schedule"}


async def test_what_cannot_be_asked_is_said_and_changes_nothing(office: Office) -> None:
    for path, body, status, field in (
        (BACKFILLS, {"since": "2026-13-40"}, 400, "since"),
        (BACKFILLS, {"stages": "some"}, 400, "stages"),
        (f"{BACKFILLS}/steering", {"act": "stop"}, 400, "act"),
        (f"{COMPARISONS}/schedule", {"every": "soon"}, 400, "every"),
        ("/crm/orgs/nowhere/backfills", {}, 404, None),
        ("/crm/orgs/nowhere/breakers/closing", {"why": "mended"}, 404, None),
    ):
        answer = await ask(office, path, body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    bare = await ask(office, BACKFILLS, {}, key=None)
    assert (bare.status_code, bare.json()["field"]) == (400, "Idempotency-Key")
    for path in (BACKFILLS, COMPARISONS):
        assert (await ask(office, path, {}, abroad=True)).json()["code"] == "forbidden"
