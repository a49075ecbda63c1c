"""The feed's parts by themselves: ids, schemas, bitmaps, what no event should be, and the published interface."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import fastavro
import pytest

from adapters.crm.port import ChangeKind, Row, Watch
from adapters.crm.salesforce.feed import messages
from adapters.crm.salesforce.feed.cursor import Cursor, read
from adapters.crm.salesforce.feed.feed import topic
from adapters.crm.salesforce.feed.ids import widened
from adapters.crm.salesforce.feed.moments import moment
from adapters.crm.salesforce.feed.pubsub import PubSub
from adapters.crm.salesforce.feed.shape import Shape, Unreadable
from adapters.crm.salesforce.feed.telling import Telling
from adapters.crm.salesforce.org import Org
from adapters.errors import Retryable
from sandbox.salesforce.capture import CAPTURED
from sandbox.salesforce.capture.schemas import event_name
from sandbox.salesforce.ids import long_form, make
from tests.adapters.salesforce_feed.people import settings
from tests.adapters.scripted import Reply, Scripted
from tests.stack.sandbox import ROOT, Sandbox

PROTO = ROOT.parent / "shared" / "vendor" / "salesforce" / "pubsub_api.proto"
_TEXTS = {"type": "array", "items": "string"}
_HEADER = {
    "type": "record",
    "name": "ChangeEventHeader",
    "fields": [
        {"name": "recordIds", "type": _TEXTS},
        {"name": "changeType", "type": "string"},
        {"name": "changeOrigin", "type": "string"},
        {"name": "commitTimestamp", "type": "long"},
        {"name": "commitUser", "type": "string"},
        *({"name": name, "type": _TEXTS} for name in ("nulledFields", "diffFields", "changedFields")),
    ],
}


def plain(name: str, kind: str, doc: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", kind], "doc": doc, "default": None}


def compound(name: str, record: str, *parts: str) -> dict[str, Any]:
    fields = [plain(part, "string", "Data:Text") for part in parts]
    return {"name": name, "type": ["null", {"type": "record", "name": record, "fields": fields}], "default": None}


DOCUMENT = {
    "type": "record",
    "name": "ThingChangeEvent",
    "fields": [
        {"name": "ChangeEventHeader", "type": _HEADER},
        compound("Name", "PersonName", "FirstName", "LastName"),
        compound("MailingAddress", "Address", "Street", "City"),
        compound("Place__c", "Place", "Street", "City"),
        plain("Born__c", "long", "Data:DateOnly:00NBH0000000001"),
        plain("Seen__c", "long", "Data:DateTime:00NBH0000000002"),
        plain("Count", "int", "Data:Integer"),
        plain("At__c", "long", "Data:TimeOnly:00NBH0000000003"),
        plain("Amount__c", "double", "Data:Double:00NBH0000000004"),
    ],
}


@pytest.fixture(scope="module")
def shape() -> Shape:
    return Shape(json.dumps(DOCUMENT))


@pytest.mark.parametrize("prefix", ["001", "003", "500", "0rT", "a0R"])
@pytest.mark.parametrize("number", [1, 61, 62, 12345, 987654321])
def test_fifteen_characters_become_the_eighteen_the_platform_gives(prefix: str, number: int) -> None:
    whole = make(prefix, number)
    assert widened(whole[:15]) == whole == long_form(whole[:15])
    assert widened(whole) == whole


def test_what_is_no_id_stays_as_it_is() -> None:
    assert widened("001*") == "001*"
    assert widened("") == ""


def test_a_cursor_is_read_as_it_was_written() -> None:
    at = moment("2026-11-20T09:30:00.123+0000")
    for made in (Cursor("a.1", at, at), Cursor("b.2", at, at, b"\x00\xff", ("2026", "0rT"))):
        assert read(str(made)) == made


def test_bits_name_fields_and_parts_of_compounds(shape: Shape) -> None:
    assert set(shape.named(["0x0130"])) == {"Born__c", "Seen__c", "Amount__c"}
    assert set(shape.named(["1-0x02"])) == {"LastName", "Name"}
    assert set(shape.named(["2-0x03", "3-0x01"])) == {
        "MailingStreet", "MailingCity", "MailingAddress", "Place__Street__s", "Place__c",
    }  # fmt: skip
    assert set(shape.named(["0x02"])) == {"FirstName", "LastName", "Name"}
    assert list(shape.named([])) == []


def test_values_are_told_in_the_form_of_a_query(shape: Shape) -> None:
    content = {
        "Name": {"FirstName": "Anna", "LastName": None}, "MailingAddress": None, "Place__c": {"Street": "1 Way"},
        "Born__c": 0, "Seen__c": 1_764_000_000_123, "Count": 7, "At__c": 5, "Amount__c": 1.5,
    }  # fmt: skip
    told = {name: shape.value(content, name) for name in ("FirstName", "LastName", "MailingCity", "Place__Street__s")}
    assert told == {"FirstName": "Anna", "LastName": None, "MailingCity": None, "Place__Street__s": "1 Way"}
    told = {name: shape.value(content, name) for name in ("Born__c", "Seen__c", "Count", "Amount__c")}
    assert told == {
        "Born__c": "1970-01-01", "Seen__c": "2025-11-24T16:00:00.123+0000", "Count": 7, "Amount__c": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize("field", ["Name", "MailingAddress", "At__c"])
def test_what_cannot_be_told_so_is_not_guessed(shape: Shape, field: str) -> None:
    content = {"Name": {"FirstName": "A", "LastName": "B"}, "MailingAddress": None, "At__c": 5}
    with pytest.raises(Unreadable):
        shape.value(content, field)


async def test_an_event_nobody_can_understand_has_everything_compared(caplog: pytest.LogCaptureFixture) -> None:
    class Bus:
        async def shape(self, schema: str) -> Shape:
            return Shape(json.dumps(DOCUMENT))

    async def look(watch: Watch, records: tuple[str, ...]) -> tuple[Row, ...]:
        return ()

    watch, mark = Watch("Thing", "Key__c", ("Key__c", "Born__c")), datetime(2026, 11, 22, tzinfo=UTC)
    good = event("e-1", changedFields=["0x10"])
    bad = [event("e-2", changedFields=["nonsense"]), event("e-3", changedFields=["99-0x01"]), event("e-4", cut=9)]
    bus: Any = Bus()
    told = await Telling(look, "backhaul").changes(bus, watch, mark, [good, *bad])
    assert [(each.kind, each.event) for each in told] == [
        (ChangeKind.UPDATED, "e-1:" + make("003", 1)),
        *((ChangeKind.OVERFLOW, name) for name in ("e-2", "e-3", "e-4")),
    ]
    assert "cannot be understood" in caplog.text


def event(name: str, cut: int | None = None, **header: Any) -> Any:
    told = {
        "recordIds": ["003BH0000000001"], "changeType": "UPDATE", "changeOrigin": "", "commitTimestamp": 1,
        "commitUser": "005", "nulledFields": [], "diffFields": [], "changedFields": [],
    }  # fmt: skip
    written = io.BytesIO()
    fastavro.schemaless_writer(written, fastavro.parse_schema(dict(DOCUMENT)), {"ChangeEventHeader": told | header})
    inner = SimpleNamespace(id=name, schema_id="s", payload=written.getvalue()[:cut])
    return SimpleNamespace(event=inner, replay_id=b"\x01")


@pytest.mark.skipif(not PROTO.exists(), reason="the published proto is not beside this checkout")
def test_our_messages_are_those_of_the_published_interface() -> None:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", PROTO.read_text(), flags=re.DOTALL)
    for name, fields in messages.MESSAGES.items():
        body = re.search(rf"message {name} \{{(.*?)\}}", text, re.DOTALL)
        assert body is not None, name
        published = re.findall(r"(repeated )?(\w+) (\w+) = (\d+);", body[1])
        assert [(label, "*" * bool(many) + kind, int(number)) for many, kind, label, number in published] == [
            (label, kind, number) for number, (label, kind) in enumerate(fields.items(), start=1)
        ], name
    for name, values in messages.ENUMS.items():
        body = re.search(rf"enum {name} \{{(.*?)\}}", text, re.DOTALL)
        assert body is not None
        assert re.findall(r"(\w+) = (\d+);", body[1]) == [(value, str(at)) for at, value in enumerate(values)]


async def test_a_token_without_the_orgs_id_has_the_org_asked_for_it(server: Scripted, own: Sandbox) -> None:
    """As tokens in the form of a JWT are."""
    server.answers = lambda asked: Reply(
        body={"organization_id": "00DBH0000000001EAC"}
        if asked.path.endswith("userinfo")
        else {"access_token": "a.b.c", "instance_url": server.url}
    )
    async with bus(own, server) as asked:
        assert dict(await asked._metadata())["tenantid"] == "00DBH0000000001EAC"
        assert dict(await asked._metadata())["accesstoken"] == "a.b.c"
    assert server.count("userinfo") == 1
    server.answers = lambda asked: Reply(
        body={} if asked.path.endswith("userinfo") else {"access_token": "a.b.c", "instance_url": server.url}
    )
    async with bus(own, server) as asked:
        with pytest.raises(Retryable, match="does not name the org"):
            await asked._metadata()


@asynccontextmanager
async def bus(own: Sandbox, server: Scripted) -> AsyncIterator[PubSub]:
    """A Pub/Sub client whose org is the scripted server."""
    org = Org(settings(own, url=server.url, ca_file=server.ca_file))
    made = PubSub(org, "localhost:1", server.ca_file, 1.0)
    yield made
    await made.aclose()
    await org.aclose()


def test_every_captured_object_of_the_sandbox_has_atopic_we_name_alike() -> None:
    assert [topic(each) for each in CAPTURED] == [f"/data/{event_name(each)}" for each in CAPTURED]
