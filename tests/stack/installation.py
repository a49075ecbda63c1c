"""One whole installation for tests that need all of it: up once, any part killed and started again, down at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

import stories
from adapters.http import client as trusting
from runtime import wiring
from runtime.embedded.stack import Stack
from runtime.settings import Settings, read, stack_file
from runtime.temporal import connect
from stories.office import Office
from stories.play import Theatre

POLICIES = Path(stories.__file__).with_name("policies.toml")


class Installation:
    """Its folder is not pytest's own, which is closed to other accounts: as root PostgreSQL runs as another."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="backhaul-journeys-"))
        self.stack = Stack.at(self._folder / "data")

    def up(self) -> None:
        """Start what does not run."""
        self.stack.up({"BACKHAUL_FILES__POLICIES": str(POLICIES)})

    def down(self) -> None:
        self.stack.down()
        shutil.rmtree(self._folder)

    def kill_part(self, name: str) -> None:
        """As a crash does: no goodbye, and its children are left to find out."""
        pid = next(part.pid for part in self.stack.status() if part.name == name)
        assert pid is not None, f"{name} was never started"
        process = psutil.Process(pid)
        os.kill(pid, signal.SIGKILL)
        process.wait(20)

    async def kill(self, part: str) -> None:
        await asyncio.to_thread(self.kill_part, part)

    async def start(self) -> None:
        await asyncio.to_thread(self.up)

    @property
    def settings(self) -> Settings:
        return read({}, env_file=stack_file(self.stack.folder))

    @asynccontextmanager
    async def theatre(self) -> AsyncIterator[Theatre]:
        """What stories are played on. It is its own crew."""
        settings = self.settings
        port = next(part.ports["control"] for part in self.stack.status() if part.name == "sandbox")
        control = trusting(str(settings.files.ca), f"https://localhost:{port}")
        client = await connect(settings)
        async with control, wiring.returns(settings, client) as desk, wiring.replaying(settings, client) as crms:
            yield Theatre(client, desk, crms, control, self, Office(settings), lambda place, line: None)
