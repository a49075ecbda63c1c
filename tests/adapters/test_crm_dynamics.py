"""The Dynamics adapter against the sandbox's environment, over TLS, signed in by msal."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.crm.dynamics import DynamicsCrm, DynamicsSettings
from adapters.crm.dynamics.keys import alternate, original
from adapters.crm.port import Published
from adapters.errors import Permanent, Retryable
from domain.money import Money
from tests.adapters.crm import calls, forget_calls, projection
from tests.adapters.dynamics_feed.case import changed, somebody
from tests.stack.orders import line, order
from tests.stack.sandbox import Sandbox

PENDING, CANCELED, RECEIVED = 690970000, 690970001, 690970002


def settings(sandbox: Sandbox, **more: Any) -> DynamicsSettings:
    known = sandbox.credentials["dynamics"]
    mine = DynamicsSettings(
        url=sandbox.url("dynamics"),
        authority=sandbox.url("dynamics"),
        tenant=known["tenant"],
        client_id=known["client_id"],
        client_secret=known["client_secret"],
        ca_file=str(sandbox.ca_file),
    )
    return replace(mine, **more)


@pytest.fixture
async def crm(sandbox: Sandbox) -> AsyncIterator[DynamicsCrm]:
    sandbox.heal()
    adapter = DynamicsCrm(settings(sandbox))
    yield adapter
    await adapter.aclose()


def row(sandbox: Sandbox, entity_set: str, **equals: Any) -> dict[str, Any]:
    found = [each for each in sandbox.books("dynamics")[entity_set] if equals.items() <= each.items()]
    assert len(found) == 1, f"{len(found)} {entity_set} with {equals}"
    return dict(found[0])


async def test_a_return_stands_as_an_rma_linked_to_account_contact_order_and_product(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    bought = order(620001)
    ids = sandbox.seed(bought)["dynamics"]

    shown = await crm.publish(projection("R-620001-A", bought, version=3))

    rma = row(sandbox, "msdyn_rmas", bh_returnref="R-620001-A")
    assert (shown.record, shown.version) == (rma["msdyn_rmaid"], 3)
    assert rma["_msdyn_serviceaccount_value"] == ids["account"]
    assert rma["_msdyn_requestedbycontact_value"] == ids["contact"]
    assert rma["_bh_order_value"] == ids["salesorder"]
    assert (rma["msdyn_systemstatus"], rma["bh_stage"], rma["bh_quotedamount"]) == (PENDING, "awaiting_goods", 11.89)
    part = row(sandbox, "msdyn_rmaproducts", bh_lineref=alternate("R-620001-A:6200011"))
    assert part["_msdyn_rma_value"] == rma["msdyn_rmaid"]
    assert part["_msdyn_product_value"] == ids["products"]["MUG-620001"]
    assert (part["msdyn_quantitytoreturn"], part["msdyn_itemstatus"]) == (1, PENDING)


async def test_a_newer_version_changes_the_same_row(crm: DynamicsCrm, sandbox: Sandbox) -> None:
    bought = order(620002)
    sandbox.seed(bought)
    first = projection("R-620002-A", bought)
    part = replace(first.lines[0], received=1, accepted=1)
    done = replace(
        first, version=9, stage="closed", credited=Money(1189, "EUR"), paid=Money(1189, "EUR"), lines=(part,)
    )

    one, other = await crm.publish(first), await crm.publish(done)

    assert one.record == other.record
    rma = row(sandbox, "msdyn_rmas", bh_returnref="R-620002-A")
    assert (rma["msdyn_systemstatus"], rma["statecode"], rma["bh_paidamount"]) == (RECEIVED, 1, 11.89)
    kept = row(sandbox, "msdyn_rmaproducts", bh_lineref=alternate(part.key))
    assert (kept["msdyn_itemstatus"], kept["bh_accepted"]) == (690970001, 1)


async def test_an_older_version_is_left_unsent_and_answered_with_the_newer_one(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    bought = order(620003)
    sandbox.seed(bought)
    await crm.publish(projection("R-620003-A", bought, version=5))

    shown = await crm.publish(projection("R-620003-A", bought, version=4, stage="requested"))

    assert shown.version == 5
    assert row(sandbox, "msdyn_rmas", bh_returnref="R-620003-A")["bh_stage"] == "awaiting_goods"


async def test_two_workers_racing_never_leave_the_older_version(sandbox: Sandbox) -> None:
    bought = order(620004)
    sandbox.seed(bought)
    workers = [DynamicsCrm(settings(sandbox)) for _ in range(4)]
    versions = list(range(1, 13))

    shown = await asyncio.gather(
        *(workers[at % 4].publish(projection("R-620004-A", bought, version=at)) for at in versions)
    )

    assert all(published.version >= at for published, at in zip(shown, versions, strict=True))
    assert row(sandbox, "msdyn_rmas", bh_returnref="R-620004-A")["bh_version"] == 12
    for worker in workers:
        await worker.aclose()


async def test_thirty_returns_published_at_once_share_few_calls(crm: DynamicsCrm, sandbox: Sandbox) -> None:
    orders = [order(620100 + at) for at in range(30)]
    for each in orders:
        sandbox.seed(each)
    forget_calls(sandbox)

    shown = await asyncio.gather(*(crm.publish(projection(f"R-{each['order_id']}-A", each)) for each in orders))

    assert len({published.record for published in shown}) == 30
    assert calls(sandbox, "dynamics").count("BATCH") <= 4


async def test_a_return_the_environment_refuses_fails_alone_and_leaves_nothing_behind(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    orders = [order(620200 + at) for at in range(5)]
    for each in orders:
        sandbox.seed(each)
    asks = [projection(f"R-{each['order_id']}-A", each) for each in orders]
    # A quantity under the platform's least one: the line is refused, and with it the row it belongs to.
    asks[2] = replace(asks[2], lines=(replace(asks[2].lines[0], requested=0),))

    shown = await asyncio.gather(*(crm.publish(ask) for ask in asks), return_exceptions=True)

    assert isinstance(shown[2], Permanent)
    assert shown[2].code == "0x8004431A"
    assert all(isinstance(each, Published) for at, each in enumerate(shown) if at != 2)
    kept = [each["bh_returnref"] for each in sandbox.books("dynamics")["msdyn_rmas"]]
    assert asks[2].return_id not in kept
    assert asks[3].return_id in kept


async def test_without_field_service_the_error_names_the_way_out_and_the_case_profile_works(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    bought = order(620005)
    ids = sandbox.seed(bought)["dynamics"]
    sandbox.control.post("/dynamics/environment", json={"field_service": False}).raise_for_status()
    try:
        with pytest.raises(Permanent, match="choose another profile"):
            await crm.publish(projection("R-620005-A", bought))
        cases = DynamicsCrm(settings(sandbox, profile="case"))
        await cases.publish(projection("R-620005-A", bought, hold="credit_mismatch"))
        assert row(sandbox, "incidents", bh_returnref="R-620005-A")["statuscode"] == 2
        shown = await cases.publish(projection("R-620005-A", bought, version=2, stage="closed"))
        repeat = await cases.publish(projection("R-620005-A", bought, version=2, stage="closed"))
        await cases.aclose()
    finally:
        sandbox.control.post("/dynamics/environment", json={"field_service": True}).raise_for_status()

    incident = row(sandbox, "incidents", bh_returnref="R-620005-A")
    assert shown == repeat
    assert (shown.record, shown.version) == (incident["incidentid"], 2)
    assert (incident["statecode"], incident["statuscode"], incident["_customerid_value"]) == (1, 5, ids["account"])


async def test_a_withdrawn_return_cancels_its_case(sandbox: Sandbox) -> None:
    bought = order(620006)
    sandbox.seed(bought)
    cases = DynamicsCrm(settings(sandbox, profile="case"))

    await cases.publish(projection("R-620006-A", bought, stage="withdrawn"))

    await cases.aclose()
    incident = row(sandbox, "incidents", bh_returnref="R-620006-A")
    assert (incident["statecode"], incident["statuscode"]) == (2, 6)


async def test_the_custom_profile_uses_a_table_of_its_own(sandbox: Sandbox) -> None:
    bought = order(620007)
    ids = sandbox.seed(bought)["dynamics"]
    custom = DynamicsCrm(settings(sandbox, profile="custom"))

    shown = await custom.publish(projection("R-620007-A", bought))

    await custom.aclose()
    kept = row(sandbox, "new_returns", bh_returnref="R-620007-A")
    assert (shown.record, kept["_new_order_value"]) == (kept["new_returnid"], ids["salesorder"])


async def test_an_unknown_customer_is_introduced_once_and_a_known_one_never_touched(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    sandbox.seed(order(620008))
    stranger = order(620009)
    renamed = order(620009, customer={**stranger["customer"], "first_name": "Renamed"})

    await crm.publish(projection("R-620009-A", stranger))
    await crm.publish(projection("R-620009-B", renamed))

    person = row(sandbox, "contacts", bh_customerref="6200090")
    assert person["fullname"] == "Anna Vogel"
    rma = row(sandbox, "msdyn_rmas", bh_returnref="R-620009-B")
    assert rma["_msdyn_requestedbycontact_value"] == person["contactid"]
    assert "MUG-620009" in rma["bh_lines"]


async def test_a_currency_without_a_price_list_is_permanent_and_says_what_to_add(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    unknown = order(620010, line(6200101, "YEN-1", 1, "500"), currency="SEK")

    with pytest.raises(Permanent, match="price list"):
        await crm.publish(projection("R-620010-A", unknown))


async def test_a_token_that_was_revoked_is_renewed_unnoticed(crm: DynamicsCrm, sandbox: Sandbox) -> None:
    bought = order(620011)
    sandbox.seed(bought)
    await crm.publish(projection("R-620011-A", bought))
    sandbox.control.post("/dynamics/revoke").raise_for_status()

    assert (await crm.publish(projection("R-620011-A", bought, version=2))).version == 2


async def test_service_protection_is_retryable_after_the_seconds_the_platform_names(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    bought = order(620012)
    sandbox.seed(bought)
    sandbox.fault("dynamics", "BATCH", "throttle", retry_after=17)

    with pytest.raises(Retryable) as refused:
        await crm.publish(projection("R-620012-A", bought))

    assert (refused.value.retry_after, refused.value.code) == (17, "0x80072322")
    assert (await crm.publish(projection("R-620012-A", bought))).version == 1


@pytest.mark.parametrize("kind", ["down", "html", "truncate", "drop_before", "drop_after", "error"])
async def test_whatever_befalls_a_call_is_retryable_and_the_repeat_succeeds(
    crm: DynamicsCrm, sandbox: Sandbox, kind: str
) -> None:
    at = 620020 + ["down", "html", "truncate", "drop_before", "drop_after", "error"].index(kind)
    bought = order(at)
    sandbox.seed(bought)
    ask = projection(f"R-{at}-A", bought)
    await crm.publish(ask)
    sandbox.fault("dynamics", "BATCH", kind)

    with pytest.raises(Retryable):
        await crm.publish(replace(ask, version=2))
    shown = await crm.publish(replace(ask, version=2))

    assert row(sandbox, "msdyn_rmas", bh_returnref=ask.return_id)["msdyn_rmaid"] == shown.record


@pytest.mark.parametrize("operation", ["TOKEN", "DISCOVERY"])
@pytest.mark.parametrize("kind", ["throttle", "down", "html", "truncate", "drop_after"])
async def test_a_sign_in_that_gets_no_usable_answer_is_retryable(
    crm: DynamicsCrm, sandbox: Sandbox, kind: str, operation: str
) -> None:
    bought = order(620030)
    sandbox.seed(bought)
    sandbox.fault("dynamics", operation, kind)

    with pytest.raises(Retryable):
        await crm.publish(projection("R-620030-A", bought))
    assert (await crm.publish(projection("R-620030-A", bought))).version == 1


@pytest.mark.parametrize("wrong", [{"client_secret": "guessed"}, {"client_id": "nobody"}, {"tenant": "elsewhere"}])
async def test_wrong_credentials_are_permanent_and_say_what_to_check(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    stranger = DynamicsCrm(settings(sandbox, **wrong))

    with pytest.raises(Permanent, match="check"):
        await stranger.publish(projection("R-620031-A", order(620031)))
    await stranger.aclose()


@pytest.mark.parametrize("key", ["R-5001-9F:70011", "a/b?c=d&e", "~1.x", "ä+%", "plain.key_1-2"])
def test_alternate_keys_go_into_an_address_and_come_back(key: str) -> None:
    assert original(alternate(key)) == key
    assert not set(alternate(key)) & set("/<>*%&:\\?+#'")


async def test_what_somebody_edited_since_it_was_looked_at_is_not_written_over(
    crm: DynamicsCrm, sandbox: Sandbox
) -> None:
    bought = order(620031)
    sandbox.seed(bought)
    first = projection("R-620031-A", bought)
    shown = await crm.publish(first)
    (stands,) = (await crm.standing(("R-620031-A",))).values()
    seen = {"bh_reason": stands["bh_reason"]}
    with somebody(sandbox) as person:
        changed(person, f"msdyn_rmas({shown.record})", bh_reason="style")
    again = replace(first, version=2, reason="wrong_item")
    with pytest.raises(Retryable, match="just edited"):
        await crm.publish(replace(again, seen=seen))
    assert row(sandbox, "msdyn_rmas", bh_returnref="R-620031-A")["bh_reason"] == "style"
    await crm.publish(replace(again, seen={"bh_reason": "style"}))
    assert row(sandbox, "msdyn_rmas", bh_returnref="R-620031-A")["bh_reason"] != "style"
