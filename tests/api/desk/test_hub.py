"""The CRMs over HTTP: what was given up and is shown again, what lags, what is left to people, and mappings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.errors import Permanent
from security.roles import Role
from store.port import Item, ItemKind
from store.stores import open_doors
from tests.api.office import Office

FOREVER = 1000


async def get(office: Office, path: str, role: Role = Role.IT_ADMIN, abroad: bool = False) -> Any:
    answer = await office.ask(role, "GET", path, abroad=abroad)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def dead(office: Office) -> AsyncIterator[str]:
    """The id of a return that the CRM refused."""
    office.desk.world.fail("publish main", Permanent("crm", "publish", "no licence for it"), FOREVER)
    return_id = (await office.started())["return_id"]
    while return_id not in str(await get(office, "/dead-letters?org=main")):
        pass
    yield return_id
    office.desk.world.heal("publish main")


async def test_what_was_given_up_is_seen_by_cause_and_shown_again(office: Office, dead: str) -> None:
    assert dead in str(await get(office, "/dead-letters?cause=LICENCE", Role.SUPPORT))
    assert dead not in str(await get(office, "/dead-letters?cause=quota"))
    (letter,) = (await get(office, f"/dead-letters/{dead}"))["crm"]
    assert (letter["org"], letter["shown"], "no licence" in letter["cause"]) == ("main", 0, True)
    failed = await office.ask(Role.IT_ADMIN, "POST", f"/dead-letters/{dead}/replay", {"patience_seconds": 1})
    assert (failed.status_code, failed.json()["failed"]) == (200, 1)
    office.desk.world.heal("publish main")
    quiet = await office.ask(Role.IT_ADMIN, "POST", "/dead-letters/replay", {"cause": "quota"})
    assert quiet.json()["replayed"] == []
    done = await office.ask(Role.IT_ADMIN, "POST", "/dead-letters/replay", {"org": "main", "cause": "licence"})
    assert {one["return_id"]: one["outcome"] for one in done.json()["replayed"]}[dead] == "shown", done.text
    assert (await get(office, f"/dead-letters/{dead}"))["crm"] == []
    unknown = await office.ask(Role.IT_ADMIN, "GET", "/dead-letters?org=nowhere")
    assert (unknown.status_code, unknown.json()["field"]) == (400, "org")


async def test_others_dead_letters_are_neither_seen_nor_replayed(office: Office, dead: str) -> None:
    for path in ("/dead-letters", "/crm/coverage", "/crm/reconciliations", "/crm/items?resolved=true"):
        assert dead not in str(await get(office, path, abroad=True))
    assert dead in str(await get(office, "/crm/coverage?limit=10000"))
    office.desk.world.heal("publish main")
    body = {"return_ids": [dead]}
    told = await office.ask(Role.IT_ADMIN, "POST", "/dead-letters/replay", body, abroad=True)
    assert told.json()["replayed"] == []
    assert (await get(office, f"/dead-letters/{dead}"))["crm"]


async def test_the_page_of_an_org_says_how_much_it_shows(office: Office, dead: str) -> None:
    (org,) = (await get(office, "/crm/status", Role.AUDITOR))["orgs"]
    assert (org["org"], org["object"], org["dead_letters"] >= 1) == ("main", "ReturnOrder", True)
    (shown,) = (await get(office, "/crm/coverage?org=main"))["orgs"]
    assert shown["open"]["returns"] > shown["open"]["current"]
    assert (await get(office, "/crm/quality"))["fields"]
    assert [one["org"] for one in (await get(office, "/crm/quota"))["orgs"]] == ["main"]
    (heard,) = (await get(office, "/crm/listening"))["orgs"]
    assert (heard["org"], heard["status"]) == ("main", "never")


async def test_an_org_as_a_whole_is_steered_by_who_sees_everything(office: Office) -> None:
    path = "/crm/orgs/main/breakers/closing"
    done = await office.ask(Role.IT_ADMIN, "POST", path, {"why": "the certificate is new"})
    assert (done.status_code, done.json()) == (200, {"org": "main", "closed": 0})
    scoped = await office.ask(Role.IT_ADMIN, "POST", path, {"why": "the certificate is new"}, abroad=True)
    assert (scoped.status_code, scoped.json()["code"]) == (403, "forbidden")
    bare = await office.ask(Role.IT_ADMIN, "POST", path, {"why": "  "})
    assert (bare.status_code, bare.json()["field"]) == (400, "why")


async def test_what_is_left_to_people_is_decided_once(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    async with open_doors(office.settings.database.url, connections=1) as doors:
        await doors.crm.items.open(Item("main", ItemKind.SILENT, "Case", "500A", return_id, "", "nothing was told"))
    item = next(one for one in (await get(office, "/crm/items", Role.SUPPORT))["items"] if one["key"] == return_id)
    assert item["choices"] == {"done": "seen"}
    path = f"/crm/items/{item['item_id']}/resolution"
    wrong = await office.ask(Role.SUPPORT, "POST", path, {"choice": "ours"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "choice")
    assert (await office.ask(Role.SUPPORT, "POST", path, {"choice": "done"}, abroad=True)).status_code == 404
    done = await office.ask(Role.SUPPORT, "POST", path, {"choice": "done", "note": "looked"})
    assert (done.status_code, done.json()["by"]) == (200, "support"), done.text
    assert (await office.ask(Role.SUPPORT, "POST", path, {"choice": "done"})).status_code == 404
    assert return_id in str(await get(office, "/crm/items?resolved=true"))


async def test_mappings_are_read_and_tried(office: Office) -> None:
    listed = await get(office, "/mappings")
    assert [(one["org"], one["vendor"]) for one in listed["orgs"]] == [("main", "salesforce")]
    name = listed["orgs"][0]["name"]
    assert (await get(office, "/mappings/main")) == (await get(office, f"/mappings/{name}"))
    page = await office.ask(Role.AUDITOR, "GET", "/mappings/main/page")
    assert page.headers["content-type"].startswith("text/markdown")
    assert page.text.startswith(f"## {name}, version")
    none = await office.ask(Role.IT_ADMIN, "GET", "/mappings/nowhere")
    assert (none.status_code, "main" in none.json()["detail"]) == (404, True)
    checked = await office.ask(Role.IT_ADMIN, "POST", "/mappings/main/check")
    assert (checked.status_code, checked.json()["ok"]) == (200, False), checked.text
    return_id = (await office.started())["return_id"]
    tried = {"return_ids": [return_id]}
    away = await office.ask(Role.IT_ADMIN, "POST", "/mappings/main/rehearsal", tried)
    assert (away.status_code, away.headers["retry-after"]) == (503, "2"), away.text
    others = await office.ask(Role.IT_ADMIN, "POST", "/mappings/main/rehearsal", tried, abroad=True)
    assert others.status_code == 404
    nothing = await office.ask(Role.IT_ADMIN, "POST", "/mappings/main/rehearsal", {}, abroad=True)
    assert nothing.json() == {"org": "main", "returns": []}
