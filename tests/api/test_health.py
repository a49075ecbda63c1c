"""Alive and ready are two questions: a process without Temporal is alive, and says what it lacks."""

import httpx
from asgi_lifespan import LifespanManager
from temporalio.testing import WorkflowEnvironment

from api.app import build
from tests.stack import temporal
from tests.stack.settings import least_settings


async def _get(address: str, path: str) -> httpx.Response:
    app = build(least_settings(TEMPORAL_ADDRESS=address))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http,
    ):
        return await http.get(path)


async def test_it_is_alive_without_anything_else() -> None:
    answer = await _get("127.0.0.1:1", "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_not_ready_without_temporal_and_says_why() -> None:
    answer = await _get("127.0.0.1:1", "/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Temporal does not answer at 127.0.0.1:1" in answer.json()["detail"]


async def test_it_is_ready_with_temporal(temporal_env: WorkflowEnvironment) -> None:
    answer = await _get(temporal.address(temporal_env), "/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "temporal": "ok"})
