"""Alive and ready are two questions: a process without Temporal is alive, and says what it lacks."""

import httpx
from asgi_lifespan import LifespanManager
from temporalio.testing import WorkflowEnvironment

from api.app import build
from tests.stack import temporal
from tests.stack.postgres import Postgres
from tests.stack.settings import least_settings


async def _get(address: str, path: str, database: str = "") -> httpx.Response:
    given = {"BACKHAUL_DATABASE__URL": database} if database else {}
    app = build(least_settings(TEMPORAL_ADDRESS=address, **given))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http,
    ):
        return await http.get(path)


async def test_it_is_alive_without_anything_else() -> None:
    answer = await _get("127.0.0.1:1", "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_not_ready_without_temporal_and_a_database_and_says_why() -> None:
    answer = await _get("127.0.0.1:1", "/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()["detail"]
    assert "Temporal does not answer" in said
    assert "127.0.0.1" not in said, "nor is where the engine is"
    assert "PostgreSQL does not answer" in said
    assert "nobody" not in said, "the user of the database is not everybody's business"


async def test_it_is_ready_with_both_and_the_tables_of_its_version(
    temporal_env: WorkflowEnvironment, postgres: Postgres
) -> None:
    address = temporal.address(temporal_env)
    with postgres.fresh() as database:
        answer = await _get(address, "/ready", database)
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "temporal": "ok", "database": "ok"})
    with postgres.bare() as empty:
        answer = await _get(address, "/ready", empty)
        assert answer.status_code == 503
        assert "run `migrate`" in answer.json()["detail"]
