"""The Pub/Sub API on the wire: sign-in, topics, flow control, replay, refusals, publishing, managed subscriptions."""

import contextlib
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest
from grpc import StatusCode, aio

from sandbox.salesforce.pubsub import messages
from sandbox.salesforce.pubsub.managed import ident as managed_id
from sandbox.salesforce.pubsub.messages import (
    CUSTOM,
    EARLIEST,
    CommitReplayRequest,
    FetchRequest,
    ManagedFetchRequest,
    ProducerEvent,
    PublishRequest,
    SchemaRequest,
    TopicRequest,
)
from tests.sandbox import crm
from tests.sandbox.pubsub import ORG, PubSub, pubsub, told
from tests.stack.sandbox import ROOT, Sandbox

PROTO = ROOT.parent / "shared" / "vendor" / "salesforce" / "pubsub_api.proto"
CASES, NOTICES = "/data/CaseChangeEvent", "/event/Return_Notice__e"


@pytest.fixture
async def bus(sandbox: Sandbox, sf: Any) -> AsyncIterator[PubSub]:
    async with connected(sandbox, sf) as client:
        yield client


@pytest.fixture
def patience(sandbox: Sandbox) -> Iterator[None]:
    """Signs of life come at once, and so does the end of a stream that asks for nothing."""
    usual = {"keepalive_seconds": 270, "idle_stream_seconds": 60}
    sandbox.control.post("/salesforce/org", json=dict.fromkeys(usual, 0.05)).raise_for_status()
    yield
    sandbox.control.post("/salesforce/org", json=usual).raise_for_status()


def connected(sandbox: Sandbox, sf: Any) -> Any:
    address = f"localhost:{sandbox.ports['pubsub']}"
    return pubsub(address, sandbox.ca_file.read_bytes(), sf.session_id, sandbox.url("salesforce"))


async def refused(call: Any) -> tuple[StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as error:
        await call
    return told(error.value)


async def refused_stream(bus: PubSub, *requests: Any, name: str = "Subscribe") -> tuple[StatusCode, str]:
    stream = bus.stream(name)
    for request in requests:
        await stream.write(request)
    return await refused(stream.read())


async def first_answer(bus: PubSub, request: Any) -> Any:
    """Asked again until the server has learned that the client before this one is gone."""
    for _ in range(500):
        stream = bus.stream("ManagedSubscribe")
        await stream.write(request)
        with contextlib.suppress(aio.AioRpcError):
            return await stream.read()
    raise AssertionError("the managed subscription was never let go")


async def delivered(stream: Any, many: int) -> list[Any]:
    """So many events, in as many responses as the server likes; the last response is kept at their end."""
    events: list[Any] = []
    while True:
        response = await stream.read()
        events += response.events
        if len(events) >= many:
            return [*events, response]


async def subjects(bus: PubSub, response: Any) -> list[str]:
    return [(await bus.opened(event))["Subject"] for event in response.events]


@pytest.mark.skipif(not PROTO.exists(), reason="the published proto is not beside this checkout")
def test_our_messages_are_those_of_the_published_proto() -> None:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", PROTO.read_text(), flags=re.DOTALL)
    assert re.search(r"package ([\w.]+);", text)[1] == messages.PACKAGE  # type: ignore[index]
    enums = {
        name: dict(re.findall(r"(\w+) = (\d+);", body))
        for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S)
    }
    assert enums == {
        name: {value: str(at) for at, value in enumerate(values)} for name, values in messages.ENUMS.items()
    }
    published = {
        name: [
            ("*" * bool(many) + kind, field, int(number))
            for many, kind, field, number in re.findall(r"(repeated )?(\w+) (\w+) = (\d+);", body)
        ]
        for name, body in re.findall(r"message (\w+) \{(.*?)\}", text, re.S)
    }
    described = {}
    for name, made in messages.CLASSES.items():
        kinds = messages.MESSAGES[name]
        described[name] = [(kinds[field.name], field.name, field.number) for field in made.DESCRIPTOR.fields]
    assert described == published
    rpcs = re.findall(r"rpc (\w+) \((stream )?(\w+)\) returns \((stream )?(\w+)\);", text)
    assert {name: (asked, answered, bool(many)) for name, many, asked, _, answered in rpcs} == messages.METHODS
    assert all(bool(there) == bool(back) for _, there, _, back, _ in rpcs)


