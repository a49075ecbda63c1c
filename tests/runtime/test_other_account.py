"""A process whose gRPC channels are in use may start a program as another account."""

from __future__ import annotations

import asyncio
import os
import subprocess

import pytest
from grpc import aio

from runtime.embedded.account import Account


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may become another account")
async def test_a_program_runs_as_another_account_and_grpc_does_nothing_about_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Around a fork it would say on the standard error that it is in use, at those forks that it survives."""
    server = aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        await channel.channel_ready()
        command = Account(65534, 65533).running(["/bin/sh", "-c", "id -u; id -g; id -G"])
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    await server.stop(None)
    assert done.stdout.split() == ["65534", "65533", "65533"], done.stderr
    assert capfd.readouterr().err == ""


def test_a_command_of_ones_own_account_is_run_as_it_is() -> None:
    assert Account().running(["/bin/true", "word"]) == ["/bin/true", "word"]
