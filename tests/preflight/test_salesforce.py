"""The Salesforce preflight against the sandbox's org: nothing wrong with it, then one thing after another."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.crm.mapping import shipped
from adapters.crm.salesforce.preflight import SalesforcePreflight
from adapters.crm.salesforce.preflight.wanted import objects
from adapters.crm.salesforce.records import OBJECTS, Known, account, contact, draft, header, line
from domain.mapping import Mode
from domain.preflight import State
from tests.adapters.crm import projection
from tests.adapters.mapping.files import changed
from tests.adapters.test_crm_salesforce import settings
from tests.preflight.looking import Broken, findings, named, wrong
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORG = "/salesforce/org"
PREFIX = "BACKHAUL_CRM__MAIN__"


def looked_at(sandbox: Sandbox, **more: object) -> SalesforcePreflight:
    return SalesforcePreflight(settings(sandbox, **more), PREFIX)


def tailored(about: str, seen: str, mend: str, change: dict[str, object], state: State = State.FAILED) -> Broken:
    of, _, name = about.partition(".")
    changes = {"fields": {name: change}} if name else change
    wish = {"tailoring": {of: changes}}
    return Broken(about, seen, mend, ORG, wish, {"tailoring": {}}, state=state)


BROKEN = [
    Broken("sign-in", "sign in", f"{PREFIX}CLIENT_ID", settings={"client_id": "another"}),
    Broken("99.0", "not served", f"{PREFIX}API_VERSION", settings={"api_version": "99.0"}),
    Broken("calls", "used up", "find who uses them up", ORG, {"daily_limit": 1}, {"daily_limit": 100_000}),
    tailored("ReturnOrder", "may not create", "permission set create", {"createable": False}),
    tailored("Contact", "may not edit", "permission set edit", {"updateable": False}),
    tailored("ReturnOrder.Return_Stage__c", "not there", "create the field", {"remove": True}),
    tailored("ReturnOrder.Hold_Reason__c", "takes 80", "255 long", {"length": 80}),
    tailored("ReturnOrder.Return_Updated_At__c", "is string", "make it datetime", {"kind": "string"}),
    tailored("ReturnOrder.Returns_Ref__c", "not unique", "Unique", {"unique": False}),
    tailored("Account.Shop_Customer_Ref__c", "not externalId", "External ID", {"external_id": False}),
    tailored("ReturnOrderLineItem.RepaymentMethod", "no value Refund", "add it", {"without_values": ["Refund"]}),
    tailored("ReturnOrder.Status", "no value Canceled", "add it", {"without_values": ["Canceled"]}),
    tailored("ReturnOrderLineItem.Quantity_Accepted__c", "may not create or edit", "edit access", {"read_only": True}),
    tailored("ReturnOrder.CurrencyIsoCode", "one currency", "multiple currencies", {"remove": True}),
    tailored("ReturnOrder.ShipFromCountry", "mapping does not fill it", "add it to the mapping", {"required": True}),
    tailored("Order.Shop_Order_Ref__c", "not there", "create the field", {"remove": True}),
    tailored("Product2.Shop_Sku__c", "not externalId", "External ID", {"external_id": False}),
]  # fmt: skip


WEB = "012000000000001AAA"


@pytest.fixture(autouse=True)
def _whole(sandbox: Sandbox) -> None:
    sandbox.heal()


@pytest.fixture
def struck(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Broken]:
    broken: Broken = request.param
    broken.strike(sandbox)
    yield broken
    broken.mended(sandbox)


@pytest.mark.parametrize("pubsub", [True, False])
@pytest.mark.parametrize("profile", ["return_order", "case", "custom"])
async def test_nothing_is_wrong_with_the_sandboxs_org(sandbox: Sandbox, profile: str, pubsub: bool) -> None:
    bus = f"localhost:{sandbox.ports['pubsub']}" if pubsub else None
    found = await findings(looked_at(sandbox, profile=profile, pubsub=bus))

    assert {each.state for each in found} == {State.OK, State.SKIPPED}
    assert {each.about for each in found if each.state is State.SKIPPED} == {"validation rule", "duplicate rules"}


@pytest.mark.parametrize("struck", BROKEN, indirect=True, ids=lambda each: f"{each.about} {each.seen}")
async def test_what_is_broken_is_named_with_its_mend(sandbox: Sandbox, struck: Broken) -> None:
    found = await wrong(looked_at(sandbox, **struck.settings))

    assert len(found) == 1, found
    named(found, struck)


async def test_without_the_licence_both_its_objects_are_missing(sandbox: Sandbox) -> None:
    sandbox.control.post(ORG, json={"return_order_licence": False}).raise_for_status()
    try:
        found = await wrong(looked_at(sandbox))
    finally:
        sandbox.control.post(ORG, json={"return_order_licence": True}).raise_for_status()

    assert [each.about for each in found] == ["ReturnOrder", "ReturnOrderLineItem"]
    assert all(f"{PREFIX}PROFILE" in each.mend for each in found)


async def test_an_org_that_is_away_is_said_to_be_away(sandbox: Sandbox) -> None:
    [found] = await wrong(looked_at(sandbox, url="https://localhost:9"))

    assert "this machine may reach it" in found.mend


@pytest.mark.parametrize("profile", ["return_order", "case", "custom"])
async def test_every_field_the_adapter_writes_is_looked_at(sandbox: Sandbox, profile: str) -> None:
    mine = settings(sandbox, profile=profile)
    mapping = shipped("salesforce", profile)
    shown = projection("R-1", order(1))
    drafted = draft(shown, mapping, mine)
    known = Known(contacts={"1": ("c", "a"), shown.customer_id: ("c", "a")}, orders={shown.order_id: "o"})
    known.products = {each.sku: "p" for each in shown.lines}
    written = {
        OBJECTS[mine.profile]: header(shown, drafted, known, mapping, mine.profile).keys(),
        "Account": account(shown, mapping).keys(),
        "Contact": contact(shown, mapping).keys() | {"AccountId"},
    }
    if profile == "return_order":
        written["ReturnOrderLineItem"] = (line(shown, drafted, 0, "parent", known) or {}).keys()
    looked = {each.name: {field.name for field in each.fields} for each in objects(mapping, mine.profile)}

    for of, names in written.items():
        assert names <= looked[of], f"{names - looked[of]} of {of}"


async def test_half_of_the_day_s_calls_gone_is_a_warning(sandbox: Sandbox) -> None:
    await findings(looked_at(sandbox))
    used = sandbox.control.get("/calls").json()["quota"]["salesforce"]["calls used"]
    # The examination itself asks some more.
    sandbox.control.post("/salesforce/org", json={"daily_limit": int(used * 1.5) + 20}).raise_for_status()
    try:
        (found,) = [one for one in await findings(looked_at(sandbox)) if one.about == "calls"]
    finally:
        sandbox.control.post("/salesforce/org", json={"daily_limit": 100_000}).raise_for_status()
    assert (found.state, found.mend) == (State.WARNING, "find who uses them up, or buy more")


async def test_a_field_of_the_customers_own_mapping_is_looked_at_as_it_is_written(sandbox: Sandbox) -> None:
    mapping = changed(
        "salesforce", "return_order", Next_Step__c="", RefundInstructionsHint="{from: next_step, steps: [{fit: 300}]}",
        ExpirationDate="{from: changed_at, steps: [{date_only: UTC}]}", LifeCycleType="{value: Lent, kind: choice}",
        Removed__c="{from: stage}",
    )  # fmt: skip

    told = {each.about: each.seen for each in await wrong(looked_at(sandbox, mapping=mapping))}

    assert told == {
        "ReturnOrder.RefundInstructionsHint": "ReturnOrder.RefundInstructionsHint takes 255 characters",
        "ReturnOrder.ExpirationDate": "ReturnOrder.ExpirationDate is datetime",
        "ReturnOrder.LifeCycleType": "ReturnOrder.LifeCycleType has no value Lent",
        "ReturnOrder.Removed__c": "ReturnOrder.Removed__c is not there, or hidden from the user",
    }


async def test_a_picklists_value_that_is_read_and_means_nothing_to_us_is_warned_of(sandbox: Sandbox) -> None:
    mapping = changed(
        "salesforce", "return_order", top="  speed: {values: {damaged: Rush}, otherwise: Standard}",
        Return_Reason__c="", ShipmentType="{from: reason, steps: [{table: speed}], direction: both, "
        "rule: request_only, asks: reason}",
    )  # fmt: skip

    found = await wrong(looked_at(sandbox, mapping=mapping))

    assert {each.state for each in found} == {State.WARNING}
    assert [each.seen.split(" may be ")[1].split(",")[0] for each in found] == [
        "Next Business Day",
        "Overnight",
        "Pick Up",
    ]


async def test_what_a_record_type_does_not_have_is_told(sandbox: Sandbox) -> None:
    mapping = changed("salesforce", "return_order")
    own = replace(mapping, concepts={**mapping.concepts, "return": replace(mapping.own, record_type=WEB)})

    [missing] = await wrong(looked_at(sandbox, mapping=own))
    wish = {"record_types": {"ReturnOrder": {WEB: {"name": "Web", "values": {"Status": ["Submitted", "Approved"]}}}}}
    sandbox.control.post(ORG, json=wish).raise_for_status()
    try:
        found = await wrong(looked_at(sandbox, mapping=own))
    finally:
        sandbox.control.post(ORG, json={"record_types": {}}).raise_for_status()

    assert missing.seen == f"the user has no record type {WEB} of ReturnOrder"
    assert [each.seen for each in found] == [
        "ReturnOrder.Status has no value Closed for the record type Web",
        "ReturnOrder.Status has no value Canceled for the record type Web",
    ]


async def test_what_a_mapping_switches_off_is_not_looked_at(sandbox: Sandbox) -> None:
    mapping = changed("salesforce", "return_order")
    off = {name: replace(each, mode=Mode.OFF) for name, each in mapping.concepts.items() if name == "product"}
    quiet = replace(mapping, concepts={**mapping.concepts, **off})
    wish = {"tailoring": {"Product2": {"fields": {"Shop_Sku__c": {"remove": True}}}}}
    sandbox.control.post(ORG, json=wish).raise_for_status()
    try:
        loud, still = await wrong(looked_at(sandbox, mapping=mapping)), await wrong(looked_at(sandbox, mapping=quiet))
    finally:
        sandbox.control.post(ORG, json={"tailoring": {}}).raise_for_status()

    assert ([each.about for each in loud], still) == (["Product2.Shop_Sku__c"], [])


async def test_an_object_whose_changes_are_not_published_is_told(sandbox: Sandbox) -> None:
    captured = sandbox.control.get(ORG).json()["change_data_capture"]
    less = [each for each in captured if each != "Contact"]
    sandbox.control.post(ORG, json={"change_data_capture": less}).raise_for_status()
    try:
        found = await findings(looked_at(sandbox, pubsub=f"localhost:{sandbox.ports['pubsub']}"))
    finally:
        sandbox.control.post(ORG, json={"change_data_capture": captured}).raise_for_status()
    (told,) = [each for each in found if each.about.startswith("changes")]
    assert (told.state, told.about) == (State.WARNING, "changes of Contact")
    assert "View All Records" in told.mend


async def test_an_event_bus_that_cannot_be_reached_is_told(sandbox: Sandbox) -> None:
    found = await findings(looked_at(sandbox, pubsub="localhost:1"))
    (told,) = [each for each in found if each.about.startswith("changes")]
    assert told.state is State.WARNING
    assert "localhost:1" in told.seen
    assert f"{PREFIX}PUBSUB" in told.mend
