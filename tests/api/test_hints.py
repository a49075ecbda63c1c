"""Webhooks of a Dynamics environment: believed only with the org's key, and never more than a hint to look now."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from api import hints
from api.app import build
from domain import ids
from runtime.hints import SIGNAL, Hints, path
from runtime.settings import Settings
from tests.sandbox.crm import requests_session, web_api
from tests.stack import temporal
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings

KEY = "the-webhooks-key-4711"
STRIPPED = {"MessageName": "Update", "PrimaryEntityName": "contact", "Depth": 1}


def settings(address: str, org: str) -> Settings:
    """Two Dynamics environments, of which one sends webhooks, and a Salesforce org."""
    given = {"KIND": "dynamics", "URL": "https://127.0.0.1:1", "TENANT": "t", "CLIENT_ID": "c", "CLIENT_SECRET": "s"}
    orgs = {f"BACKHAUL_CRM__{one}__{name}": value for one in (org.upper(), "QUIET") for name, value in given.items()}
    sales = {"KIND": "salesforce", "URL": "https://127.0.0.1:1", "CLIENT_ID": "c", "CLIENT_SECRET": "s"}
    orgs |= {f"BACKHAUL_CRM__SALES__{name}": value for name, value in sales.items()}
    return least_settings(TEMPORAL_ADDRESS=address, **orgs, **{f"BACKHAUL_CRM__{org.upper()}__WEBHOOK_KEY": KEY})


@pytest.fixture
def org() -> str:
    """A name of the test's own: its workflow is nobody else's."""
    return f"org{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def api(temporal_env: WorkflowEnvironment, org: str) -> AsyncIterator[httpx.AsyncClient]:
    async with served(settings(temporal.address(temporal_env), org)) as http:
        yield http


@asynccontextmanager
async def served(given: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build(given)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://api", timeout=30) as http:
        yield http


@asynccontextmanager
async def listening(env: WorkflowEnvironment, org: str) -> AsyncIterator[WorkflowHandle[object, object]]:
    """Something runs under the id of the org's inbound workflow; no worker is needed to be told a signal."""
    client = await temporal.client(env, least_settings())
    handle = await client.start_workflow("Anything", id=ids.inbound_id(org), task_queue=f"nobody-{org}")
    yield handle
    await handle.terminate()


async def signals(handle: WorkflowHandle[object, object]) -> list[str]:
    told = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    events = [event async for event in handle.fetch_history_events() if event.event_type == told]
    return [event.workflow_execution_signaled_event_attributes.signal_name for event in events]


@pytest.mark.parametrize("proof", ["header", "code"])
async def test_a_webhook_tells_the_orgs_inbound_workflow_to_look_now(
    api: httpx.AsyncClient, temporal_env: WorkflowEnvironment, org: str, proof: str
) -> None:
    headers, address = {"x-webhook-key": KEY}, path(org)
    if proof == "code":
        headers, address = {}, f"{path(org)}?code={KEY}"
    async with listening(temporal_env, org) as workflow:
        answer = await api.post(address, json=STRIPPED, headers=headers)

        assert (answer.status_code, answer.json()) == (202, {"status": "taken"})
        assert await signals(workflow) == [SIGNAL]
        # Nothing of the body reaches the history.
        history = await workflow.fetch_history()
        assert "PrimaryEntityName" not in history.to_json()


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff\xfe", b"[]"])
async def test_whatever_the_body_says_it_is_a_hint(
    api: httpx.AsyncClient, temporal_env: WorkflowEnvironment, org: str, body: bytes
) -> None:
    async with listening(temporal_env, org) as workflow:
        answer = await api.post(path(org), content=body, headers={"x-webhook-key": KEY})

        assert answer.status_code == 202
        assert await signals(workflow) == [SIGNAL]


