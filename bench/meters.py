"""What is read off the machine: CPU time by process, and the engine's own counter of billable actions."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping

import httpx
import psutil

# Published about once a second: two looks this far apart that agree have seen everything.
_FLUSH_SECONDS = 1.3
_ACTION = re.compile(r'^action\{[^}]*namespace="default"[^}]*\} (\d+)', re.MULTILINE)


def cpu_ms(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU time so far by name. PostgreSQL has a process per connection; nobody else's children are counted."""
    return {name: _spent(psutil.Process(pid), name == "postgres") for name, pid in pids.items()}


def _spent(process: psutil.Process, with_children: bool) -> float:
    own = process.cpu_times()
    seconds = own.user + own.system
    if with_children:
        # Those that ended are in the parent's own account.
        seconds += own.children_user + own.children_system
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                seconds += times.user + times.system
    return float(seconds * 1000)


async def actions(metrics_port: int) -> int:
    """Billable actions so far, when the counter has come to rest."""
    async with httpx.AsyncClient(trust_env=False) as web:
        before = -1
        while True:
            text = (await web.get(f"http://127.0.0.1:{metrics_port}/metrics")).text
            now = sum(int(count) for count in _ACTION.findall(text))
            if now == before:
                return now
            before = now
            await asyncio.sleep(_FLUSH_SECONDS)
