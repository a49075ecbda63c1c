"""A person is erased over HTTP: by the privacy officer only, once nothing of theirs is open, once for each key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from adapters.errors import Permanent
from domain.order import Contact
from runtime.sections import Salesforce
from security.roles import Role
from store.port import EVERYTHING, ActSearch, see
from tests.api.office import PAUSE, Office, staffed
from tests.api.test_webhooks import signed
from tests.stack import temporal
from tests.stack.postgres import Postgres

OFFICER, PATH = Role.PRIVACY_OFFICER, "/privacy/erasures"
_NUMBERS = count(9_001)


@pytest.fixture(scope="module")
def staff(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[Office]:
    """With the org that the workers know."""
    org = Salesforce(kind="salesforce", url="https://crm.example.test", client_id="a", client_secret=SecretStr("b"))
    with staffed(temporal.address(temporal_env), postgres) as office:
        office.settings = office.settings.model_copy(update={"crm": {"main": org}})
        yield office


async def customer(office: Office) -> tuple[str, str]:
    """A customer with an open return: their number, and the return's id."""
    number = str(next(_NUMBERS))
    office.desk.world.contact = Contact(f"Person {number}", f"person-{number}@example.test", number, None)
    return number, str((await office.started())["return_id"])


async def withdrawn(office: Office) -> tuple[str, str]:
    number, return_id = await customer(office)
    answer = await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/withdrawal", {})
    assert answer.status_code == 200, answer.text
    await office.until(return_id, "withdrawn")
    return number, return_id


async def asked(office: Office, number: str, key: str = "", status: int = 202) -> dict[str, Any]:
    answer = await office.ask(OFFICER, "POST", PATH, {"customer_id": number, "why": "by letter"}, key=key)
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def until(office: Office, request_id: str, *states: str) -> dict[str, Any]:
    """What never comes is ended by the test's own time limit."""
    while True:
        answer = await office.ask(Role.AUDITOR, "GET", f"{PATH}/{request_id}")
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        if document["state"] in states:
            return document
        await asyncio.sleep(PAUSE)


async def test_a_person_whose_returns_are_over_is_erased_once_for_each_key_with_a_receipt(office: Office) -> None:
    number, return_id = await withdrawn(office)
    request = await asked(office, number, key="letter-17")
    receipt = await until(office, request["request_id"], "done")
    assert {part["name"] for part in receipt["parts"]} == {"books", "crm:main", "histories", "elsewhere"}
    assert not any(part["refused"] for part in receipt["parts"])
    found = await office.ask(Role.SUPPORT, "GET", f"/returns?email=person-{number}@example.test")
    assert found.json()["returns"] == []
    left = await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")
    assert (left.json()["stage"], left.json()["customer_id"]) == ("withdrawn", "")
    note = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", {"note": "Person called"})
    assert (note.status_code, note.json()["code"]) == (422, "erased"), note.text
    assert (await asked(office, number, key="letter-17"))["request_id"] == request["request_id"]
    other, _ = await customer(office)
    assert (await asked(office, other, key="letter-17", status=400))["field"] == "idempotency_key"
    assert (await asked(office, number, status=404))["code"] == "not_found"


async def test_who_asks_for_their_own_data_gets_all_of_it_and_the_audit_says_so(office: Office) -> None:
    number, return_id = await customer(office)
    answer = await office.ask(OFFICER, "POST", "/privacy/exports", {"customer_id": number, "why": "a letter"}, key=None)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [one["email"] for one in told["contacts"]] == [f"person-{number}@example.test"]
    assert [one["return_id"] for one in told["returns"]] == [return_id]
    assert told["timeline"][0]["kind"] == "requested"
    see(EVERYTHING)
    found = await office.app.state.stores.audit.search(ActSearch(action="person:export_person"))
    subject = f"return:{return_id}"
    mine = [one for one in found.entries if one.subject == subject]
    assert [(one.reason, one.personal) for one in mine] == [("a letter", True)]
    assert number not in str(found.entries)


