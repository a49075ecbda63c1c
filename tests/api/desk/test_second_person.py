"""A second person over HTTP: proposed by one, approved by another, refused to everybody else."""

from __future__ import annotations

import httpx

from domain.policy import Policy
from security import api_keys
from security.roles import Role
from store.port import EVERYTHING, ActSearch, see
from tests.api.desk.conftest import BOTH, OTHER
from tests.api.office import KEYS, Office

CAREFUL = Policy(retry_at_most=1, second_person_above={"EUR": "1.00"})
GRANT = {"choice": "grant", "note": "worn at the rim"}


async def held(office: Office, policy: Policy = CAREFUL) -> tuple[str, str]:
    """A return on which somebody asks for 3.00 instead of 7.93, and the address of its hold."""
    order = office.desk.order()
    office.desk.world.policies[order] = policy
    asked = {"order_id": order, "lines": [{"line_id": "70011", "quantity": 2}]}
    return_id = (await office.ask(Role.STOREFRONT, "POST", "/returns", asked)).json()["return_id"]
    await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", {"partial_refund": "3.00 EUR"})
    return return_id, f"/returns/{return_id}/holds/{(await office.held(return_id))['hold_id']}"


async def says(
    office: Office, path: str, decision: str, who: str, proposal: str = "P1", key: str = ""
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or f"{decision}-{api_keys.digest(who)[:8]}"}
    body = {"proposal": proposal, "decision": decision}
    return await office.http.post(f"{path}/approval", json=body, headers=headers)


async def test_one_proposes_and_another_approves(office: Office) -> None:
    return_id, path = await held(office)
    done = await office.ask(Role.FINANCE, "POST", f"{path}/resolution", GRANT)
    assert (done.status_code, done.json()["proposal"]) == (200, "P1")
    (listed,) = [
        one
        for one in (await office.ask(Role.SUPPORT, "GET", "/holds?proposed=true")).json()["holds"]
        if one["return_id"] == return_id
    ]
    assert (listed["proposal"]["by"], listed["proposal"]["note"], listed["second"]) == (
        "finance", "worn at the rim", ["grant"],
    )  # fmt: skip
    assert listed["amount"] == listed["proposal"]["amount"] == {"amount": "4.93", "currency": "EUR"}
    own = await says(office, path, "approve", KEYS[Role.FINANCE])
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    assert own.json()["detail"] == "finance proposed P1: another person with the role finance must approve it"
    support = await says(office, path, "approve", KEYS[Role.SUPPORT])
    assert (support.status_code, "decided by finance" in support.json()["detail"]) == (403, True)
    assert (await says(office, path, "approve", KEYS[Role.WAREHOUSE])).status_code == 403
    approved = await says(office, path, "approve", OTHER, key="mine")
    assert approved.status_code == 200, approved.text
    again = await says(office, path, "approve", OTHER, key="mine")
    assert again.json() == approved.json(), "said twice it is one word"
    while not (seen := (await office.ask(Role.FINANCE, "GET", f"/returns/{return_id}")).json())["by_hand"]:
        pass
    assert [(one["by"], one["approved_by"]) for one in seen["by_hand"]] == [("finance", "finance-2")]
    assert return_id not in str((await office.ask(Role.SUPPORT, "GET", "/holds?proposed=true")).json())


async def test_every_word_of_it_is_in_the_audit(office: Office) -> None:
    return_id, path = await held(office)
    for number, (decision, who) in enumerate([("reject", OTHER), ("take_back", KEYS[Role.FINANCE])], 1):
        await office.ask(Role.FINANCE, "POST", f"{path}/resolution", GRANT)
        assert (await says(office, path, decision, who, f"P{number}")).status_code == 200
    see(EVERYTHING)
    stores = office.app.state.stores
    page = await stores.audit.search(ActSearch(subject=f"return:{return_id}", limit=100))
    said = {(act.action, act.actor) for act in page.entries}
    assert said >= {
        ("return:proposed", "finance"), ("return:rejected", "finance-2"), ("return:taken_back", "finance"),
    }  # fmt: skip


async def test_what_is_not_proposed_is_not_approved_and_what_is_another_proposal_neither(office: Office) -> None:
    _, path = await held(office)
    nothing = await says(office, path, "approve", OTHER, key="early")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "wrong_stage")
    assert "nothing is proposed on hold H1" in nothing.json()["detail"]
    await office.ask(Role.FINANCE, "POST", f"{path}/resolution", GRANT)
    other = await says(office, path, "approve", OTHER, "P7", key="late")
    assert (other.status_code, "has proposal P1 now, not P7" in other.json()["detail"]) == (409, True)
    wrong = await says(office, path, "bless", OTHER)
    assert (wrong.status_code, wrong.json()["field"]) == (400, "decision")
    stale = {"Authorization": f"Bearer {OTHER}", "Idempotency-Key": "stale", "If-Match": '"1-none"'}
    body = {"proposal": "P1", "decision": "approve"}
    assert (await office.http.post(f"{path}/approval", json=body, headers=stale)).status_code == 412


async def test_whoever_asked_for_a_part_does_not_grant_it_whatever_their_roles(office: Office) -> None:
    headers = {"Authorization": f"Bearer {BOTH}"}
    asked = {"order_id": office.desk.order(), "lines": [{"line_id": "70011", "quantity": 2}]}
    started = await office.http.post("/returns", json=asked, headers=headers | {"Idempotency-Key": "start-both"})
    path = f"/returns/{started.json()['return_id']}"
    part = {"partial_refund": "3.00 EUR"}
    await office.http.post(f"{path}/changes", json=part, headers=headers | {"Idempotency-Key": "part-both"})
    path += f"/holds/{(await office.held(started.json()['return_id']))['hold_id']}"
    own = await office.http.post(f"{path}/resolution", json=GRANT, headers=headers | {"Idempotency-Key": "own"})
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    assert own.json()["detail"] == "both asked for it: another person with the role finance must grant it"
    assert (await office.ask(Role.FINANCE, "POST", f"{path}/resolution", GRANT)).status_code == 200