async def test_a_topic_leads_to_its_schema(bus: PubSub) -> None:
    topic = await bus.topic(CASES)
    assert (topic.topic_name, topic.can_subscribe, topic.can_publish) == (CASES, True, False)
    assert topic.tenant_guid.endswith(ORG + "2AA")
    schema = await bus.schema(topic.schema_id)
    assert (schema["name"], schema["namespace"]) == ("CaseChangeEvent", "com.sforce.eventbus")
    header = schema["fields"][0]
    assert [field["name"] for field in header["type"]["fields"]] == [
        *("entityName", "recordIds", "changeType", "changeOrigin", "transactionKey", "sequenceNumber"),
        *("commitTimestamp", "commitNumber", "commitUser", "nulledFields", "diffFields", "changedFields"),
    ]
    fields = {field["name"]: field for field in schema["fields"][1:]}
    assert all(field["type"][0] == "null" and field["default"] is None for field in fields.values())
    kinds = {name: fields[name]["type"][1] for name in ("Subject", "IsClosed", "CreatedDate", "Return_Version__c")}
    assert kinds == {"Subject": "string", "IsClosed": "boolean", "CreatedDate": "long", "Return_Version__c": "double"}
    assert not {"Id", "IsDeleted", "SystemModstamp"} & set(fields)
    assert (await bus.topic("/data/ChangeEvents")).schema_id == ""


@pytest.mark.parametrize(
    ("name", "request_", "expected"),
    [
        ("GetTopic", TopicRequest(), (StatusCode.INVALID_ARGUMENT, "topic.validation.empty")),
        ("GetTopic", TopicRequest(topic_name="/data/NopeChangeEvent"), (StatusCode.NOT_FOUND, "topic.not.found")),
        ("GetTopic", TopicRequest(topic_name="CaseChangeEvent"), (StatusCode.NOT_FOUND, "topic.not.found")),
        ("GetSchema", SchemaRequest(), (StatusCode.INVALID_ARGUMENT, "schema.validation.failed")),
        ("GetSchema", SchemaRequest(schema_id="unknown"), (StatusCode.PERMISSION_DENIED, "schema.meta.permission")),
        (
            "Publish",
            PublishRequest(topic_name=CASES, events=[ProducerEvent(payload=b"x")]),
            (StatusCode.PERMISSION_DENIED, "topic.meta.permission"),
        ),
        ("Publish", PublishRequest(topic_name=NOTICES), (StatusCode.INVALID_ARGUMENT, "publish.event.count.invalid")),
        ("Publish", PublishRequest(), (StatusCode.INVALID_ARGUMENT, "publish.topic.validation.empty")),
    ],
)
async def test_a_call_that_cannot_be_answered_is_refused(
    bus: PubSub, name: str, request_: Any, expected: tuple[StatusCode, str]
) -> None:
    assert await refused(bus.call(name, request_)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"accesstoken": None}, "service.auth.headers.invalid"),
        ({"tenantid": " "}, "service.auth.headers.invalid"),
        ({"accesstoken": "00D!wrong"}, "service.auth.error"),
        ({"tenantid": "00DBH0000000009"}, "service.auth.error"),
        ({"instanceurl": "https://elsewhere.my.salesforce.com"}, "service.auth.error"),
    ],
)
async def test_every_call_needs_the_sessions_three_headers(
    bus: PubSub, change: dict[str, str | None], expected: str
) -> None:
    given: dict[str, str | None] = dict(bus.metadata)
    metadata = tuple((name, value) for name, value in (given | change).items() if value is not None)
    outcome = (StatusCode.UNAUTHENTICATED, expected)
    assert await refused(bus.call("GetTopic", TopicRequest(topic_name=CASES), metadata)) == outcome
    assert await refused(bus.stream(metadata=metadata).read()) == outcome


async def test_a_session_that_ended_is_refused_and_the_tenants_whole_name_taken(sandbox: Sandbox, sf: Any) -> None:
    async with connected(sandbox, sf) as client:
        whole = dict(client.metadata) | {"tenantid": f"core/prod/{ORG}2AA"}
        topic = await client.call("GetTopic", TopicRequest(topic_name=CASES), tuple(whole.items()))
        assert topic.can_subscribe
        sandbox.control.post("/salesforce/logout").raise_for_status()
        ended = (StatusCode.UNAUTHENTICATED, "service.auth.error")
        assert await refused(client.call("GetTopic", TopicRequest(topic_name=CASES))) == ended