async def test_a_wrong_key_is_refused_and_tells_nobody_anything(
    api: httpx.AsyncClient, temporal_env: WorkflowEnvironment, org: str
) -> None:
    async with listening(temporal_env, org) as workflow:
        answers = [
            await api.post(path(org), json=STRIPPED, headers={"x-webhook-key": KEY + "x"}),
            await api.post(path(org), json=STRIPPED, headers={b"x-webhook-key": "schlüssel".encode()}),
            await api.post(path(org), json=STRIPPED),
            await api.post(f"{path(org)}?code=wrong", json=STRIPPED),
            # Neither an org without a key, nor a Salesforce org, nor one that is not there.
            await api.post(path("quiet"), json=STRIPPED, headers={"x-webhook-key": ""}),
            await api.post(path("sales"), json=STRIPPED, headers={"x-webhook-key": KEY}),
            await api.post(path("nobody"), json=STRIPPED, headers={"x-webhook-key": KEY}),
        ]

        assert [answer.status_code for answer in answers] == [401] * 7
        assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)
        assert len({answer.text for answer in answers}) == 1
        assert await signals(workflow) == []


@pytest.mark.parametrize("auth", [
    {"kind": "HttpHeader", "values": {"x-webhook-key": KEY}},
    {"kind": "WebhookKey", "value": KEY},
    {"kind": "HttpQueryString", "values": {"code": KEY}},
], ids=lambda auth: str(auth["kind"]))  # fmt: skip
async def test_a_delivery_as_the_platform_makes_it_is_taken(
    api: httpx.AsyncClient, temporal_env: WorkflowEnvironment, sandbox: Sandbox, org: str, auth: dict[str, Any]
) -> None:
    delivery = await asyncio.to_thread(delivered, sandbox, org, auth)

    async with listening(temporal_env, org) as workflow:
        address = httpx.URL(delivery["url"]).raw_path.decode()
        answer = await api.post(address, content=delivery["body"].encode(), headers=delivery["headers"])

        assert answer.status_code == 202
        assert await signals(workflow) == [SIGNAL]


def delivered(sandbox: Sandbox, org: str, auth: dict[str, Any]) -> dict[str, Any]:
    """What the sandbox's environment posts when a contact is made: nobody is there to take it from the wire."""
    sandbox.heal()
    wish = {"url": f"http://127.0.0.1:1{path(org)}", "table": "contact", "messages": ["Create"], "auth": auth}
    sandbox.control.post("/dynamics/webhooks", json=wish).raise_for_status()
    try:
        with requests_session(sandbox) as session, web_api(sandbox, session) as client:
            client.post("contacts", json={"lastname": "Told"}).raise_for_status()
        deliveries = sandbox.control.get("/dynamics/webhooks").json()["deliveries"]
    finally:
        sandbox.control.delete("/dynamics/webhooks").raise_for_status()
    (mine,) = [each for each in deliveries if path(org) in each["url"]]
    return dict(mine)


async def test_a_hint_nobody_waits_for_is_harmless(api: httpx.AsyncClient, org: str) -> None:
    answer = await api.post(path(org), json=STRIPPED, headers={"x-webhook-key": KEY})

    assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})


async def test_a_body_larger_than_any_webhook_is_not_taken(
    api: httpx.AsyncClient, temporal_env: WorkflowEnvironment, org: str
) -> None:
    async with listening(temporal_env, org) as workflow:
        answer = await api.post(path(org), content=b"x" * 600_000, headers={"x-webhook-key": KEY})

        assert answer.status_code == 413
        assert await signals(workflow) == []


async def test_a_body_that_does_not_come_is_not_waited_for(
    api: httpx.AsyncClient, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "_PATIENCE", 0.05)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await api.post(path(org), content=never(), headers={"x-webhook-key": KEY})

    assert answer.status_code == 408


async def test_without_the_engine_the_platform_is_asked_to_deliver_again(org: str) -> None:
    async with served(settings("127.0.0.1:1", org)) as api:
        answer = await api.post(path(org), json=STRIPPED, headers={"x-webhook-key": KEY})

    # One of the statuses after which the platform tries once more.
    assert answer.status_code == 503
    assert "Temporal does not answer" in answer.json()["detail"]


async def test_many_hints_at_once_are_few_signals_and_the_newest_is_never_swallowed(
    temporal_env: WorkflowEnvironment, org: str
) -> None:
    client = await temporal.client(temporal_env, least_settings())

    async def connected() -> Client:
        return client

    throttled = Hints(connected, interval=0.2)
    async with listening(temporal_env, org) as workflow:
        assert await throttled.hint(org)
        # All within the first interval: one of them waits for its end, and speaks for the others.
        assert all(await asyncio.gather(*(throttled.hint(org) for _ in range(50))))

        assert await signals(workflow) == [SIGNAL, SIGNAL]
