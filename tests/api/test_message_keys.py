"""A key stands for one message: the same again is answered as the first time, another one with it is refused."""

from __future__ import annotations

from typing import Any

from security.roles import Role
from tests.api.office import Office, confirmation
from tests.api.test_returns import problem

PARCEL = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 2}]}


async def test_one_key_for_two_requests_is_refused(office: Office) -> None:
    line = {"line_id": "70011", "quantity": 1, "reason": "too_small"}
    asked: dict[str, Any] = {"order_id": office.desk.order(), "lines": [line]}
    first = await office.ask(Role.STOREFRONT, "POST", "/returns", asked, key="one-request")
    assert first.status_code == 201, first.text
    others = (
        {**asked, "lines": [{**line, "quantity": 2}]},
        {**asked, "lines": [{**line, "reason": "too_big"}]},
        {**asked, "order_id": office.desk.order()},
    )
    for other in others:
        said = problem(await office.ask(Role.STOREFRONT, "POST", "/returns", other, key="one-request"), 422)
        assert (said["code"], said["field"]) == ("key_reused", "Idempotency-Key")
    again = await office.ask(Role.STOREFRONT, "POST", "/returns", asked, key="one-request")
    assert again.json() == first.json()
    found = await office.ask(Role.SUPPORT, "GET", f"/returns?order={others[-1]['order_id']}")
    assert found.json()["returns"] == []


async def test_one_key_for_two_messages_to_a_return_is_refused(office: Office) -> None:
    quoted = await office.started()
    path = f"/returns/{quoted['return_id']}/confirmation"
    wanted = confirmation(quoted)
    assert (await office.ask(Role.STOREFRONT, "POST", path, wanted, key="yes")).status_code == 200
    said = problem(await office.ask(Role.STOREFRONT, "POST", path, {**wanted, "amount": "1.00"}, key="yes"), 422)
    assert (said["code"], said["field"]) == ("key_reused", "idempotency_key")
    assert (await office.ask(Role.STOREFRONT, "POST", path, wanted, key="yes")).status_code == 200


async def test_a_parcel_told_again_otherwise_is_refused(office: Office) -> None:
    return_id = await office.confirmed()
    path = f"/returns/{return_id}/receipts"
    assert (await office.ask(Role.WAREHOUSE, "POST", path, PARCEL)).status_code == 200
    less = {**PARCEL, "lines": [{"line_id": "70011", "quantity": 1}]}
    said = problem(await office.ask(Role.WAREHOUSE, "POST", path, less), 422)
    assert (said["code"], said["field"]) == ("key_reused", "receipt_id")


async def test_what_was_refused_may_be_corrected_with_the_same_key(office: Office) -> None:
    quoted = await office.started()
    path = f"/returns/{quoted['return_id']}/confirmation"
    wrong = {**confirmation(quoted), "digest": "0" * 32}
    assert (await office.ask(Role.STOREFRONT, "POST", path, wrong, key="corrected")).status_code >= 400
    right = await office.ask(Role.STOREFRONT, "POST", path, confirmation(quoted), key="corrected")
    assert right.status_code == 200, right.text