async def test_no_more_is_delivered_than_was_asked_for(sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed(CASES, num_requested=2)
    for at in range(4):
        sf.Case.create({"Subject": f"flow {at}"})
    *events, last = await delivered(stream, 2)
    assert [(await bus.opened(event))["Subject"] for event in events] == ["flow 0", "flow 1"]
    assert (last.pending_num_requested, last.latest_replay_id) == (0, events[1].replay_id)
    # Another starting point in a later request is passed over.
    more = FetchRequest(num_requested=200, replay_preset=EARLIEST)
    await stream.write(more)
    more_events = await stream.read()
    assert await subjects(bus, more_events) == ["flow 2", "flow 3"]
    assert more_events.pending_num_requested == 98


async def test_a_subscription_resumes_behind_the_event_it_names(sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed(CASES)
    for at in range(2):
        sf.Case.create({"Subject": f"resume {at}"})
    known = (await stream.read()).events[0].replay_id
    assert len(known) == 10
    for given in (known, known[:8]):
        again = await bus.subscribed(CASES, replay_preset=CUSTOM, replay_id=given)
        assert await subjects(bus, await again.read()) == ["resume 1"]
    assert [each["Subject"] for each in await bus.kept(CASES)][-2:] == ["resume 0", "resume 1"]


async def test_ids_that_left_the_retention_are_corrupted(sandbox: Sandbox, sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed(CASES)
    sf.Case.create({"Subject": "forgotten"})
    known = (await stream.read()).latest_replay_id
    sandbox.control.delete("/salesforce/events").raise_for_status()
    corrupted = (StatusCode.INVALID_ARGUMENT, "subscription.fetch.replayid.corrupted")
    for given in (known, b"12907414", b"\xff" * 10):
        request = FetchRequest(topic_name=CASES, replay_preset=CUSTOM, replay_id=given, num_requested=1)
        assert await refused_stream(bus, request) == corrupted


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([{"num_requested": 1}], (StatusCode.INVALID_ARGUMENT, "topic.validation.empty")),
        (
            [{"topic_name": "/event/Nope__e", "num_requested": 1}],
            (StatusCode.PERMISSION_DENIED, "topic.meta.permission"),
        ),
        ([{"topic_name": CASES}], (StatusCode.INVALID_ARGUMENT, "subscription.fetch.requested.events.invalid")),
        (
            [{"topic_name": CASES, "num_requested": 1, "replay_preset": CUSTOM}],
            (StatusCode.INVALID_ARGUMENT, "subscription.fetch.replayid.validation.failed"),
        ),
        (
            [{"topic_name": CASES, "num_requested": 1}, {"topic_name": "/data/ChangeEvents", "num_requested": 1}],
            (StatusCode.INVALID_ARGUMENT, "subscription.fetch.topic.mismatch"),
        ),
        (
            [{"topic_name": CASES, "num_requested": 1}, {"num_requested": -1}],
            (StatusCode.INVALID_ARGUMENT, "subscription.fetch.requested.events.invalid"),
        ),
    ],
)
async def test_a_subscription_that_asks_wrongly_is_refused(
    bus: PubSub, requests: list[dict[str, Any]], expected: tuple[StatusCode, str]
) -> None:
    assert await refused_stream(bus, *(FetchRequest(**each) for each in requests)) == expected


async def test_a_quiet_stream_tells_the_tip_from_time_to_time(sf: Any, bus: PubSub, patience: None) -> None:
    stream = await bus.subscribed(CASES, num_requested=5)
    alive = await stream.read()
    assert (len(alive.events), alive.pending_num_requested) == (0, 5)
    stream.cancel()
    sf.Case.create({"Subject": "after the silence"})
    again = await bus.subscribed(CASES, replay_preset=CUSTOM, replay_id=alive.latest_replay_id)
    assert await subjects(bus, await again.read()) == ["after the silence"]


async def test_a_stream_that_asks_for_nothing_more_is_ended(sf: Any, bus: PubSub, patience: None) -> None:
    stream = await bus.subscribed(CASES, num_requested=1)
    sf.Case.create({"Subject": "the only one"})
    while not (await stream.read()).events:
        pass
    assert await stream.read() is aio.EOF
    assert await stream.code() is StatusCode.OK


async def test_a_client_that_says_it_asks_no_more_gets_what_it_asked_for(sf: Any, bus: PubSub) -> None:
    stream = await bus.subscribed(CASES, num_requested=1)
    await stream.done_writing()
    sf.Case.create({"Subject": "still wanted"})
    assert await subjects(bus, await stream.read()) == ["still wanted"]
    assert await stream.read() is aio.EOF


async def test_a_published_notice_arrives(bus: PubSub) -> None:
    topic = await bus.topic(NOTICES)
    schema = fastavro.parse_schema(await bus.schema(topic.schema_id))
    stream = await bus.subscribed(NOTICES)
    made = {"CreatedDate": 1, "CreatedById": "005", "Returns_Ref__c": "R-671003", "Message__c": None}
    event = ProducerEvent(id="my-key", schema_id=topic.schema_id, payload=encoded(schema, made))

    answer = await bus.call("Publish", PublishRequest(topic_name=NOTICES, events=[event, ProducerEvent(payload=b"?")]))

    assert answer.results[0].correlation_key == "my-key"
    assert answer.results[1].correlation_key
    assert answer.schema_id == topic.schema_id
    *events, _ = await delivered(stream, 2)
    assert [each.replay_id for each in events] == [result.replay_id for result in answer.results]
    assert (events[0].event.id, events[0].event.payload) == ("my-key", event.payload)


async def test_large_events_come_in_several_messages(bus: PubSub) -> None:
    stream = await bus.subscribed(NOTICES, num_requested=5)
    events = [ProducerEvent(id=str(at), payload=b"x" * 700_000) for at in range(5)]
    await bus.call("Publish", PublishRequest(topic_name=NOTICES, events=events))
    batches = [await stream.read()]
    while batches[-1].pending_num_requested:
        batches.append(await stream.read())
    assert [event.event.id for batch in batches for event in batch.events] == ["0", "1", "2", "3", "4"]
    assert max(batch.ByteSize() for batch in batches) < 2_500_000


async def test_a_stream_of_notices_stays_on_its_topic(bus: PubSub) -> None:
    stream = bus.stream("PublishStream")
    await stream.write(PublishRequest(topic_name=NOTICES, events=[ProducerEvent(id="a"), ProducerEvent(id="b")]))
    await stream.write(PublishRequest(events=[ProducerEvent(id="c")]))
    answers = [await stream.read(), await stream.read()]
    assert [[result.correlation_key for result in answer.results] for answer in answers] == [["a", "b"], ["c"]]
    await stream.write(PublishRequest(topic_name=CASES, events=[ProducerEvent()]))
    assert await refused(stream.read()) == (StatusCode.INVALID_ARGUMENT, "publish.topic.mismatch")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("down", (StatusCode.UNAVAILABLE, "service.unavailable")),
        ("throttle", (StatusCode.RESOURCE_EXHAUSTED, "service.protection.triggered")),
    ],
)
async def test_a_fault_plan_meets_a_call(
    sandbox: Sandbox, bus: PubSub, kind: str, expected: tuple[StatusCode, str]
) -> None:
    sandbox.fault("salesforce", "PUBSUB GetTopic", kind, times=1)
    assert await refused(bus.topic(CASES)) == expected
    assert (await bus.topic(CASES)).can_subscribe
    calls = sandbox.control.get("/calls?vendor=salesforce").json()["recent"]
    assert [(call["operation"], call["fault"]) for call in calls[-2:]] == [
        ("PUBSUB GetTopic", kind),
        ("PUBSUB GetTopic", None),
    ]


