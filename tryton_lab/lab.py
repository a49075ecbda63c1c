"""One Tryton on this machine under one folder: PostgreSQL, the template, copies of it, and the server before them.

`up` starts what does not run and leaves alone what does, whatever died and however; `down` ends exactly what `up`
started. What was answered is kept, whatever is killed. Not for production: the passwords are well known.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from runtime.embedded import ports, postgres, processes, state
from runtime.embedded.part import StackError
from runtime.embedded.postgres import Server
from runtime.embedded.processes import MARK, Process
from runtime.embedded.state import State
from tryton_lab import books, databases, programs
from tryton_lab.books import users
from tryton_lab.programs import Programs
from tryton_lab.rpc import Tryton

_START_SECONDS = 60.0
_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Tryton is and who may sign in: the account of the returns desk, and the administrator."""

    url: str
    database: str
    user: str = users.BOT
    password: str = users.BOT_PASSWORD
    admin_user: str = users.ADMIN
    admin_password: str = users.ADMIN_PASSWORD

    def desk(self) -> Tryton:
        return Tryton(self.url, self.database, self.user, self.password)

    def admin(self) -> Tryton:
        return Tryton(self.url, self.database, self.admin_user, self.admin_password)


@dataclass(frozen=True, slots=True)
class Lab:
    folder: Path
    tools: Programs = field(default_factory=Programs)

    @classmethod
    def at(cls, folder: Path) -> Lab:
        return cls(folder.resolve())

    def up(self) -> Address:
        """The working copy, which keeps what is booked in it until the template changes."""
        with state.locked(self.folder) as known:
            server, template = self._prepare(known)
            return self._serve(known, server, databases.working_copy(server, template))

    @contextmanager
    def fresh(self) -> Iterator[Address]:
        """A copy of the template of this process's own, for as long as it is wanted."""
        with state.locked(self.folder) as known:
            server, template = self._prepare(known)
            address = self._serve(known, server, databases.copy_for_this_process(server, template))
        try:
            yield address
        finally:
            postgres.drop_database(server, address.database)

    def down(self) -> None:
        with state.locked(self.folder) as known:
            self._end(known)
            if (process := known.processes.pop("postgres", None)) is not None:
                postgres.stop(_server(self.folder, process))
            known.save()

    def is_up(self) -> bool:
        known = state.load(self.folder).processes
        return set(known) == {"postgres", "tryton"} and all(processes.alive(one) for one in known.values())

    def _prepare(self, known: State) -> tuple[Server, str]:
        """A database server, and the template in it."""
        self._give_ports(known)
        before = known.processes.get("postgres")
        server = postgres.start(self.folder / "postgres", known.ports["postgres"])
        log = str(self.folder / "postgres" / "postgres.log")
        known.processes["postgres"] = Process(server.pid, server.born, ("postgres",), log)
        known.save()
        if before is None or before.pid != server.pid:
            self._end(known)  # its connections were to a server that is gone
        programs.configure(self._configuration, server.url(""), known.ports["tryton"])
        year = datetime.datetime.now(datetime.UTC).year

        def fill(database: str) -> None:
            self.tools.activate(self._configuration, database, users.ADMIN_PASSWORD)
            with self._serve(known, server, database).admin() as tryton:
                books.write(tryton, year)
            self._end(known)  # a database can be renamed and copied when nobody is connected to it

        return server, databases.template(server, databases.key(self.tools, year), fill)

    def _serve(self, known: State, server: Server, database: str) -> Address:
        """Tryton in front of all databases that may be in use, so that nobody is refused there after a restart.

        A database that came since the server began is unknown to it for some minutes, and the first to sign in to one
        that is not loaded is refused: so it begins anew when there is one, and all are loaded."""
        wanted = sorted({database, *databases.working(server)})
        loaded = self.folder / "loaded.json"
        running = known.processes.get("tryton")
        serves = json.loads(loaded.read_text()) if loaded.exists() else None
        if running is not None and serves != [running.pid, wanted]:
            self._end(known)
        process, url = self._start(known), f"http://127.0.0.1:{known.ports['tryton']}"
        if serves != [process.pid, wanted]:
            for name in wanted:
                # The page exists nowhere and is answered 404; loading is what being asked for it does.
                httpx.get(f"{url}/{name}/r/load", timeout=_START_SECONDS, trust_env=False)
            loaded.write_text(json.dumps([process.pid, wanted]))
        return Address(url, database)

    @property
    def _configuration(self) -> Path:
        return self.folder / "trytond.cfg"

    def _give_ports(self, known: State) -> None:
        """The same for life, so that an address survives a crash; a taken one is replaced only while nothing runs."""
        asleep = not any(processes.alive(one) for one in known.processes.values())
        for name in ("postgres", "tryton"):
            if name not in known.ports or (asleep and not ports.is_free(known.ports[name])):
                (known.ports[name],) = ports.free(1)
        known.save()

    def _start(self, known: State) -> Process:
        """Start the server unless it runs, and wait until it answers."""
        process = known.processes.get("tryton")
        if process is None or not processes.alive(process):
            argv, log = self.tools.command("trytond", "-c", str(self._configuration)), self.folder / "trytond.log"
            variables = programs.environment({MARK: str(self.folder)})
            left = processes.left_behind(argv, log, str(self.folder))
            process = left or processes.launch(argv, log, variables, self.folder)
            known.processes["tryton"] = process
            known.save()
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(known.ports["tryton"]):
            if not processes.alive(process) or time.monotonic() > deadline:
                raise StackError(f"Tryton did not start:\n{processes.last_lines(process.log)}")
            time.sleep(0.05)
        return process

    def _end(self, known: State) -> None:
        if (process := known.processes.pop("tryton", None)) is not None:
            processes.end(process, _END_SECONDS)
            known.save()


def _server(folder: Path, process: Process) -> Server:
    return Server(str(folder / "postgres"), process.pid, process.born, port=0)


def _answers(port: int) -> bool:
    body = {"id": 1, "method": "common.server.version", "params": []}
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/rpc/", json=body, timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.is_success
