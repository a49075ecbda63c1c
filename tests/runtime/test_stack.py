"""The embedded stack for real: up, up again, any part killed and up again, down. Nothing is lost, nothing doubled."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from runtime.embedded import environment, ports, processes, state
from runtime.embedded.part import PARTS, SERVERS, PartStatus, StackError
from runtime.embedded.processes import Process
from runtime.embedded.stack import Stack
from runtime.settings import from_file, read, stack_file

ROOT = Path(__file__).resolve().parents[2]
WANTED = PARTS


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Its folder is not pytest's own, which is closed to other accounts: as root PostgreSQL runs as another."""
    folder = Path(tempfile.mkdtemp(prefix="backhaul-stack-"))
    made = Stack.at(folder / "data")
    try:
        _up(made)
        yield made
    finally:
        made.down()
        shutil.rmtree(folder)


def _up(stack: Stack, **chosen: str) -> dict[str, PartStatus]:
    return {part.name: part for part in stack.up(chosen, WANTED) if part.name in WANTED}


def _pids(stack: Stack) -> dict[str, int | None]:
    return {part.name: part.pid for part in stack.status() if part.name in WANTED}


def _kill(stack: Stack, name: str) -> None:
    """As a crash does. The test waits until the system has noticed."""
    process = state.load(stack.folder).processes[name]
    os.kill(process.pid, signal.SIGKILL)
    while processes.alive(process):
        time.sleep(0.01)


def test_a_second_up_leaves_everything_alone_and_says_so(stack: Stack) -> None:
    before = _pids(stack)
    again = _up(stack)
    assert {part.change for part in again.values()} == {"already running"}
    assert _pids(stack) == before


@pytest.mark.parametrize("name", WANTED)
def test_a_killed_part_is_seen_and_only_it_is_started_again_where_it_was(stack: Stack, name: str) -> None:
    before = {part.name: part for part in stack.status() if part.name in WANTED}
    _kill(stack, name)
    assert {part.name: part.state for part in stack.status()}[name] == "died"
    after = _up(stack)
    assert after[name].change == "started again after it died"
    assert after[name].state == "running"
    assert dict(after[name].ports) == dict(before[name].ports)
    assert {part.pid for part in after.values() if part.name != name} == {
        part.pid for part in before.values() if part.name != name
    }


def test_after_everything_was_killed_one_up_brings_everything_back(stack: Stack) -> None:
    for name in WANTED:
        _kill(stack, name)
    assert {part.state for part in _up(stack).values()} == {"running"}


def test_a_killed_temporal_forgets_no_workflow_it_acknowledged(stack: Stack) -> None:
    queue = f"nobody-{uuid.uuid4()}"
    address = from_file(stack_file(stack.folder))["TEMPORAL_ADDRESS"]

    async def begin() -> list[str]:
        client = await Client.connect(address)
        handles = [await client.start_workflow("Any", id=f"{queue}-{n}", task_queue=queue) for n in range(20)]
        await handles[0].signal("last words")
        return [handle.id for handle in handles]

    async def look(ids: list[str]) -> None:
        client = await Client.connect(address)
        for one in ids:
            assert (await client.get_workflow_handle(one).describe()).status == WorkflowExecutionStatus.RUNNING
        history = await client.get_workflow_handle(ids[0]).fetch_history()
        assert any(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events)
        for one in ids:
            await client.get_workflow_handle(one).terminate()

    begun = asyncio.run(begin())
    _kill(stack, "temporal")
    _up(stack)
    asyncio.run(look(begun))


