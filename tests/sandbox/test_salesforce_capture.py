"""Change data capture: which events the org's changes leave, and what stands in them."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.books import Books
from sandbox.credentials import Credentials, load
from sandbox.salesforce.capture import CAPTURED, Bus, Stale
from sandbox.salesforce.capture.bitmaps import bitmaps
from sandbox.salesforce.capture.bus import MOST_KEPT, Event, replay_id
from sandbox.salesforce.capture.schemas import COMPOUNDS, event_name, members
from sandbox.salesforce.ids import USER_ID
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.objects.customers import ACCOUNT, CASE
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records
from sandbox.world import World
from tests.sandbox.pubsub import PubSub, pubsub
from tests.sandbox.test_salesforce_changes import merging, rest, soap, undeleting
from tests.stack.sandbox import ROOT, Sandbox

FIELDS = ROOT.parent / "shared" / "vendor" / "salesforce" / "salesforce_sobject_fields_v67.json"
CLIENT = {"Sforce-Call-Options": "client=backhaul, defaultNamespace=x"}


@pytest.fixture
async def bus(sandbox: Sandbox, sf: Any) -> AsyncIterator[PubSub]:
    address = f"localhost:{sandbox.ports['pubsub']}"
    async with pubsub(address, sandbox.ca_file.read_bytes(), sf.session_id, sandbox.url("salesforce")) as client:
        yield client


class Inside:
    """An org inside the test, whose clock may be moved; `events` are those of its bus."""

    def __init__(self, known: Credentials) -> None:
        self.world = World(Books(":memory:"), known)
        self.org = Org(self.world)
        self.bus: Bus = self.org.bus
        self.records = Records(self.world, self.org)

    @property
    def events(self) -> list[Event]:
        return self.bus.newest(100)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return load(tmp_path_factory.mktemp("credentials"))


@pytest.fixture
def inside(known: Credentials) -> Inside:
    return Inside(known)


async def received(bus: PubSub, stream: Any, many: int) -> list[dict[str, Any]]:
    """The next events of a subscription, opened; the header's fields beside the record's."""
    found: list[dict[str, Any]] = []
    while len(found) < many:
        for event in (await stream.read()).events:
            content = await bus.opened(event)
            found.append(content.pop("ChangeEventHeader") | {"body": content})
    return found


def moment(value: str) -> int:
    return (datetime.fromisoformat(value) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@pytest.mark.skipif(not FIELDS.exists(), reason="the public field lists are not beside this checkout")
def test_every_field_of_an_event_is_one_of_the_platforms_event() -> None:
    public = json.loads(FIELDS.read_text())["objects"]
    seen = 0
    for name in CAPTURED:
        of, event = find_type(name), event_name(name)
        assert of is not None
        # Of AssetWarranty's event and of our own object's no list is public.
        if event in public:
            standard = {each for each in members(of) if not each.endswith("__c")}
            assert standard <= set(public[event]["fields"]), name
            for compound, (_, prefix, parts) in COMPOUNDS.get(name, {}).items():
                assert {prefix + part for part in parts} <= set(public[event]["fields"]), (name, compound)
            seen += 1
    assert seen == 7


def test_a_bitmap_counts_fields_from_the_lowest_bit_in_whole_bytes() -> None:
    assert bitmaps([(1, None), (2, None)]) == ["0x06"]
    assert bitmaps([(22, None), (8, None)]) == ["0x400100"]
    assert bitmaps([(22, None), (4, 0), (7, 2), (7, 1)]) == ["0x400000", "4-0x01", "7-0x06"]
    assert bitmaps([(12, None), (10, None)]) == ["0x1400"]
    assert bitmaps([(3, 4)]) == ["3-0x10"]
    assert bitmaps([]) == []


async def test_a_records_life_as_events(sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed("/data/ContactChangeEvent", num_requested=10)
    ident = sf.Contact.create({"LastName": "Vogel", "FirstName": "Anna", "Email": "anna@example.test"})["id"]
    made = sf.Contact.get(ident)
    sf.Contact.update(ident, {"FirstName": None, "Email": "vogel@example.test"})
    changed = sf.Contact.get(ident)
    sf.Contact.delete(ident)
    soap(sf, undeleting(ident))

    create, update, delete, undelete = await received(bus, stream, 4)

    assert (create["changeType"], create["entityName"], create["recordIds"]) == ("CREATE", "Contact", [ident])
    assert (create["changedFields"], create["nulledFields"], create["diffFields"]) == ([], [], [])
    assert create["body"]["Name"] == {"Salutation": None, "FirstName": "Anna", "LastName": "Vogel"}
    assert create["body"]["CreatedDate"] == create["body"]["LastModifiedDate"] == moment(made["CreatedDate"])
    assert create["commitTimestamp"] == moment(made["CreatedDate"]) // 1000 * 1000
    assert (create["commitUser"], create["sequenceNumber"]) == (USER_ID, 1)

    assert update["changeType"] == "UPDATE"
    assert update["changedFields"] == ["Email", "LastModifiedDate", "Name.FirstName"]
    assert update["nulledFields"] == ["Name.FirstName"]
    told = {name: value for name, value in update["body"].items() if value is not None}
    assert told == {"Email": "vogel@example.test", "LastModifiedDate": moment(changed["LastModifiedDate"])}
    assert update["transactionKey"] != create["transactionKey"]
    assert update["commitNumber"] > create["commitNumber"]

    assert (delete["changeType"], set(delete["body"].values())) == ("DELETE", {None})
    assert (undelete["changeType"], undelete["body"]["Email"]) == ("UNDELETE", "vogel@example.test")
    assert undelete["body"]["Name"]["LastName"] == "Vogel"


async def test_the_same_change_of_several_records_in_one_transaction_is_one_event(sf: Any, bus: PubSub) -> None:
    ids = [sf.Case.create({"Subject": f"same {at}", "Priority": "Low"})["id"] for at in range(3)]
    other = sf.Account.create({"Name": "neighbour"})["id"]
    stream = await bus.subscribed("/data/ChangeEvents", num_requested=10)
    patch = [{"attributes": {"type": "Case"}, "id": ident, "Priority": "High"} for ident in ids]
    patch.append({"attributes": {"type": "Account"}, "id": other, "AccountNumber": "7"})
    assert rest(sf, "PATCH", "composite/sobjects", json={"records": patch}).status_code == 200

    merged, apart = await received(bus, stream, 2)

    assert (merged["recordIds"], merged["body"]["Priority"]) == (ids, "High")
    assert (apart["recordIds"], apart["entityName"]) == ([other], "Account")
    assert [merged["sequenceNumber"], apart["sequenceNumber"]] == [1, 2]
    assert merged["transactionKey"] == apart["transactionKey"]
    assert merged["commitNumber"] == apart["commitNumber"]


async def test_what_was_rolled_back_or_changed_nothing_leaves_no_event(sf: Any, bus: PubSub) -> None:
    ident = sf.Case.create({"Subject": "kept"})["id"]
    stream = await bus.subscribed("/data/CaseChangeEvent")
    records = [{"attributes": {"type": "Case"}, "Subject": "gone"}, {"attributes": {"type": "Case"}, "Status": "Nope"}]
    answer = rest(sf, "POST", "composite/sobjects", json={"allOrNone": True, "records": records})
    assert [each["success"] for each in answer.json()] == [False, False]
    sf.Case.update(ident, {"Subject": "kept"})
    sf.Case.update(ident, {"Subject": "told"})

    (only,) = await received(bus, stream, 1)

    assert (only["changeType"], only["body"]["Subject"]) == ("UPDATE", "told")


async def test_a_deletion_takes_the_details_along_in_its_transaction(sf: Any, bus: PubSub) -> None:
    product = sf.Product2.create({"Name": "Detail"})["id"]
    parent = sf.ReturnOrder.create({"Returns_Ref__c": "R-671001", "Status": "Submitted"})["id"]
    part = {"ReturnOrderId": parent, "QuantityReturned": 1, "Product2Id": product}
    lines = [sf.ReturnOrderLineItem.create(part)["id"] for _ in range(2)]
    stream = await bus.subscribed("/data/ChangeEvents", num_requested=10)
    sf.ReturnOrder.delete(parent)

    whole, details = await received(bus, stream, 2)

    assert (whole["entityName"], whole["recordIds"]) == ("ReturnOrder", [parent])
    assert (details["entityName"], details["changeType"], details["recordIds"]) == (
        "ReturnOrderLineItem",
        "DELETE",
        lines,
    )
    assert details["transactionKey"] == whole["transactionKey"]


async def test_the_custom_objects_event_drops_the_c(sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed("/data/Return__ChangeEvent")
    sf.Return__c.create({"Name": "R-671002", "Returns_Ref__c": "R-671002", "Quoted_Amount__c": 12})

    (event,) = await received(bus, stream, 1)

    assert (event["entityName"], event["body"]["Quoted_Amount__c"]) == ("Return__c", 12.0)
    assert (await bus.schema((await bus.topic("/data/Return__ChangeEvent")).schema_id))["name"] == "Return__ChangeEvent"


async def test_the_origin_says_which_api_and_which_client(sf: Any, bus: PubSub) -> None:
    """Composite resources are not among those whose documentation knows the header: their changes name no client."""
    case = {"Subject": "origin"}
    stream = await bus.subscribed("/data/CaseChangeEvent", num_requested=10)
    rest(sf, "POST", "sobjects/Case", json=case, headers=CLIENT)
    rest(sf, "POST", "sobjects/Case", json=case)
    bulk = {"attributes": {"type": "Case"}, **case}
    rest(sf, "POST", "composite/sobjects", json={"records": [bulk]}, headers=CLIENT)
    one = {"method": "POST", "url": "/services/data/v67.0/sobjects/Case", "referenceId": "one", "body": case}
    two = one | {"referenceId": "two", "httpHeaders": CLIENT}
    rest(sf, "POST", "composite", json={"compositeRequest": [one, two]}, headers=CLIENT)
    job = rest(sf, "POST", "jobs/ingest", json={"object": "Case", "operation": "insert"}, headers=CLIENT).json()["id"]
    rest(sf, "PUT", f"jobs/ingest/{job}/batches", data="Subject\nbulk\n", headers={"Content-Type": "text/csv"})
    rest(sf, "PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"})
    rest(sf, "GET", f"jobs/ingest/{job}")

    origins = [event["changeOrigin"] for event in await received(bus, stream, 6)]

    api = "com/salesforce/api/rest/67.0"
    bulk_api = "com/salesforce/api/bulkapi/67.0;client=backhaul"
    assert origins == [f"{api};client=backhaul", api, api, api, f"{api};client=backhaul", bulk_api]


async def test_merging_accounts_tells_of_the_master_and_the_loser(sf: Any, bus: PubSub) -> None:
    master, loser = (sf.Account.create({"Name": f"Captured merge {at}"})["id"] for at in range(2))
    stream = await bus.subscribed("/data/AccountChangeEvent", num_requested=10)
    soap(sf, merging("Account", master, loser, fields="<o:Description>both</o:Description>"))

    update, delete = await received(bus, stream, 2)

    assert (update["recordIds"], update["body"]["Description"]) == ([master], "both")
    assert (delete["recordIds"], delete["changeType"]) == ([loser], "DELETE")
    assert delete["changeOrigin"] == "com/salesforce/api/soap/67.0"


async def test_types_that_are_not_selected_are_not_captured(
    sandbox: Sandbox, sf: Any, http: requests.Session, bus: PubSub
) -> None:
    sandbox.control.post("/salesforce/org", json={"change_data_capture": ["Case"]}).raise_for_status()
    try:
        stream = await bus.subscribed("/data/ChangeEvents")
        sf.Account.create({"Name": "unseen"})
        sf.Case.create({"Subject": "seen"})
        (event,) = await received(bus, stream, 1)
        assert event["entityName"] == "Case"
    finally:
        sandbox.control.post("/salesforce/org", json={"change_data_capture": list(CAPTURED)}).raise_for_status()
    wrong = sandbox.control.post("/salesforce/org", json={"change_data_capture": ["CreditMemo"]})
    assert wrong.status_code == 400


async def test_a_new_field_gives_the_next_event_another_schema(sandbox: Sandbox, sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed("/data/CaseChangeEvent")
    sf.Case.create({"Subject": "before"})
    sandbox.control.post("/salesforce/org", json={"custom_fields": {"Case": ["Colour__c"]}}).raise_for_status()
    try:
        sf.Case.create({"Subject": "after", "Colour__c": "red"})
        assert "Colour__c" in {field["name"] for field in sf.Case.describe()["fields"]}
        now = (await bus.topic("/data/CaseChangeEvent")).schema_id
    finally:
        sandbox.control.post("/salesforce/org", json={"custom_fields": {}}).raise_for_status()
    events: list[Any] = []
    while len(events) < 2:
        events += (await stream.read()).events
    before, after = (event.event.schema_id for event in events)
    assert before != after == now
    assert (await bus.opened(events[1]))["Colour__c"] == "red"
    assert "Colour__c" not in await bus.opened(events[0])
    back = (await bus.topic("/data/CaseChangeEvent")).schema_id
    assert back == before


@pytest.mark.parametrize("wish", [{"Case": ["Colour"]}, {"Case": ["Return_Stage__c"]}, {"Nope": ["A__c"]}, ["Case"]])
def test_a_field_that_cannot_be_added_is_refused(sandbox: Sandbox, wish: Any) -> None:
    assert sandbox.control.post("/salesforce/org", json={"custom_fields": wish}).status_code == 400


async def test_gaps_and_overflows_come_on_demand(sandbox: Sandbox, sf: Any, bus: PubSub) -> None:
    ident = sf.Case.create({"Subject": "gap"})["id"]
    stream = await bus.subscribed("/data/CaseChangeEvent", num_requested=10)
    for wish in ({"type": "GAP_UPDATE", "ids": [ident[:15]]}, {"type": "GAP_OVERFLOW"}):
        assert sandbox.control.post("/salesforce/events/gap", json={"object": "Case", **wish}).status_code == 201

    gap, overflow = await received(bus, stream, 2)

    assert (gap["changeType"], gap["recordIds"], gap["changeOrigin"]) == ("GAP_UPDATE", [ident], "")
    assert (overflow["changeType"], overflow["recordIds"]) == ("GAP_OVERFLOW", ["000000000000000AAA"])
    assert set(gap["body"].values()) | set(overflow["body"].values()) == {None}
    shown = sandbox.control.get("/salesforce/events").json()[-1]
    assert (shown["topic"], shown["header"]["changeType"]) == ("Case", "GAP_OVERFLOW")


@pytest.mark.parametrize(
    "wish",
    [
        {"object": "Product2", "type": "GAP_CREATE", "ids": ["01t*"]},
        {"object": "Case", "type": "CREATE", "ids": ["500*"]},
        {"object": "Case", "type": "GAP_CREATE"},
        {"object": "Case", "type": "GAP_CREATE", "ids": ["short"]},
        {"object": "Case", "type": "GAP_OVERFLOW", "ids": ["500*"]},
    ],
)
def test_a_gap_that_cannot_be_is_refused(sandbox: Sandbox, wish: dict[str, Any]) -> None:
    assert sandbox.control.post("/salesforce/events/gap", json=wish).status_code == 422


def test_replay_ids_are_good_for_seventy_two_hours(inside: Inside) -> None:
    inside.records.create(ACCOUNT, {"Name": "Old"})
    known = inside.events[-1]["number"]
    inside.world.clock.advance(71 * 3600)
    assert inside.bus.position(replay_id(known)) == known
    assert inside.bus.position(replay_id(known)[:8]) == known
    inside.world.clock.advance(2 * 3600)
    for bad in (replay_id(known), replay_id(known + 1), b"", b"1", b"12907414", replay_id(known) + b"0"):
        with pytest.raises(Stale):
            inside.bus.position(bad)
    assert inside.events == []
    inside.records.create(ACCOUNT, {"Name": "New"})
    assert [event["values"]["Name"] for event in inside.bus.after(inside.bus.earliest())] == ["New"]


def test_the_tip_of_a_quiet_stream_can_be_resumed_from(inside: Inside) -> None:
    inside.records.create(ACCOUNT, {"Name": "Long ago"})
    inside.world.clock.advance(100 * 3600)
    tip = inside.bus.latest()
    inside.world.clock.advance(60 * 3600)
    inside.records.create(ACCOUNT, {"Name": "At last"})
    assert [event["values"]["Name"] for event in inside.bus.after(inside.bus.position(replay_id(tip)))] == ["At last"]
    assert inside.bus.latest() == inside.events[-1]["number"]


def test_only_the_newest_events_are_kept(inside: Inside) -> None:
    with inside.world.books.transaction():
        for _ in range(MOST_KEPT + 3):
            inside.bus.append({"topic": "Case"})
    assert len(list(inside.bus.after(0))) == MOST_KEPT
    assert inside.world.books.count("salesforce.event") == MOST_KEPT


def test_one_transaction_tells_one_event_of_each_record(inside: Inside) -> None:
    case = inside.records.create(CASE, {"Subject": "one", "Priority": "Low"})
    with inside.world.books.transaction():
        made = inside.records.create(CASE, {"Subject": "two", "Priority": "Medium"})
        inside.records.update(CASE, made, {"Priority": "High"})
        gone = inside.records.create(CASE, {"Subject": "three"})
        inside.records.delete(CASE, gone)
        inside.records.update(CASE, inside.records.update(CASE, case, {"Priority": "High"}), {"Priority": "Low"})
    last = inside.events[1:]
    assert [(each["header"]["changeType"], each["values"]["Priority"]) for each in last] == [("CREATE", "High")]


def test_a_purge_of_what_was_in_the_bin_is_no_change(inside: Inside) -> None:
    bin_first, at_once = (inside.records.create(CASE, {"Subject": "x"}) for _ in range(2))
    inside.records.delete(CASE, bin_first)
    inside.records.purge(CASE, inside.records.whatever(CASE, bin_first["Id"]) or {})
    inside.records.purge(CASE, at_once)
    told = [(each["header"]["changeType"], each["header"]["recordIds"]) for each in inside.events[2:]]
    assert told == [("DELETE", [bin_first["Id"]]), ("DELETE", [at_once["Id"]])]


def test_a_long_text_that_changes_a_little_is_told_as_a_difference(inside: Inside) -> None:
    lines = [f"line {at} of a long description, long enough to matter" for at in range(40)]
    case = inside.records.create(CASE, {"Description": "\n".join(lines)})
    lines[7] = "line 7 is another one"
    inside.records.update(CASE, case, {"Description": "\n".join(lines)})
    event = inside.events[-1]
    patch = event["values"]["Description"].split("\n")
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert patch[:3] == ["--- ", f"+++ {digest}", "@@ -8 +8 @@"]
    assert patch[4] == "+line 7 is another one"
    place = list(members(CASE)).index("Description") + 1
    assert event["header"]["diffFields"] == bitmaps([(place, None)])


def test_a_compound_whose_parts_are_all_gone_is_nulled_as_a_whole(inside: Inside) -> None:
    of = find_type("ReturnOrder")
    assert of is not None
    order = inside.records.create(of, {"Status": "Submitted", "ShipFromCountry": "DE"})
    inside.records.update(of, order, {"ShipFromCountry": None})
    header = inside.events[-1]["header"]
    place = list(members(of)).index("ShipFromAddress") + 1
    assert header["nulledFields"] == bitmaps([(place, None)])
    assert f"{place}-0x10" in header["changedFields"]
