"""The Dynamics preflight against the sandbox's environment: nothing wrong with it, then one thing after another."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.crm.dynamics import DynamicsFeed, rows
from adapters.crm.dynamics.preflight import DynamicsPreflight
from adapters.crm.dynamics.preflight.wanted import tables
from adapters.crm.dynamics.rows import Known, Trade
from adapters.crm.mapping import shipped
from adapters.crm.port import Watch
from adapters.errors import Permanent
from domain.preflight import State
from tests.adapters.crm import projection
from tests.adapters.mapping.files import changed
from tests.adapters.test_crm_dynamics import settings
from tests.preflight.looking import Broken, findings, named, wrong
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

TAILORING, PRIVILEGES = "/dynamics/tailoring", "/dynamics/privileges"
PREFIX = "BACKHAUL_CRM__FIELD__"


def looked_at(sandbox: Sandbox, **more: Any) -> DynamicsPreflight:
    return DynamicsPreflight(settings(sandbox, **more), PREFIX)


def tailored(about: str, seen: str, mend: str, **change: Any) -> Broken:
    table, _, column = about.partition(".")
    named = {"column": column} if column and "key" not in change else {}
    return Broken(about, seen, mend, TAILORING, {"table": table, **named, **change})


BROKEN = [
    Broken("sign-in", "sign in", f"{PREFIX}CLIENT_SECRET", settings={"client_secret": "wrong"}),
    Broken("sign-in", "tenant", f"{PREFIX}TENANT", settings={"tenant": "00000000-0000-0000-0000-000000000000"}),
    tailored("msdyn_rma.bh_stage", "not there", "create the column", remove=True),
    tailored("msdyn_rma.bh_hold", "takes 100", "500 long", length=100),
    tailored("msdyn_rma.bh_lines", "is String", "Memo", kind="string"),
    tailored("msdyn_rma.bh_changedat", "is String", "DateTime", kind="string"),
    tailored("msdyn_rma.msdyn_systemstatus", "no option 690970002", "restore", without_options=[690970002]),
    Broken(
        "msdyn_rma.msdyn_eta", "mapping does not fill it", "add it to the mapping",
        TAILORING, {"table": "msdyn_rma", "column": "msdyn_eta", "required": True}, state=State.WARNING,
    ),
    tailored("msdyn_rma.bh_returnref", "no alternate key", "define one", key="bh_returnref_key", remove=True),
    tailored("msdyn_rma.bh_returnref", "is Pending", "wait", key="bh_returnref_key", status="Pending"),
    tailored("msdyn_rmaproduct.bh_lineref", "is Failed", "duplicates", key="bh_lineref_key", status="Failed"),
    tailored("contact.bh_customerref", "no alternate key", "define one", key="bh_customerref_key", remove=True),
    Broken(
        "msdyn_rma.bh_Order", "but one named bh_order", "capitals count",
        TAILORING, {"table": "msdyn_rma", "column": "bh_order", "navigation": "bh_order"},
    ),
    Broken("prvCreatemsdyn_rma", "lacks", "Create on msdyn_rma", PRIVILEGES, {"lacking": ["prvCreatemsdyn_rma"]}),
    Broken("prvReadPricelevel", "lacks", "Read on pricelevel", PRIVILEGES, {"lacking": ["prvReadPricelevel"]}),
    Broken("prvAppendToSalesorder", "lacks", "AppendTo", PRIVILEGES, {"lacking": ["prvAppendToSalesorder"]}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _whole(sandbox: Sandbox) -> None:
    sandbox.heal()


@pytest.fixture(scope="module", autouse=True)
def _priced(sandbox: Sandbox) -> None:
    """An environment has currencies and price lists with its first order."""
    sandbox.seed(order(6_270_001))


@pytest.fixture
def struck(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Broken]:
    broken: Broken = request.param
    broken.strike(sandbox)
    yield broken
    sandbox.control.delete(TAILORING).raise_for_status()
    sandbox.control.post(PRIVILEGES, json={"lacking": []}).raise_for_status()


@pytest.mark.parametrize("profile", ["rma", "case", "custom"])
async def test_nothing_is_wrong_with_the_sandboxs_environment(sandbox: Sandbox, profile: str) -> None:
    assert {each.state for each in await findings(looked_at(sandbox, profile=profile))} == {State.OK}


@pytest.mark.parametrize("struck", BROKEN, indirect=True, ids=lambda each: f"{each.about} {each.seen}")
async def test_what_is_broken_is_named_with_its_mend(sandbox: Sandbox, struck: Broken) -> None:
    found = await wrong(looked_at(sandbox, **struck.settings))

    assert len(found) == 1, found
    named(found, struck)


async def test_without_the_licence_both_its_tables_are_missing(sandbox: Sandbox) -> None:
    sandbox.control.post("/dynamics/environment", json={"field_service": False}).raise_for_status()
    try:
        found = await wrong(looked_at(sandbox))
    finally:
        sandbox.control.post("/dynamics/environment", json={"field_service": True}).raise_for_status()

    assert [each.about for each in found] == ["msdyn_rma", "msdyn_rmaproduct"]
    assert all("no table" in each.seen and f"{PREFIX}PROFILE" in each.mend for each in found)


@pytest.mark.parametrize("table", ["msdyn_rma", "contact", "account"])
async def test_a_watched_table_whose_changes_are_not_tracked_is_named(sandbox: Sandbox, table: str) -> None:
    sandbox.control.post(TAILORING, json={"table": table, "tracked": False}).raise_for_status()
    try:
        found = await wrong(looked_at(sandbox))
    finally:
        sandbox.control.delete(TAILORING).raise_for_status()

    assert [(each.about, each.state) for each in found] == [(table, State.FAILED)]
    assert "Track changes" in found[0].mend


async def test_who_may_not_read_all_rows_is_told_that_changes_will_not_be_told(sandbox: Sandbox) -> None:
    sandbox.control.post(PRIVILEGES, json={"lacking": [], "narrow": ["prvReadContact"]}).raise_for_status()
    try:
        found = await wrong(looked_at(sandbox))
        feed = DynamicsFeed(settings(sandbox))
        with pytest.raises(Permanent, match="privilege"):
            await feed.begin(Watch("contact", "bh_customerref", ()))
        await feed.aclose()
    finally:
        sandbox.control.post(PRIVILEGES, json={"lacking": []}).raise_for_status()

    assert [(each.about, each.state) for each in found] == [("contact", State.FAILED)]
    assert "organization level" in found[0].mend


async def test_a_webhook_that_is_expected_and_not_registered_is_a_warning(sandbox: Sandbox) -> None:
    place = "/webhooks/dynamics/field"
    [missing] = await wrong(looked_at(sandbox, webhook=place))
    sandbox.control.post("/dynamics/webhooks", json={"url": f"https://api.example{place}2"}).raise_for_status()
    try:
        [another] = await wrong(looked_at(sandbox, webhook=place))
        sandbox.control.post("/dynamics/webhooks", json={"url": f"https://api.example{place}"}).raise_for_status()
        assert not await wrong(looked_at(sandbox, webhook=place))
    finally:
        sandbox.control.delete("/dynamics/webhooks").raise_for_status()

    assert missing.state is another.state is State.WARNING
    assert place in missing.seen
    assert f"{PREFIX}WEBHOOK_KEY" in missing.mend


async def test_registrations_nobody_shows_us_are_skipped(sandbox: Sandbox) -> None:
    sandbox.control.post(PRIVILEGES, json={"lacking": ["prvReadServiceendpoint"]}).raise_for_status()
    try:
        found = await findings(looked_at(sandbox, webhook="/webhooks/dynamics/field"))
    finally:
        sandbox.control.post(PRIVILEGES, json={"lacking": []}).raise_for_status()

    [webhook] = [each for each in found if each.about == "webhook"]
    assert webhook.state is State.SKIPPED


async def test_what_a_privilege_is_lacking_for_is_really_refused(sandbox: Sandbox) -> None:
    """Otherwise the finding would be about nothing."""
    sandbox.control.post(PRIVILEGES, json={"lacking": ["prvReadPricelevel"]}).raise_for_status()
    try:
        found = await findings(looked_at(sandbox))
    finally:
        sandbox.control.post(PRIVILEGES, json={"lacking": []}).raise_for_status()

    [prices] = [each for each in found if each.about == "price lists"]
    assert prices.state is State.SKIPPED


@pytest.mark.parametrize("profile", ["rma", "case", "custom"])
async def test_every_column_and_link_the_adapter_writes_is_looked_at(profile: Any) -> None:
    mapping = shipped("dynamics", profile)
    shown = projection("R-1", order(1))
    drafted = rows.draft(shown, mapping)
    trade = Trade("c", "p")
    known = Known(contacts={rows.customer(shown): "c"}, orders={shown.order_id: trade})
    known.products = {each.sku: ("p", "u") for each in shown.lines}
    wanted = tables(mapping, profile)
    own = {
        "rma": lambda: rows.rma(shown, known, trade, new=True),
        "case": lambda: rows.case(shown, known),
        "custom": lambda: rows.custom(shown, known),
    }[profile]()
    written = {
        wanted[0].name: {*drafted.own, *own, rows.KEY},
        "account": {*rows.account(shown, mapping), rows.CUSTOMER_KEY},
        "contact": {*rows.contact(shown, known, mapping), rows.CUSTOMER_KEY},
    }
    if profile == "rma":
        line = rows.rma_product(shown, drafted, 0, known, trade)
        written["msdyn_rmaproduct"] = {*(line or {}), rows.LINE_KEY}

    for table in wanted:
        looked = {each.name for each in table.columns} | {f"{name}@odata.bind" for name in table.binds}
        assert written.get(table.name, set()) <= looked, f"{written[table.name] - looked} of {table.name}"


async def test_a_column_of_the_customers_own_mapping_is_looked_at_as_it_is_written(sandbox: Sandbox) -> None:
    mapping = changed(
        "dynamics", "rma", bh_hold="{from: hold, steps: [{fit: 600}]}", exchangerate="{value: 1}",
        msdyn_eta="{from: stage}", msdyn_processingaction="{value: 7, kind: choice}", bh_removed="{from: stage}",
    )  # fmt: skip

    told = {each.about: each.seen for each in await wrong(looked_at(sandbox, mapping=mapping))}

    assert told == {
        "msdyn_rma.bh_hold": "msdyn_rma.bh_hold takes 500 characters",
        "msdyn_rma.exchangerate": "nobody may write msdyn_rma.exchangerate",
        "msdyn_rma.msdyn_eta": "msdyn_rma.msdyn_eta is DateTime",
        "msdyn_rma.msdyn_processingaction": "msdyn_rma.msdyn_processingaction has no option 7",
        "msdyn_rma.bh_removed": "msdyn_rma.bh_removed is not there",
    }