async def test_a_stream_can_break_behind_its_first_message_and_at_any_time(
    sandbox: Sandbox, sf: Any, bus: PubSub
) -> None:
    unavailable = (StatusCode.UNAVAILABLE, "service.unavailable")
    sandbox.fault("salesforce", "PUBSUB Subscribe", "drop_after", times=1)
    stream = await bus.subscribed(CASES)
    sf.Case.create({"Subject": "before the break"})
    assert await subjects(bus, await stream.read()) == ["before the break"]
    assert await refused(stream.read()) == unavailable
    another = await bus.subscribed(CASES)
    sandbox.control.post("/salesforce/events/cut").raise_for_status()
    assert await refused(another.read()) == unavailable


async def test_a_managed_subscription_goes_on_behind_what_was_committed(sandbox: Sandbox, sf: Any, bus: PubSub) -> None:
    wish = {"Cases": {"topic": CASES}, "Still": {"topic": CASES, "state": "STOP"}}
    sandbox.control.post("/salesforce/org", json={"managed_subscriptions": wish}).raise_for_status()
    stream = bus.stream("ManagedSubscribe")
    await stream.write(ManagedFetchRequest(developer_name="Cases", num_requested=10))
    await stream.initial_metadata()
    busy = await refused_stream(bus, ManagedFetchRequest(developer_name="Cases"), name="ManagedSubscribe")
    assert busy == (StatusCode.ABORTED, "managed.subscription.already.active")
    for at in range(2):
        sf.Case.create({"Subject": f"managed {at}"})
    first = await stream.read()
    known = first.events[0].replay_id
    for name, replay in (("late", b"\xff" * 10), ("good", known)):
        await stream.write(
            ManagedFetchRequest(commit_replay_id_request=CommitReplayRequest(commit_request_id=name, replay_id=replay))
        )
    commits: dict[str, int] = {}
    while len(commits) < 2:
        told_ = (await stream.read()).commit_response
        if told_.commit_request_id:
            commits[told_.commit_request_id] = told_.error.code
    assert commits == {"late": messages.COMMIT, "good": 0}
    stream.cancel()

    request = ManagedFetchRequest(subscription_id=managed_id("Cases"), num_requested=10)
    answer = await first_answer(bus, request)
    assert await subjects(bus, answer) == ["managed 1"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, (StatusCode.INVALID_ARGUMENT, "id.or.developer.name.empty")),
        ({"subscription_id": "18x"}, (StatusCode.INVALID_ARGUMENT, "subscription.id.invalid")),
        ({"subscription_id": "18xBH0000000009"}, (StatusCode.NOT_FOUND, "subscription.id.not.found")),
        ({"developer_name": "Nope"}, (StatusCode.NOT_FOUND, "developer.name.not.found")),
        ({"developer_name": "Still"}, (StatusCode.FAILED_PRECONDITION, "config.stopped")),
        (
            {"developer_name": "Open", "num_requested": -1},
            (StatusCode.INVALID_ARGUMENT, "fetch.request.events.invalid"),
        ),
        (
            {"developer_name": "Open", "commit_replay_id_request": CommitReplayRequest(replay_id=b"x")},
            (StatusCode.INVALID_ARGUMENT, "fetch.request.commit.request.restricted"),
        ),
    ],
)
async def test_a_managed_subscription_that_cannot_be_is_refused(
    sandbox: Sandbox, bus: PubSub, request_: dict[str, Any], expected: tuple[StatusCode, str]
) -> None:
    wish = {"Open": {"topic": CASES, "default_replay": "EARLIEST"}, "Still": {"topic": CASES, "state": "STOP"}}
    sandbox.control.post("/salesforce/org", json={"managed_subscriptions": wish}).raise_for_status()
    status, code = await refused_stream(bus, ManagedFetchRequest(**request_), name="ManagedSubscribe")
    assert (status, code.removeprefix("managed.subscription.")) == expected


@pytest.mark.parametrize("wish", [["x"], {"A": {}}, {"A": {"topic": CASES, "state": "GO"}}])
def test_a_managed_subscription_is_set_up_properly_or_not_at_all(sandbox: Sandbox, wish: Any) -> None:
    assert sandbox.control.post("/salesforce/org", json={"managed_subscriptions": wish}).status_code == 400


async def test_a_kill_loses_no_event_and_no_port(tmp_path: Path) -> None:
    own = Sandbox(tmp_path)
    own.start()
    try:
        with crm.requests_session(own) as http:
            sf = crm.salesforce(own, http)
            sf.Case.create({"Subject": "survives"})
            port = own.ports["pubsub"]
            own.kill()
            own.start()
            assert own.ports["pubsub"] == port
            async with connected(own, sf) as client:
                assert [each["Subject"] for each in await client.kept(CASES)] == ["survives"]
    finally:
        own.stop()


def encoded(schema: Any, content: dict[str, Any]) -> bytes:
    written = io.BytesIO()
    fastavro.schemaless_writer(written, schema, content)
    return written.getvalue()
