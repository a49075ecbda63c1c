"""Both CRM adapters with a customer's own mapping: other fields, picklists, record types, empty values, conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.mapping import BadMapping, Compiled
from adapters.crm.port import Answer, Projection, Published
from adapters.crm.salesforce import SalesforceCrm
from adapters.errors import Permanent
from domain.money import Money
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import calls, forget_calls, projection
from tests.adapters.mapping.files import changed
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORG = "/salesforce/org"
WEB, PHONE = "012000000000001AAA", "012000000000002AAA"


@pytest.fixture(autouse=True)
def _whole(sandbox: Sandbox) -> None:
    sandbox.heal()


@pytest.fixture
def own_fields(sandbox: Sandbox) -> Iterator[None]:
    wish = {"custom_fields": {"ReturnOrder": ["Was_soll_werden__c", "Erstattung__c"]}}
    sandbox.control.post(ORG, json=wish).raise_for_status()
    yield
    sandbox.control.post(ORG, json={"custom_fields": {}}).raise_for_status()


@pytest.fixture
def record_types(sandbox: Sandbox) -> Iterator[None]:
    web = {"name": "Web", "values": {"Status": ["Submitted", "Approved", "Closed"]}}
    wish = {"record_types": {"ReturnOrder": {WEB: web, PHONE: {"name": "Phone"}}}}
    sandbox.control.post(ORG, json=wish).raise_for_status()
    yield
    sandbox.control.post(ORG, json={"record_types": {}}).raise_for_status()


async def shown_in_salesforce(sandbox: Sandbox, mapping: Compiled, *states: Projection) -> Published:
    """The last answer."""
    crm = SalesforceCrm(salesforce.settings(sandbox, mapping=mapping))
    try:
        return [await crm.publish(state) for state in states][-1]
    finally:
        await crm.aclose()


async def shown_in_dynamics(sandbox: Sandbox, mapping: Compiled, *states: Projection) -> Published:
    crm = DynamicsCrm(dynamics.settings(sandbox, mapping=mapping))
    try:
        return [await crm.publish(state) for state in states][-1]
    finally:
        await crm.aclose()


@pytest.mark.usefixtures("own_fields")
async def test_salesforce_fields_have_the_customers_own_names_and_number_formats(sandbox: Sandbox) -> None:
    mapping = changed(
        "salesforce", "return_order",
        Next_Step__c="", Was_soll_werden__c="{from: next_step, steps: [upper]}",
        Erstattung__c="{from: amounts.quoted, steps: [{locale_decimal: {point: ',', group: .}}]}",
    )  # fmt: skip
    bought = order(6_310_001)
    sandbox.seed(bought)

    await shown_in_salesforce(sandbox, mapping, projection("R-6310001-A", bought, quoted=Money(123456, "EUR")))

    record = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310001-A")
    assert record["Was_soll_werden__c"] == "THE CUSTOMER SENDS THE GOODS"
    assert record["Erstattung__c"] == "1.234,56"
    assert record["Next_Step__c"] is None


async def test_salesforce_shows_our_words_by_a_table_and_a_condition(sandbox: Sandbox) -> None:
    mapping = changed(
        "salesforce", "return_order",
        top="  speed: {values: {damaged: Rush, defective: Overnight}, otherwise: Standard}",
        ShipmentType="{from: reason, steps: [{table: speed}]}",
        RefundInstructionsHint="{value: ask the boss, when: 'amounts.quoted != null && amounts.quoted.minor > 5000'}",
    )  # fmt: skip
    bought = order(6_310_002)
    sandbox.seed(bought)
    cheap = projection("R-6310002-A", bought)
    dear = projection("R-6310002-B", bought, quoted=Money(9900, "EUR"), reason="style")

    await shown_in_salesforce(sandbox, mapping, cheap, dear)

    first, second = (
        salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c=f"R-6310002-{each}") for each in ("A", "B")
    )
    assert (first["ShipmentType"], first["RefundInstructionsHint"]) == ("Rush", None)
    assert (second["ShipmentType"], second["RefundInstructionsHint"]) == ("Standard", "ask the boss")


@pytest.mark.parametrize(("nulls", "left"), [("clear", None), ("ignore", "credit_mismatch")])
async def test_an_empty_value_clears_or_leaves_what_stood_there(sandbox: Sandbox, nulls: str, left: str | None) -> None:
    number = 6_310_003 + (nulls == "ignore")
    bought = order(number)
    sandbox.seed(bought)
    held = projection(f"R-{number}-A", bought, hold="credit_mismatch")
    free = replace(held, version=2, hold=None)

    entry = f"{{from: hold, steps: [{{fit: 255}}], nulls: {nulls}}}"
    await shown_in_salesforce(sandbox, changed("salesforce", "return_order", Hold_Reason__c=entry), held, free)
    entry = f"{{from: hold, steps: [{{fit: 500}}], nulls: {nulls}}}"
    await shown_in_dynamics(sandbox, changed("dynamics", "rma", bh_hold=entry), held, free)

    record = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c=held.return_id)
    row = dynamics.row(sandbox, "msdyn_rmas", bh_returnref=held.return_id)
    assert (record["Hold_Reason__c"], row["bh_hold"]) == (left, left)
    assert (record["Return_Version__c"], row["bh_version"]) == (2, 2)


@pytest.mark.usefixtures("record_types")
async def test_a_new_salesforce_record_gets_its_type_and_keeps_the_one_it_was_given(sandbox: Sandbox) -> None:
    bought = order(6_310_005)
    sandbox.seed(bought)
    state = projection("R-6310005-A", bought)
    web = changed("salesforce", "return_order")
    own = replace(web.own, record_type=WEB)
    web = replace(web, concepts={**web.concepts, "return": own})
    phone = replace(web, concepts={**web.concepts, "return": replace(own, record_type=PHONE)})

    await shown_in_salesforce(sandbox, web, state)
    first = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310005-A")
    await shown_in_salesforce(sandbox, phone, replace(state, version=2))
    second = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310005-A")

    assert (first["RecordTypeId"], second["RecordTypeId"]) == (WEB, WEB)
    assert second["Return_Version__c"] == 2


async def test_dynamics_columns_show_days_options_and_conditions(sandbox: Sandbox) -> None:
    mapping = changed(
        "dynamics", "rma",
        msdyn_daterequested="{from: changed_at, steps: [{date_only: Europe/Berlin}]}",
        msdyn_packagingtrackingno="{from: 'lines[].sku', steps: [{join: '; '}]}",
        msdyn_shippingtrackingno="{value: none, when: 'lines.exists(l, l.received > 0)'}",
    )  # fmt: skip
    bought = order(6_310_006)
    sandbox.seed(bought)
    late = projection("R-6310006-A", bought)
    late = replace(late, changed_at=late.changed_at.replace(hour=23, minute=30))

    await shown_in_dynamics(sandbox, mapping, late)

    row = dynamics.row(sandbox, "msdyn_rmas", bh_returnref="R-6310006-A")
    assert row["msdyn_daterequested"] == "2026-11-21"
    assert row["msdyn_packagingtrackingno"] == "MUG-6310006"
    assert row["msdyn_shippingtrackingno"] is None


async def test_the_answer_to_a_request_stands_beside_it_in_both_crms(sandbox: Sandbox) -> None:
    bought = order(6_310_007)
    sandbox.seed(bought)
    answered = Answer("req-7", "refused", "The money went out on 20 November.")
    state = projection("R-6310007-A", bought, answer=answered)

    await shown_in_salesforce(sandbox, changed("salesforce", "return_order"), state)
    await shown_in_dynamics(sandbox, changed("dynamics", "rma"), state)

    record = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310007-A")
    row = dynamics.row(sandbox, "msdyn_rmas", bh_returnref="R-6310007-A")
    shown = [record[f"Request_{name}__c"] for name in ("Ref", "Status", "Answer")]
    assert shown == [row[f"bh_request{name}"] for name in ("ref", "status", "answer")]
    assert shown == ["req-7", "refused", "The money went out on 20 November."]


async def test_what_was_written_is_told_with_object_and_contact(sandbox: Sandbox) -> None:
    bought = order(6_310_008)
    ids = sandbox.seed(bought)
    state = projection("R-6310008-A", bought)

    first = await shown_in_salesforce(sandbox, changed("salesforce", "return_order"), state)
    other = await shown_in_dynamics(sandbox, changed("dynamics", "rma"), state)

    assert (first.object, other.object) == ("ReturnOrder", "msdyn_rma")
    assert first.contact_record == ids["salesforce"]["contact"]
    assert other.contact_record == ids["dynamics"]["contact"]
    assert (first.fields["Return_Stage__c"], first.fields["Quoted_Amount__c"]) == ("awaiting_goods", 11.89)
    row = dynamics.row(sandbox, "msdyn_rmas", bh_returnref="R-6310008-A")
    assert {name: row[name] for name in other.fields} == other.fields
    assert other.fields["bh_quotedamount"] == 11.89


async def test_the_contact_that_identity_found_wins_over_the_one_under_the_key(sandbox: Sandbox) -> None:
    bought, other = order(6_310_009), order(6_310_010)
    sandbox.seed(bought)
    found = sandbox.seed(other)
    crm = changed("salesforce", "return_order")
    # The user interface tells fifteen characters.
    in_salesforce = projection("R-6310009-A", bought, contact_record=found["salesforce"]["contact"][:15])
    in_dynamics = projection(
        "R-6310009-A", bought,
        contact_record=found["dynamics"]["contact"], account_record=found["dynamics"]["account"],
    )  # fmt: skip

    told = await shown_in_salesforce(sandbox, crm, in_salesforce)
    await shown_in_dynamics(sandbox, changed("dynamics", "rma"), in_dynamics)

    record = salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310009-A")
    row = dynamics.row(sandbox, "msdyn_rmas", bh_returnref="R-6310009-A")
    assert record["ContactId"] == told.contact_record == found["salesforce"]["contact"]
    assert record["AccountId"] == found["salesforce"]["account"]
    assert row["_msdyn_requestedbycontact_value"] == found["dynamics"]["contact"]
    assert row["_msdyn_serviceaccount_value"] == found["dynamics"]["account"]


async def test_a_customer_who_is_linked_is_neither_introduced_nor_looked_for_again(sandbox: Sandbox) -> None:
    bought = order(6_310_015)
    found = sandbox.seed(bought)["salesforce"]["contact"]
    state = projection("R-6310015-A", bought, customer_id="6310015999", contact_record=found)
    crm = SalesforceCrm(salesforce.settings(sandbox))

    await crm.publish(state)
    forget_calls(sandbox)
    await crm.publish(replace(state, version=2))
    await crm.aclose()

    assert calls(sandbox, "salesforce") == ["COMPOSITE"]
    contacts = sandbox.books("salesforce")["Contact"]
    assert not [each for each in contacts if each["Shop_Customer_Ref__c"] == "6310015999"]
    assert salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310015-A")["ContactId"] == found


async def test_a_link_that_is_no_id_fails_its_own_return_only(sandbox: Sandbox) -> None:
    bought = order(6_310_011)
    sandbox.seed(bought)
    bad = projection("R-6310011-A", bought, contact_record="Anna")

    with pytest.raises(Permanent, match="a Salesforce id of 15 or 18 characters") as refused:
        await shown_in_salesforce(sandbox, changed("salesforce", "return_order"), bad)
    assert "Anna" not in str(refused.value)


@pytest.mark.parametrize("vendor", ["salesforce", "dynamics"])
async def test_a_return_the_mapping_cannot_show_fails_alone_and_names_the_field(sandbox: Sandbox, vendor: str) -> None:
    profile, stage = ("return_order", "Return_Stage__c") if vendor == "salesforce" else ("rma", "bh_stage")
    mapping = changed(vendor, profile, **{stage: "{from: customer_stage, steps: [{table: seen}]}"},
                      top="  seen: {values: {inspection: seen}}")  # fmt: skip
    bought = order(6_310_012)
    sandbox.seed(bought)
    forget_calls(sandbox)
    show = shown_in_salesforce if vendor == "salesforce" else shown_in_dynamics

    with pytest.raises(Permanent, match=rf"{stage} cannot be filled: table seen has no value for done"):
        await show(sandbox, mapping, projection("R-6310012-A", bought, customer_stage="done"))
    assert calls(sandbox, vendor) == []


async def test_lines_and_customers_that_are_switched_off_are_not_written(sandbox: Sandbox) -> None:
    stranger = order(6_310_013)
    mapping = changed("salesforce", "return_order")
    off: dict[str, Any] = {
        name: replace(each, mode=each.mode.OFF) for name, each in mapping.concepts.items() if name != "return"
    }
    quiet = replace(mapping, concepts={**mapping.concepts, **off})
    sandbox.seed(stranger)
    guest = order(6_310_014)

    await shown_in_salesforce(sandbox, quiet, projection("R-6310013-A", stranger), projection("R-6310014-A", guest))

    books = sandbox.books("salesforce")
    keys = [str(line["Returns_Line_Ref__c"]) for line in books["ReturnOrderLineItem"]]
    assert not [key for key in keys if key.startswith("R-6310013")]
    assert not [each for each in books["Contact"] if each["Shop_Customer_Ref__c"] == str(guest["customer"]["id"])]
    assert salesforce.record(sandbox, "ReturnOrder", Returns_Ref__c="R-6310014-A")["ContactId"] is None


@pytest.mark.parametrize("name", ["OrderId", "Return_Version__c", "RecordTypeId"])
def test_a_mapping_that_meddles_with_what_the_adapter_fills_is_refused(sandbox: Sandbox, name: str) -> None:
    mapping = changed("salesforce", "return_order", **{name: "{value: x}"})

    with pytest.raises(BadMapping, match=f"{name} is filled by the hub itself"):
        SalesforceCrm(salesforce.settings(sandbox, mapping=mapping))


def test_a_mapping_of_another_profile_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(BadMapping, match="is made for dynamics with profile custom"):
        DynamicsCrm(dynamics.settings(sandbox, mapping=changed("dynamics", "custom")))