def test_a_killed_database_forgets_no_committed_row(stack: Stack) -> None:
    url = from_file(stack_file(stack.folder))["BACKHAUL_DATABASE__URL"]

    async def run(statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    asyncio.run(run("CREATE TABLE kept AS SELECT generate_series(1, 100) AS n"))
    _kill(stack, "postgres")
    _up(stack)
    assert asyncio.run(run("SELECT count(*) FROM kept"))[0][0] == 100
    asyncio.run(run("DROP TABLE kept"))


def test_the_stacks_file_is_a_whole_set_of_settings_for_its_owner_only(stack: Stack) -> None:
    path = stack_file(stack.folder)
    settings = read({"BACKHAUL_FILES__DATA": str(stack.folder)}, None)
    assert settings.stack == stack.folder
    assert set(settings.crm) == {"salesforce", "dynamics"}
    assert path.stat().st_mode & 0o077 == 0
    for key in ("netsuite.pem", "salesforce.pem"):
        assert (stack.folder / "sandbox" / key).stat().st_mode & 0o077 == 0


def test_a_new_choice_restarts_what_depends_on_it_and_stays(stack: Stack) -> None:
    before = _pids(stack)
    after = _up(stack, BACKHAUL_TELEMETRY__LOG_LEVEL="WARNING", BACKHAUL_DATABASE__URL="postgresql://elsewhere/d")
    assert after["api"].change == "restarted with new settings"
    assert {name: after[name].pid for name in SERVERS} == {name: before[name] for name in SERVERS}
    kept = from_file(stack_file(stack.folder))
    assert kept["BACKHAUL_TELEMETRY__LOG_LEVEL"] == "WARNING"
    assert "elsewhere" not in kept["BACKHAUL_DATABASE__URL"]
    assert {part.change for part in _up(stack).values()} == {"already running"}


def test_a_part_that_a_killed_up_started_and_forgot_is_found_again(stack: Stack) -> None:
    with state.locked(stack.folder) as known:
        forgotten = known.processes.pop("temporal")
        known.save()
    after = _up(stack)
    assert after["temporal"].pid == forgotten.pid


def test_restart_replaces_one_part_in_its_place(stack: Stack) -> None:
    before = {part.name: part for part in stack.status()}
    after = {part.name: part for part in stack.restart("sandbox")}
    assert after["sandbox"].pid != before["sandbox"].pid
    assert dict(after["sandbox"].ports) == dict(before["sandbox"].ports)
    assert after["api"].pid == before["api"].pid


def test_a_part_nobody_knows_is_told(stack: Stack) -> None:
    with pytest.raises(StackError, match=r"there is no part 'mainframe'; there are postgres, "):
        stack.restart("mainframe")


def test_two_commands_at_once_exclude_each_other(stack: Stack) -> None:
    with state.locked(stack.folder), pytest.raises(StackError, match="another command is changing the stack"):
        stack.up({}, WANTED)


def test_a_port_that_somebody_took_meanwhile_is_named_and_left_alone(stack: Stack) -> None:
    port = state.load(stack.folder).ports["api"]
    _kill(stack, "api")
    with contextlib.closing(socket.socket()) as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with pytest.raises(StackError, match=f"port {port}, where api was before, is taken"):
            stack.up({}, WANTED)
    assert _up(stack)["api"].state == "running"


def test_down_ends_exactly_what_up_started_and_up_moves_when_a_port_is_gone(stack: Stack) -> None:
    address = from_file(stack_file(stack.folder))["TEMPORAL_ADDRESS"]
    known = state.load(stack.folder)
    assert {part.state for part in stack.down()} == {"stopped"}
    assert not any(processes.alive(process) for process in known.processes.values())
    assert {part.change for part in stack.down()} == {""}
    with contextlib.closing(socket.socket()) as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        stranger.listen()
        assert {part.state for part in _up(stack).values()} == {"running"}
    assert from_file(stack_file(stack.folder))["TEMPORAL_ADDRESS"] != address


def test_after_an_up_that_was_killed_half_way_down_leaves_nothing_and_up_goes_on() -> None:
    folder = Path(tempfile.mkdtemp(prefix="backhaul-stack-"))
    stack = Stack.at(folder / "data")
    script = f"from pathlib import Path; from runtime.embedded.stack import Stack; Stack(Path({str(stack.folder)!r}))"
    up = subprocess.Popen([sys.executable, "-c", f"{script}.up({{}}, ['postgres', 'temporal', 'sandbox'])"], cwd=ROOT)
    try:
        while "sandbox" not in state.load(stack.folder).processes:
            assert up.poll() is None
            time.sleep(0.01)
        up.kill()
        up.wait()
        begun = state.load(stack.folder).processes["sandbox"]
        assert not begun.ready
        after = {part.name: part for part in stack.up({}, SERVERS)}
        assert after["sandbox"].pid == begun.pid
        assert after["sandbox"].change == "started"
        with state.locked(stack.folder) as known:
            known.processes["sandbox"] = begun
            known.save()
    finally:
        stack.down()
        shutil.rmtree(folder)
    assert not processes.alive(begun)


def test_a_part_that_dies_at_its_start_shows_its_log(tmp_path: Path) -> None:
    stack = Stack.at(tmp_path / "data")
    with pytest.raises(StackError, match=r"api ended during its start; .*api\.log says:\n(.*\n)*.*is not set"):
        stack.up({}, ["api"])


def test_a_later_process_with_the_same_pid_is_not_taken_for_ours() -> None:
    ours = Process(os.getpid(), 0.0, (), "")
    assert not processes.alive(ours)
    assert processes.alive(replace(ours, born=_born()))


def _born() -> float:
    import psutil

    born: float = psutil.Process().create_time()
    return born


def test_free_ports_are_distinct_and_outside_what_systems_give_away() -> None:
    found = ports.free(20)
    assert len(set(found)) == 20
    assert all(20000 <= port < 32000 for port in found)


def test_values_survive_the_stacks_file(tmp_path: Path) -> None:
    odd = {"BACKHAUL_CODEC__KEYS": "a:b+/=='\"\\ #x", "OTHER": "left out"}
    environment.write(tmp_path, {}, odd)
    assert from_file(stack_file(tmp_path))["BACKHAUL_CODEC__KEYS"] == odd["BACKHAUL_CODEC__KEYS"]
