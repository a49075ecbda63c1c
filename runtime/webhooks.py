"""What front doors may ask about webhooks: who is told of events, with what secret, and what became of each.

Raises domain refusals and RetryLater; never an engine's error.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities import queues
from adapters.webhooks.addresses import check_url
from domain import ids
from domain.errors import BadInput, WrongStage
from domain.webhooks import check_name, check_types, secret_for
from runtime.refusals import NotFound, RetryLater
from security.boxes import Box
from security.webhook_signing import new_secret
from store.port import Delivery, Subscription, Webhooks
from workflows.webhook_lane import SIGNAL_WAKE, Lane, WebhookLane

# Both secrets sign for so long after a rotation, unless somebody says otherwise.
OVERLAP = timedelta(days=1)


class Subscribing:
    """`client` is asked for when a lane is to begin. `near`: this machine alone may be told (an embedded stack)."""

    def __init__(self, books: Webhooks, client: Callable[[], Awaitable[Client]], box: Box | None, near: bool) -> None:
        self._books, self._client, self._box, self._near = books, client, box, near

    async def all(self) -> tuple[Subscription, ...]:
        return await self._books.all()

    async def known(self, name: str) -> Subscription:
        """Raises NotFound."""
        found = next((one for one in await self._books.all() if one.name == name), None)
        if found is None:
            raise _unknown(name)
        return found

    async def add(self, name: str, url: str, types: tuple[str, ...], by: str) -> str:
        """Answers the secret, which is told this once. Raises BadInput."""
        secret = new_secret()
        sealed = self._sealed(check_name(name), secret)
        if not await self._books.add(name, check_url(url, self._near), check_types(types), sealed, by):
            raise BadInput("name", f"there is a subscription {name!r} already; rotate its secret, or take another name")
        await self._begin(name)
        return secret

    async def rotate(self, name: str, by: str, overlap: timedelta = OVERLAP) -> str:
        """A new secret, told this once; the one before it signs too until the overlap is over."""
        secret = new_secret()
        if not await self._books.rotate(name, self._sealed(name, secret), overlap.total_seconds(), by):
            raise _unknown(name)
        return secret

    async def switch(self, name: str, on: bool, by: str) -> None:
        """Off: nothing is sent, and what happens meanwhile is not owed. On: what is still owed goes out."""
        if not await self._books.switch(name, "active" if on else "off", by):
            raise _unknown(name)
        if on:
            await self._begin(name)

    async def test(self, name: str, by: str) -> Delivery:
        """Owe it a test event; `one` says what became of it."""
        await self._active(name)
        delivery_id = await self._books.owe_test(name, f"test:{secrets.token_hex(8)}", by)
        await self._begin(name)
        return await self.one(name, delivery_id)

    async def one(self, name: str, delivery_id: int) -> Delivery:
        found = await self._books.delivery(name, delivery_id)
        if found is None:
            raise NotFound(f"{name!r} has no delivery {delivery_id}")
        return found

    async def deliveries(self, name: str, only_dead: bool, limit: int) -> tuple[Delivery, ...]:
        """Newest first."""
        await self.known(name)
        return await self._books.deliveries(name, only_dead, limit)

    async def replay(self, name: str, delivery_ids: tuple[int, ...], by: str) -> int:
        """Deliver again: the named ones, or without names all dead letters. How many."""
        await self._active(name)
        many = await self._books.again(name, delivery_ids, by)
        await self._begin(name)
        return many

    async def _active(self, name: str) -> None:
        if (await self.known(name)).state != "active":
            raise WrongStage(f"{name!r} is switched off; switch it on first")

    def _sealed(self, name: str, secret: str) -> bytes:
        if self._box is None:
            sentence = (
                "is not set: it is the key the secrets of webhooks are kept under; set it for workers and API alike"
            )
            raise BadInput("BACKHAUL_WEBHOOKS__KEYS", sentence)
        return self._box.seal(secret, secret_for(name))

    async def _begin(self, name: str) -> None:
        await begin(await self._client(), name)


async def begin(client: Client, name: str) -> None:
    """Start the lane of a subscription, unless it runs. Raises RetryLater."""
    try:
        await client.start_workflow(
            WebhookLane.run,
            Lane(name),
            id=ids.webhook_lane_id(name),
            task_queue=queues.RETURNS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            # One that is about to end hears it and goes on.
            start_signal=SIGNAL_WAKE,
            static_summary=f"tell {name} of events",
        )
    except RPCError as error:
        raise RetryLater(f"the engine did not answer ({error}); what is owed goes out when a worker starts") from error


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no subscription {name!r}; `webhooks list` shows those there are")
