"""The shop's webhooks: believed only when signed, taken only when a return was started, and started once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from temporalio.testing import WorkflowEnvironment

from adapters.errors import Permanent, Retryable, VendorError
from adapters.storefront.port import RequestedReturn, ReturnLine
from api import webhooks
from api.app import build
from runtime import wiring
from runtime.settings import Settings
from store.stores import open_stores
from tests.doubles.world import FakeStorefront, FakeWorld
from tests.stack import temporal
from tests.stack.desk import Desk, opened
from tests.stack.postgres import Postgres
from tests.stack.settings import least_settings

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "vendor" / "shopify" / "webhooks" / "metadatas"
SECRET = "secret"
PATH = "/webhooks/shopify"
NUMBERS = count(1)


class ApisShop(FakeStorefront):
    """The shop as the API asks it; the workers ask it too."""


@pytest.fixture(scope="module")
def office(temporal_env: WorkflowEnvironment, postgres: Postgres) -> Iterator[tuple[Desk, Settings]]:
    """Workers, and the settings with which the API finds them."""
    address = temporal.address(temporal_env)
    with postgres.fresh() as database, opened(address, database) as desk:
        yield desk, least_settings(BACKHAUL_DATABASE__URL=database, TEMPORAL_ADDRESS=address)


@pytest.fixture
def world(office: tuple[Desk, Settings], monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    """What the shop's books say, to the API too."""
    desk, _ = office

    @asynccontextmanager
    async def shop(settings: Settings) -> AsyncIterator[FakeStorefront]:
        yield ApisShop(desk.world)

    monkeypatch.setattr(wiring, "shop", shop)
    return desk.world


@pytest.fixture
async def api(office: tuple[Desk, Settings], world: FakeWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with served(office[1]) as http:
        yield http


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://api", timeout=30) as http:
        yield http


def requested(desk: Desk, *lines: ReturnLine) -> str:
    """A customer's own request in the shop's books, and its reference."""
    reference = f"gid://shopify/Return/{next(NUMBERS)}"
    asked = lines or (ReturnLine("70011", 2, "too_small"),)
    desk.world.requested[reference] = RequestedReturn(reference, desk.order(), asked)
    return reference


def signed(body: bytes, secret: str = SECRET, **changes: str) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Topic": "returns/request",
        "X-Shopify-Shop-Domain": "backhaul-dev.myshopify.com",
        "X-Shopify-API-Version": "2026-07",
        "X-Shopify-Webhook-Id": "d-1",
        "Content-Type": "application/json",
    }
    return {name: value for name, value in (headers | changes).items() if value}


def counting(monkeypatch: pytest.MonkeyPatch, first: VendorError | None = None) -> list[str]:
    """The references the API asks the shop about from now on; the first time it may fail."""
    asked: list[str] = []
    answers = ApisShop.requested_return

    async def counted(self: ApisShop, reference: str) -> RequestedReturn:
        asked.append(reference)
        if first is not None and len(asked) == 1:
            raise first
        return await answers(self, reference)

    monkeypatch.setattr(ApisShop, "requested_return", counted)
    return asked


async def deliver(api: httpx.AsyncClient, content: Any, **changes: str) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await api.post(PATH, content=body, headers=signed(body, **changes))


