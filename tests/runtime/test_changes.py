"""What the front doors hear when they ask for a change, of open returns and of those that are over."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain import ids
from domain.change_request import ChangeRequest, RequestKind, RequestStatus
from domain.errors import BadInput
from domain.returns import Reason, RequestedLine
from runtime.refusals import NotFound
from runtime.returns import Returns
from store.port import Stores
from store.stores import open_stores
from tests.stack import temporal
from tests.stack.desk import Desk, opened
from tests.stack.settings import least_settings
from workflows import messages as m

SECRET = "Anna Vogel is in hospital until Monday"


@pytest.fixture
async def client(temporal_env: WorkflowEnvironment) -> Client:
    return await temporal.client(temporal_env, least_settings())


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[Stores]:
    async with open_stores(postgres_url) as opened_stores:
        yield opened_stores


@pytest.fixture
def office(temporal_env: WorkflowEnvironment, postgres_url: str) -> Iterator[Desk]:
    with opened(temporal.address(temporal_env), postgres_url) as running:
        yield running


def wish(kind: RequestKind, value: str = "", name: str = "q1") -> ChangeRequest:
    return ChangeRequest(name, kind, value, "crm:main", "005xx", datetime.now(UTC))


async def begun(desk: Returns, office: Desk) -> m.StartReturn:
    order_id = office.order()
    start = m.StartReturn(
        ids.return_id(order_id, "click"), order_id, (RequestedLine("70011", 1, Reason.STYLE),), "click"
    )
    assert (await desk.start(start)).quote is not None
    return start


async def over(client: Client, desk: Returns, office: Desk) -> m.StartReturn:
    start = await begun(desk, office)
    await desk.withdraw(start.return_id, m.Withdraw("w"))
    await client.get_workflow_handle(ids.workflow_id(start.return_id)).result()
    return start


async def test_an_unknown_return_and_a_note_without_text_are_told(client: Client, stores: Stores, office: Desk) -> None:
    desk = Returns(client, stores)
    with pytest.raises(NotFound):
        await desk.ask("R-7991-ABCDEF01", wish(RequestKind.CANCELLATION))
    start = await begun(desk, office)
    with pytest.raises(BadInput, match="note"):
        await desk.ask(start.return_id, wish(RequestKind.NOTE), " ")
    await desk.withdraw(start.return_id, m.Withdraw("w"))


async def test_an_answer_is_the_same_after_the_return_is_over(client: Client, stores: Stores, office: Desk) -> None:
    desk = Returns(client, stores)
    start = await begun(desk, office)
    first = await desk.ask(start.return_id, wish(RequestKind.REASON, Reason.TOO_BIG))
    assert first.status is RequestStatus.ACCEPTED
    await desk.withdraw(start.return_id, m.Withdraw("w"))
    await client.get_workflow_handle(ids.workflow_id(start.return_id)).result()
    assert await desk.ask(start.return_id, wish(RequestKind.REASON, Reason.TOO_BIG)) == first
    assert len(await desk.changes(start.return_id)) == 1


async def test_a_return_that_is_over_refuses_from_the_books_and_its_crm_is_shown(
    client: Client, stores: Stores, office: Desk
) -> None:
    desk = Returns(client, stores)
    start = await over(client, desk, office)
    before = await desk.snapshot(start.return_id)
    answer = await desk.ask(start.return_id, wish(RequestKind.REASON, Reason.DAMAGED))
    assert answer.status is RequestStatus.REFUSED
    assert answer.sentence == "the return was withdrawn; its reason cannot change any more"
    after = await desk.snapshot(start.return_id)
    assert (after.version, after.stage, after.lines) == (before.version + 1, before.stage, before.lines)
    replay = client.get_workflow_handle(ids.replay_id(start.return_id, "main", after.version))
    await replay.result()
    shown = office.world.crm[start.return_id].answer
    assert shown is not None
    assert (shown.ref, shown.status, shown.sentence) == ("q1", "refused", answer.sentence)
    assert (await stores.outbox.crm_states(start.return_id))[0].published == after.version
    assert await desk.ask(start.return_id, wish(RequestKind.REASON, Reason.DAMAGED)) == answer


async def test_several_at_once_of_a_return_that_is_over_all_get_their_answer(
    client: Client, stores: Stores, office: Desk
) -> None:
    desk = Returns(client, stores)
    start = await over(client, desk, office)
    before = await desk.snapshot(start.return_id)
    names = ("q1", "q2", "q3", "q3")
    answers = await asyncio.gather(
        *(desk.ask(start.return_id, wish(RequestKind.PARTIAL_REFUND, "1.00 EUR", name)) for name in names)
    )
    assert [answer.request_id for answer in answers] == list(names)
    assert {answer.status for answer in answers} == {RequestStatus.REFUSED}
    assert len(await desk.changes(start.return_id)) == 3
    assert (await desk.snapshot(start.return_id)).version == before.version + 3


async def test_a_return_ended_by_force_refuses_all_but_a_note(client: Client, stores: Stores, office: Desk) -> None:
    desk = Returns(client, stores)
    start = await begun(desk, office)
    await client.get_workflow_handle(ids.workflow_id(start.return_id)).terminate()
    refused = await desk.ask(start.return_id, wish(RequestKind.CANCELLATION))
    assert refused.sentence == "the return was ended as quoted; nothing of it can change any more"
    noted = await desk.ask(start.return_id, wish(RequestKind.NOTE, name="q2"), SECRET)
    assert noted.status is RequestStatus.ACCEPTED


async def test_what_a_note_says_is_in_no_history_timeline_or_snapshot(
    client: Client, stores: Stores, office: Desk
) -> None:
    desk = Returns(client, stores)
    start = await begun(desk, office)
    await desk.ask(start.return_id, wish(RequestKind.NOTE, value=SECRET), SECRET)
    await desk.ask(start.return_id, wish(RequestKind.REASON, value=f"{SECRET} <anna@example.test>", name="q2"))
    assert await desk.notes(start.return_id) == {"q1": SECRET}
    await desk.withdraw(start.return_id, m.Withdraw("w"))
    handle = client.get_workflow_handle(ids.workflow_id(start.return_id))
    await handle.result()
    history = (await handle.fetch_history()).to_json()
    written = "".join(base64.b64decode(data).decode() for data in re.findall(r'"data": "([^"]*)"', history))
    assert "005xx" in written
    written += repr(await desk.timeline(start.return_id)) + repr(await desk.snapshot(start.return_id))
    written += repr(await desk.changes(start.return_id))
    assert "hospital" not in written
    assert "anna@example" not in written
