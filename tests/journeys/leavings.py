"""Everything an installation keeps, to look for what should not be in it: tables, histories, logs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from runtime.settings import Settings


@dataclass
class Leavings:
    """Where each of the words was found, case and all forms of letters aside."""

    words: Sequence[str]
    tables: set[str] = field(default_factory=set)
    histories: set[str] = field(default_factory=set)
    """By workflow, as the engine keeps them or as our key opens them."""
    files: set[str] = field(default_factory=set)

    def has(self, text: str | bytes) -> bool:
        plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return any(word in plain.casefold() for word in self.words)


async def look(words: Sequence[str], settings: Settings, client: Client, folder: Path, since: datetime) -> Leavings:
    """`folder` is the installation's. Of the histories those that were written since then."""
    found = Leavings(tuple(word.casefold() for word in words))
    async for table, text in _rows(settings.database.url):
        if found.has(text):
            found.tables.add(table)
    seen = 0
    async for workflow, payloads in _histories(client, since):
        seen += 1
        codec = client.data_converter.payload_codec
        opened = await codec.decode(payloads) if codec is not None else []
        if any(found.has(payload.SerializeToString()) for payload in (*payloads, *opened)):
            found.histories.add(workflow)
    assert seen, "the engine has no history at all"
    for path in _files(folder):
        if found.has(path.read_bytes()):
            found.files.add(path.name)
    return found


async def _rows(url: str) -> AsyncIterator[tuple[str, str | bytes]]:
    connection = await asyncpg.connect(url)
    try:
        for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            # A row as text has all of its columns; what is bytes stands there in hexadecimal digits.
            for row in await connection.fetch(f'SELECT whole::text AS "whole text", * FROM "{table}" AS whole'):
                for value in row.values():
                    if isinstance(value, str | bytes):
                        yield table, value
    finally:
        await connection.close()


async def _histories(client: Client, since: datetime) -> AsyncIterator[tuple[str, list[Payload]]]:
    newer = f"StartTime >= '{since.isoformat()}' OR ExecutionStatus = 'Running'"
    async for one in client.list_workflows(newer):
        history = await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()
        yield one.id, [payload for event in history.events for payload in _payloads(event)]


def _payloads(message: Any) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if descriptor.message_type.GetOptions().map_entry:
            parts: Any = value.values()
        else:
            parts = [value] if isinstance(value, Message) else value
        for part in parts:
            if isinstance(part, Message):
                yield from _payloads(part)


def _files(folder: Path) -> Iterator[Path]:
    """All logs but that of the vendors' stand-ins, which are vendors."""
    logs = [path for path in folder.rglob("*.log") if path.stem != "sandbox"]
    assert logs, "there is no log"
    yield from logs
