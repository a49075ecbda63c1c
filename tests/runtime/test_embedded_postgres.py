"""The embedded PostgreSQL: starts on its own, survives its starter and crashes, stops by its very process only."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runtime.embedded import postgres
from runtime.embedded.cluster import PostgresFailed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose parent is closed to others, with a space in its name, as a home folder may be."""
    closed = Path(tempfile.mkdtemp(prefix="backhaul-postgres-"))
    yield closed / "my data"
    if (closed / "my data" / "data").exists():
        postgres.stop(postgres.start(closed / "my data"))
    shutil.rmtree(closed)


def test_a_start_answers_keeps_its_data_and_is_durable(folder: Path) -> None:
    server = postgres.start(folder)
    assert postgres.is_running(server)
    assert postgres.sql(server, "SHOW fsync") == "on"
    assert postgres.sql(server, "SHOW listen_addresses") == "127.0.0.1"
    postgres.create_database(server, "shop")
    postgres.create_database(server, "shop")
    postgres.stop(server)
    assert not postgres.is_running(server)
    postgres.stop(server)
    again = postgres.start(folder, port=server.port)
    assert (again.port, again.url()) == (server.port, server.url())
    assert postgres.sql(again, "SELECT 1", "shop") == "1"


def test_a_second_start_answers_the_running_server(folder: Path) -> None:
    server = postgres.start(folder, fast=True)
    assert postgres.start(folder) == server


def test_it_lets_nobody_in_without_the_password(folder: Path) -> None:
    server = postgres.start(folder, fast=True)
    assert (folder / "password").stat().st_mode & 0o077 == 0
    (folder / "password").write_text("guessed")
    with pytest.raises(PostgresFailed, match="password authentication failed"):
        postgres.sql(server, "SELECT 1")
    postgres.stop(server)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is refused by PostgreSQL")
def test_started_by_root_it_runs_as_another_and_opens_no_folder_for_reading(folder: Path) -> None:
    before = folder.parent.stat().st_mode
    server = postgres.start(folder, fast=True)
    assert psutil.Process(server.pid).uids().effective != 0
    assert folder.parent.stat().st_mode == before | 0o001


def test_it_outlives_its_starter(folder: Path) -> None:
    code = "import sys; from pathlib import Path; from runtime.embedded import postgres; s = postgres.start("
    code += "Path(sys.argv[1]), fast=True); print(s.pid, s.born, s.port)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pid, born, port = done.stdout.split()
    server = postgres.Server(str(folder), int(pid), float(born), int(port))
    assert postgres.is_running(server)
    postgres.stop(server)
    assert not postgres.is_running(server)


def test_after_a_crash_it_starts_again_with_what_was_committed(folder: Path) -> None:
    server = postgres.start(folder)
    postgres.sql(server, "CREATE TABLE kept (a int)")
    postgres.sql(server, "INSERT INTO kept VALUES (7)")
    os.kill(server.pid, signal.SIGKILL)
    again = postgres.start(folder)
    assert again != server
    assert not postgres.is_running(server)
    assert postgres.sql(again, "SELECT a FROM kept") == "7"


def test_a_lock_file_whose_pid_is_anothers_by_now_does_not_stop_a_start(folder: Path) -> None:
    server = postgres.start(folder, fast=True)
    lock = (folder / "data" / "postmaster.pid").read_text().splitlines()
    postgres.stop(server)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (folder / "data" / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lock[1:]]) + "\n")
    again = postgres.start(folder, fast=True)
    assert stranger.poll() is None
    postgres.stop(again)
    stranger.kill()
    stranger.wait()


def test_stop_leaves_a_process_that_only_has_the_same_pid_alone(folder: Path) -> None:
    server = postgres.start(folder, fast=True)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    postgres.stop(replace(server, pid=stranger.pid))
    postgres.stop(replace(server, born=server.born - 3600))
    time.sleep(0.2)
    assert stranger.poll() is None
    assert postgres.is_running(server)
    stranger.kill()
    stranger.wait()


def test_a_port_that_is_taken_is_said_with_the_log(folder: Path) -> None:
    other = postgres.start(folder.parent / "other", fast=True)
    with pytest.raises(PostgresFailed, match=f"did not start on port {other.port}(.|\n)*Address already in use"):
        postgres.start(folder, port=other.port)
    postgres.stop(other)


def test_a_first_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    assert postgres.sql(postgres.start(folder, fast=True), "SELECT 1") == "1"
