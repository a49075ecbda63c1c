"""What the front doors hear when the ERP, the workers or the engine keep them waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from adapters.errors import Retryable
from domain import ids
from domain.returns import Reason, RequestedLine, Stage
from runtime import returns, sending
from runtime.refusals import NotFound, RetryLater
from runtime.returns import Returns
from store.port import Stores
from store.stores import open_stores
from tests.stack import temporal
from tests.stack.desk import opened
from tests.stack.settings import least_settings
from workflows import messages as m

MUGS = (RequestedLine("70011", 1, Reason.STYLE),)
SHORT = timedelta(seconds=1)


def asking(order_id: str, lines: tuple[RequestedLine, ...] = MUGS) -> m.StartReturn:
    return m.StartReturn(ids.return_id(order_id, "click"), order_id, lines, "click")


@pytest.fixture
async def client(temporal_env: WorkflowEnvironment) -> Client:
    return await temporal.client(temporal_env, least_settings())


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[Stores]:
    async with open_stores(postgres_url) as opened_stores:
        yield opened_stores


async def _end(client: Client, start: m.StartReturn) -> None:
    await client.get_workflow_handle(ids.workflow_id(start.return_id)).terminate()


async def test_an_erp_that_takes_its_time_is_pending_and_the_quote_comes_later(
    client: Client, stores: Stores, temporal_env: WorkflowEnvironment, postgres_url: str
) -> None:
    desk = Returns(client, stores)
    with opened(temporal.address(temporal_env), postgres_url) as office:
        start = asking(office.order())
        office.world.fail("quote", Retryable("erp", "quote", "busy", retry_after=0.2), 1000)
        assert (await desk.start(start, SHORT)).decision == "pending"
        assert (await desk.live(start.return_id)).stage is Stage.REQUESTED
        office.world.heal("quote")
        answer = await desk.start(start)
        assert answer.decision == "quoted"
        await _end(client, start)


async def test_without_a_worker_a_caller_is_told_to_come_again_and_the_books_still_answer(
    client: Client,
    stores: Stores,
    temporal_env: WorkflowEnvironment,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", SHORT)
    monkeypatch.setattr(returns, "_QUERY_PATIENCE", SHORT)
    desk = Returns(client, stores)
    with opened(temporal.address(temporal_env), postgres_url) as office:
        start = asking(office.order())
        answer = await desk.start(start)
        assert answer.quote is not None
    nobody = asking("7999")
    with pytest.raises(RetryLater, match="no worker took the request within 1 s"):
        await desk.start(nobody, SHORT)
    with pytest.raises(RetryLater, match="found no worker to take it"):
        await desk.confirm(start.return_id, m.Confirm("k", answer.quote.digest, answer.quote.total))
    assert (await desk.live(start.return_id)).stage is Stage.QUOTED
    with pytest.raises(RetryLater, match="the engine did not answer"):
        await desk.live(nobody.return_id)
    with pytest.raises(NotFound):
        await desk.live("R-7998-ABCDEF01")
    await _end(client, start)
    await _end(client, nobody)


async def test_a_caller_that_is_cancelled_ends_instead_of_being_told_to_come_again(
    client: Client, stores: Stores, temporal_env: WorkflowEnvironment, postgres_url: str
) -> None:
    desk = Returns(client, stores)
    with opened(temporal.address(temporal_env), postgres_url) as office:
        start = asking(office.order())
        assert (await desk.start(start)).quote is not None
    nobody = asking("7996")
    for call in (lambda: desk.start(nobody), lambda: desk.withdraw(start.return_id, m.Withdraw("w"))):
        asked = asyncio.ensure_future(call())
        # The call is on its way when the engine has been asked, which nobody will answer.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asked), 0.5)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    await _end(client, start)
    await _end(client, nobody)


async def test_a_return_the_engine_has_forgotten_is_answered_from_the_books(
    client: Client, stores: Stores, temporal_env: WorkflowEnvironment, postgres_url: str
) -> None:
    desk = Returns(client, stores)
    with opened(temporal.address(temporal_env), postgres_url) as office:
        start = asking(office.order())
        first = await desk.start(start)
        await desk.withdraw(start.return_id, m.Withdraw("w"))
        await client.get_workflow_handle(ids.workflow_id(start.return_id)).result()
        assert await desk.start(start) == first
        monkey = Client(client.service_client, namespace="nowhere", data_converter=client.data_converter)
        again = await Returns(monkey, stores).start(start)
    assert (again.decision, again.quote) == ("quoted", first.quote)
