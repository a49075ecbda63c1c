"""The Salesforce adapter against the sandbox's org, over TLS, signed in by simple-salesforce."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.crm.port import Projection, Published
from adapters.crm.salesforce import SalesforceCrm, SalesforceSettings
from adapters.crm.salesforce.session import Session
from adapters.errors import Permanent, Retryable
from adapters.http import client
from domain.money import Money
from tests.adapters.crm import calls, forget_calls, projection
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox


def settings(sandbox: Sandbox, **more: Any) -> SalesforceSettings:
    known = sandbox.credentials["salesforce"]
    mine = SalesforceSettings(
        url=sandbox.url("salesforce"),
        client_id=known["consumer_key"],
        username=known["username"],
        private_key=known["private_key_pem"],
        ca_file=str(sandbox.ca_file),
    )
    return replace(mine, **more)


@pytest.fixture
async def crm(sandbox: Sandbox) -> AsyncIterator[SalesforceCrm]:
    sandbox.heal()
    adapter = SalesforceCrm(settings(sandbox))
    yield adapter
    await adapter.aclose()


def record(sandbox: Sandbox, of: str, **equals: Any) -> dict[str, Any]:
    found = [each for each in sandbox.books("salesforce")[of] if equals.items() <= each.items()]
    assert len(found) == 1, f"{len(found)} {of} with {equals}"
    return dict(found[0])


async def delete(sandbox: Sandbox, *ids: str) -> None:
    """As a user of the org would."""
    mine = settings(sandbox)
    opened = await Session(mine).open()
    async with client(mine.ca_file) as http:
        answer = await http.delete(
            f"{opened.base}/services/data/v{mine.api_version}/composite/sobjects",
            params={"ids": ",".join(ids)},
            headers={"Authorization": f"Bearer {opened.token}"},
        )
    assert all(item["success"] for item in answer.json())


async def test_a_return_stands_in_the_org_linked_to_customer_order_and_product(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    bought = order(610001)
    ids = sandbox.seed(bought)["salesforce"]

    shown = await crm.publish(projection("R-610001-A", bought, version=3))

    header = record(sandbox, "ReturnOrder", Returns_Ref__c="R-610001-A")
    assert (shown.record, shown.version) == (header["Id"], 3)
    assert (header["AccountId"], header["ContactId"], header["OrderId"]) == (
        ids["account"],
        ids["contact"],
        ids["order"],
    )
    assert (header["Status"], header["Return_Stage__c"], header["Quoted_Amount__c"]) == (
        "Approved",
        "awaiting_goods",
        11.89,
    )
    part = record(sandbox, "ReturnOrderLineItem", Returns_Line_Ref__c="R-610001-A:6100011")
    assert part["ReturnOrderId"] == header["Id"]
    assert part["Product2Id"] == ids["products"]["MUG-610001"]
    assert (part["QuantityReturned"], part["ReasonForReturn"]) == (1, "Damaged")


async def test_a_newer_version_changes_the_same_record(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    bought = order(610002)
    sandbox.seed(bought)
    first = projection("R-610002-A", bought)
    done = replace(first, version=9, stage="closed", credited=Money(1189, "EUR"), paid=Money(1189, "EUR"), quoted=None)

    one, other = await crm.publish(first), await crm.publish(done)

    assert one.record == other.record
    header = record(sandbox, "ReturnOrder", Returns_Ref__c="R-610002-A")
    assert (header["Status"], header["Return_Version__c"], header["Refund_Amount__c"]) == ("Closed", 9, 11.89)
    assert header["Quoted_Amount__c"] is None


async def test_an_older_version_is_left_unsent_and_answered_with_the_newer_one(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    bought = order(610003)
    sandbox.seed(bought)
    await crm.publish(projection("R-610003-A", bought, version=5))

    shown = await crm.publish(projection("R-610003-A", bought, version=4, stage="requested"))

    assert shown.version == 5
    assert record(sandbox, "ReturnOrder", Returns_Ref__c="R-610003-A")["Return_Stage__c"] == "awaiting_goods"


async def test_two_workers_racing_never_leave_the_older_version(sandbox: Sandbox) -> None:
    bought = order(610004)
    sandbox.seed(bought)
    workers = [SalesforceCrm(settings(sandbox)) for _ in range(4)]
    versions = list(range(1, 13))

    shown = await asyncio.gather(
        *(workers[at % 4].publish(projection("R-610004-A", bought, version=at)) for at in versions)
    )

    assert all(published.version >= at for published, at in zip(shown, versions, strict=True))
    assert record(sandbox, "ReturnOrder", Returns_Ref__c="R-610004-A")["Return_Version__c"] == 12
    assert record(sandbox, "ReturnOrderLineItem", Returns_Line_Ref__c="R-610004-A:6100041")["Return_Version__c"] == 12
    for worker in workers:
        await worker.aclose()


async def test_thirty_returns_published_at_once_share_few_calls(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    orders = [order(610100 + at) for at in range(30)]
    for each in orders:
        sandbox.seed(each)
    forget_calls(sandbox)

    shown = await asyncio.gather(*(crm.publish(projection(f"R-{each['order_id']}-A", each)) for each in orders))

    assert len({published.record for published in shown}) == 30
    assert len(calls(sandbox, "salesforce")) <= 6


async def test_the_next_version_of_a_return_just_shown_costs_one_call(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    bought = order(610030)
    sandbox.seed(bought)
    await crm.publish(projection("R-610030-A", bought))
    forget_calls(sandbox)

    await crm.publish(projection("R-610030-A", bought, version=2, stage="closed"))

    assert calls(sandbox, "salesforce") == ["COMPOSITE"]
    assert record(sandbox, "ReturnOrder", Returns_Ref__c="R-610030-A")["Return_Stage__c"] == "closed"
    assert record(sandbox, "ReturnOrderLineItem", Returns_Line_Ref__c="R-610030-A:6100301")["Return_Version__c"] == 2


async def test_a_version_another_process_has_overtaken_is_answered_with_the_newer_one(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    bought = order(610031)
    sandbox.seed(bought)
    await crm.publish(projection("R-610031-A", bought))
    other = SalesforceCrm(settings(sandbox))
    await other.publish(projection("R-610031-A", bought, version=5, stage="closed"))
    await other.aclose()

    shown = await crm.publish(projection("R-610031-A", bought, version=3))

    assert shown.version == 5
    assert record(sandbox, "ReturnOrder", Returns_Ref__c="R-610031-A")["Return_Stage__c"] == "closed"


async def test_a_record_deleted_in_the_org_is_made_again_with_its_lines(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    bought = order(610032)
    sandbox.seed(bought)
    first = await crm.publish(projection("R-610032-A", bought))
    part = record(sandbox, "ReturnOrderLineItem", Returns_Line_Ref__c="R-610032-A:6100321")["Id"]
    await delete(sandbox, first.record, part)

    shown = await crm.publish(projection("R-610032-A", bought, version=2))

    alive = record(sandbox, "ReturnOrder", Returns_Ref__c="R-610032-A", IsDeleted=False)
    assert (shown.record, shown.version) == (alive["Id"], 2)
    assert shown.record != first.record
    again = record(sandbox, "ReturnOrderLineItem", Returns_Line_Ref__c="R-610032-A:6100321", IsDeleted=False)
    assert again["ReturnOrderId"] == alive["Id"]


async def test_a_record_the_org_refuses_fails_alone(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    orders = [order(610200 + at) for at in range(5)]
    for each in orders:
        sandbox.seed(each)
    asks = [projection(f"R-{each['order_id']}-A", each) for each in orders]
    asks[2] = replace(asks[2], quoted=Money(500, "XAU"))  # no currency of the org

    shown = await asyncio.gather(*(crm.publish(ask) for ask in asks), return_exceptions=True)

    assert isinstance(shown[2], Permanent)
    assert shown[2].code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert all(isinstance(each, Published) for at, each in enumerate(shown) if at != 2)


async def test_a_locked_row_is_retryable_and_only_for_its_own_return(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    orders = [order(610300 + at) for at in range(3)]
    for each in orders:
        sandbox.seed(each)
    asks = [projection(f"R-{each['order_id']}-A", each) for each in orders]
    await asyncio.gather(*(crm.publish(ask) for ask in asks))
    sandbox.control.post("/salesforce/org", json={"locked_writes": 1}).raise_for_status()

    shown = await asyncio.gather(*(crm.publish(replace(ask, version=2)) for ask in asks), return_exceptions=True)

    assert [type(each) for each in shown].count(Retryable) == 1
    assert [type(each) for each in shown].count(Published) == 2
    again = await asyncio.gather(*(crm.publish(replace(ask, version=2)) for ask in asks))
    assert [each.version for each in again] == [2, 2, 2]


async def test_without_the_licence_the_error_names_the_way_out_and_the_case_profile_works(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    bought = order(610005)
    ids = sandbox.seed(bought)["salesforce"]
    sandbox.control.post("/salesforce/org", json={"return_order_licence": False}).raise_for_status()
    try:
        with pytest.raises(Permanent, match="profile"):
            await crm.publish(projection("R-610005-A", bought))
        cases = SalesforceCrm(settings(sandbox, profile="case"))
        await cases.publish(projection("R-610005-A", bought, hold="credit_mismatch"))
        shown = await cases.publish(projection("R-610005-A", bought, version=2, stage="closed"))
        await cases.aclose()
    finally:
        sandbox.control.post("/salesforce/org", json={"return_order_licence": True}).raise_for_status()

    case = record(sandbox, "Case", Returns_Ref__c="R-610005-A")
    assert (shown.record, shown.version) == (case["Id"], 2)
    assert (case["Status"], case["ContactId"], case["SuppliedEmail"]) == (
        "Closed",
        ids["contact"],
        "buyer610005@example.test",
    )
    assert "1 requested, 0 received" in case["Return_Lines__c"]


async def test_the_custom_profile_uses_an_object_of_its_own(sandbox: Sandbox) -> None:
    bought = order(610006)
    ids = sandbox.seed(bought)["salesforce"]
    custom = SalesforceCrm(settings(sandbox, profile="custom"))

    shown = await custom.publish(projection("R-610006-A", bought))

    await custom.aclose()
    kept = record(sandbox, "Return__c", Returns_Ref__c="R-610006-A")
    assert (shown.record, kept["Order__c"], kept["Contact__c"]) == (kept["Id"], ids["order"], ids["contact"])


async def test_an_unknown_customer_is_introduced_once_and_a_known_one_never_touched(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    stranger = order(610007)
    await crm.publish(projection("R-610007-A", stranger))
    again = order(610007, customer={**stranger["customer"], "first_name": "Renamed"})
    await crm.publish(projection("R-610007-B", again))

    person = record(sandbox, "Contact", Shop_Customer_Ref__c="6100070")
    assert person["Name"] == "Anna Vogel"
    assert record(sandbox, "ReturnOrder", Returns_Ref__c="R-610007-B")["ContactId"] == person["Id"]


async def test_goods_the_catalogue_does_not_have_are_shown_in_words(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    unseeded = order(610008, line(6100081, "GHOST-1", 1, "5.00"))
    await crm.publish(projection("R-610008-A", unseeded))

    assert "GHOST-1" in record(sandbox, "ReturnOrder", Returns_Ref__c="R-610008-A")["Return_Lines__c"]


async def test_a_session_that_ended_is_opened_again_unnoticed(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    bought = order(610009)
    sandbox.seed(bought)
    await crm.publish(projection("R-610009-A", bought))
    sandbox.control.post("/salesforce/logout").raise_for_status()

    assert (await crm.publish(projection("R-610009-A", bought, version=2))).version == 2


@pytest.mark.parametrize("kind", ["throttle", "down", "html", "truncate", "drop_before", "drop_after", "error"])
async def test_whatever_befalls_a_call_is_retryable_and_the_repeat_succeeds(
    crm: SalesforceCrm, sandbox: Sandbox, kind: str
) -> None:
    at = 610010 + ["throttle", "down", "html", "truncate", "drop_before", "drop_after", "error"].index(kind)
    bought = order(at)
    sandbox.seed(bought)
    ask = projection(f"R-{at}-A", bought)
    sandbox.fault("salesforce", "COMPOSITE sobjects", kind)

    with pytest.raises(Retryable):
        await crm.publish(ask)
    shown = await crm.publish(ask)

    assert record(sandbox, "ReturnOrder", Returns_Ref__c=ask.return_id)["Id"] == shown.record


@pytest.mark.parametrize("kind", ["throttle", "down", "html", "truncate", "drop_after"])
async def test_a_sign_in_that_gets_no_usable_answer_is_retryable(
    crm: SalesforceCrm, sandbox: Sandbox, kind: str
) -> None:
    bought = order(610020)
    sandbox.seed(bought)
    sandbox.fault("salesforce", "TOKEN", kind)

    with pytest.raises(Retryable):
        await crm.publish(projection("R-610020-A", bought))
    assert (await crm.publish(projection("R-610020-A", bought))).version == 1


@pytest.mark.filterwarnings("ignore:\\s+If your connected app:UserWarning")
async def test_wrong_credentials_are_permanent_and_say_what_to_check(sandbox: Sandbox) -> None:
    stranger = SalesforceCrm(settings(sandbox, username="nobody@example.test"))

    with pytest.raises(Permanent, match="check the connected app"):
        await stranger.publish(projection("R-610021-A", order(610021)))
    await stranger.aclose()


async def test_signing_in_by_client_secret_works_too(sandbox: Sandbox) -> None:
    bought = order(610022)
    sandbox.seed(bought)
    secret = sandbox.credentials["salesforce"]["consumer_secret"]
    adapter = SalesforceCrm(
        settings(sandbox, username=None, private_key=None, client_secret=secret, api_version="60.0")
    )

    assert (await adapter.publish(projection("R-610022-A", bought))).version == 1
    await adapter.aclose()


async def test_texts_too_long_for_the_org_are_cut_not_refused(crm: SalesforceCrm, sandbox: Sandbox) -> None:
    bought = order(610023)
    sandbox.seed(bought)
    wordy: Projection = projection("R-610023-A", bought, hold="because " * 100, next_step="wait " * 200)

    await crm.publish(wordy)

    assert len(record(sandbox, "ReturnOrder", Returns_Ref__c="R-610023-A")["Hold_Reason__c"]) == 255


async def test_an_error_names_the_field_and_keeps_the_persons_data_to_itself(
    crm: SalesforceCrm, sandbox: Sandbox
) -> None:
    stranger = order(610024, customer={**order(610024)["customer"], "email": "not-an-address"})

    with pytest.raises(Permanent, match="Email") as refused:
        await crm.publish(projection("R-610024-A", stranger))

    assert refused.value.code == "INVALID_EMAIL_ADDRESS"
    assert "not-an-address" not in str(refused.value)
