"""Every filter of the search over HTTP finds the one return it fits, and pages say where they go on."""

from __future__ import annotations

import re
from urllib.parse import quote

from security.roles import Role
from tests.api.office import Office


async def found(office: Office, query: str) -> list[str]:
    answer = await office.ask(Role.SUPPORT, "GET", f"/returns?{query}")
    assert answer.status_code == 200, answer.text
    return [one["return_id"] for one in answer.json()["returns"]]


async def test_each_filter_narrows(office: Office) -> None:
    mine, other = await office.started(), await office.started()
    return_id = mine["return_id"]
    await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/tracking", {"number": "1Z-MINE"})
    order = return_id.split("-")[1]
    rma = quote(mine["quote"]["authorization_number"])
    by_id = quote(mine["quote"]["authorization"])
    for query in (f"return_id={return_id}", f"order={order}", f"rma={rma}", f"rma={by_id}", f"text={return_id}"):
        assert await found(office, query) == [return_id], query
    while await found(office, "tracking=1Z-MINE") != [return_id]:
        pass
    both = {return_id, other["return_id"]}
    for query in ("customer=801", "email=ANNA@example.test", "sku=MUG-01", "stage=quoted", "younger_than_days=1"):
        assert both <= set(await found(office, query)), query
    assert await found(office, f"return_id={return_id}&stage=closed") == []
    assert await found(office, f"return_id={return_id}&older_than_days=1") == []
    assert await found(office, f"return_id={return_id}&held=true") == []
    assert await found(office, "rma=RA") == []


async def test_holds_are_found_by_reason_and_owner(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    body = {"partial_refund": "3.00 EUR"}
    assert (await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", body)).status_code == 202
    assert return_id in await found(office, "hold=partial_refund&hold_owner=finance")
    assert return_id not in await found(office, "hold=partial_refund&hold_owner=support")
    assert return_id not in await found(office, "hold=reason_review")


async def test_the_link_leads_to_the_next_page_with_the_same_question(office: Office) -> None:
    mine = {(await office.started())["return_id"] for _ in range(3)}
    path = "/returns?stage=quoted&stage=closed&limit=2"
    seen: set[str] = set()
    while path:
        answer = await office.ask(Role.SUPPORT, "GET", path)
        page = {one["return_id"] for one in answer.json()["returns"]}
        assert not page & seen
        seen |= page
        link = answer.headers.get("link", "")
        assert bool(link) is (answer.json()["cursor"] is not None)
        path = link and re.fullmatch(r'<(/returns\?stage=quoted&stage=closed&.*)>; rel="next"', link)[1]  # type: ignore[index]
    assert mine <= seen
