"""From what a stream delivered to changes: each event by its own schema, and completed with what it does not say."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.crm.port import Change, ChangeKind, Row, Scalar, Watch
from adapters.crm.salesforce.feed.events import MALFORMED, Told, told
from adapters.crm.salesforce.feed.pubsub import PubSub
from adapters.crm.salesforce.feed.rows import MERGING

_LOG = logging.getLogger(__name__)
# Records whose key is remembered, of one object; the oldest go first.
_KEYS = 20_000
Look = Callable[[Watch, tuple[str, ...]], Awaitable[tuple[Row, ...]]]


class Telling:
    """`look` reads records by id, deleted ones among them; `client` is how our own writes name themselves."""

    def __init__(self, look: Look, client: str) -> None:
        self._look, self._client = look, client
        self._keys: dict[str, dict[str, Scalar]] = {}

    async def changes(self, bus: PubSub, watch: Watch, mark: datetime, events: Sequence[Any]) -> list[Change]:
        """In the order of the events. Raises what the bus and the look raise, and nothing is told then."""
        found: list[Told] = []
        for event in events:
            try:
                shape = await bus.shape(event.event.schema_id)
                found.extend(told(event, shape, watch, self._client))
            except MALFORMED as error:
                # Whatever it says happened: compare everything rather than lose it.
                _LOG.error("an event of %s cannot be understood (%s)", watch.object, type(error).__name__)
                name = event.event.id or event.replay_id.hex()
                found.append(Told(Change(watch.object, "", ChangeKind.OVERFLOW, mark, name)))
        return await self._completed(watch, found)

    async def _completed(self, watch: Watch, found: Sequence[Told]) -> list[Change]:
        """With what events do not say: where a deleted record was merged into, values they tell differences of, and the
        key, which an event has only when it changed.

        A value read now may be newer than its event; the event that brought it then changes nothing."""
        merging, keys = watch.object in MERGING, self._keys.setdefault(watch.object, {})
        for each in found:
            if watch.key in each.change.fields:
                _remember(keys, each.change.record, each.change.fields[watch.key])
        asked = {
            each.change.record
            for each in found
            if each.unread or (merging and _gone(each.change)) or (_keyless(each.change, watch, keys))
        }
        known = {each.record: each for each in await self._look(watch, tuple(asked))} if asked else {}
        for record, row in known.items():
            _remember(keys, record, row.fields.get(watch.key))
        completed: list[Change] = []
        for each in found:
            change, stands = each.change, known.get(each.change.record)
            if stands is not None and _gone(change) and stands.merged_into:
                change = replace(change, kind=ChangeKind.MERGED, merged_into=stands.merged_into)
            elif stands is not None and each.unread and not stands.deleted:
                read = {name: stands.fields[name] for name in each.unread}
                change = replace(change, fields={**change.fields, **read})
            if change.kind is ChangeKind.UPDATED and change.record in keys:
                change = replace(change, fields={watch.key: keys[change.record], **change.fields})
            completed.append(change)
        return completed


def _keyless(change: Change, watch: Watch, keys: dict[str, Scalar]) -> bool:
    return change.kind is ChangeKind.UPDATED and watch.key not in change.fields and change.record not in keys


def _remember(keys: dict[str, Scalar], record: str, key: Scalar) -> None:
    keys.pop(record, None)
    keys[record] = key
    if len(keys) > _KEYS:
        del keys[next(iter(keys))]


def _gone(change: Change) -> bool:
    return change.kind is ChangeKind.DELETED