async def test_an_open_return_is_waited_for_and_the_request_can_be_taken_back(office: Office) -> None:
    number, return_id = await customer(office)
    request_id = (await asked(office, number))["request_id"]
    while not (waiting := await until(office, request_id, "waiting"))["waits_for"]:
        pass
    assert waiting["waits_for"] == [return_id]
    answer = await office.ask(OFFICER, "POST", f"{PATH}/{request_id}/withdrawal", key=None)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    again = await office.ask(OFFICER, "POST", f"{PATH}/{request_id}/again", key=None)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_stage")
    kept = await office.ask(Role.SUPPORT, "GET", f"/returns?email=person-{number}@example.test")
    assert [one["return_id"] for one in kept.json()["returns"]] == [return_id]


async def test_what_a_crm_refuses_is_told_and_erased_when_it_is_begun_again(office: Office) -> None:
    number, _ = await withdrawn(office)
    office.desk.world.fail("clear main", Permanent("main", "clear", "no right to the field"), 1)
    request_id = (await asked(office, number))["request_id"]
    receipt = await until(office, request_id, "incomplete")
    assert [part["name"] for part in receipt["parts"] if "no right" in part["refused"]] == ["crm:main"]
    late = await office.ask(OFFICER, "POST", f"{PATH}/{request_id}/withdrawal", key=None)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_stage")
    again = await office.ask(OFFICER, "POST", f"{PATH}/{request_id}/again", key=None)
    assert again.status_code == 200, again.text
    receipt = await until(office, request_id, "done")
    assert not any(part["refused"] for part in receipt["parts"])
    assert next(part for part in receipt["parts"] if part["name"] == "books")["what"]["contacts"] == "1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"why": "x"}, "customer_id"),
        ({"customer_id": "1", "email": "a@example.test", "why": "x"}, "customer_id"),
        ({"email": "nobody", "why": "x"}, "email"),
        ({"customer_id": "1", "why": ""}, "why"),
    ],
)
async def test_a_request_that_names_nobody_or_two_is_refused_by_field(
    office: Office, body: dict[str, str], field: str
) -> None:
    answer = await office.ask(OFFICER, "POST", PATH, body)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


async def test_who_is_responsible_for_another_region_does_not_hear_of_the_person(office: Office) -> None:
    number, _ = await customer(office)
    abroad = await office.ask(OFFICER, "POST", PATH, {"customer_id": number, "why": "x"}, abroad=True)
    assert abroad.status_code == 404
    request_id = (await asked(office, number))["request_id"]
    assert (await office.ask(OFFICER, "GET", f"{PATH}/{request_id}", abroad=True)).status_code == 404
    listed = await office.ask(OFFICER, "GET", PATH, abroad=True)
    assert request_id not in listed.text
    assert request_id in (await office.ask(OFFICER, "GET", PATH)).text


async def test_the_shop_passes_on_who_asks_to_be_erased_once(office: Office) -> None:
    number, return_id = await customer(office)
    snapshot = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()
    payload = {"shop_id": 1, "customer": {"id": int(number)}, "orders_to_redact": [int(snapshot["order_id"])]}

    async def told(content: dict[str, Any]) -> Any:
        body = json.dumps(content).encode()
        headers = signed(body, **{"X-Shopify-Topic": "customers/redact", "X-Shopify-Event-Id": f"e-{number}"})
        return await office.http.post("/webhooks/shopify", content=body, headers=headers)

    first, second = [(await told(payload)).json() for _ in range(2)]
    assert first == second
    receipt = await until(office, first["request_id"], "waiting")
    assert (receipt["by"], receipt["subject"]["returns"]) == ("shop", [return_id])
    # The signature does not cover the topic: the body of a question for the data is no order to erase them.
    question = {"shop_id": 1, "customer": {"id": int(number)}, "orders_requested": []}
    assert (await told(question)).status_code == 400