def problem(answer: httpx.Response, status: int) -> str:
    """The detail of an RFC 9457 problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["title"]
    return str(document["detail"])


async def test_a_request_and_its_duplicates_are_one_return(
    api: httpx.AsyncClient, office: tuple[Desk, Settings]
) -> None:
    reference = requested(office[0])
    payload = {"admin_graphql_api_id": reference}
    answers = [await deliver(api, payload, **{"X-Shopify-Webhook-Id": f"d-{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    (return_id,) = {answer.json()["return_id"] for answer in answers}
    async with open_stores(office[1].database.url) as stores:
        snapshot = await stores.returns.snapshot(return_id)
        assert snapshot is not None
        assert [(line.line_id, line.quantity, line.reason) for line in snapshot.lines] == [("70011", 2, "too_small")]
        assert snapshot.storefront_return == reference


async def test_one_order_line_in_two_parcels_is_asked_for_once(
    api: httpx.AsyncClient, office: tuple[Desk, Settings]
) -> None:
    parts = (ReturnLine("70011", 1, "style"), ReturnLine("70011", 2, "style"))
    answer = await deliver(api, {"admin_graphql_api_id": requested(office[0], *parts)})
    async with open_stores(office[1].database.url) as stores:
        snapshot = await stores.returns.snapshot(answer.json()["return_id"])
    assert snapshot is not None
    assert [line.quantity for line in snapshot.lines] == [3]


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Shopify-Hmac-Sha256": "AAAA"},
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Topic": ""},
        {"X-Shopify-Shop-Domain": ""},
        {"X-Shopify-API-Version": ""},
        {"X-Shopify-Webhook-Id": ""},
        {"secret": "another secret"},
    ],
)
async def test_what_the_shop_did_not_sign_is_401(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], changes: dict[str, str]
) -> None:
    reference = requested(office[0])
    assert "signature" in problem(await deliver(api, {"admin_graphql_api_id": reference}, **changes), 401)


async def test_a_duplicate_is_answered_without_asking_the_shop_again(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counting(monkeypatch)
    payload = {"admin_graphql_api_id": requested(office[0])}
    event = {"X-Shopify-Event-Id": "e-1"}
    answers = [await deliver(api, payload, **event, **{"X-Shopify-Webhook-Id": f"d-{n}"}) for n in range(4)]
    assert len({answer.json()["return_id"] for answer in answers}) == 1
    assert asked == [payload["admin_graphql_api_id"]]


async def test_an_event_that_was_not_taken_is_not_noted(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counting(monkeypatch, first=Retryable("shopify", "return", "away"))
    payload = {"admin_graphql_api_id": requested(office[0])}
    event = {"X-Shopify-Event-Id": "e-2"}
    assert [(await deliver(api, payload, **event)).status_code for _ in range(3)] == [503, 200, 200]
    assert len(asked) == 2


async def test_one_events_id_on_another_body_is_another_event(
    api: httpx.AsyncClient, office: tuple[Desk, Settings]
) -> None:
    """The signature covers the body alone."""
    event = {"X-Shopify-Event-Id": "e-3"}
    answers = [await deliver(api, {"admin_graphql_api_id": requested(office[0])}, **event) for _ in range(2)]
    assert len({answer.json()["return_id"] for answer in answers}) == 2


@pytest.mark.parametrize(
    ("days", "status"), [(0, 200), (1, 200), (1.99, 200), (2.01, 400), (400, 400), (-1, 200), (-90, 200)]
)
async def test_a_delivery_of_days_ago_is_not_the_shops_any_more(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], days: float, status: int
) -> None:
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    answer = await deliver(api, {"admin_graphql_api_id": requested(office[0])}, **{"X-Shopify-Triggered-At": at})
    assert answer.status_code == status


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01T00:00:00Z", "1795291809"])
async def test_a_delivery_that_does_not_say_when_is_taken(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], at: str
) -> None:
    answer = await deliver(api, {"admin_graphql_api_id": requested(office[0])}, **{"X-Shopify-Triggered-At": at})
    assert answer.json()["status"] == "taken"


async def test_headers_without_the_x_in_front_are_the_same(
    api: httpx.AsyncClient, office: tuple[Desk, Settings]
) -> None:
    body = json.dumps({"admin_graphql_api_id": requested(office[0])}).encode()
    headers = {name.removeprefix("X-"): value for name, value in signed(body).items()}
    assert (await api.post(PATH, content=body, headers=headers)).json()["status"] == "taken"


async def test_a_shop_that_does_not_answer_in_time_delivers_again(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(self: FakeStorefront, reference: str) -> RequestedReturn:
        await asyncio.Event().wait()
        raise AssertionError("never")

    monkeypatch.setattr(FakeStorefront, "requested_return", hangs)
    monkeypatch.setattr(webhooks, "_PATIENCE", 0.05)
    assert "the shop did not answer in time" in problem(await deliver(api, {"admin_graphql_api_id": "gid://x"}), 503)


async def test_a_body_that_never_ends_is_408(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(webhooks, "_PATIENCE", 0.05)
    problem(await api.post(PATH, content=drip(), headers=signed(b"")), 408)


@pytest.mark.parametrize("version", ["2026-04", "2026-07"])
async def test_the_shops_own_example_is_taken(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], version: str
) -> None:
    file = PUBLISHED / version / "returns" / "request.json"
    if not file.exists():
        pytest.skip("the shop's published examples do not lie beside this checkout")
    payload = json.loads(file.read_text())["response"]
    reference = payload["admin_graphql_api_id"]
    office[0].world.requested[reference] = office[0].world.requested[requested(office[0])]
    assert (await deliver(api, payload)).json()["status"] == "taken"


async def test_a_body_changed_on_its_way_is_401(api: httpx.AsyncClient) -> None:
    headers = signed(b'{"admin_graphql_api_id": "gid://shopify/Return/1"}')
    problem(await api.post(PATH, content=b'{"admin_graphql_api_id": "gid://shopify/Return/2"}', headers=headers), 401)


async def test_a_body_without_end_is_413_before_it_is_read(api: httpx.AsyncClient) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b"x" * 65_536

    assert "1048576" in problem(await api.post(PATH, content=flood(), headers=signed(b"")), 413)
    assert sent < 20


@pytest.mark.parametrize(
    "content", [b"", b"{", b"<html>", b"\xff\xfe", b"[]", b"{}", b"[" * 50_000, b'{"admin_graphql_api_id": 7}']
)
async def test_a_signed_payload_that_names_no_return_is_400(api: httpx.AsyncClient, content: bytes) -> None:
    assert "admin_graphql_api_id" in problem(await deliver(api, content), 400)


@pytest.mark.parametrize("topic", ["orders/create", "refunds/create", "returns/process"])
async def test_other_topics_are_taken_and_ignored(api: httpx.AsyncClient, topic: str) -> None:
    """Also news of a refund that is faster than its answer: money is booked from what is read, never twice."""
    answer = await deliver(api, {"id": 1}, **{"X-Shopify-Topic": topic})
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored", "topic": topic})


async def test_a_return_the_shop_does_not_know_is_ignored(api: httpx.AsyncClient) -> None:
    answer = await deliver(api, {"admin_graphql_api_id": "gid://shopify/Return/404"})
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")


async def test_a_request_that_no_return_can_be_is_refused_and_not_delivered_again(
    api: httpx.AsyncClient, world: FakeWorld
) -> None:
    world.requested["gid://shopify/Return/9"] = RequestedReturn("gid://shopify/Return/9", "no order", ())
    answer = await deliver(api, {"admin_graphql_api_id": "gid://shopify/Return/9"})
    assert (answer.status_code, answer.json()["status"]) == (200, "refused")


@pytest.mark.parametrize(
    ("error", "status"),
    [(Retryable("shopify", "return", "away"), 503), (Permanent("shopify", "return", "sign-in refused"), 503)],
)
async def test_the_shop_delivers_again_what_may_go_better_later(
    api: httpx.AsyncClient,
    office: tuple[Desk, Settings],
    monkeypatch: pytest.MonkeyPatch,
    error: VendorError,
    status: int,
) -> None:
    async def fails(self: FakeStorefront, reference: str) -> RequestedReturn:
        raise error

    reference = requested(office[0])
    monkeypatch.setattr(FakeStorefront, "requested_return", fails)
    assert (await deliver(api, {"admin_graphql_api_id": reference})).status_code == status


async def test_without_temporal_it_is_503_and_the_shop_delivers_again(
    office: tuple[Desk, Settings], world: FakeWorld
) -> None:
    url = office[1].database.url
    async with served(least_settings(BACKHAUL_DATABASE__URL=url, TEMPORAL_ADDRESS="127.0.0.1:1")) as api:
        answer = await deliver(api, {"admin_graphql_api_id": requested(office[0])})
    assert "Temporal does not answer, or not" in problem(answer, 503)


async def test_without_the_database_it_is_503(office: tuple[Desk, Settings], world: FakeWorld) -> None:
    async with served(least_settings(TEMPORAL_ADDRESS=office[1].temporal["TEMPORAL_ADDRESS"])) as api:
        answer = await deliver(api, {"admin_graphql_api_id": requested(office[0])})
    assert "PostgreSQL" in problem(answer, 503)


async def test_what_nobody_foresaw_is_a_problem_without_its_details(
    api: httpx.AsyncClient, office: tuple[Desk, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: FakeStorefront, reference: str) -> RequestedReturn:
        raise KeyError("anna@example.test")

    reference = requested(office[0])
    monkeypatch.setattr(FakeStorefront, "requested_return", fails)
    detail = problem(await deliver(api, {"admin_graphql_api_id": reference}), 500)
    assert detail.startswith("KeyError; the log says more at request ")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", PATH, 405), ("GET", "/nowhere", 404)])
async def test_the_frameworks_own_errors_are_problems_too(
    api: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    problem(await api.request(method, path), status)
